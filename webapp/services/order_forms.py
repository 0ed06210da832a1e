"""The form that LINK opens: one order by one operator, within ten minutes, without a login (docs/adr/0011)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import merchants, models
from webapp.db import orders as rows
from webapp.domain import ids
from webapp.domain.errors import NotFound
from webapp.services import notify, orders, sending, wording
from webapp.services.links import FormLink
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from webapp.db.session import Session
    from webapp.services.kit import Kit

LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class Form:
    """Whose form it is."""

    merchant: models.Merchant
    operator: models.Operator
    phone: str
    once: str


def url(kit: Kit, operator: models.Operator) -> str:
    """The address of a new form."""
    until = int((kit.now() + LIFE).timestamp())
    return kit.links.order_form_url(FormLink(operator.id, until, ids.new("once")))


def opened(kit: Kit, token: str) -> Form:
    """The form of a link that can still be used. Writes nothing. Raises `NotFound`: forged, too old, used, or the operator may
    order no more."""
    with kit.database.read() as session:
        return _form(session, kit, token)


def submit(kit: Kit, token: str, request: orders.Request, *, send: bool) -> models.Order:
    """Make the order, and confirm it in the operator's chat. The link is spent by that. Raises as `opened` and `orders.place` do."""
    with kit.database.write() as session:
        merchants.lock(session, _form(session, kit, token).merchant.id)
        form = _form(session, kit, token)  # under the lock: two posts at once make one order
        by = orders.By("whatsapp", form.operator.id, form.once)
        order = orders.place(session, kit, form.merchant, request, by)
        sent = send and notify.request(session, kit, form.merchant, order)
        t = i18n.texts(form.operator.language, form.merchant.country)
        link = kit.links.url(order.id, order.link_version)
        text = wording.confirmation(t, order, request.phone if send else None, link, "", sent=sent)
        sending.queue(session, kit, form.merchant, form.phone, "confirmation", shapes.Text(text), order=order)
        return order


def _form(session: Session, kit: Kit, token: str) -> Form:
    link = kit.links.read_order_form(token)
    operator = merchants.operator_by_id(session, link.operator)
    if operator is None or operator.phone is None or kit.now().timestamp() >= link.until:
        raise NotFound("this form is over")
    if rows.by_once(session, operator.merchant_id, link.once) is not None:
        raise NotFound("this form was used")
    return Form(merchants.get(session, operator.merchant_id), operator, operator.phone, link.once)
