"""One saved card of a buyer: what was agreed to, what it was charged, and charging, replacing and removing it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.actions import Action
from webapp.domain.errors import Conflict, Invalid
from webapp.office import buyer_view, forms
from webapp.office.action_forms import ChargeForm
from webapp.office.ended import form_at
from webapp.office.guard import merchant_id, visitor
from webapp.office.permissions import Permission, permits
from webapp.services.conversation import replies
from webapp.services.orders import buyers, lifecycle
from webapp.services.payments import alias_view, aliases
from webapp.services.payments.questions import Unanswered
from webapp.web.locale import texts
from webapp.web.services import context

buyer_cards = Blueprint("buyer_cards", __name__, url_prefix="/office/buyers/<buyer_id>/cards/<alias_id>")

CHARGES = 10


@buyer_cards.get("")
@permits(Permission.BUYERS_VIEW)
def show(buyer_id: str, alias_id: str) -> str:
    """The card."""
    return _page(buyer_id, _card(buyer_id, alias_id), ChargeForm())


@buyer_cards.post("/charge")
@permits(Permission.CARDS_CHARGE)
@form_at("/office/buyers/{buyer_id}/cards/{alias_id}")
def charge(buyer_id: str, alias_id: str) -> AnyResponse | tuple[str, int]:
    """Charge the card, without the buyer: a new order, which the worker carries out; or ask first."""
    form, card = ChargeForm(), _card(buyer_id, alias_id)
    if not card.currency:
        return _gone(buyer_id, alias_id)
    try:
        amount = form.money(card.currency)
        once, what = form.idempotency_key.data, form.description.data or None
        wanted = lifecycle.Request(Action.PAYMENT, amount, description=what, idempotency_key=once)
        made = aliases.charge_alias(context(), merchant_id(), alias_id, amount, wanted, form.answers())
    except Unanswered as error:
        return _ask(buyer_id, card, form, error)
    except Invalid as error:
        if not form.description.errors:
            form.amount.errors = [forms.complaint(error, card.currency)]
        return _page(buyer_id, card, form), 422
    except Conflict:
        return _gone(buyer_id, alias_id)
    return redirect(f"/office/orders/{made.id}", 303)


@buyer_cards.post("/replace")
@permits(Permission.CARDS_CHARGE)
def replace(buyer_id: str, alias_id: str) -> AnyResponse | tuple[str, int]:
    """Ask the buyer for another card in the place of this one: the new order is the registration."""
    form, card = forms.IdempotentForm(), _card(buyer_id, alias_id)
    if not form.validate():
        raise Invalid("out_of_date")
    try:
        made = aliases.renew(context(), merchant_id(), card.id, idempotency_key=form.idempotency_key.data)
    except Conflict:
        return _gone(buyer_id, alias_id)
    except Invalid as error:
        flash(replies.refusal(texts(), error.code, "", ""), "error")
        return redirect(f"/office/buyers/{buyer_id}/cards/{alias_id}", 303)
    return redirect(f"/office/orders/{made.id}", 303)


@buyer_cards.post("/remove")
@permits(Permission.CARDS_END)
def remove(buyer_id: str, alias_id: str) -> AnyResponse:
    """End the saved card: it is never charged again."""
    card = _card(buyer_id, alias_id)
    if not forms.Confirm().validate():
        raise Invalid("out_of_date")
    aliases.revoke(context(), merchant_id(), card.id)
    flash(texts().gettext("The card is no longer saved."), "message")
    return redirect(f"/office/buyers/{buyer_id}", 303)


def _card(buyer_id: str, alias_id: str) -> buyer_view.Card:
    """Raises `NotFound` also for another buyer's."""
    found = alias_view.of_buyer_one(context(), merchant_id(), buyer_id, alias_id, CHARGES)
    return buyer_view.card(found, visitor().merchant.time_zone)


def _gone(buyer_id: str, alias_id: str) -> AnyResponse:
    flash(texts().gettext("This card can no longer be charged."), "error")
    return redirect(f"/office/buyers/{buyer_id}/cards/{alias_id}", 303)


def _page(buyer_id: str, card: buyer_view.Card, form: ChargeForm) -> str:
    return render_template(
        "office/buyers/card.html",
        buyer=_buyer(buyer_id),
        card=card,
        form=form,
        once=forms.IdempotentForm(formdata=None),
        confirm=forms.Confirm(),
    )


def _ask(buyer_id: str, card: buyer_view.Card, form: ChargeForm, error: Unanswered) -> tuple[str, int]:
    """The page that asks before money moves: its form posts the same again, with the answers."""
    t = texts()
    page = render_template(
        "office/buyers/confirm.html",
        buyer=_buyer(buyer_id),
        card=card,
        form=form,
        asked=[replies.doubt(t, each) for each in error.questions],
        amount=t.money(form.money(card.currency)),
        answers=" ".join(error.answers),
    )
    return page, 409


def _buyer(buyer_id: str) -> buyer_view.Buyer:
    return buyer_view.buyer(buyers.get(context(), merchant_id(), buyer_id), visitor().merchant.time_zone)
