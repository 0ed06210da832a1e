from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.sandbox.phones.conftest import SAM, WAIT

if TYPE_CHECKING:
    from tests.sandbox.phones.conftest import WhatsApp


def test_a_page_of_another_site_may_not_write(whatsapp: WhatsApp) -> None:
    form, headers = {"from": SAM, "text": "10 EUR"}, {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{whatsapp.url}/_sandbox/say", data=form, headers=headers, timeout=WAIT)
    assert answer.status_code == 403
    assert whatsapp.chat() == []


def test_a_host_that_is_not_ours_is_refused(whatsapp: WhatsApp) -> None:
    answer = requests.get(f"{whatsapp.url}/live", headers={"Host": "evil.example"}, timeout=WAIT)
    assert answer.status_code == 400


def test_a_form_without_script_comes_back_to_the_page(whatsapp: WhatsApp) -> None:
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    form = {"from": SAM, "text": "hello"}
    url = f"{whatsapp.url}/_sandbox/say"
    answer = requests.post(url, data=form, headers=headers, timeout=WAIT, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("path", "wish", "status"),
    [
        ("say", {"from": SAM, "text": " "}, 400),
        ("say", {"from": "somebody", "text": "hi"}, 400),
        ("say", {"from": "+33699999999", "text": "hi"}, 404),
        ("tap", {"from": SAM, "message": "wamid.none", "button": "x"}, 404),
        ("faults", {"kind": "earthquake"}, 400),
        ("contacts", {"phone": SAM, "wings": True}, 400),
        ("contacts/+33699999999", {"reads": True}, 404),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_in_words(
    whatsapp: WhatsApp, path: str, wish: dict[str, object], status: int
) -> None:
    answer = whatsapp.call("POST", f"/_sandbox/{path}", wish)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_backend_is_stopped_and_started(whatsapp: WhatsApp) -> None:
    assert whatsapp.control("backend", running=False) == {"running": False}
    assert whatsapp.backend.running is False
    assert whatsapp.control("backend", running=True) == {"running": True}


def test_empty_chats_give_the_pair_its_burst_again(whatsapp: WhatsApp) -> None:
    whatsapp.say()
    for i in range(45):
        whatsapp.text(str(i))
    whatsapp.call("DELETE", "/_sandbox/chats")
    assert whatsapp.text("again").status_code == 200
