"""That a page on which things stand elsewhere is found; each state is looked at in test_states.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.looks import geometry
from tests.looks.stage import Stage

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("register-pay-wallet", "form.append(consent)", "what agrees to it begins at"),
        ("register-pay-wallet", "document.querySelector('h1').style.paddingTop = '300px'", "card ends at"),
        ("to-be-held", "document.querySelector('main').append(held)", "held ends at"),
        ("payment", "card.style.minHeight = '300px'", "between card and button"),
        ("payment", "document.querySelector('main').style.display = 'block'", "no two columns"),
        ("paid", "document.querySelector('.way').classList.add('pay')", "2 main buttons"),
    ],
)
def test_a_page_on_which_things_stand_elsewhere_is_found(
    scenes: Stage, carried: BrowserContext, name: str, change: str, said: str
) -> None:
    page = scenes.shows(carried, name, "en")
    assert geometry.finds(page) == []
    page.evaluate(f"() => {{ {change} }}")
    assert said in "\n".join(geometry.finds(page))
