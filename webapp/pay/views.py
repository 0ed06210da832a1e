"""The buyer's page. GET and HEAD write nothing, whoever asks: link previews fetch every address before a person does.

The answers that the page's script expects are listed at the top of templates/pay/layout.html.
"""

from __future__ import annotations

import contextlib
from typing import cast

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain import actors
from webapp.domain.actions import Action
from webapp.domain.errors import Busy, Conflict, GatewayRefused, LinkReplaced, NotFound, NotSent, OrdoError, TooMany
from webapp.domain.outcome import ActionNeeded, Outcome
from webapp.domain.states import State
from webapp.domain.statuses import AttemptState
from webapp.pay import forms, present
from webapp.services.orders import buyer_details, buyer_language, buyer_view, consent, lifecycle, wrong_recipient
from webapp.services.payments import aliases, checkout
from webapp.services.runtime import counters
from webapp.web import precompiled
from webapp.web.locale import argument, chosen, remember_language, texts
from webapp.web.services import act_as, context

pay = Blueprint("pay", __name__, url_prefix="/p")
HTML = "text/html; charset=utf-8"


@pay.get("/<token>")
def show(token: str) -> Response:
    """The page for the order's state."""
    found = _found(token)
    if present.must_give_details(found, again=argument("details") is not None):
        form = forms.DetailsForm(token, found.merchant.country)
        return remember_language(make_response(_asked(token, found, form)))
    body = precompiled.render(present.TEMPLATES[found.state], page=present.page(token, found))
    return remember_language(Response(body, content_type=HTML))


@pay.post("/<token>/opened")
def opened(token: str) -> Response:
    """The page was really looked at; sent once by its script when it is visible."""
    found = _found(token)
    _valid(forms.LinkForm(token))
    _keep_language(found)
    lifecycle.opened(context(), found.order.id)
    return Response(status=204)


@pay.get("/<token>/details")
def details_again(token: str) -> AnyResponse:
    """Where a form that came back stands, loaded anew or in another language."""
    _found(token)
    return redirect(f"/p/{token}?details&lang={texts().language}", 303)


@pay.post("/<token>/details")
def details(token: str) -> AnyResponse:
    """The buyer's name and address, where the order asks for them; then the card. What was posted is judged whatever the order's state:
    it may have changed before the details are kept, which is decided under the order's lock."""
    found = _found(token)
    form = forms.DetailsForm(token, found.merchant.country)
    if form.validate():
        _keep_language(found)
        with contextlib.suppress(Conflict):  # it is over: its page says so
            buyer_details.give(context(), found.order.id, form.given(), found.order.link_version)
    elif present.must_give_details(found, again=True):
        return make_response(_asked(token, found, form), 422)
    return redirect(f"/p/{token}", 303)


@pay.post("/<token>/prepare")
def prepare(token: str) -> Response:
    """The form of a gateway that has to be bought, which no GET may do; its script asks for it once the page is visible."""
    found = _found(token)
    _valid(forms.LinkForm(token))
    return jsonify(checkout.prepare(context(), found.order.id, texts().language, _ip()))


@pay.post("/<token>/pay")
def submit(token: str) -> Response:
    """Try to pay or register with the gateway's one-time token."""
    found = _found(token)
    form = _valid(forms.PayForm(token, card_fields=present.has_card_fields(found)))
    _keep_language(found)
    t = texts()
    words = consent.wording(t, Action(found.order.action), found.merchant.name)
    if words and form.consent_version.data != consent.version(words):
        raise Conflict("consent_changed")
    submission = checkout.Submission(
        token=form.confirmation_token.data,
        save=form.save.data == "y",
        consent={"wording": words, "version": consent.version(words), "language": t.language} if words else None,
        user_agent=request.headers.get("User-Agent", "")[:300],
        ip=_ip(),
        link_version=found.order.link_version,
        language=t.language,
    )
    try:
        return _answer(token, checkout.start(context(), found.order.id, submission))
    except (Busy, NotSent, GatewayRefused, TooMany) as error:
        return _answer(token, None, problem=error)
    except Conflict:
        return _answer(token, None)


@pay.post("/<token>/resume")
def resume(token: str) -> Response:
    """Back from the bank, or on the way to it: look the truth up."""
    found = _found(token)
    _valid(forms.LinkForm(token))
    _keep_language(found)
    try:
        return _answer(token, checkout.resume(context(), found.order.id, _ip()))
    except (Busy, NotSent, TooMany):  # the worker looks, and the page asks again what is known
        return _answer(token, None)


@pay.post("/<token>/another-card")
def another_card(token: str) -> AnyResponse:
    """Drop a try that waits for the bank, and show the card form again."""
    found = _found(token)
    _valid(forms.LinkForm(token))
    _keep_language(found)
    with contextlib.suppress(Busy):  # nothing was dropped: the page shows the try that waits
        checkout.another_card(context(), found.order.id, _ip())
    return redirect(f"/p/{token}", 303)


@pay.post("/<token>/remove-card")
def remove_card(token: str) -> AnyResponse:
    """The buyer takes the consent back: the card that this order saved is never charged again."""
    found = _found(token)
    _valid(forms.LinkForm(token))
    _keep_language(found)
    if found.order.alias_id:
        aliases.revoke(context(), found.merchant.id, found.order.alias_id)
    return redirect(f"/p/{token}", 303)


@pay.post("/<token>/not-mine")
def not_mine(token: str) -> AnyResponse:
    """The request reached the wrong person: it is stopped, and the shop told."""
    found = _found(token)
    _valid(forms.LinkForm(token))
    act_as(actors.buyer(None))  # whoever has the link
    wrong_recipient.stop(context(), found.order.id, found.order.link_version)
    return redirect(f"/p/{token}", 303)


@pay.errorhandler(LinkReplaced)
def replaced(error: LinkReplaced) -> Response:
    """A link that counts no more, by whatever request: its page, which says so and nothing of the order but how to ask for it."""
    shown = cast("buyer_view.BuyerView", error.details["shown"])
    present.choose_language(shown)
    page = present.replaced((request.view_args or {})["token"], shown)
    body = precompiled.render("pay/replaced.html", page=page)
    return remember_language(Response(body, error.status, content_type=HTML))


@pay.get("/<token>/status")
def status(token: str) -> Response:
    """The order's truth, for a page that waits or comes back to the front; 204 when there is nothing to say."""
    found = _found(token)
    if found.state == State.OPEN and found.attempt != AttemptState.DECLINED:
        return Response(status=204)
    return _rendered(token, found)


def _asked(token: str, found: buyer_view.BuyerView, form: forms.DetailsForm) -> str:
    return render_template("pay/details.html", page=present.page(token, found), form=form, longest=forms.DETAILS)


def _found(token: str) -> buyer_view.BuyerView:
    try:
        found = buyer_view.by_link(context(), token)
    except LinkReplaced:
        raise
    except NotFound:
        counters.wrong_link(context(), _ip())
        raise
    if request.method == "POST":
        act_as(actors.buyer(found.order.buyer_id))
    present.choose_language(found)
    return found


def _keep_language(found: buyer_view.BuyerView) -> None:
    """What the buyer has chosen holds for all that is written to them from now on. A link's preview chooses nothing, so no GET is asked."""
    language = chosen()
    if language and language != found.buyer_language:
        buyer_language.choose(context(), found.order.buyer_id, language)


def _ip() -> str:
    return request.remote_addr or ""


def _valid(form: forms.LinkForm) -> forms.LinkForm:
    if not form.validate():
        raise BadRequest("the form is out of date")
    return form


def _answer(token: str, outcome: Outcome | None, *, problem: OrdoError | None = None) -> Response:
    """The order after a try. Without a plain form's own page a browser without htmx still gets the whole truth, or the way to the
    gateway's page."""
    needed = outcome if isinstance(outcome, ActionNeeded) else None
    if request.headers.get("HX-Request") != "true":
        return make_response(redirect((needed and needed.redirect_url) or f"/p/{token}", 303))
    return _rendered(token, buyer_view.by_link(context(), token), problem=problem, needed=needed)


def _rendered(
    token: str, found: buyer_view.BuyerView, *, problem: OrdoError | None = None, needed: ActionNeeded | None = None
) -> Response:
    page = present.page(token, found, problem=problem, needed=needed)
    if found.state == State.PROCESSING:
        return make_response(precompiled.render("pay/_status.html", page=page), 202)
    if found.state == State.OPEN:
        return make_response(precompiled.render("pay/_status.html", page=page), 422)
    return make_response(precompiled.render(present.TEMPLATES[found.state], page=page))
