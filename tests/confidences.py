"""What no log may hold, each in a text as it is quoted there, with the part that must not be found any more."""

from __future__ import annotations

from webapp.domain import api_tokens
from webapp.services.runtime.links import FormLink, Links

LINKS = Links(("k" * 32,), "https://pay.example.com")
ORDER = "ord_01JDXYZ7Q2W8V5N3M4K6P9RSTA"
OURS = api_tokens.new("live")

HIDDEN = {
    "a payment link": (f"at {LINKS.url(ORDER, 3)}?lang=fr.", LINKS.token(ORDER, 3).rpartition(".")[2]),
    "its path": (f'"GET /p/{LINKS.token(ORDER, 3)}/status HTTP/1.1"', LINKS.token(ORDER, 3)[:20]),
    "a form's link": (
        LINKS.order_form_url(FormLink("op_1", 1_790_000_000, "idem_1")),
        LINKS.order_form_url(FormLink("op_1", 1_790_000_000, "idem_1")).rpartition(".")[2],
    ),
    "a login": (f"/office/link/-_{'a' * 41}", "a" * 41),
    "a signature by itself": (f"signature {LINKS.token(ORDER, 1).rpartition('.')[2]}", LINKS.token(ORDER, 1)[-20:]),
    "the gateway's key": ("Invalid API Key provided: sk_test_51Nabcdefghij", "51Nabcdefghij"),
    "a restricted key": ("rk_live_51Nabcdefghij", "51Nabcdefghij"),
    "our own key": (f"key {OURS}", OURS[10:]),
    "a webhook's secret": ("secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8G"),
    "an intent's secret": ("pi_3Nabc_secret_abcdefgh12", "abcdefgh12"),
    "a bearer": ("{'Authorization': 'Bearer EAAGm0PX4ZCps'}", "EAAGm0PX4ZCps"),
    "Meta's token": ("Error validating access token EAAGm0PX4ZCpsBAKZA", "m0PX4ZCpsBAKZA"),
    "an argument": ("GET /office/login/callback?code=4-0AfgeXvs_x&state=Zx81kk2LLp", "0AfgeXvs"),
    "a header": ("Stripe-Signature: t=1790000000,v1=5257a869e7", "1790000000"),
    "a database's password": ("postgresql+psycopg://ordo:p%40ss@db.example.com/ordo", "p%40ss"),
    "a sealed secret": (f"gAAAAABlZ0x-_{'Ab3-' * 11}", "lZ0x"),
    "WhatsApp's name of a message": ("wamid.HBgLMzM2MTIzNDU2NzgVAgARGBI=", "HBgL"),
    "a phone": ("to +33612345678 now", "612345678"),
    "a phone in groups": ("to +33 6 12 34 56 78.", "12 34"),
    "a phone as people write it": ("call 06 12 34 56 78", "12 34"),
    "WhatsApp's name of a person": ("recipient 33612345678", "33612345678"),
    "an e-mail address": ("mailto:Lea.Martin+x@cafe.example, bounced", "Martin"),
}
