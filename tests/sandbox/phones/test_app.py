from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.phones import app as phones
from sandbox.phones.parties import Contact, Links
from tests.sandbox.phones.conftest import LEA, SAM, SENDER, Backend

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

NOBODY = "http://127.0.0.1:9"


def start(folder: Path) -> Flask:
    return phones.create_app(
        database=folder / "var" / "phones.db",
        sender=SENDER,
        contacts=[Contact(LEA, "Léa", "shop"), Contact(SAM, "Sam", "buyer")],
        webhook_url=f"{NOBODY}/hook",
        public_url="http://phones.localhost:8700",
        links=Links("http://ordo.localhost:8701", f"{NOBODY}/cards", f"{NOBODY}/log", Backend()),
    )


def test_a_restart_keeps_chats_and_what_was_not_told_yet(tmp_path: Path) -> None:
    first = start(tmp_path)
    first.test_client().post("/_sandbox/say", json={"from": SAM, "text": "hello"})
    first.extensions["phones"].close()
    second = start(tmp_path)
    client = second.test_client()
    assert client.get(f"/_sandbox/chats/{SAM}").get_json()[0]["text"] == "hello"
    assert client.get("/_sandbox/log").get_json()[0]["state"] == "waiting"
    second.extensions["phones"].close()


def test_the_screen_is_there_while_all_neighbours_are_down(tmp_path: Path) -> None:
    app = start(tmp_path)
    page = app.test_client().get("/")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert b"The gateway does not answer yet" in page.data
    assert app.test_client().get("/live").status_code == 200
    app.extensions["phones"].close()
