"""What we send, as values: each knows Meta's JSON for itself, within Meta's limits (Cloud API, messages/send-messages).

Words come from people: a text that is too long is cut and hostile characters are dropped, so that no message is refused
for them. What only a programmer gets wrong (no button, four of them, a suffix that needs escaping) raises ValueError.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from webapp.domain import characters

TEXT, INTERACTIVE, TITLE, FOOTER, ADDRESS, OPAQUE = 4096, 1024, 20, 60, 2000, 512
MOST_BUTTONS = 3
NOTHING = "–"  # Meta refuses an empty text

# Unicode categories that no chat text needs: control, format, surrogate, private use, unassigned.
_HOSTILE = {"Cc", "Cf", "Cs", "Co", "Cn"}
# Line ends; joiners of Indic and Persian words and of emoji; the marks that CLDR puts into Arabic amounts.
_WANTED = {"\n", "\u200c", "\u200d", "\u200e", "\u200f", "\u061c"}
_SUFFIX = re.compile(r"[A-Za-z0-9._~-]{1,2000}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True)
class Text:
    """Plain text, up to 4,096 characters. `preview` lets WhatsApp show a card for the first link in it."""

    body: str
    preview: bool = False

    def payload(self) -> dict[str, Any]:
        """Meta's JSON without the recipient."""
        return {"type": "text", "text": {"body": clipped(clean(self.body), TEXT), "preview_url": self.preview}}


@dataclass(frozen=True)
class LinkButton:
    """Text over a button that opens `url`: body up to 1,024 characters, label up to 20, footer up to 60."""

    body: str
    label: str
    url: str = field(repr=False)
    footer: str | None = None

    def payload(self) -> dict[str, Any]:
        """Meta's JSON without the recipient. Raises ValueError for what is not a web address."""
        if not self.url.startswith(("https://", "http://")) or len(self.url) > ADDRESS:
            raise ValueError("a button opens a web address of up to 2,000 characters")
        parameters = {"display_text": clipped(flat(self.label), TITLE), "url": self.url}
        content: dict[str, Any] = {
            "type": "cta_url",
            "body": {"text": clipped(clean(self.body), INTERACTIVE)},
            "action": {"name": "cta_url", "parameters": parameters},
        }
        if self.footer:
            content["footer"] = {"text": clipped(flat(self.footer), FOOTER)}
        return {"type": "interactive", "interactive": content}


@dataclass(frozen=True)
class Choices:
    """A question over one to three reply buttons: each an id, which comes back when it is tapped, and a title (20)."""

    body: str
    options: tuple[tuple[str, str], ...]

    def payload(self) -> dict[str, Any]:
        """Meta's JSON without the recipient. Raises ValueError for no button, four buttons, or one id twice."""
        ids = [id_ for id_, _title in self.options]
        if (
            not 1 <= len(ids) <= MOST_BUTTONS
            or len(set(ids)) != len(ids)
            or not all(1 <= len(id_) <= 256 for id_ in ids)
        ):
            raise ValueError("one to three buttons, each with an id of its own of up to 256 characters")
        titles = _distinct([flat(title) for _id, title in self.options])
        buttons = [
            {"type": "reply", "reply": {"id": id_, "title": title}} for id_, title in zip(ids, titles, strict=True)
        ]
        body = {"text": clipped(clean(self.body), INTERACTIVE)}
        return {
            "type": "interactive",
            "interactive": {"type": "button", "body": body, "action": {"buttons": buttons}},
        }


@dataclass(frozen=True)
class Template:
    """An approved template: the values of its body's variables in order, the end of its button's address if any."""

    name: str
    language: str
    body: tuple[str, ...]
    url_suffix: str | None = field(default=None, repr=False)

    def payload(self) -> dict[str, Any]:
        """Meta's JSON without the recipient. Raises ValueError for a suffix that would not arrive as it is written."""
        components: list[dict[str, Any]] = [{"type": "body", "parameters": [_value(flat(text)) for text in self.body]}]
        if self.url_suffix is not None:
            if not _SUFFIX.fullmatch(self.url_suffix):
                raise ValueError("Meta percent-encodes the suffix: letters, digits and -._~ only, up to 2,000")
            parameters = [_value(self.url_suffix)]
            components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": parameters})
        language = {"code": self.language, "policy": "deterministic"}
        return {"type": "template", "template": {"name": self.name, "language": language, "components": components}}


@dataclass(frozen=True)
class QrPicture:
    """The QR code of `address`, with words below it (1,024 characters) that stay with it when it is forwarded.

    Meta's JSON wants the id of an uploaded picture, which there is only when it is sent: until then the address stands in its
    place, see `address_of` and `with_picture`.
    """

    caption: str
    address: str

    def payload(self) -> dict[str, Any]:
        """Meta's JSON without the recipient and the picture's id."""
        return {"type": "image", "image": {"qr": self.address, "caption": clipped(clean(self.caption), INTERACTIVE)}}


Message = Text | LinkButton | Choices | Template | QrPicture


def address_of(payload: dict[str, Any]) -> str | None:
    """Whose QR code is to be drawn and uploaded before this is sent; None for all but a `QrPicture`."""
    match payload:
        case {"type": "image", "image": {"qr": str(address)}}:
            return address
    return None


def with_picture(payload: dict[str, Any], media: str) -> dict[str, Any]:
    """A `QrPicture` whose picture was uploaded under that id."""
    return {"type": "image", "image": {"id": media, "caption": payload["image"]["caption"]}}


def words(payload: dict[str, Any]) -> str | None:
    """What a text or a picture says: all that a message without them can tell as well. None for what has buttons, and for templates,
    which have their own ways."""
    match payload:
        case {"type": "text", "text": {"body": str(said)}} | {"type": "image", "image": {"caption": str(said)}}:
            return said
    return None


def said(payload: dict[str, Any]) -> str | None:
    """What a message tells its reader, as far as it is in it: of a template only the values, for its words are at Meta; of one that came in
    what was understood. None where there is nothing."""
    match payload:
        case {"type": "interactive", "interactive": {"body": {"text": str(text)}}} | {"text": str(text)}:
            return text or None
        case {"type": "template", "template": {"components": [*parts]}}:
            values = [value.get("text") for part in parts if part.get("type") == "body" for value in part["parameters"]]
            return " · ".join(str(value) for value in values if value) or None
    return words(payload)


def addressed(payload: dict[str, Any], to: str, *, opaque: str, reply_to: str | None) -> dict[str, Any]:
    """The body of the request that sends `payload`.

    `to` is a phone (+E.164), or the business-scoped user id of somebody who hides it. `opaque` comes back in every
    status of the message: with it the outcome of a request that timed out is found. `reply_to` is the quoted wamid.
    """
    if not 1 <= len(opaque) <= OPAQUE:
        raise ValueError("biz_opaque_callback_data has 1 to 512 characters")
    recipient = {"recipient_type": "individual", "to" if _PHONE.fullmatch(to) else "recipient": to}
    body = {"messaging_product": "whatsapp", **recipient, "biz_opaque_callback_data": opaque, **payload}
    if reply_to is not None:
        body["context"] = {"message_id": reply_to}
    return body


def clean(text: str) -> str:
    """Without what can disguise a text: controls, bidi overrides, invisible characters, surrogates. Line ends stay."""
    lines = re.sub(r"\r\n?|[\v\f\x85\u2028\u2029]", "\n", text).replace("\t", " ")
    flags = {at for flag in characters.FLAG.finditer(lines) for at in range(*flag.span())}
    kept = "".join(
        c for at, c in enumerate(lines) if c in _WANTED or at in flags or unicodedata.category(c) not in _HOSTILE
    )
    return kept.strip() or NOTHING


def flat(text: str) -> str:
    """The same on one line, without two spaces in a row: what Meta takes as a template's value."""
    return re.sub(r"\s{2,}|\n", " ", clean(text))


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters, the last an ellipsis if some were cut. An emoji counts two, as it may for Meta."""
    units = text.encode("utf-16-le")
    if len(units) <= 2 * limit:
        return text
    return units[: 2 * (limit - 1)].decode("utf-16-le", "ignore").rstrip(" \n\u200d") + "…"


def _distinct(titles: list[str]) -> list[str]:
    """Cut to 20 characters; numbered where that leaves two alike, which Meta refuses."""
    short = [clipped(title, TITLE) for title in titles]
    if len(set(short)) == len(short):
        return short
    return [f"{number}. {clipped(title, TITLE - 3)}" for number, title in enumerate(titles, start=1)]


def _value(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}
