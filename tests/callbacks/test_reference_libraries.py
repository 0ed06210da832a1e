"""What two receivers that know one secret each make of a callback while its endpoint's secret is replaced: in Python and in JavaScript, by the
libraries of Standard Webhooks itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tools import node
from webapp.callbacks import standard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Asked = Sequence[tuple[str, dict[str, str], str]]

BODY = standard.body(
    "order.paid", datetime(2026, 11, 24, 10, tzinfo=UTC), {"order": "ord_1", "description": "2 pizzas à l’ail 🍕"}
)


def python(asked: Asked) -> list[Any]:
    found: list[Any] = []
    for secret, headers, body in asked:
        try:
            found.append(Webhook(secret).verify(body, headers))
        except WebhookVerificationError:
            found.append(None)
    return found


def javascript(asked: Asked) -> list[Any]:
    if node.main(node.RECEIVERS):
        pytest.skip("npm cannot install the library here")
    found: list[Any] = json.loads(node.run("verify.js", given=json.dumps(asked), folder=node.RECEIVERS))
    return found


@pytest.mark.parametrize("library", [python, javascript])
def test_each_of_two_overlapping_secrets_verifies_and_no_other(library: Callable[[Asked], list[Any]]) -> None:
    new, former, strange = (standard.new_secret() for _ in range(3))
    now = datetime.now(UTC)
    both, one = (standard.sign("msg_1", now, BODY, secrets) for secrets in ([new, former], [new]))
    kept = standard.kept(both)
    asked = [
        *((secret, both, BODY) for secret in (new, former, strange)),
        *((secret, one, BODY) for secret in (new, former)),
        (new, both, BODY + " "),
        (new, both | {"webhook-id": "msg_2"}, BODY),
        (new, {name: kept[name] for name in both}, BODY),
    ]
    whole = json.loads(BODY)
    assert library(asked) == [whole, whole, None, whole, None, None, None, None]
