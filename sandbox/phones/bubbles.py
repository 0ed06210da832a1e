"""Messages as a phone shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from babel.numbers import format_currency, get_currency_precision
from markupsafe import Markup, escape

from sandbox.phones.previews import LINK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.phones.chats import Message
    from sandbox.phones.people import Person

_CARD_SAVED = re.compile(r"••.*\b(saved|enregistr)", re.IGNORECASE | re.DOTALL)
_BOLD = re.compile(r"(?<!\w)\*(\S(?:.*?\S)?)\*(?!\w)")
_WORDLESS = {"contacts": "Contact", "image": "Photo", "audio": "Voice message", "sticker": "Sticker"}
_TICKS = {"sent": "Sent", "delivered": "Delivered", "read": "Read", "failed": "Failed", "accepted": "Sending"}


@dataclass(frozen=True)
class Bubble:
    """One message on a phone. `mine` when the phone's owner wrote it."""

    n: int
    id: str
    mine: bool
    kind: str
    text: Markup
    header: str
    footer: str
    buttons: list[dict[str, str]]
    card: dict[str, str] | None
    picture: str
    quote: str
    quote_mine: bool
    preview: dict[str, str] | None
    status: str
    status_word: str
    failed: str
    opened: bool
    can_charge: bool
    at: float


def of(messages: Sequence[Message], person: Person, quoted: Sequence[Message] = ()) -> list[Bubble]:
    """A chat, and older messages that it quotes. What WhatsApp could not deliver is shown too, as what it is: the sandbox
    keeps no secrets."""
    known = {message.wamid: message for message in (*quoted, *messages)}
    return [_bubble(message, known.get(message.reply_to or ""), person) for message in messages]


def _bubble(message: Message, quoted: Message | None, person: Person) -> Bubble:
    content = message.content
    text = str(content.get("text") or "")
    return Bubble(
        n=message.n,
        id=message.wamid,
        mine=not message.from_business,
        kind=message.kind,
        text=formatted(text),
        header=str(content.get("header") or ""),
        footer=str(content.get("footer") or ""),
        buttons=content.get("buttons", []),
        card=content.get("card"),
        picture=str(content.get("picture") or ""),
        quote=_excerpt(quoted.kind, quoted.content) if quoted else "",
        quote_mine=bool(quoted and not quoted.from_business),
        preview=message.preview,
        status=message.status,
        status_word=_TICKS[message.status],
        failed=f"{message.error['code']} {message.error['title']}" if message.error else "",
        opened=message.opened,
        can_charge=person.role == "shop" and message.from_business and bool(_CARD_SAVED.search(text)),
        at=message.at,
    )


def _excerpt(kind: str, content: dict[str, Any]) -> str:
    return str(content.get("text") or content.get("header") or _WORDLESS.get(kind, "Message")).split("\n")[0][:200]


def formatted(text: str) -> Markup:
    """A text as HTML: links can be tapped, *stars* make bold."""
    pieces, end = [], 0
    for link in LINK.finditer(text):
        pieces += [_bold(text[end : link.start()]), _link(link[0])]
        end = link.end()
    return Markup("").join([*pieces, _bold(text[end:])])


def _bold(text: str) -> Markup:
    pieces = _BOLD.split(text)
    return Markup("").join(
        Markup("<strong>{}</strong>").format(piece) if i % 2 else escape(piece) for i, piece in enumerate(pieces)
    )


def _link(url: str) -> Markup:
    return Markup('<a href="{0}" target="_blank" rel="noopener" data-popup>{0}</a>').format(url)


def clock(at: float | str, *, seconds: bool = False) -> str:
    """Hours and minutes (and seconds) where this machine is, of Unix seconds or an ISO time."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else datetime.fromtimestamp(at, UTC)
    return moment.astimezone().strftime("%H:%M:%S" if seconds else "%H:%M")


def money(amount: int | None, currency: str | None) -> str:
    """Minor units as people read them; nothing for a registration."""
    if amount is None or not currency:
        return "none"
    return str(format_currency(amount / 10 ** get_currency_precision(currency), currency, locale="en_GB"))
