"""The one screen: the shop's phone, the buyer's phone, the order backend; and what on it is live."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, abort, jsonify, make_response, redirect, render_template, request

from sandbox.phones import bubbles, chats, faults, journey, media, people, postman
from sandbox.phones.parties import Role
from sandbox.phones.world import here

if TYPE_CHECKING:
    from flask import Response as Answer
    from werkzeug.wrappers import Response

    from sandbox.phones.people import Person

blueprint = Blueprint("screen", __name__)

SUGGESTIONS = (
    ("Pay, save the card", "10 EUR +33612345678 REGISTER buyer@example.com"),
    ("Save card only", "+33612345678 REGISTER buyer@example.com"),
    ("Buyer decides", "10 EUR +33612345678 ASK buyer@example.com"),
    ("Just pay", '10 EUR +33612345678 "2 pizzas" ORDER=A12'),
    ("A mistake", "10 EUR 0612"),
)
LONGEST = 4096  # characters of a message
SOON_TRIES = 5  # after as many the product comes again within about a minute, whatever happened (test_outage.py)
FAULTS = (
    ("send_error", "Refuse the next message"),
    ("status_failed", "Fail the next message later"),
    ("webhook_twice", "Tell the next event twice"),
    ("webhook_late", "Tell the next event 5 s late"),
    ("webhook_lost", "Never tell the next event"),
    ("hang", "Hang for 30 s on the next message"),
    ("401", "Reject the token once"),
)


@dataclass(frozen=True)
class Phone:
    """One of the two phones on the screen, with whom it shows and whom it could show."""

    role: Role
    title: str
    person: Person
    others: list[Person]
    bubbles: list[bubbles.Bubble]
    unread: int
    unread_elsewhere: int


def set_up(app: Flask) -> None:
    """What the pages' templates may call."""
    app.jinja_env.filters |= {"clock": bubbles.clock, "money": bubbles.money, "pretty": people.pretty}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


@blueprint.get("/")
def show() -> str:
    """The whole page."""
    draft = request.args.get("text", "")
    return render_template("show.html", suggestions=SUGGESTIONS, fault_buttons=FAULTS, draft=draft, **_state())


@blueprint.get("/wa.me/<number>")
def chat(number: str) -> Response:
    """A link that opens the chat with a number, a text already in it (https://faq.whatsapp.com/5913398998672934)."""
    if number != here().sender.phone.removeprefix("+"):
        abort(404, "nobody has this number here")
    return redirect(f"/?{urlencode({'text': request.args.get('text', '')[:LONGEST]})}")


@blueprint.get("/live")
def live() -> Answer:
    """What may have changed since: for each list its items by id, for each region its HTML."""
    state = _state()
    lists = {
        f"{phone.role}-messages": [
            [f"m{bubble.n}", render_template("_bubble.html", b=bubble, phone=phone, **state)]
            for bubble in phone.bubbles
        ]
        for phone in state["phones"]
    }
    lists["callbacks"] = [[c["key"], render_template("_callback.html", c=c, **state)] for c in state["callbacks"]]
    regions = {
        name: render_template(f"_{name}.html", **state)
        for name in ("steps", "power", "outage", "cards", "api", "webhooks")
    }
    for phone in state["phones"]:
        regions[f"{phone.role}-who"] = render_template("_who.html", phone=phone, **state)
    unread = {str(phone.role): phone.unread for phone in state["phones"]}
    return jsonify({"lists": lists, "regions": regions, "unread": unread})


@blueprint.get("/media/<number>")
def picture(number: str) -> Answer:
    """A picture that the business has sent."""
    with here().store.read() as db:
        kind, data = media.find(db, number) or abort(404, "there is no such picture")
    return make_response(data, {"Content-Type": kind})


def _state() -> dict[str, Any]:
    world = here()
    running, outage = world.links.backend_control.running, world.links.outage()
    callbacks = [call | {"key": _key(call)} for call in world.neighbours.log()]
    with world.store.read() as db:
        everybody, unread = people.everybody(db), chats.unread(db)
        phones = []
        for role, title in ((Role.SHOP, "Shop's phone"), (Role.BUYER, "Buyer's phone")):
            others = [person for person in everybody if person.role == role]
            person = next(
                (p for p in others if p.phone.lstrip("+") == request.args.get(role, "").strip("+ ")), others[0]
            )
            history = chats.history(db, person.phone)
            shown = bubbles.of(history, person, chats.quoted(db, history))
            elsewhere = sum(unread.get(p.phone, 0) for p in others if p != person)
            phones.append(Phone(role, title, person, others, shown, unread.get(person.phone, 0), elsewhere))
        webhooks, waiting = postman.deliveries(db, 12), faults.waiting(db)
    return {
        "phones": phones,
        "business": world.sender,
        "links": world.links,
        "running": running,
        "outage": outage,
        "soon_tries": SOON_TRIES,
        "callbacks": callbacks,
        "cards": world.neighbours.cards(),
        "api": world.api,
        "steps": journey.steps(phones[0].bubbles, phones[1].bubbles, callbacks, outage, running=running),
        "webhooks": webhooks,
        "waiting": waiting,
        "unread": unread,
    }


def _key(call: dict[str, Any]) -> str:
    """A callback's id on the page: its own may be anybody's words, and may come twice when the signature is wrong."""
    return "c" + hashlib.sha256(f"{call.get('id')} {call.get('received_at')}".encode()).hexdigest()[:16]
