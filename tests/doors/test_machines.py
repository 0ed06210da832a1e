"""What programs send and answer: the gateway's webhooks, browsers' reports, identity providers, receivers of callbacks, WhatsApp's API,
the gateway's API, mail servers, whoever stands between the page and its buyer; and the merchant's file."""

from __future__ import annotations

import itertools
import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import stripe
from authlib.integrations.base_client.errors import OAuthError

from tests.canaries import PRINTED, SPELLINGS, VISA, readable
from tests.doors.documents import leaves, put, variants
from tests.hooks.posts import link, new, old, send, stripe_post
from tests.kit import Shop, browser, declaration
from webapp.db import models
from webapp.domain.errors import Invalid
from webapp.gateways import stripe_outcomes, stripe_provider
from webapp.inventory import page
from webapp.mail.smtp import MailFailed
from webapp.office.identity import IdentityProvider
from webapp.services.accounts import sessions
from webapp.services.merchants import declarations, shop_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EVENT = {
    "id": "evt_1",
    "object": "event",
    "account": "acct_1",
    "type": "charge.refunded",
    "data": {"object": {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "description": "2 pizzas"}},
}


def test_the_gateway_s_webhooks_keep_no_number(app: Flask, shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    taken = [stripe_post(app, json.dumps(event)).status_code for event in variants(EVENT)]
    for spelling in SPELLINGS.values():
        method = {"id": f"pm_{spelling}", "object": "payment_method"}
        event = EVENT | {"id": f"evt_{spelling}", "type": spelling, "data": {"object": method}}
        taken.append(stripe_post(app, json.dumps(event)).status_code)
    assert set(taken) <= {200, 400}
    assert taken.count(200) > len(SPELLINGS)
    shop.drain()
    nothing_is_left()


def test_browsers_reports_keep_no_number(app: Flask, shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    address = link(shop)
    hosts = [quote(text) if number % 2 else text.replace(" ", "-") for number, text in enumerate(SPELLINGS.values())]
    for host, form in zip(hosts, itertools.cycle(("https://{0}.example/{0}", "{0}://x", "{0}")), strict=False):
        url = form.format(host)
        assert send(app, old(address, **{"blocked-uri": url, "source-file": url})) == 204
        shop.clock.forward(seconds=30)
    for name in ("documentURL", "effectiveDirective", "blockedURL", "sourceFile", "sample", "referrer"):
        report = new(address, **{name: "https://4242-4242-4242-4242.example:4242/"})
        assert send(app, report, "application/reports+json") == 204
    assert len(shop.all(models.CspReport)) > 1
    nothing_is_left()


class Provider:
    """What authlib makes of a provider that vouches for whatever it is given, in the id token or by UserInfo."""

    client_id = "ordo"

    def __init__(self) -> None:
        self.claims: Any = {}
        self.client_kwargs: dict[str, str] = {}
        self.framework = self

    def get_state_data(self, _session: Any, _state: Any) -> Any:
        return {"where": "/office/orders"}

    def load_server_metadata(self) -> Any:
        return {"issuer": "https://id.example", "userinfo_endpoint": "https://id.example/me"}

    def authorize_access_token(self, **_how: Any) -> Any:
        if isinstance(self.claims, Exception):
            raise self.claims
        return {"userinfo": self.claims}

    def userinfo(self, **_how: Any) -> Any:
        return self.claims


def test_an_identity_provider_s_claims_and_errors_keep_no_number(
    app: Flask, shop: Shop, nothing_is_left: Callable[[], None]
) -> None:
    provider = Provider()
    app.extensions["identity"] = IdentityProvider(provider, trust_email=False)
    good = {
        "iss": "https://id.example",
        "sub": "1",
        "email": "nobody@cafe.example",
        "name": "Léa",
        "email_verified": True,
    }
    answers = [
        *variants(good),
        *(OAuthError(text, text) for text in SPELLINGS.values()),
        *map(ValueError, SPELLINGS.values()),
    ]
    for provider.claims in answers:
        assert browser(app).get(f"/office/login/callback?error={quote(next(iter(SPELLINGS)))}").status_code == 403
    nothing_is_left()


def test_two_people_whose_ids_look_like_card_numbers_stay_two(shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    def identity(sub: str, user: str) -> sessions.Identity:
        return sessions.Identity("https://id.example", sub, f"{user}@cafe.example", email_verified=True)

    mastercard = PRINTED["mastercard"].replace(" ", "")
    for _ in range(2):
        for sub, user in ((VISA, "clerk"), (mastercard, "admin")):
            visitor = sessions.visitor(shop.context, sessions.by_identity(shop.context, identity(sub, user)))
            assert visitor is not None
            assert visitor.role == user
    nothing_is_left()


def test_a_receiver_s_answer_keeps_no_number(shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    url = shop.one(models.Endpoint).url
    for text in (*SPELLINGS.values(), " " * 985 + VISA):
        headers = {"X-Text": quote(text), "Retry-After": quote(text), "Content-Type": f'text/plain; x="{quote(text)}"'}
        shop.place.backend_says = (f"no: {text}", headers)
        answer = shop.context.sender.post(url, "{}", {})
        assert (answer.status, list(readable(answer.excerpt)), answer.error) == (200, [], None)
        assert "•" in answer.excerpt
    shop.pay(shop.order())
    shop.drain()
    assert "•" in shop.one(models.Delivery).excerpt
    nothing_is_left()


def test_what_whatsapp_s_api_answers_keeps_no_number(shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    for code, text in zip(itertools.cycle((190, 131026, 131000)), SPELLINGS.values(), strict=False):
        error = {"code": code, "message": text, "error_user_msg": text, "error_data": {"details": text}, "type": text}
        shop.place.whatsapp_answers.append((400, {"error": error}))
    for number in range(12):
        shop.order(send=True, phone=f"+336123456{number:02}")
    for _ in range(4):
        shop.later(minutes=1)
    assert len(shop.place.whatsapp_answers) < len(SPELLINGS) - 30
    assert any("••••" in (row.error or "") for row in shop.all(models.Message))
    nothing_is_left()


def test_what_the_gateway_and_mail_servers_say_of_an_error_holds_no_number(shop: Shop) -> None:
    for text in SPELLINGS.values():
        refused = stripe.StripeError(f"No such token: {text}", json_body={"error": {"code": text}})
        assert list(readable(stripe_outcomes.words(refused))) == []
        assert list(readable(str(MailFailed(f"550 {'x' * 180} {text}")))) == []


def test_a_page_that_somebody_changed_on_its_way_keeps_no_number(shop: Shop) -> None:
    for text in SPELLINGS.values():
        odd = (
            f'<script src="https://{quote(text)}.example/{text}"></script><b on{quote(text)}="1"><script src="{text}">'
        )
        answer = page.Fetched(200, {}, odd.encode())
        found = page.inspect("https://ordo.example/p/x", page.Expected({}, "", ""), lambda _: answer, payable=False)  # noqa: B023
        assert found
        assert list(readable([each.detail for each in found])) == []


def test_a_merchant_s_file_with_a_number_is_refused(shop: Shop, nothing_is_left: Callable[[], None]) -> None:
    document = shop.declaration()
    document["merchant"] |= {
        "colour": "#09604a",
        "reminders": [4, 24],
        "time_zone": "Europe/Paris",
        "links_by": ["whatsapp"],
        "currencies": ["USD"],
        "retention": {"message_days": 90},
        "legal_identity": "Café Lumière SARL",
        "terms_url": "https://x.example/terms",
    }
    document["gateway"]["account"] = "acct_1"
    spellings = itertools.cycle(SPELLINGS.values())
    for path in leaves(document):
        for text in itertools.islice(spellings, 10):
            if path[-1] in shop_file.NUMERIC and text.isascii() and text.isdigit():
                continue
            with pytest.raises(Invalid) as refused:
                declarations.apply(shop.context, declarations.declared(put(document, path, text)))
            assert list(readable(str(refused.value))) == []
    nothing_is_left()


def test_an_id_of_meta_s_in_a_merchant_s_file_may_look_like_a_card_number(shop: Shop) -> None:
    for name in shop_file.NUMERIC:
        declarations.declared(put(shop.declaration(), ("whatsapp", name), VISA))


def test_a_field_that_is_new_in_the_merchant_s_file_is_walked(shop: Shop) -> None:
    """`declaration` of the tests names every field; those of choices and numbers refuse texts by themselves."""
    document = declaration(
        shop.account,
        "https://x.example",
        colour="#09604a",
        logo="x",
        reminders=[4],
        links_by=["whatsapp"],
        return_urls=["https://x.example/"],
        currencies=["USD"],
        retention={"message_days": 90},
        legal_identity="Café Lumière SARL",
        terms_url="https://x.example/terms",
    )
    left_out = {
        "max_tries",
        "link_days",
        "confirm_above",
        "quiet_from",
        "quiet_until",
        "clerk_refund_limit",
    }
    assert shop_file.Shop.model_fields.keys() - document["merchant"].keys() == left_out
    for name, part in (("gateway", stripe_provider.Keys), ("whatsapp", shop_file.WhatsAppKeys)):
        assert part.model_fields.keys() - document[name].keys() <= {"account", "card_brands"}
    assert shop_file.Declaration.model_fields.keys() - {"named"} == document.keys()


def test_no_line_of_the_log_holds_a_number(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("somebody.else")
    for text in SPELLINGS.values():
        log.error("it said %s, and %r", text, {"a": text}, exc_info=ValueError(text))
    assert (caplog.text.count("it said"), caplog.text.count("ValueError: ")) == (len(SPELLINGS),) * 2
    assert list(readable(caplog.text.splitlines())) == []
    assert list(readable([(record.getMessage(), record.exc_text) for record in caplog.records])) == []
