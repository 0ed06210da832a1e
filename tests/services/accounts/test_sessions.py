"""Sessions of the back office: who may begin one, and how long it is good."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.kit import Shop
from webapp.db import models
from webapp.domain.errors import Forbidden, NotFound
from webapp.services.accounts import sessions

CLERK = sessions.Identity("https://id.example", "sub-1", "clerk@cafe.example", email_verified=True)


def who(shop: Shop, token: str) -> str | None:
    visitor = sessions.visitor(shop.context, token)
    return visitor.email if visitor else None


def test_an_invited_address_is_bound_to_the_first_identity_that_proves_it(shop: Shop) -> None:
    assert who(shop, sessions.by_identity(shop.context, CLERK)) == "clerk@cafe.example"
    moved = replace(CLERK, email="moved@cafe.example", email_verified=False)
    assert who(shop, sessions.by_identity(shop.context, moved)) == "clerk@cafe.example"


@pytest.mark.parametrize(
    "change",
    [
        {"email_verified": False},
        {"email": "nobody@cafe.example"},
        {"email": "clerk@cafe.exampl\u0435"},  # a Cyrillic look-alike
        {"email": "cler\u212a@cafe.example"},  # a Kelvin sign, which is a k in lower case
        {"email": ""},
        {"subject": "sub\0"},
        {"issuer": "https://id.example/\ud800"},
        {"email": "clerk\ud800@cafe.example"},
    ],
)
def test_who_proves_no_invited_address_is_nobody(shop: Shop, change: dict[str, object]) -> None:
    with pytest.raises(Forbidden):
        sessions.by_identity(shop.context, replace(CLERK, **change))  # type: ignore[arg-type]  # of its own fields
    assert shop.all(models.Login) == []


def test_identities_that_are_too_long_to_be_kept_are_told_apart(shop: Shop) -> None:
    long = replace(CLERK, subject="s" * 5000)
    assert who(shop, sessions.by_identity(shop.context, long)) == "clerk@cafe.example"
    assert who(shop, sessions.by_identity(shop.context, replace(long, email=""))) == "clerk@cafe.example"
    with pytest.raises(Forbidden):
        sessions.by_identity(shop.context, replace(long, subject="s" * 5001))


@pytest.mark.parametrize("other", [{"subject": "sub-2"}, {"issuer": "https://other.example"}])
def test_an_address_that_is_bound_is_no_other_identity_s(shop: Shop, other: dict[str, str]) -> None:
    sessions.by_identity(shop.context, CLERK)
    with pytest.raises(Forbidden):
        sessions.by_identity(shop.context, replace(CLERK, **other))  # type: ignore[arg-type]  # of its own fields


def test_a_link_and_a_session_are_no_good_in_each_other_s_place(shop: Shop) -> None:
    link, session = sessions.make_link(shop.context, "clerk@cafe.example"), sessions.by_identity(shop.context, CLERK)
    assert who(shop, link) is None
    with pytest.raises(Forbidden):
        sessions.by_link(shop.context, session)
    assert who(shop, session) == who(shop, sessions.by_link(shop.context, link)) == "clerk@cafe.example"


def test_no_link_is_made_for_an_address_that_nobody_has(shop: Shop) -> None:
    with pytest.raises(NotFound):
        sessions.make_link(shop.context, "nobody@cafe.example")


def test_the_database_holds_no_token(shop: Shop) -> None:
    tokens = sessions.make_link(shop.context, "clerk@cafe.example"), sessions.by_identity(shop.context, CLERK)
    kept = str(shop.dump())
    assert not [token for token in tokens if token in kept]


def test_a_session_lasts_eight_hours_from_its_last_use_and_seven_days_in_all(shop: Shop) -> None:
    token = sessions.by_identity(shop.context, CLERK)
    for _ in range(20):
        shop.clock.forward(hours=8)
        assert who(shop, token)
        sessions.touch(shop.context, token)
    shop.clock.forward(hours=8)
    assert who(shop, token) is None
    token = sessions.by_identity(shop.context, CLERK)
    shop.clock.forward(hours=8, seconds=1)
    assert who(shop, token) is None


def test_a_session_is_noted_as_used_every_five_minutes_at_most(shop: Shop) -> None:
    token, begun = sessions.by_identity(shop.context, CLERK), shop.clock()
    shop.clock.forward(minutes=5)
    sessions.touch(shop.context, token)
    assert shop.one(models.Login).seen_at == begun
    shop.clock.forward(seconds=1)
    sessions.touch(shop.context, token)
    assert shop.one(models.Login).seen_at == shop.clock()


def test_a_session_that_was_ended_is_over(shop: Shop) -> None:
    token, other = sessions.by_identity(shop.context, CLERK), sessions.by_identity(shop.context, CLERK)
    sessions.end(shop.context, token)
    sessions.end(shop.context, "nobody's")
    assert (who(shop, token), who(shop, other)) == (None, "clerk@cafe.example")
