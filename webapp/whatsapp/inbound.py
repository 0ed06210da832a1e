"""What Meta POSTs to us: is it Meta, which events are in it, and what does each say (Cloud API, webhooks/reference).

`split` makes events that can be stored as they are; `interpret` reads a stored one later. What is signed may still have
a shape that nobody documented: neither raises anything but `Invalid`, and what cannot be read is `Unsupported`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webapp.domain import characters
from webapp.domain import phone as phones
from webapp.domain.errors import Invalid
from webapp.whatsapp import account_changes
from webapp.whatsapp.account_changes import AccountChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LONGEST_ID = 250  # characters that the database keeps of an event's id
_WAMID = re.compile(r"wamid\.[A-Za-z0-9+/=_-]+")
_CHANGED = ("user_changed_number", "user_changed_user_id", "customer_changed_number")
_WA_ID = re.compile(r"\+?[1-9][0-9]{4,19}")
_USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
IDENTIFIERS = {
    "id": _WAMID,
    "message_id": _WAMID,
    "original_message_id": _WAMID,
    "user_id": _USER_ID,
    "from_user_id": _USER_ID,
    "recipient_user_id": _USER_ID,
    "previous_user_id": _USER_ID,
}
"""Fields that Meta fills, with what it fills them with: nobody can write there, and what is compared must stay as it is. A button's
`id`, which is ours, and the numeric ones of media and adverts, which nobody reads, have another form, and so do texts."""

CAPTIONED = ("image", "video", "document", "audio")
SILENT = (
    "reaction",
    "system",
    "request_welcome",
)  # a thumb up, a chat that was opened: nobody waits for an answer to these


@dataclass(frozen=True)
class Event:
    """One message or one status, to be stored under its `id`: Meta delivers at least once, in any order.

    `number` is the id of the business number it came to; of what is told of a whole business account, `account` is that one's, and
    `number` empty. One app's secret signs for all numbers of the app, so who stores an event compares these with the merchant's own.
    """

    id: str
    number: str
    payload: dict[str, Any]
    account: str | None = None


@dataclass(frozen=True)
class Incoming:
    """What every message of a person has.

    `sender` is the wa_id: digits, no plus, not always the phone's own number, None for people who hide it; then there
    is the business-scoped `user_id`. `context` is the wamid that the message replies to. A `timestamp` that cannot be
    read is 1970, which is late, and late commands are confirmed before they are done.
    """

    wamid: str
    sender: str | None
    user_id: str | None
    timestamp: datetime
    context: str | None
    profile: str

    @property
    def phone(self) -> str:
        """The sender's phone (E.164), or the user id of somebody who hides it."""
        return phones.of_whatsapp(self.sender) if self.sender else (self.user_id or "")


@dataclass(frozen=True)
class Text(Incoming):
    """A text, or the caption of a picture, a film or a document."""

    body: str


@dataclass(frozen=True)
class Tap(Incoming):
    """A reply button was tapped: its id, its title; `context` is the message that the button was under."""

    button: str
    title: str


@dataclass(frozen=True)
class SharedPhone:
    """A phone of a shared contact: as it is written in the address book, and as WhatsApp calls it (digits) where it has found it."""

    written: str
    wa_id: str | None


@dataclass(frozen=True)
class SharedContact(Incoming):
    """Cards of the person's address book: the name on the first, and the phones of all."""

    name: str
    phones: tuple[SharedPhone, ...]


@dataclass(frozen=True)
class AccountChanged(Incoming):
    """WhatsApp itself says (a `system` message) that somebody has another number, or another user id, which a new number brings: `sender` is
    the former number, if it is told, and `former_user_id` the former id. The new ones are None where they are not told."""

    former_user_id: str | None
    new_phone: str | None
    new_user_id: str | None


@dataclass(frozen=True)
class Changed(Incoming):
    """A message that was edited, or deleted for everybody (`revoked`): `original` is its wamid."""

    original: str | None
    revoked: bool


@dataclass(frozen=True)
class Unsupported(Incoming):
    """Anything else, by Meta's word for it: audio, sticker, location, reaction, …"""

    kind: str

    @property
    def wants_answer(self) -> bool:
        """Whether the person said something that we could not read, as opposed to reacting to what we said."""
        return self.kind not in SILENT


@dataclass(frozen=True)
class StatusChange:
    """What became of a message of ours: sent, delivered, read, failed, or a word that Meta adds.

    `opaque` is what we sent along, `recipient` the wa_id, None for people who hide it; `user_id` is the business-scoped one.
    `pricing` says whether Meta bills it, and as what: billable, category, type and pricing_model, those that it named.
    """

    wamid: str
    status: str
    timestamp: datetime
    errors: tuple[tuple[int | None, str], ...]
    opaque: str | None
    recipient: str | None
    user_id: str | None
    pricing: dict[str, Any] | None = None


Heard = Text | Tap | SharedContact | AccountChanged | Changed | Unsupported


def signed(raw: bytes, header: str, secrets: Sequence[str]) -> bool:
    """Whether `X-Hub-Signature-256` is the HMAC of these very bytes under one of the app's secrets."""
    given = header.encode("utf-8", "replace")
    digests = [hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest() for secret in secrets if secret]
    return any(hmac.compare_digest(given, f"sha256={digest}".encode()) for digest in digests)


def challenge(args: Mapping[str, str], verify_token: str) -> str | None:
    """What to answer when Meta asks whether the address is ours; None for who does not know the verify token."""
    given = args.get("hub.verify_token", "")
    known = bool(verify_token) and hmac.compare_digest(given.encode("utf-8", "replace"), verify_token.encode())
    return args.get("hub.challenge") if known and args.get("hub.mode") == "subscribe" else None


def split(raw: bytes) -> list[Event]:
    """The events of a body, each once. Raises `Invalid` for what is not Meta's JSON.

    Left out: other subjects than messages, and what has no id or comes from nobody and could not be stored or answered.
    """
    try:
        body = characters.storable(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise Invalid("bad_payload", "not JSON") from error
    if not isinstance(body, dict):
        raise Invalid("bad_payload", "not a JSON object")
    events = {event.id: event for value in _values(body) for event in _events(value)}
    return [*events.values(), *_account_events(body)]


def interpret(payload: dict[str, Any]) -> Heard | StatusChange | AccountChange | None:
    """What a stored event says; None for what needs nobody. Raises `Invalid` for what `split` did not make."""
    match payload:
        case {"account": {"field": str(field), "value": dict(value), "time": time}}:
            return account_changes.read(field, value, _moment(time))
        case {"message": {"id": str()} as message, "contact": contact}:
            return _heard(message, contact)
        case {"status": {"id": str(wamid), "status": str(word)} as status}:
            return StatusChange(
                wamid=wamid,
                status=word,
                timestamp=_moment(status.get("timestamp")),
                errors=tuple(_errors(status.get("errors"))),
                opaque=_text(status.get("biz_opaque_callback_data")),
                recipient=_text(status.get("recipient_id")),
                user_id=_text(status.get("recipient_user_id")),
                pricing=_pricing(status.get("pricing")),
            )
    raise Invalid("bad_payload", "neither a message, a status nor a change of the account")


def _values(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for entry in _list(body.get("entry")):
        for change in _list(entry.get("changes") if isinstance(entry, dict) else None):
            match change:
                case {"field": "messages", "value": dict(value)}:
                    yield value


def _account_events(body: dict[str, Any]) -> Iterator[Event]:
    """Changes of the account have no id: two that say the same at the same time are one."""
    for entry in _list(body.get("entry")):
        for change in _list(entry.get("changes") if isinstance(entry, dict) else None):
            match change:
                case {"field": str(field), "value": dict(value)} if field in account_changes.FIELDS:
                    told = {"field": field, "value": value, "time": entry.get("time")}
                    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
                    yield Event(f"account:{digest}", "", {"account": told}, account=_text(entry.get("id")) or "")


def _events(value: dict[str, Any]) -> Iterator[Event]:
    metadata = value.get("metadata")
    number = (_text(metadata.get("phone_number_id")) if isinstance(metadata, dict) else None) or ""
    contacts = [contact for contact in _list(value.get("contacts")) if isinstance(contact, dict)]
    for message in _list(value.get("messages")):
        match message:
            case (
                {"id": str(wamid), "from": str()}
                | {"id": str(wamid), "from_user_id": str()}
                | {"id": str(wamid), "type": "system"}
            ) if wamid:
                yield Event(_id(wamid), number, {"message": message, "contact": _contact(message, contacts)})
    for status in _list(value.get("statuses")):
        match status:
            case {"id": str(wamid), "status": str(word)} if wamid:
                yield Event(_id(f"{wamid}:{word}"), number, {"status": status})


def _contact(message: dict[str, Any], contacts: list[dict[str, Any]]) -> dict[str, Any]:
    """The sender's among the contacts of a batch. Brazilian, Mexican and Argentine wa_ids may differ from `from`."""
    for contact in contacts:
        ids = (contact.get("wa_id"), contact.get("user_id"))
        if any(given is not None and given in ids for given in (message.get("from"), message.get("from_user_id"))):
            return contact
    return contacts[0] if len(contacts) == 1 else {}


def _heard(message: dict[str, Any], contact: Any) -> Heard:
    contact = contact if isinstance(contact, dict) else {}
    profile, context = contact.get("profile"), message.get("context")
    common: dict[str, Any] = {
        "wamid": message["id"],
        "sender": _text(message.get("from")),
        "user_id": _text(message.get("from_user_id")) or _user_id(message, contact),
        "timestamp": _moment(message.get("timestamp")),
        "context": _text(context.get("id")) if isinstance(context, dict) else None,
        "profile": (_text(profile.get("name")) if isinstance(profile, dict) else None) or "",
    }
    match message:
        case {"type": "text", "text": {"body": str(body)}}:
            return Text(**common, body=body)
        case {"type": "interactive", "interactive": {"button_reply": {"id": str(button), "title": str(title)}}}:
            return Tap(**common, button=button, title=title)
        case {"type": "button", "button": {"payload": str(button), "text": str(title)}}:
            return Tap(**common, button=button, title=title)
        case {"type": "contacts", "contacts": list(cards)}:
            return SharedContact(**common, name=_name(cards), phones=tuple(_phones(cards)))
        case {"type": str(kind)} if kind in CAPTIONED and (caption := _caption(message.get(kind))):
            return Text(**common, body=caption)
    return _about_others(message, common) or Unsupported(**common, kind=_text(message.get("type")) or "unknown")


def _about_others(message: dict[str, Any], common: dict[str, Any]) -> AccountChanged | Changed | None:
    """What is told of the sender, or of another message."""
    match message:
        case {"type": "system", "system": {"type": str(kind)} as told} if kind in _CHANGED:
            return _account(common, told)
        case {"type": "edit" | "revoke" as kind}:
            told = message.get(kind)
            original = _text(told.get("original_message_id")) if isinstance(told, dict) else None
            return Changed(**common, original=original, revoked=kind == "revoke")
    return None


def _account(common: dict[str, Any], told: dict[str, Any]) -> AccountChanged:
    wa_id = _text(told.get("wa_id")) or _text(told.get("new_wa_id")) or ""
    new = _text(told.get("user_id"))
    # Where a number is told, it decides: whether the sender's own id is the former or the new one is documented nowhere.
    sender = common["user_id"] if common["sender"] is None else None
    return AccountChanged(
        **common,
        former_user_id=_text(told.get("previous_user_id")) or (sender if sender != new else None),
        new_phone=phones.of_whatsapp(wa_id) if _WA_ID.fullmatch(wa_id) else None,
        new_user_id=new,
    )


def _user_id(message: dict[str, Any], contact: dict[str, Any]) -> str | None:
    """The contact's, if it is surely the sender's: a batch's only contact may be of another message, which is no matter for a name,
    and by this id an operator is known."""
    return _text(contact.get("user_id")) if contact.get("wa_id") == message.get("from") is not None else None


def _caption(media: Any) -> str | None:
    return _text(media.get("caption")) if isinstance(media, dict) else None


def _name(cards: list[Any]) -> str:
    match cards:
        case [{"name": {"formatted_name": str(name)}}, *_]:
            return name
    return ""


def _phones(cards: list[Any]) -> Iterator[SharedPhone]:
    for card in cards:
        for phone in _list(card.get("phones") if isinstance(card, dict) else None):
            if isinstance(phone, dict):
                written, wa_id = _text(phone.get("phone")) or "", _text(phone.get("wa_id")) or ""
                resolved = wa_id.removeprefix("+") if _WA_ID.fullmatch(wa_id) else None
                if written or resolved:
                    yield SharedPhone(written, resolved)


def _errors(errors: Any) -> Iterator[tuple[int | None, str]]:
    """Code and the most telling words: the details name the cause, the title only its kind."""
    for error in _list(errors):
        if isinstance(error, dict):
            code, data = error.get("code"), error.get("error_data")
            details = _text(data.get("details")) if isinstance(data, dict) else None
            words = details or _text(error.get("title")) or _text(error.get("message")) or "failed"
            yield (code if isinstance(code, int) and not isinstance(code, bool) else None), words


def _pricing(told: Any) -> dict[str, Any] | None:
    """What is known of it, in as few words as Meta uses; None for nothing."""
    if not isinstance(told, dict):
        return None
    words = {name: told[name][:40] for name in ("category", "type", "pricing_model") if _text(told.get(name))}
    billable = {"billable": told["billable"]} if isinstance(told.get("billable"), bool) else {}
    return billable | words or None


def _moment(timestamp: Any) -> datetime:
    """Meta's Unix seconds, a string."""
    try:
        return datetime.fromtimestamp(int(timestamp), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _id(event: str) -> str:
    return event if len(event) <= LONGEST_ID else f"sha256:{hashlib.sha256(event.encode()).hexdigest()}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
