"""All that is known of a buyer, as a file for the person: to read (HTML), and for machines (JSON). It comes while it is written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, stream_template

from webapp.domain.money import Money
from webapp.office import buyer_view
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.notifications import buyer_messages
from webapp.services.orders import buyers
from webapp.services.payments import alias_view
from webapp.services.webhooks.outbox import stamp
from webapp.web.locale import texts
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from webapp.services.notifications.buyer_messages import Written
    from webapp.services.orders.buyers import KnownOrder, ListedBuyer
    from webapp.services.payments.alias_view import CardView

buyer_exports = Blueprint("buyer_exports", __name__, url_prefix="/office/buyers/<buyer_id>")

FILES = {"html": "text/html; charset=utf-8", "json": "application/json"}


@buyer_exports.get("/export.html")
@permits(Permission.EXPORTS_MAKE)
def to_read(buyer_id: str) -> Response:
    """The file for people."""
    return _file(buyer_id, "html")


@buyer_exports.get("/export.json")
@permits(Permission.EXPORTS_MAKE)
def for_machines(buyer_id: str) -> Response:
    """The file for machines."""
    return _file(buyer_id, "json")


def _file(buyer_id: str, kind: str) -> Response:
    give_back = context().export_slots.take(merchant_id())
    try:
        found = buyers.disclosed(context(), merchant_id(), buyer_id)
        cards = alias_view.of_buyer(context(), merchant_id(), buyer_id)
        orders = buyers.orders(context(), found)
        written = buyer_messages.all_of(context(), merchant_id(), buyer_id)
        pieces = _json(found, cards, orders, written) if kind == "json" else _html(found, cards, orders, written)
        answer = Response(pieces, content_type=FILES[kind])
    except BaseException:
        give_back()
        raise
    answer.headers["Content-Disposition"] = f'attachment; filename="{buyer_id}.{kind}"'
    answer.call_on_close(give_back)
    return answer


def _html(
    found: ListedBuyer, cards: Sequence[CardView], orders: Iterator[KnownOrder], written: Iterator[Written]
) -> Iterator[str]:
    zone = visitor().merchant.time_zone
    return stream_template(
        "office/buyers/record.html",
        shop=visitor().merchant.name,
        made=texts().moment(context().now(), zone),
        buyer=buyer_view.buyer(found, zone),
        whatsapp=[each for each in (found.buyer.wa_id, found.buyer.user_id) if each],
        cards=[buyer_view.card(each, zone) for each in cards],
        orders=(buyer_view.known_order(each, zone) for each in orders),
        messages=(buyer_view.messages([each], zone)[0] for each in written),
    )


def _json(
    found: ListedBuyer, cards: Sequence[CardView], orders: Iterable[KnownOrder], written: Iterable[Written]
) -> Iterator[bytes]:
    row = found.buyer
    head = {
        "id": row.id,
        "phone": row.phone,
        "former_phone": row.former_phone,
        "whatsapp_id": row.wa_id,
        "whatsapp_user_id": row.user_id,
        "email": row.email,
        "language": row.language,
        "gateway_customer": row.customer,
        "messages_stopped_at": _at(row.stopped_at),
        "created_at": _at(row.created_at),
        "erased_at": _at(row.erased_at),
    }
    yield f'{{"buyer": {_text(head)},\n"saved_cards": ['.encode()
    yield from _rows(_card(each) for each in cards)
    yield b'],\n"orders": ['
    yield from _rows(_order(each) for each in orders)
    yield b'],\n"messages": ['
    yield from _rows(_message(each) for each in written)
    yield b"]}\n"


def _rows(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for number, row in enumerate(rows):
        yield f"{',' if number else ''}\n{_text(row)}".encode()


def _card(view: CardView) -> dict[str, Any]:
    alias = view.alias
    return {
        "id": alias.id,
        "status": alias.status,
        "brand": alias.brand,
        "last4": alias.last4,
        "expires": f"{alias.exp_year}-{alias.exp_month:02d}",
        "wallet": alias.wallet,
        "saved_at": _at(alias.created_at),
        "last_charged_at": _at(view.last.created_at) if view.last else None,
        "consents": [
            {
                "wording": each.wording,
                "version": each.version,
                "language": each.language,
                "given_at": _at(each.given_at),
                "order": each.order_id,
            }
            for each in view.consents
        ],
    }


def _order(known: KnownOrder) -> dict[str, Any]:
    row = known.order
    return {
        "id": row.id,
        "reference": row.reference,
        "action": row.action,
        "state": row.state,
        "description": row.description,
        "amount": _amount(row.amount, row.currency),
        "refunded": _amount(row.refunded, row.currency),
        "currency": row.currency,
        "email": row.email,
        "name_and_address": row.details,
        "language": row.language,
        "card": row.card,
        "metadata": row.metadata_,
        "created_at": _at(row.created_at),
        "link_opened_at": _at(row.opened_at),
        "tries": [{"at": _at(each.created_at), "state": each.state, "ip": each.ip} for each in known.attempts],
        "refunds": [
            {"at": _at(each.created_at), "amount": _amount(each.amount, row.currency), "reason": each.reason}
            for each in known.refunds
        ],
        "notes": [{"at": _at(each.at), "text": (each.data or {}).get("detail")} for each in known.notes],
    }


def _message(written: Written) -> dict[str, Any]:
    return {
        "at": _at(written.at),
        "way": written.way,
        "from_buyer": written.from_buyer,
        "kind": written.purpose,
        "state": written.state,
        "order": written.order_id,
        "text": written.text,
    }


def _amount(minor: int | None, currency: str) -> str | None:
    return str(Money(minor, currency).to_decimal()) if minor is not None else None


def _at(moment: datetime | None) -> str | None:
    return stamp(moment) if moment is not None else None


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)
