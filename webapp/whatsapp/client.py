"""Speaks to WhatsApp's Cloud API for one business number: sends, marks as read, lists and submits templates.

One request a call and no retries: who calls keeps what is to be sent and decides by the kind of failure.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import requests
from requests.auth import AuthBase
from urllib3.exceptions import MaxRetryError, NewConnectionError

from webapp import metrics
from webapp.domain import cards, characters

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TIMEOUT = (3, 10)  # seconds to connect, and between two reads
PAGE, PAGES = 100, 50  # templates a page; an account holds 6,000 at most (Meta, message template limits)
LIMIT_FIELD = "whatsapp_business_manager_messaging_limit"
NUMBER_FIELDS = (
    "display_phone_number,verified_name,quality_rating,code_verification_status,platform_type,webhook_configuration,"
    + LIMIT_FIELD
)
UNLIMITED = 1_000_000_000  # people a day, where Meta sets no limit


class Kind(StrEnum):
    """What a failure asks of the caller."""

    TRANSIENT = "transient"
    """Try again later, more and more slowly."""
    RECIPIENT = "recipient"
    """This person cannot be reached here: do not send again, give the merchant the link."""
    WINDOW = "window"
    """24 hours since the person's last message: only a template gets through."""
    OPERATOR = "operator"
    """Token, payment, template or request: somebody has to mend it."""
    UNKNOWN = "unknown"
    """It may have been sent. Sending a link again is harmless, and `biz_opaque_callback_data` tells by a status."""
    NOT_SENT = "not_sent"
    """The request never left."""


# Meta, support/error-codes. Whatever is not named here is the operator's: an unknown refusal does not pass by itself.
KINDS: Mapping[int, Kind] = {
    **dict.fromkeys((1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057), Kind.TRANSIENT),
    **dict.fromkeys((130403, 130472, 131021, 131026, 131049, 131050), Kind.RECIPIENT),
    131047: Kind.WINDOW,
}


def kind_of(code: int | None) -> Kind:
    """What a `failed` status asks for. One without a code says nothing that would be worth another try."""
    return Kind.RECIPIENT if code is None else KINDS.get(code, Kind.OPERATOR)


@dataclass(frozen=True)
class Accepted:
    """A message that WhatsApp took: its id, and the wa_id of the phone it goes to, where that is told."""

    wamid: str
    wa_id: str | None


class SendFailed(Exception):
    """WhatsApp did not do it, or did not say that it did.

    `code` is Meta's number if it gave one, `detail` Meta's words or ours, without card numbers, `retry_after` the seconds it asks us
    to wait.
    """

    def __init__(self, kind: Kind, code: int | None, detail: str, retry_after: float | None = None) -> None:
        self.kind = kind
        self.code = code
        self.detail = cards.hidden(detail)
        super().__init__(f"{kind}: {code or ''} {self.detail}")
        self.retry_after = retry_after


class Client:
    """One business number of one merchant. Every method raises `SendFailed` and nothing else."""

    def __init__(
        self,
        api_url: str,
        version: str,
        phone_number_id: str,
        business_account_id: str,
        access_token: str,
        session: requests.Session,
    ) -> None:
        self._number = f"{api_url.rstrip('/')}/{version}/{phone_number_id}"
        self._media = f"{self._number}/media"
        self._templates = f"{api_url.rstrip('/')}/{version}/{business_account_id}/message_templates"
        self._auth = _Bearer(access_token)
        self._session = session

    def send(self, body: dict[str, Any]) -> Accepted:
        """Send what `messages.addressed` made. It is accepted then, and may still fail to be delivered."""
        answer = self._ask("POST", f"{self._number}/messages", body)
        match answer:
            case {"messages": [{"id": str(wamid)}, *_], "contacts": [{"wa_id": str(wa_id)}, *_]} if wamid:
                return Accepted(wamid, wa_id or None)
            case {"messages": [{"id": str(wamid)}, *_]} if wamid:
                return Accepted(wamid, None)
        raise SendFailed(Kind.UNKNOWN, None, "accepted, but the answer names no message")

    def upload(self, picture: bytes, kind: str) -> str:
        """Hand a picture over, which Meta keeps for 30 days; the id by which a message sends it. `kind` is its media type."""
        form = {"messaging_product": "whatsapp", "type": kind}
        answer = self._ask("POST", self._media, form=form, files={"file": ("picture", picture, kind)})
        match answer:
            case {"id": str(media)} if media:
                return media
        raise SendFailed(Kind.UNKNOWN, None, "taken, but the answer names no picture")

    def mark_read(self, wamid: str) -> None:
        """Show the person who wrote it two blue ticks, on that message and all before it."""
        body = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
        self._ask("POST", f"{self._number}/messages", body)

    def templates(self) -> list[dict[str, Any]]:
        """All templates of the business account as Meta has them: name, language, status, category, components."""
        found: list[dict[str, Any]] = []
        query = {"limit": str(PAGE)}
        for _page in range(PAGES):
            answer = self._ask("GET", self._templates, query=query)
            found += [template for template in answer.get("data", []) if isinstance(template, dict)]
            match answer:
                # by the cursor, not by the address in `next`: the token goes to nobody else
                case {"paging": {"next": _, "cursors": {"after": str(after)}}}:
                    query["after"] = after
                case _:
                    break
        return found

    def submit(self, definition: dict[str, Any]) -> dict[str, Any]:
        """Submit a template of `templates.definitions` for Meta's approval; its id, status and category."""
        return self._ask("POST", self._templates, definition)

    def number(self) -> dict[str, Any]:
        """What Meta says of the number: that token and number belong together, its name, its quality, its webhook."""
        return self._ask("GET", self._number, query={"fields": NUMBER_FIELDS})

    def daily_limit(self) -> int | None:
        """How many people the account may begin to write to in 24 hours (Meta, messaging-limits); None when it is not told."""
        return people_a_day(self._ask("GET", self._number, query={"fields": LIMIT_FIELD}).get(LIMIT_FIELD))

    def clock(self) -> datetime | None:
        """What time it is at the other end, to the second; None when it is not told. A skewed clock refuses good webhooks."""
        try:
            response = self._session.head(self._number, auth=self._auth, timeout=TIMEOUT, allow_redirects=False)
            return parsedate_to_datetime(response.headers.get("Date", ""))
        except (requests.RequestException, ValueError):
            return None

    def _ask(
        self,
        method: str,
        url: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
        files: dict[str, tuple[str, bytes, str]] | None = None,
    ) -> dict[str, Any]:
        content: dict[str, Any] = {"params": query, "json": body, "data": form, "files": files}
        began, status = time.perf_counter(), None
        try:
            response = self._session.request(
                method, url, **content, auth=self._auth, timeout=TIMEOUT, allow_redirects=False
            )
            status = response.status_code
        except requests.ConnectionError as error:
            kind = Kind.NOT_SENT if _never_left(error) else Kind.UNKNOWN
            raise SendFailed(kind, None, "WhatsApp cannot be reached") from error
        except requests.Timeout as error:
            raise SendFailed(Kind.UNKNOWN, None, "WhatsApp did not answer in time") from error
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
            raise SendFailed(Kind.UNKNOWN, None, "WhatsApp's answer broke off") from error
        except (requests.RequestException, ValueError) as error:  # an address or a token that fits in no request
            raise SendFailed(Kind.OPERATOR, None, f"the request cannot be made: {type(error).__name__}") from error
        finally:
            metrics.call("whatsapp", metrics.by_status(status), time.perf_counter() - began)
        return _read(response)


def people_a_day(word: object) -> int | None:
    """`TIER_250`, `TIER_2K`, `TIER_UNLIMITED`, … as a number; None for another word."""
    if word == "TIER_UNLIMITED":
        return UNLIMITED
    tier = re.fullmatch(r"TIER_(\d{1,4})(K?)", word, re.ASCII) if isinstance(word, str) else None
    return int(tier[1]) * (1000 if tier[2] else 1) if tier else None


class _Bearer(AuthBase):
    """The token as requests' own kind of credentials: a mere header gives way to what a .netrc says of the host."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def _never_left(error: requests.ConnectionError) -> bool:
    """No connection, so no byte of the request: refused, timed out, unknown host. One that broke later is not that."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = error.args[0] if error.args else None
    return isinstance(reason, MaxRetryError) and isinstance(reason.reason, NewConnectionError)


def _read(response: requests.Response) -> dict[str, Any]:
    try:
        answer = characters.storable(response.json())
    except requests.exceptions.JSONDecodeError:
        answer = None
    if response.status_code < 300 and isinstance(answer, dict) and "error" not in answer:
        return answer
    raise _failure(response, answer)


def _failure(response: requests.Response, answer: Any) -> SendFailed:
    """By Meta's code; without one by the HTTP status: in front of Meta's servers stand others with their own words."""
    retry_after = _seconds(response.headers.get("Retry-After", ""))
    match answer:
        case {"error": {"code": int(code)} as error}:
            return SendFailed(KINDS.get(code, Kind.OPERATOR), code, _words(error), retry_after)
    status = response.status_code
    if status == 429:
        return SendFailed(Kind.TRANSIENT, None, "HTTP 429", retry_after)
    if status < 300 or status >= 500:
        return SendFailed(Kind.UNKNOWN, None, f"HTTP {status} without Meta's JSON", retry_after)
    return SendFailed(Kind.OPERATOR, None, f"HTTP {status} without Meta's JSON")


def _words(error: dict[str, Any]) -> str:
    """`message` names the error, `error_data.details` says what is wrong with this request."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    words = [str(part) for part in (error.get("message"), error.get("error_user_msg"), details) if part]
    return ": ".join(dict.fromkeys(words)) or "no reason given"


def _seconds(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() and len(header) < 7 else None
