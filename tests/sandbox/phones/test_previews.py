from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.phones import previews

if TYPE_CHECKING:
    from tests.sandbox.phones.conftest import Product, WhatsApp


def test_a_raw_link_is_fetched_with_whatsapps_user_agent_and_shown(whatsapp: WhatsApp, product: Product) -> None:
    whatsapp.say()
    whatsapp.text(f"Forward this: {whatsapp.site}/p/token.")
    preview = whatsapp.chat_when("preview", None)[-1]["preview"]
    assert preview["title"] == "Café Lumière & Co"
    assert product.agents == ["WhatsApp/2.23.20.0"]


def test_a_localhost_name_is_reached_by_its_address(whatsapp: WhatsApp) -> None:
    whatsapp.say(whatsapp.site.replace("127.0.0.1", "ordo.localhost") + "/p/token")
    assert whatsapp.chat_when("preview", None)[-1]["preview"]["host"].startswith("ordo.localhost:")


def test_a_page_that_cannot_be_fetched_breaks_nothing(whatsapp: WhatsApp) -> None:
    whatsapp.say("see http://127.0.0.1:9/nothing and http://[broken/ too")
    assert whatsapp.chat()[0]["preview"] is None


def test_a_page_without_open_graph_shows_its_title() -> None:
    assert previews.read("<title>Café</title><p>x") == {"title": "Café", "description": ""}
    assert previews.read("<p>nothing") == {}
