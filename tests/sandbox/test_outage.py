"""The order backend's switch: who calls while it is off is turned away, noted, and known again when it comes back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox import backend
from sandbox.outage import Switch
from sandbox.phones.screen import SOON_TRIES
from tests.sandbox.callback import PAID, SECRET, sealed
from webapp.callbacks import sender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "backend.db"


@pytest.fixture
def switch(database: Path) -> Iterator[Switch]:
    switch = Switch(backend.create_app(database=database, secret=SECRET), 0, database)
    switch.start()
    yield switch
    switch.close()


def call(switch: Switch, id_: str = "msg_1") -> int:
    body = json.dumps(PAID)
    return requests.post(f"{switch.url}/ordo", data=body, headers=sealed(body, id_=id_), timeout=5).status_code


def test_what_came_during_an_outage_waits_until_it_comes_again(switch: Switch) -> None:
    switch.stop()
    assert not switch.running
    assert [call(switch), call(switch), call(switch, "msg_2")] == [503, 503, 503]
    assert (switch.outage().waiting, switch.outage().arrived, switch.outage().tries) == (2, 0, 2)
    switch.start()
    assert call(switch) == 200
    assert (switch.outage().waiting, switch.outage().arrived, switch.outage().tries) == (1, 1, 1)
    assert call(switch, "msg_2") == 200
    assert (switch.outage().waiting, switch.outage().arrived) == (0, 2)


def test_the_next_run_still_knows(switch: Switch, database: Path) -> None:
    switch.stop()
    call(switch)
    again = Switch(backend.create_app(database=database, secret=SECRET), 0, database)
    assert again.outage() == switch.outage()


def test_who_only_looks_is_turned_away_and_not_noted(switch: Switch) -> None:
    switch.stop()
    assert requests.get(f"{switch.url}/log", timeout=5).status_code == 503
    assert requests.post(switch.url, timeout=5).status_code == 503
    assert switch.outage().waiting == 0


def test_its_port_stays_its_own_however_often_it_is_stopped(switch: Switch) -> None:
    for _ in range(20):
        switch.stop()
        assert call(switch) == 503
        switch.start()
        assert call(switch) == 200


def test_closed_it_answers_nobody(switch: Switch) -> None:
    switch.stop()
    switch.close()
    with pytest.raises(requests.ConnectionError):
        requests.get(switch.url, timeout=5)


def test_the_screen_s_minute_is_the_product_s() -> None:
    assert all(wait <= timedelta(minutes=1) for wait in sender.WAITS[:SOON_TRIES])
