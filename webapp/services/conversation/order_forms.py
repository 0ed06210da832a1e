"""The form that LINK opens: one order by one operator, within ten minutes, without a login (docs/adr/0011)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import merchants, models, orders
from webapp.domain import actors, ids
from webapp.domain.errors import NotFound
from webapp.services.notifications import merchant_texts, notify, whatsapp_delivery
from webapp.services.orders import lifecycle
from webapp.services.payments import questions
from webapp.services.runtime.links import FormLink
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from collections.abc import Collection

    from webapp.db.session import Session
    from webapp.services.runtime.context import ServiceContext

LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class Form:
    """Whose form it is."""

    merchant: models.Merchant
    operator: models.Operator
    phone: str
    idempotency_key: str


def url(context: ServiceContext, operator: models.Operator) -> str:
    """The address of a new form."""
    until = int((context.now() + LIFE).timestamp())
    return context.links.order_form_url(FormLink(operator.id, until, ids.new("idem")))


def opened(context: ServiceContext, token: str) -> Form:
    """The form of a link that can still be used. Writes nothing. Raises `NotFound`: forged, too old, used, or the operator may
    order no more."""
    with context.database.read() as session:
        return _form(session, context, token)


def submit(
    context: ServiceContext, token: str, request: lifecycle.Request, *, send: bool, answered: Collection[str]
) -> models.Order:
    """Make the order, and confirm it in the operator's chat. The link is spent by that. Raises as `opened` and `lifecycle.place` do, and
    `Unanswered`."""
    with context.database.write() as session:
        merchants.lock(session, _form(session, context, token).merchant.id)
        form = _form(session, context, token)  # under the lock: two posts at once make one order
        context = context.acting_as(actors.operator(form.operator.id))
        request = replace(request, idempotency_key=form.idempotency_key)
        lifecycle.must_be_new(session, context, form.merchant, request)
        questions.before_order(context, request, answered, send=send)(session, form.merchant)
        order = lifecycle.place(session, context, form.merchant, request)
        sent = notify.request(session, context, form.merchant, order) if send else None
        t = i18n.texts(form.operator.language, form.merchant.country)
        link = context.links.url(order.id, order.link_version)
        text = merchant_texts.confirmation(t, order, request.phone if send else None, link, "", sent=sent)
        whatsapp_delivery.queue(
            session, context, form.merchant, form.phone, "confirmation", shapes.Text(text), order=order
        )
        return order


def _form(session: Session, context: ServiceContext, token: str) -> Form:
    link = context.links.read_order_form(token)
    operator = merchants.operator_by_id(session, link.operator)
    if operator is None or operator.phone is None or context.now().timestamp() >= link.until:
        raise NotFound("this form is over")
    if orders.by_idempotency_key(session, operator.merchant_id, link.idempotency_key) is not None:
        raise NotFound("this form was used")
    return Form(merchants.get(session, operator.merchant_id), operator, operator.phone, link.idempotency_key)
