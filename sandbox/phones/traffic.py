"""What happens on the network: people say, tap and read; the business's messages travel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sandbox.phones import chats, faults, payloads, people, postman, refusals
from sandbox.phones.chats import Draft, Message, Status

if TYPE_CHECKING:
    import sqlite3

    from sandbox.phones.people import Person
    from sandbox.phones.world import World


def say(world: World, draft: Draft) -> Message:
    """A person sends the business a message. Raises LookupError when nobody has that phone or WhatsApp."""
    with world.store.write() as db:
        person = people.find(db, draft.phone)
        if person is None or not person.on_whatsapp:
            raise LookupError(f"{draft.phone} is not on WhatsApp")
        message = chats.add(db, draft)
        postman.enqueue(db, "message", message.wamid, payloads.incoming(world.sender, person, message), time.time())
        _see(world, db, person)  # whoever answers has read
    world.postman.wake()
    world.previews.look(message)
    return message


def tap(world: World, phone: str, wamid: str, button: str) -> Message:
    """A person taps a reply button. `button` is its id or its words. Raises LookupError when there is none such."""
    with world.store.read() as db:
        message = chats.get(db, wamid)
        person = people.find(db, phone)
    if message is None or person is None or message.phone != person.phone:
        raise LookupError("no such message in this chat")
    buttons = [b for b in message.content.get("buttons", []) if b["kind"] == "reply"]
    tapped = next((b for b in buttons if button in (b["id"], b["text"])), None)
    if tapped is None:
        raise LookupError(f"the message has no reply button {button!r}")
    kind = "button" if message.kind == "template" else "interactive"
    content = {"text": tapped["text"], "id": tapped["id"]}
    return say(world, Draft(person.phone, False, kind, content, time.time(), reply_to=wamid))


def alter(world: World, phone: str, wamid: str, text: str | None) -> Message:
    """A person edits a message of theirs, or (`text` is None) deletes it for everybody. Raises LookupError when it is not theirs."""
    with world.store.read() as db:
        message, person = chats.get(db, wamid), people.find(db, phone)
    if message is None or person is None or message.phone != person.phone or message.from_business:
        raise LookupError("no such message of this phone")
    kind, content = ("revoke", {"text": "Deleted a message"}) if text is None else ("edit", {"text": text})
    return say(world, Draft(person.phone, False, kind, content | {"original": wamid}, time.time()))


def move(world: World, phone: str, to: str | None) -> None:
    """Somebody changes to the number `to`; None: only the user id changes, and no number is told. Raises LookupError."""
    now, wamid = time.time(), chats.new_wamid()
    with world.store.write() as db:
        former = people.find(db, phone)
        if former is None:
            raise LookupError(f"{phone} is not on WhatsApp")
        people.renew(db, phone)
        present = people.ensure(db, to, former.name, former.role) if to else people.find(db, phone) or former
        value = payloads.changed(world.sender, former, present, wamid, now)
        postman.enqueue(db, "system", wamid, value, now)
    world.postman.wake()


def renew(world: World, phone: str) -> None:
    """The number is somebody else's now: WhatsApp tells nobody, but gives it another user id. Raises LookupError."""
    with world.store.write() as db:
        people.renew(db, phone)


def dispatch(world: World, draft: Draft) -> Message:
    """The business's message travels as far as the phone lets it: failed, sent, or delivered."""
    now = time.time()
    with world.store.write() as db:
        person = people.ensure(db, draft.phone)
        broken = _obstacle(db, draft, person, now)
        message = chats.add(db, draft)
        if broken:
            _advance(world, db, person, message, Status.FAILED, broken)
        else:
            _advance(world, db, person, message, Status.SENT)
            if person.switched_on:
                _advance(world, db, person, message, Status.DELIVERED)
    world.postman.wake()
    world.previews.look(message)
    return message


def switch(world: World, phone: str, settings: dict[str, bool]) -> None:
    """Change how a phone behaves; one that is switched on receives what waited for it."""
    with world.store.write() as db:
        people.change(db, phone, settings)
        person = people.find(db, phone)
        if person and person.switched_on and person.on_whatsapp:
            for message in chats.resting(db, phone, Status.SENT):
                _advance(world, db, person, message, Status.DELIVERED)
    world.postman.wake()


def see(world: World, phone: str) -> None:
    """The person looks at the chat: what was delivered is read, unless the phone keeps that to itself."""
    with world.store.write() as db:
        person = people.find(db, phone)
        if person:
            _see(world, db, person)
    world.postman.wake()


def _see(world: World, db: sqlite3.Connection, person: Person) -> None:
    if person.reads and person.switched_on:
        for message in chats.resting(db, person.phone, Status.DELIVERED):
            _advance(world, db, person, message, Status.READ)


def _obstacle(db: sqlite3.Connection, draft: Draft, person: Person, now: float) -> int | None:
    """Meta's code for why the message will not arrive; None when it will."""
    if fault := faults.strike(db, faults.Kind.STATUS_FAILED):
        return fault.code
    if not person.on_whatsapp:
        return 131026
    if draft.kind != "template" and not chats.window_is_open(db, person.phone, now):
        return 131047
    return None


def _advance(
    world: World, db: sqlite3.Connection, person: Person, message: Message, status: Status, code: int | None = None
) -> None:
    error: dict[str, Any] | None = refusals.in_status(code) if code else None
    if chats.move(db, message.wamid, status, error):
        moved = chats.get(db, message.wamid) or message
        now, free = time.time(), chats.is_free(db, moved)
        value = payloads.progress(world.sender, person, moved, status, now, free=free)
        postman.enqueue(db, str(status), message.wamid, value, now)
