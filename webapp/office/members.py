"""Members: who may log in to the back office, with which role; and a visitor's own sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, session
from werkzeug.wrappers import Response

from webapp.domain.errors import Conflict, Invalid
from webapp.domain.roles import Role
from webapp.office import forms
from webapp.office.ended import form_at
from webapp.office.guard import SESSION_KEY, merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.accounts import sessions
from webapp.services.merchants import members as service
from webapp.web.locale import texts
from webapp.web.services import context

members = Blueprint("members", __name__, url_prefix="/office/members")
own_sessions = Blueprint("own_sessions", __name__, url_prefix="/office/sessions")
PLACE = "/office/members"


@dataclass(frozen=True)
class Row:
    """A member; `role` is the form to change it, None for whom the shop's file names."""

    id: str
    name: str
    email: str
    role_text: str
    in_file: bool
    waits: str
    form: forms.RoleForm | None


@members.get("")
@permits(Permission.MEMBERS_MANAGE)
def index() -> str:
    """Who may log in."""
    return _page(forms.MemberForm())


@members.post("")
@permits(Permission.MEMBERS_MANAGE)
@form_at(PLACE)
def create() -> Response | str | tuple[str, int]:
    """Invite somebody; where no letter can be sent, the link that leads in is shown once."""
    form = forms.MemberForm()
    if not form.validate():
        return _page(form), 422
    try:
        role, t = Role(form.role.data), texts()
        name, address = form.name.data or "", form.email.data or ""
        made = service.invite(context(), merchant_id(), name, address, role, t.language)
    except (Conflict, Invalid) as error:
        form.refuse(error)
        return _page(form), 422
    return _invited(made)


@members.post("/<user_id>/invite")
@permits(Permission.MEMBERS_MANAGE)
def invite(user_id: str) -> Response | str:
    """Another letter."""
    _must_be_ours()
    return _invited(service.invite_again(context(), merchant_id(), user_id, texts().language))


@members.post("/<user_id>/role")
@permits(Permission.MEMBERS_MANAGE)
@form_at(PLACE)
def change_role(user_id: str) -> Response:
    """Another role."""
    form = forms.RoleForm()
    if not form.validate():
        raise Invalid("bad_role")
    return _do(lambda: service.change_role(context(), merchant_id(), user_id, Role(form.role.data)))


@members.post("/<user_id>/deactivate")
@permits(Permission.MEMBERS_MANAGE)
def deactivate(user_id: str) -> Response:
    """Let somebody in no more."""
    _must_be_ours()
    return _do(lambda: service.deactivate(context(), merchant_id(), user_id))


@members.post("/<user_id>/end-sessions")
@permits(Permission.MEMBERS_MANAGE)
def end_sessions(user_id: str) -> Response:
    """Log somebody out everywhere."""
    _must_be_ours()
    return _do(lambda: service.end_sessions(context(), merchant_id(), user_id))


@own_sessions.get("")
@permits(Permission.OWN_SESSIONS)
def listed() -> str:
    """Where the visitor is logged in."""
    t, zone = texts(), visitor().merchant.time_zone
    rows = [
        (each, t.moment(each.begun_at, zone), t.moment(each.seen_at, zone))
        for each in sessions.listed(context(), visitor(), session[SESSION_KEY])
    ]
    return render_template("office/members/sessions.html", rows=rows)


@own_sessions.post("/<session_id>/end")
@permits(Permission.OWN_SESSIONS)
def end(session_id: str) -> Response:
    """End one of the visitor's own sessions."""
    _must_be_ours()
    sessions.end_one(context(), visitor(), session_id)
    flash(texts().gettext("The session has ended."), "message")
    return redirect("/office/sessions", 303)


def _must_be_ours() -> None:
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")


def _do(action: Callable[[], None]) -> Response:
    t = texts()
    try:
        action()
        flash(t.gettext("Saved."), "message")
    except Conflict as error:
        last = t.gettext("Somebody has to be able to change settings: make another member an admin first.")
        in_file = t.gettext("The shop’s settings file names this member: change the line there.")
        flash(last if error.code == "last_admin" else in_file, "error")
    return redirect(PLACE, 303)


def _invited(made: service.Invited) -> Response | str:
    if made.sent:
        flash(
            texts().gettext("An e-mail with the invitation is on its way to %(email)s.", email=made.member.email),
            "message",
        )
        return redirect(PLACE, 303)
    return _page(forms.MemberForm(empty=True), link=made.url, invited=made.member.email)


def _page(form: forms.MemberForm, *, link: str = "", invited: str = "") -> str:
    t, zone = texts(), visitor().merchant.time_zone
    roles = forms.roles(t)
    rows = [
        Row(
            id=each.id,
            name=each.name,
            email=each.email,
            role_text=roles[Role(each.role)],
            in_file=each.source == service.FILE,
            waits=t.moment(each.invited_at, zone) if each.invited_at and each.subject is None else "",
            form=None if each.source == service.FILE else forms.RoleForm(shown=each.role),
        )
        for each in service.listed(context(), merchant_id())
    ]
    me = visitor().user
    return render_template("office/members/index.html", rows=rows, form=form, link=link, invited=invited, me=me)
