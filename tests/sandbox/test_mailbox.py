"""The sandbox's mailbox."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from sandbox import mailbox, ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (free,) = ports.free(1)
    server = mailbox.Mailbox(tmp_path / "mail.db", free)
    server.start()
    yield free
    server.stop()


def letter(to: str = "buyer@example.com") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Café <receipts@ordo.example>", to, "Reçu <1>"
    message.set_content("Merci.")
    message.add_alternative('<p>Merci. <script src="/x.js"></script></p>', subtype="html")
    return message


def post(port: int, message: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        server.send_message(message)


def test_a_letter_is_listed_and_read(port: int, tmp_path: Path) -> None:
    post(port, letter())
    client = mailbox.create_app(database=tmp_path / "mail.db").test_client()
    assert "Reçu &lt;1&gt;" in client.get("/").get_data(as_text=True)
    (told,) = client.get("/log").get_json()
    assert (told["recipient"], told["subject"], told["text"].strip()) == ("buyer@example.com", "Reçu <1>", "Merci.")
    assert "Refresh" not in client.get("/").headers
    shown = client.get(f"/{told['number']}")
    page = shown.get_data(as_text=True)
    assert "<pre>Merci." in page
    assert "<script" not in page  # it is in a frame that runs nothing
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert client.get("/99").status_code == 404


def test_an_empty_mailbox_says_what_will_come_and_looks_again_by_itself(port: int, tmp_path: Path) -> None:
    page = mailbox.create_app(database=tmp_path / "mail.db").test_client().get("/")
    assert "None yet" in page.get_data(as_text=True)
    assert page.headers["Refresh"] == "2"


@pytest.mark.parametrize(("to", "status"), [("nobody@example.com", 550), ("later@example.com", 451)])
def test_some_addresses_are_refused(port: int, to: str, status: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        post(port, letter(to))
    assert caught.value.recipients[to][0] == status


def test_letters_are_there_in_the_next_run_and_a_stopped_server_takes_none(port: int, tmp_path: Path) -> None:
    post(port, letter())
    other = mailbox.Mailbox(tmp_path / "mail.db", ports.free(1)[0])
    other.start()
    other.start()
    other.stop()
    other.stop()
    assert len(mailbox.letters(tmp_path / "mail.db")) == 1
