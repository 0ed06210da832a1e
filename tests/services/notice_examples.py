"""A notice of every kind, with and without what it may lack."""

from __future__ import annotations

from webapp.services.notifications import notices
from webapp.services.notifications.notices import Notice

EVERY: tuple[Notice, ...] = (
    notices.PaymentRequest(language="fr", merchant="Café Lumière", amount="10,00 €", what="2 pizzas", token="t.1"),
    notices.PaymentRequest(language="fr", merchant="Café Lumière", amount=None, what="commande A12", token="t.1"),
    notices.PaymentRequest(
        language="ar",
        merchant="Café Lumière",
        amount="10,00 €",
        what="2 pizzas",
        terms="It is held first.",
        token="t.1",
    ),
    notices.PaymentReminder(language="ja", merchant="Café Lumière", what="2 pizzas", until="明日", token="t.1"),
    notices.PaymentReceipt(
        language="ar",
        merchant="Café Lumière",
        amount="10,00 €",
        description=None,
        reference="A12",
        card="Visa ••4242",
        card_in_short="Visa ••42",
        paid_at="24 Nov 2026, 10:00",
        token="t.1",
        merchant_initiated=True,
    ),
    notices.PaymentReceipt(
        language="ja",
        merchant="Café Lumière",
        amount="€10.00",
        description="2 pizzas",
        reference="A12",
        card="Visa ••4242",
        card_in_short="Visa ••42",
        paid_at="24 Nov 2026, 10:00",
        token="t.1",
        merchant_initiated=False,
        consent=notices.ConsentReceipt(
            language="ja",
            merchant="Café Lumière",
            card="Visa ••4242",
            agreed_at="24 Nov 2026, 10:00",
            version="2026-11.1a2b3c4d",
            wording="I let Café Lumière save my card.",
            wording_language="en",
            token="t.1",
        ),
    ),
    notices.ConsentReceipt(
        language="en",
        merchant="Café Lumière",
        card=None,
        agreed_at="24 Nov 2026, 10:00",
        version="2026-11.1a2b3c4d",
        wording="I let Café Lumière save my card.",
        token="t.1",
    ),
    notices.OrderUpdate(
        language="he",
        merchant="Café Lumière",
        title="Refund: €4.00",
        text="€4.00 of €10.00 was refunded to your card.",
        order="€10.00, 2 pizzas (A12)",
        url="https://ordo.localhost/p/t.1",
        while_state="cancelled",
    ),
    notices.BuyerNotice(
        language="en", text="Declined.\n10,00 €", label="Another card", url="https://ordo.example/p/t.1"
    ),
    notices.ShopNotice(language="en", merchant="Café Lumière", text="Paid."),
    notices.ShopNotice(language="en", merchant="Café Lumière", text="Not delivered.", qr="https://ordo.example/p/t.1"),
)
