"""The audit log: each change of settings, people, keys and endpoints, and each export, with who did it and what it was before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from tests.kit import Shop, rival
from webapp.db import audit as log
from webapp.db import models
from webapp.db.callback_log import Search as Callbacks
from webapp.domain import actors
from webapp.domain.actors import ActorKind
from webapp.domain.audit_actions import AuditAction
from webapp.domain.errors import Conflict, Invalid
from webapp.domain.pages import Place
from webapp.domain.scopes import Scope
from webapp.services.accounts import api_keys, audit, operators
from webapp.services.merchants import declarations
from webapp.services.orders import exports
from webapp.services.payments import erasure
from webapp.services.webhooks import endpoints, replay

if TYPE_CHECKING:
    from webapp.services.runtime.context import ServiceContext

URL = "http://127.0.0.1:9/told"


def entries(shop: Shop, search: audit.Search | None = None, place: Place | None = None) -> list[models.AuditEntry]:
    """The newest first, without that the shop's file was applied to make it."""
    found = audit.listed(shop.context, shop.id, search or audit.Search(), place or Place(), 50).page.rows
    return [each for each in found if not (each.action is AuditAction.FILE_APPLIED and each.before is None)]


def by(shop: Shop) -> ServiceContext:
    """One moment later, so that entries have an order."""
    shop.clock.forward(seconds=1)
    return shop.context.acting_as(actors.user("usr_1"))


def test_each_change_is_told_with_its_actor_and_its_subject(shop: Shop) -> None:
    key, _ = api_keys.create(by(shop), shop.id, "Till", [Scope.ADMIN])
    api_keys.end(by(shop), shop.id, key.id)
    api_keys.end(by(shop), shop.id, key.id)  # again, and changes nothing
    operator = operators.invite(by(shop), shop.id, "Ada", "en")
    operators.invite_again(by(shop), shop.id, operator.id)
    operators.dismiss(by(shop), shop.id, operator.id)
    endpoint, _ = endpoints.create(by(shop), shop.id, URL, ["order.paid"])
    endpoints.choose(by(shop), shop.id, endpoint.id, None)
    endpoints.rotate(by(shop), shop.id, endpoint.id)
    endpoints.disable(by(shop), shop.id, endpoint.id)
    endpoints.enable(by(shop), shop.id, endpoint.id)
    test = endpoints.send_test(by(shop), shop.id, endpoint.id)
    replay.one(by(shop), shop.id, test.id)
    replay.some(by(shop), shop.id, Callbacks(endpoint="no such"))
    endpoints.remove(by(shop), shop.id, endpoint.id)
    found = list(reversed(entries(shop)))
    assert [(each.action, each.subject_id) for each in found] == [
        (AuditAction.KEY_MADE, key.id),
        (AuditAction.KEY_ENDED, key.id),
        *[(AuditAction.OPERATOR_INVITED, operator.id)] * 2,
        (AuditAction.OPERATOR_DISMISSED, operator.id),
        (AuditAction.ENDPOINT_MADE, endpoint.id),
        *[(AuditAction.ENDPOINT_CHANGED, endpoint.id)] * 2,
        (AuditAction.ENDPOINT_DISABLED, endpoint.id),
        (AuditAction.ENDPOINT_ENABLED, endpoint.id),
        (AuditAction.ENDPOINT_TESTED, endpoint.id),
        (AuditAction.CALLBACKS_REPLAYED, test.id),
        (AuditAction.ENDPOINT_REMOVED, endpoint.id),
    ]
    assert {(each.actor_kind, each.actor_id) for each in found} == {(ActorKind.USER, "usr_1")}
    assert (found[6].before, found[6].after) == ({"types": ["order.paid"]}, {"types": None})


def test_what_fails_is_not_told(shop: Shop) -> None:
    endpoints.create(by(shop), shop.id, URL)
    with pytest.raises(Conflict):
        endpoints.create(by(shop), shop.id, URL)
    with pytest.raises(Invalid):
        api_keys.create(by(shop), shop.id, "Till", [])
    assert [each.action for each in entries(shop)] == [AuditAction.ENDPOINT_MADE]


def test_a_file_that_is_applied_tells_what_it_changed_and_no_secret(shop: Shop) -> None:
    document: dict[str, Any] = shop.declaration()
    document["merchant"] |= {"name": "Café Nouveau", "max_tries": 5}
    document["whatsapp"] |= {"access_token": "EAAanother"}
    document["users"] = [{"email": "ada@cafe.example", "name": "Ada", "role": "clerk"}]
    declarations.apply(shop.context.acting_as(actors.CONSOLE), declarations.declared(document))
    (entry,) = entries(shop)
    before, after = entry.before or {}, entry.after or {}
    assert (entry.action, entry.actor_kind) == (AuditAction.FILE_APPLIED, ActorKind.CONSOLE)
    assert (before["name"], after["name"], after["max_tries"]) == ("Café Lumière", "Café Nouveau", 5)
    assert (after["users"], after["secrets"]) == ({"ada@cafe.example": "clerk"}, "changed")
    assert "time_zone" not in after
    assert "EAA" not in f"{before}{after}{entry.words}"


def test_no_secret_stands_in_any_entry(shop: Shop) -> None:
    _, token = api_keys.create(by(shop), shop.id, "Till", [Scope.ADMIN])
    endpoint, first = endpoints.create(by(shop), shop.id, URL)
    _, second = endpoints.rotate(by(shop), shop.id, endpoint.id)
    told = "".join(f"{each.before}{each.after}{each.words}" for each in entries(shop))
    assert not any(secret in told for secret in (token, first, second, first.removeprefix("whsec_")))


def test_exports_and_erasures_are_told_and_nothing_of_a_buyer(shop: Shop) -> None:
    order = shop.get(shop.order())
    exports.written(by(shop), shop.id, exports.Selection(("paid",), shop.clock()))
    erasure.erase(by(shop), shop.id, order.buyer_id)
    audit.exported(by(shop), shop.id, audit.Search())
    found = entries(shop)
    assert [each.action for each in found] == [
        AuditAction.EXPORT_MADE,
        AuditAction.BUYER_ERASED,
        AuditAction.EXPORT_MADE,
    ]
    assert [each.after for each in found] == [{"what": "audit"}, None, {"what": "orders", "only": ["since", "states"]}]


def test_the_log_is_narrowed_and_read_both_ways(shop: Shop) -> None:
    for number in range(5):
        api_keys.create(
            shop.context.acting_as(actors.user(f"usr_{number % 2}")), shop.id, f"Été-{number}", [Scope.ADMIN]
        )
        shop.clock.forward(hours=1)
    endpoints.create(by(shop), shop.id, URL)
    start = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    narrowed = {
        "0 2 4": audit.Search(actor=(ActorKind.USER, "usr_0"), action=AuditAction.KEY_MADE),
        "1 2": audit.Search(since=start + timedelta(hours=1), until=start + timedelta(hours=3)),
        "3": audit.Search(text=audit.folded("ÉTÉ-3")),
        "": audit.Search(text="100%"),
    }
    for expected, search in narrowed.items():
        found = sorted((each.after or {}).get("name", "?")[-1] for each in entries(shop, search))
        assert " ".join(found) == expected
    first = audit.listed(shop.context, shop.id, audit.Search(), Place(), 3).page
    second = audit.listed(shop.context, shop.id, audit.Search(), Place(after=first.last), 3).page
    back = audit.listed(shop.context, shop.id, audit.Search(), Place(before=second.first), 3).page
    assert ([each.id for each in back.rows], back.has_previous) == ([each.id for each in first.rows], False)


def test_everybody_whom_the_log_names_is_told_once(shop: Shop) -> None:
    for actor in (
        actors.user("usr_b"),
        actors.user("usr_a"),
        actors.CONSOLE,
        actors.user("usr_b"),
        actors.api_key("key_1"),
    ):
        api_keys.create(shop.context.acting_as(actor), shop.id, "Till", [Scope.ADMIN])
    rival(shop)
    named = audit.listed(shop.context, shop.id, audit.Search(), Place(), 1).actors
    with shop.context.database.read() as session:
        row = models.AuditEntry
        every = session.execute(select(row.actor_kind, row.actor_id).where(row.merchant_id == shop.id)).all()
    assert len({*named}) == len(named) >= 4
    assert {*named} == {tuple(each) for each in every}
    assert {type(kind) for kind, _ in named} == {ActorKind}


@pytest.mark.parametrize("many", ["name", "who and what"])
def test_a_page_looks_through_so_many_entries_and_the_next_one_goes_on(
    shop: Shop, many: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways, and each entry that matches is shown once."""
    for number in range(12):
        name = "Till" if number in {0, 1, 7} else "Kiosk"
        key, _ = api_keys.create(by(shop), shop.id, name, [Scope.ADMIN])
        if name == "Till":
            api_keys.end(by(shop), shop.id, key.id)
    search = audit.Search(text="till")
    if many == "who and what":
        search = audit.Search(actor=(ActorKind.USER, "usr_1"), action=AuditAction.KEY_ENDED)
    expected = [each.id for each in entries(shop, search)]
    monkeypatch.setattr(log, "LOOKED_AT", 3)
    pages = [audit.listed(shop.context, shop.id, search, Place(), 2).page]
    while pages[-1].has_next:
        pages.append(audit.listed(shop.context, shop.id, search, Place(after=pages[-1].last), 2).page)
    assert [each.id for page in pages for each in page.rows] == expected
    assert any(not page.rows for page in pages[:-1])
    back = [pages[-1]]
    while back[-1].has_previous:
        back.append(audit.listed(shop.context, shop.id, search, Place(before=back[-1].first), 2).page)
    assert [each.id for page in back[::-1] for each in page.rows] == expected
    assert [entry.id for entry, _ in audit.exported(by(shop), shop.id, search)] == expected


def test_another_merchant_s_entries_are_not_shown(shop: Shop) -> None:
    other = rival(shop)
    api_keys.create(by(shop), shop.id, "Till", [Scope.ADMIN])
    assert {
        each.merchant_id for each in audit.listed(shop.context, other.id, audit.Search(), Place(), 50).page.rows
    } <= {other.id}
    assert not any(
        entry.action is AuditAction.KEY_MADE for entry, _ in audit.exported(by(shop), other.id, audit.Search())
    )
