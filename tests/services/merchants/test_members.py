"""Members of a shop's back office: invited, given another role, let in no more; somebody who can change settings stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import Shop, rival
from webapp.db import models
from webapp.domain import actors
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.domain.roles import Role
from webapp.mail.smtp import Envelope, MailFailed
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations, members

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext


class Post:
    """A mail server that keeps what it is given, or takes nothing."""

    def __init__(self, *, away: bool = False) -> None:
        self.sent: list[Envelope] = []
        self.away = away

    def send(self, envelope: Envelope) -> None:
        if self.away:
            raise MailFailed("nobody answers")
        self.sent.append(envelope)


def by(shop: Shop, post: Post | None = None) -> ServiceContext:
    more: dict[str, Any] = {"mailer": post} if post else {"mailer": None}
    return replace(shop.context.acting_as(actors.user("usr_1")), **more)


def invite(
    shop: Shop, post: Post | None = None, role: Role = Role.CLERK, email: str = "ada@cafe.example"
) -> members.Invited:
    return members.invite(by(shop, post), shop.id, "Ada", email, role, "fr")


def of(shop: Shop, email: str) -> models.User:
    found: models.User = shop.one(models.User, models.User.email == email)
    return found


def test_an_invitation_is_a_letter_whose_link_lets_its_reader_in_once(shop: Shop) -> None:
    post = Post()
    made = invite(shop, post)
    (letter,) = post.sent
    assert (letter.to, made.sent, made.url in letter.text) == ("ada@cafe.example", True, True)
    token = made.url.rpartition("/")[2]
    shop.clock.forward(days=2, hours=23)
    visitor = sessions.visitor(shop.context, sessions.by_link(shop.context, token))
    assert visitor
    assert (visitor.name, visitor.role) == ("Ada", "clerk")
    with pytest.raises(Forbidden):
        sessions.by_link(shop.context, token)


@pytest.mark.parametrize("post", [None, Post(away=True)])
def test_where_no_letter_can_be_sent_it_is_said(shop: Shop, post: Post | None) -> None:
    assert invite(shop, post).sent is False


def test_with_an_identity_provider_the_letter_leads_to_the_login_and_holds_no_secret(shop: Shop) -> None:
    context = replace(by(shop, Post()), identity=lambda: ())
    made = members.invite(context, shop.id, "Ada", "ada@cafe.example", Role.CLERK, "en")
    assert made.url.endswith("/office/login")
    assert shop.all(models.Login) == []


def test_one_address_is_one_member_of_one_shop(shop: Shop) -> None:
    rival(shop)
    for email, code in (("admin@cafe.example", "member_exists"), ("boss@rival.example", "user_elsewhere")):
        with pytest.raises(Conflict) as refused:
            invite(shop, email=email)
        assert refused.value.code == code
    with pytest.raises(Invalid):
        invite(shop, email="no address")


def test_who_is_deactivated_is_out_at_once_and_may_come_back(shop: Shop) -> None:
    made = invite(shop)
    token = sessions.by_link(shop.context, made.url.rpartition("/")[2])
    members.deactivate(by(shop), shop.id, made.member.id)
    assert sessions.visitor(shop.context, token) is None
    assert invite(shop, role=Role.VIEWER).member.id == made.member.id
    assert of(shop, "ada@cafe.example").role == "viewer"


def test_the_last_admin_stays_one(shop: Shop) -> None:
    document = shop.declaration()
    document["users"] = []
    made = invite(shop, role=Role.ADMIN)
    declarations.apply(by(shop), declarations.declared(document))  # those of the file are gone
    with pytest.raises(Conflict, match="last_admin"):
        members.deactivate(by(shop), shop.id, made.member.id)
    with pytest.raises(Conflict, match="last_admin"):
        members.change_role(by(shop), shop.id, made.member.id, Role.CLERK)
    invite(shop, role=Role.ADMIN, email="bob@cafe.example")
    members.change_role(by(shop), shop.id, made.member.id, Role.CLERK)
    assert of(shop, "ada@cafe.example").role == "clerk"


def test_whom_the_file_names_is_changed_there_and_others_outlive_it(shop: Shop) -> None:
    clerk = of(shop, "clerk@cafe.example")
    with pytest.raises(Conflict, match="file"):
        members.change_role(by(shop), shop.id, clerk.id, Role.ADMIN)
    invite(shop)
    declarations.apply(by(shop), declarations.declared(shop.declaration()))
    assert of(shop, "ada@cafe.example").active


def test_another_shop_s_member_is_not_found(shop: Shop) -> None:
    other, made = rival(shop), invite(shop)
    for act in (members.deactivate, members.end_sessions):
        with pytest.raises(NotFound):
            act(by(shop), other.id, made.member.id)
