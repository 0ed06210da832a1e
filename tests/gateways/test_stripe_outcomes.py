"""What Stripe's answers mean, and what its errors prove."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe as sdk
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.gateways import canned
from webapp.domain import errors
from webapp.domain.outcome import (
    ActionNeeded,
    Cancelled,
    Decline,
    Declined,
    Done,
    Outcome,
    Pending,
    Unconfirmed,
    Unknown,
)
from webapp.gateways import stripe

# --- intents


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("succeeded", Done("pi_1", 1000, "EUR", None, None, "cus_1")),
        ("processing", Pending("pi_1")),
        ("requires_action", ActionNeeded("pi_1", {"clientSecret": "pi_1_secret_1"})),
        ("requires_payment_method", Unconfirmed("pi_1")),
        ("requires_confirmation", Unconfirmed("pi_1")),
        ("canceled", Cancelled("pi_1")),
        ("a_status_of_next_year", Unknown("pi_1 is a_status_of_next_year")),
    ],
)
def test_every_status_has_one_meaning(status: str, outcome: Outcome) -> None:
    assert canned.gateway((200, canned.intent(status))).lookup("pi_1") == outcome


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        *((code, Decline.INSUFFICIENT_FUNDS) for code in ("insufficient_funds",)),
        *((code, Decline.EXPIRED_CARD) for code in ("expired_card",)),
        *((code, Decline.INCORRECT_CVC) for code in ("incorrect_cvc", "invalid_cvc")),
        *((code, Decline.AUTHENTICATION_REQUIRED) for code in ("authentication_required",)),
        *((code, Decline.PROCESSING_ERROR) for code in ("processing_error", "issuer_not_available", "try_again_later")),
        *(
            (code, Decline.GENERIC)
            for code in ("generic_decline", "do_not_honor", "call_issuer", "transaction_not_allowed")
        ),
        *((code, Decline.GENERIC) for code in ("fraudulent", "lost_card", "stolen_card", "pickup_card")),
        *((code, Decline.GENERIC) for code in ("merchant_blacklist", "restricted_card", "security_violation")),
        *((code, Decline.GENERIC) for code in ("card_velocity_exceeded", "incorrect_number", "a_code_of_next_year")),
    ],
)
def test_a_decline_code_tells_the_buyer_only_what_helps_him(code: str, reason: Decline) -> None:
    refused = {"type": "card_error", "code": "card_declined", "decline_code": code, "payment_method": {"id": "pm_1"}}
    found = canned.gateway((200, canned.intent("requires_payment_method", last_payment_error=refused))).lookup("pi_1")
    assert found == Declined("pi_1", reason, code, "pm_1")


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        ({"code": "payment_intent_authentication_failure"}, Decline.AUTHENTICATION_FAILED),
        ({"code": "setup_intent_authentication_failure"}, Decline.AUTHENTICATION_FAILED),
        ({"code": "authentication_failure"}, Decline.AUTHENTICATION_FAILED),
        ({"code": "card_declined", "decline_code": "authentication_not_handled"}, Decline.AUTHENTICATION_FAILED),
        ({"code": "three_d_secure_authentication_upstream_error"}, Decline.PROCESSING_ERROR),
        ({"code": "authentication_required"}, Decline.AUTHENTICATION_REQUIRED),
    ],
)
@pytest.mark.parametrize(
    ("found", "of", "rejected"),
    [
        (None, "pm_1", False),
        ("canceled", "pm_1", False),
        ("abandoned", "pm_1", False),
        ("rejected", "pm_1", True),
        ("rejected", "pm_of_the_try_before", False),
    ],
)
def test_who_did_not_confirm_at_the_bank_was_not_declined_unless_the_bank_itself_refused(
    refused: dict[str, str], reason: Decline, found: str | None, of: str, rejected: bool
) -> None:
    details = {"card": {"three_d_secure": {"result": "failed", "result_reason": found}}}
    charge = {"id": "ch_1", "object": "charge", "payment_method": of, "payment_method_details": details}
    error = {"type": "invalid_request_error", "payment_method": {"id": "pm_1"}, **refused}
    body = canned.intent("requires_payment_method", last_payment_error=error, latest_charge=charge if found else None)
    told = canned.gateway((200, body)).lookup("pi_1")
    assert isinstance(told, Declined)
    assert told.reason is (Decline.GENERIC if rejected and reason is Decline.AUTHENTICATION_FAILED else reason)


def test_a_fraud_code_is_not_shown_through_the_plainer_code_beside_it() -> None:
    refused = {"type": "card_error", "code": "expired_card", "decline_code": "stolen_card", "charge": "ch_1"}
    found = canned.gateway((200, canned.intent("requires_payment_method", last_payment_error=refused))).lookup("pi_1")
    assert found == Declined("pi_1", Decline.GENERIC, "stolen_card", "ch_1")


def test_a_declined_card_s_fingerprint_is_told_where_stripe_gives_the_whole_card() -> None:
    whole = {"id": "pm_1", "object": "payment_method", "card": {"brand": "visa", "fingerprint": "Xt5EWLLDS7FJjR1c"}}
    for payment_method_id, fingerprint in (
        (whole, "Xt5EWLLDS7FJjR1c"),
        ("pm_1", ""),
        ({"id": "pm_1", "card": {}}, ""),
        (None, ""),
    ):
        refused = {"type": "card_error", "code": "card_declined", "payment_method": payment_method_id}
        body = canned.intent("requires_payment_method", last_payment_error=refused)
        assert canned.gateway((200, body)).lookup("pi_1").fingerprint == fingerprint  # type: ignore[union-attr]


def test_a_token_that_stripe_does_not_know_has_no_fingerprint_and_an_answer_that_is_lost_is_busy() -> None:
    unknown = canned.error(404, code="resource_missing", param="confirmation_token")
    assert canned.gateway(unknown).fingerprint("ctoken_x") == ""
    with pytest.raises(errors.Busy):
        canned.gateway(canned.error(500, type="api_error")).fingerprint("ctoken_x")


def test_an_answer_of_402_is_read_as_the_intent_that_it_carries() -> None:
    refused = {"type": "card_error", "code": "expired_card", "payment_method": {"id": "pm_1"}}
    body = canned.intent("requires_payment_method", last_payment_error=refused)
    answer = canned.error(402, type="card_error", code="expired_card", payment_intent=body)
    assert canned.submit(canned.gateway(answer)) == Declined("pi_1", Decline.EXPIRED_CARD, "expired_card", "pm_1")


# --- errors that were answered


@pytest.mark.parametrize(
    "answer",
    [
        canned.error(409, code="idempotency_key_in_use", type="idempotency_error"),
        canned.error(429, code="lock_timeout"),
        canned.error(400, type="idempotency_error"),
        canned.error(500, type="api_error"),
        canned.error(402, type="card_error"),
        (503, b"<html>upstream</html>"),
        (200, b"<html>a hotel's wifi</html>"),
    ],
)
def test_what_may_have_taken_money_is_unknown(answer: tuple[int, Any]) -> None:
    assert isinstance(canned.submit(canned.gateway(answer)), Unknown)
    payment_method_id = canned.gateway(answer)
    assert isinstance(payment_method_id.charge(canned.PURCHASE, canned.PAYMENT_METHOD, key="k"), Unknown)


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_is_refused(status: int) -> None:
    with pytest.raises(errors.GatewayRefused):
        canned.submit(canned.gateway(canned.error(status)))


def test_a_refused_confirm_of_an_intent_that_is_paid_meanwhile_is_done() -> None:
    answers = canned.error(400, code="payment_intent_unexpected_state"), (200, canned.intent("succeeded"))
    assert isinstance(canned.submit(canned.gateway(*answers)), Done)


def test_a_refused_confirm_whose_intent_cannot_be_seen_is_unknown() -> None:
    answers = canned.error(400, code="payment_intent_unexpected_state"), canned.error(500)
    assert isinstance(canned.submit(canned.gateway(*answers)), Unknown)


def test_a_charge_that_is_wrong_in_itself_is_refused_in_stripes_words() -> None:
    with pytest.raises(errors.GatewayRefused, match=r"amount_too_small req_1 No\."):
        canned.gateway(canned.error(400, code="amount_too_small")).charge(
            canned.PURCHASE, canned.PAYMENT_METHOD, key="k"
        )


# --- connections that failed


def submit_to(url: str, **options: Any) -> Any:
    client = sdk.RequestsClient(timeout=(1, 1), **options)
    return canned.submit(stripe.connect(canned.KEYS, stripe.Addresses(url, canned.NOWHERE.script_url), client))


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        return int(unheard.getsockname()[1])


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    """Answers nothing that the adapter asks for."""
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def wrap(server: http.server.HTTPServer, folder: Path) -> None:
    """From now on it speaks TLS, with a certificate that nobody vouches for."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    until = now + dt.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, until)
    san = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = builder.add_extension(san, critical=False).sign(key, hashes.SHA256())
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "tls.pem").write_bytes(
        key.private_bytes(pem, form, serialization.NoEncryption()) + signed.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)


def test_a_refused_connection_never_left(closed_port: int) -> None:
    with pytest.raises(errors.NotSent):
        submit_to(f"http://127.0.0.1:{closed_port}")


def test_a_name_that_is_not_found_never_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_given: object, **_named: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(errors.NotSent):
        submit_to("https://api.stripe.example")


def test_a_connect_that_nobody_answers_never_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_given: object, **_named: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", silent)
    with pytest.raises(errors.NotSent):
        submit_to("https://127.0.0.1:9")


def test_a_proxy_that_is_down_never_let_it_through(closed_port: int) -> None:
    with pytest.raises(errors.NotSent):
        submit_to("https://127.0.0.1:9", proxy=f"http://127.0.0.1:{closed_port}")


def test_a_certificate_that_does_not_fit_stopped_it(server: http.server.HTTPServer, tmp_path: Path) -> None:
    wrap(server, tmp_path)
    with pytest.raises(errors.NotSent, match="certificate"):
        submit_to(f"https://127.0.0.1:{server.server_port}")


def test_a_tls_error_that_could_have_come_later_is_unknown(server: http.server.HTTPServer) -> None:
    assert isinstance(submit_to(f"https://127.0.0.1:{server.server_port}"), Unknown)


def test_a_connection_that_is_taken_and_never_answered_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert isinstance(submit_to(f"http://127.0.0.1:{silent.getsockname()[1]}"), Unknown)
