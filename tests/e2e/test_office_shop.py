"""Buyers, callbacks, keys, figures, settings, members and the audit log in the back office, on a phone and on a desk."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.faults.actors import Office

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.e2e.office import Outside, Screen


def test_a_buyer_is_found_charged_and_erased(screen: Screen, outside: Outside) -> None:
    phone, reference = ("+33612340011", "CARD-P") if screen.is_phone else ("+33612340012", "CARD-D")
    outside.pays(reference, action="REGISTER_PAY", phone=phone)
    screen.opens("")
    screen.goes("Buyers")
    page = screen.page
    page.get_by_role("searchbox").fill(phone)
    page.keyboard.press("Enter")
    page.locator("table.list tbody").get_by_role("link").click()
    expect(page.get_by_role("list", name="Orders")).to_contain_text(reference)
    buyer = page.url
    page.get_by_role("link", name="Charge, replace or remove").click()
    page.get_by_label(re.compile("^Amount")).fill("4")
    page.get_by_label(re.compile("^What for")).fill("A coffee")
    page.get_by_role("button", name="Charge", exact=True).click()
    page.wait_for_url(re.compile("/office/orders/ord_"))
    expect(page.locator(".badge").first).to_contain_text("Paid")
    screen.fits()
    page.goto(buyer)
    page.get_by_role("link", name="Charge, replace or remove").click()
    page.get_by_role("button", name="Remove the card").click()
    page.get_by_role("dialog").get_by_role("button", name="Yes, remove it").click()
    page.goto(buyer)
    expect(page.get_by_role("region", name="Saved cards").locator(".badge")).to_have_count(1)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Export as JSON").click()
    assert reference in Path(saved.value.path()).read_text("utf-8")
    page.get_by_role("link", name="Erase").click()
    page.get_by_role("button", name="Erase for good").click()
    page.goto(buyer)
    expect(page.locator("h1")).to_contain_text("Erased")
    assert phone[1:] not in re.sub(r"\s", "", page.content())
    screen.fits()


def test_an_endpoint_is_made_and_a_callback_that_failed_sent_again(
    screen: Screen, outside: Outside, world: World
) -> None:
    tag = "P" if screen.is_phone else "D"
    page = screen.opens("/endpoints/new")
    page.get_by_label("Address").fill(f"{world.addresses.backend.server}/ordo?{tag}")
    page.get_by_role("button", name="Add an endpoint").click()
    secret = page.get_by_label("Secret").input_value()
    assert secret.startswith("whsec_")
    page.get_by_role("link", name="I have copied it").click()
    assert secret not in page.content()
    page.get_by_role("button", name="Send a test").click()
    screen.opens("/endpoints")
    screen.row(f"?{tag}").get_by_role("link").click()
    page.get_by_role("link", name="Its callbacks").click()
    expect(page.locator("#list tbody tr")).to_have_count(1)
    screen.opens("/endpoints")
    screen.row(f"?{tag}").get_by_role("link").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(screen.row(f"?{tag}")).to_have_count(0)
    with outside.backend_fails():
        outside.pays(f"TOLD-{tag}")
        page.goto(f"{world.addresses.ordo.browser}/office/callbacks?q=TOLD-{tag}")
        page.locator("#list tbody").get_by_role("link", name="Paid").first.click()
        expect(page.locator("#tries-title + ul")).to_contain_text("500")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("h1 .badge")).to_contain_text("Delivered")
    expect(page.locator("#tries-title + ul")).to_contain_text("200")
    screen.fits()


def test_a_key_is_made_and_shown_once(screen: Screen) -> None:
    name = "till on the phone" if screen.is_phone else "till on the desk"
    page = screen.opens("/api_keys/new")
    page.get_by_label("Name").fill(name)
    page.locator("[name=scopes]").first.check()
    page.get_by_role("button", name="Make a key").click()
    token = page.get_by_label("API key").input_value()
    assert token.startswith("ordo_test_")
    page.get_by_role("link", name="I have copied it").click()
    expect(screen.row(name)).to_be_visible()
    assert token not in page.content()
    screen.fits()


def test_figures_of_a_period_stand_in_a_table_behind_each_picture(screen: Screen, outside: Outside) -> None:
    outside.pays("SUM-P" if screen.is_phone else "SUM-D", 1234)
    page = screen.opens("")
    for period in ("30", "90", "7"):
        page.get_by_role("navigation", name="Period").get_by_role("link", name=re.compile(rf"\b{period}\b")).click()
        expect(page.locator(".page-head [aria-current]")).to_contain_text(period)
        screen.fits()
    expect(page.get_by_role("img", name=re.compile("^Taken and refunded by day"))).to_be_visible()
    page.get_by_text("The days as a table").click()
    expect(page.get_by_role("table", name="Taken and refunded by day").get_by_role("row")).to_have_count(8)
    expect(page.get_by_role("table", name="How far orders came")).to_be_visible()


def test_settings_are_saved_members_invited_sessions_ended_and_all_of_it_is_told(screen: Screen, world: World) -> None:
    tag = "P" if screen.is_phone else "D"
    screen.opens("")
    screen.goes("Settings")
    page = screen.page
    expect(page.get_by_label("Country")).not_to_be_editable()
    expect(page.get_by_text("is set in the shop’s settings file")).to_be_visible()
    before = page.locator("#preview").inner_html()
    page.get_by_label("Colour").fill("#7a1f3d" if screen.is_phone else "#1f3d7a")
    page.wait_for_function("before => document.querySelector('#preview').innerHTML !== before", arg=before)
    page.locator("[name=legal_identity]").fill(f"Lumière SARL {tag}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.locator("[name=legal_identity]")).to_have_value(f"Lumière SARL {tag}")
    screen.opens("/members")
    page.get_by_label("Name").fill(f"Ada {tag}")
    page.get_by_label("E-mail").fill(f"ada-{tag.lower()}@cafe-lumiere.example")
    page.get_by_role("button", name="Send the invitation").click()
    expect(screen.row(f"Ada {tag}")).to_contain_text("not logged in yet")
    Office(world)  # a second session of the same person
    screen.opens("/sessions")
    ends = page.get_by_role("button", name="End", exact=True)
    there = ends.count()
    assert there
    ends.first.click()
    expect(ends).to_have_count(there - 1)
    screen.fits()
    screen.opens("")
    screen.goes("Audit log")
    expect(page.locator("table.list tbody")).to_contain_text(f"Lumière SARL {tag}")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Export as JSON").click()
    told = json.loads(Path(saved.value.path()).read_text("utf-8"))
    assert f"Lumière SARL {tag}" in json.dumps(told, ensure_ascii=False)


def test_the_language_is_chosen_in_a_menu(screen: Screen) -> None:
    page = screen.opens("/orders?q=nothing")
    for now, then, code, place in (("English", "Deutsch", "de", "Aufträge"), ("Deutsch", "English", "en", "Orders")):
        if screen.is_phone:
            page.locator(".open-menu").click()
        page.get_by_role("button", name=now).click()
        page.locator("#languages").get_by_role("link", name=then).click()
        expect(page.locator("html")).to_have_attribute("lang", code)
        expect(page.locator(".places [aria-current=page]")).to_have_text(place)
        expect(page.get_by_role("searchbox")).to_have_value("nothing")
        screen.fits()
