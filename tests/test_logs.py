"""Nothing that is quoted in the log makes a line of it, or does anything to the terminal that shows it."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.confidences import HIDDEN
from tests.kit import Shop, application, browser, outside, shop, test_gateway
from webapp import console, logs
from webapp.domain.errors import OrdoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["outside", "shop", "test_gateway"]

FORGED = "2026-11-30 10:00:00,000 ERROR webapp.app: all keys were stolen"
ENDS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
SIGNS = [
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x9b2J",
    "\x08\x08",
    "\x7f",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ud800",
    "\0",
    "\ufeff",
    "\xa0",
]


@pytest.fixture
def written() -> Iterator[Callable[[], str]]:
    """What the log's own line looks like, in a file as stderr is."""
    out = io.StringIO()
    logs.protect()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    yield out.getvalue
    logging.getLogger().removeHandler(handler)


def is_plain(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("sign", [*ENDS, *SIGNS], ids=ascii)
def test_a_value_makes_no_line_and_no_sign_does_anything(written: Callable[[], str], sign: str) -> None:
    log = logging.getLogger("somebody.else")
    log.warning("it said %s", f"x{sign}{FORGED}")
    log.warning(f"x{sign}{FORGED}")  # noqa: G004  # as other people's code does
    log.warning(OrdoError(f"x{sign}{FORGED}"))
    log.warning("%r, %s", {"x": f"{sign}{FORGED}"}, [f"{sign}{FORGED}"])
    text = written()
    assert is_plain(text)
    assert text.count("somebody.else") == text.count("\n") == len(re.findall(r"^\d{4}-", text, re.MULTILINE)) == 4


@pytest.mark.parametrize("sign", [*ENDS, *SIGNS], ids=ascii)
def test_an_error_s_own_words_make_no_line(written: Callable[[], str], sign: str) -> None:
    error = OrdoError(f"x{sign}{FORGED}")
    error.__cause__ = ValueError(f"y{sign}{FORGED}")
    error.add_note(f"note{sign}{FORGED}")
    logging.getLogger("somebody.else").error("failed", exc_info=error)
    text = written()
    assert is_plain(text)
    assert f"\n{logs.INDENT}webapp.domain.errors.OrdoError: x" in text
    assert len(re.findall(r"^\d{4}-", text, re.MULTILINE)) == 1
    assert all(line.startswith(logs.INDENT) for line in text.splitlines()[1:])


def test_a_line_and_a_traceback_end_somewhere(written: Callable[[], str]) -> None:
    error = ValueError("y" * 1_000_000)
    logging.getLogger("somebody.else").error("it said %s", "x" * 1_000_000, exc_info=error)
    assert "characters more" in written().splitlines()[0]
    assert len(written()) < logs.LONGEST + logs.LONGEST_TRACEBACK + 1_000


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("argument", ["error", "error_description", "state", "code"])
def test_what_a_login_brings_back_forges_nothing(shop: Shop, written: Callable[[], str], argument: str) -> None:
    app = application(shop, oidc_metadata_url="http://127.0.0.1:1/x", oidc_client_id="ordo", oidc_client_secret="x")
    query = {"error": "x", "state": "s"} | {argument: f"x\r\n\x1b[31m{FORGED}"}
    assert browser(app).get("/office/login/callback", query_string=query).status_code == 403
    assert is_plain(written())
    assert len(re.findall(r"^\d{4}-", written(), re.MULTILINE)) == written().count("a login failed") == 1


@pytest.mark.parametrize("sign", [*ENDS, *SIGNS], ids=ascii)
def test_a_line_of_json_is_one_object_and_says_all_of_it(sign: str) -> None:
    out, log = io.StringIO(), logging.getLogger("somebody.else")
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.json_formatter())
    log.addHandler(handler)
    try:
        with logs.belonging_to(request="r-1", job="messages:msg_1"):
            log.warning("it said %s", f"x{sign}{FORGED}")
        log.error("failed", exc_info=OrdoError(f"x{sign}{FORGED}"))
        log.error("x" * 10_000, exc_info=OrdoError("y" * 10_000))
    finally:
        log.removeHandler(handler)
    first, second, long = (json.loads(line) for line in out.getvalue().split("\n")[:-1])
    assert is_plain(out.getvalue())
    assert (first["request"], first["job"], first["level"], first["logger"]) == (
        "r-1",
        "messages:msg_1",
        "warning",
        "somebody.else",
    )
    assert datetime.fromisoformat(first["timestamp"]).tzinfo is not None
    assert "webapp.domain.errors.OrdoError: x" in second["error"]
    assert "request" not in second
    assert "y" * 10_000 in long["error"]
    assert len(long["event"]) < logs.LONGEST + 100


@pytest.mark.parametrize("as_json", [False, True])
def test_no_form_of_the_log_holds_what_is_confidential_in_a_line_or_below_it(as_json: bool) -> None:
    out, log = io.StringIO(), logging.getLogger("somebody.else")
    handler = logging.StreamHandler(out)
    logs.protect()
    handler.setFormatter(logs.json_formatter() if as_json else logging.Formatter(logs.PLAIN))
    log.addHandler(handler)
    try:
        for text, _ in HIDDEN.values():
            error = OrdoError(text)
            error.__cause__ = ValueError(text)
            error.add_note(text)
            log.error("it said %s", text, exc_info=error)
    finally:
        log.removeHandler(handler)
    assert out.getvalue().count("it said") == len(HIDDEN)
    assert [canary for _, canary in HIDDEN.values() if canary in out.getvalue()] == []


def test_a_proxy_s_name_of_a_request_is_kept_only_if_it_is_a_plain_word() -> None:
    good = "0af7651916cd43dd8448eb211c80319c"
    assert logs.request_id(good) == good
    for bad in (
        None,
        "",
        "short",
        "x" * 65,
        "a b c d e f g h",
        "4242424242424242",
        "33612345678",
        "x\n2026-11-30 ERROR",
    ):
        made = logs.request_id(bad)
        assert made != bad
        assert logs.REQUEST_ID.fullmatch(made)
        assert made != logs.request_id(bad)


def test_the_console_shows_what_others_say_and_does_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("MEND  cafe: WhatsApp: \x1b[2J\nok    everything\u202e")
    with pytest.raises(SystemExit):
        console.fail("it said\n\x1b[31mred")
    assert capsys.readouterr() == (
        "MEND  cafe: WhatsApp: \\x1b[2J\\nok    everything\\u202e\n",
        "it said\n\\x1b[31mred\n",
    )
