"""The log of callbacks in the back office: found, looked at with each try, and sent again, one, some or all that were given up."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit import paid
from tests.office.forms import csrf, enter
from tests.services.webhooks.callbacks import many
from webapp.db import models
from webapp.domain.statuses import CallbackState
from webapp.services.webhooks import endpoints

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.kit import Shop

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LIST = "/office/callbacks"


def shown(client: FlaskClient, address: str) -> list[str]:
    """The ids on a page of the log, in its order."""
    return re.findall(r'name="id" value="(\w+)"', client.get(address).text)


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def post(client: FlaskClient, address: str, **data: Any) -> Any:
    return client.post(f"{address}?lang=en", data={"csrf_token": csrf(client), **data}, follow_redirects=True)


def pending(shop: Shop) -> set[str]:
    return {row.id for row in shop.all(models.Callback) if row.state is CallbackState.PENDING}


def test_the_log_is_narrowed_by_each_filter_and_by_all_at_once(app: Flask, shop: Shop) -> None:
    client, order = enter(app, shop), paid(shop, reference="PIZZA-7")
    shop.drain()
    (told,) = shop.all(models.Callback)
    other = endpoints.create(shop.context, shop.id, "http://127.0.0.1:9/second")[0].id
    test = endpoints.send_test(shop.context, shop.id, other).id
    today = shop.clock().date()
    for query, ids in {
        "": {test, told.id},
        "state=delivered": {told.id},
        "state=pending": {test},
        "state=failed": set(),
        "type=order.paid": {told.id},
        f"endpoint={other}": {test},
        "q=pizza-7": {told.id},
        "q=%20PIZZA-7": {told.id},
        f"q={test}": {test},
        "q=nothing": set(),
        "q=%22": set(),
        f"since={today}": {test, told.id},
        f"since={today + timedelta(days=2)}": set(),
        f"until={today}": {test, told.id},
        f"until={today - timedelta(days=2)}": set(),
        f"q=PIZZA-7&state=delivered&type=order.paid&endpoint={told.endpoint_id}&since={today}": {told.id},
        "state=x&type=x&since=x&until=99999999&after=x": {test, told.id},
    }.items():
        assert set(shown(client, f"{LIST}?{query}")) == ids, query
    page = client.get(f"{LIST}?q=PIZZA-7").text
    assert f'href="/office/orders/{order}"' in page
    assert "Paid</b>" in page
    assert 'value="PIZZA-7"' in page


def test_the_log_is_walked_both_ways_and_each_is_on_one_page(app: Flask, shop: Shop) -> None:
    client, ids = enter(app, shop), many(shop, 120)[::-1]
    pages, address = [], f"{LIST}?type=order.paid"
    for rel in ("next", "next", "prev", "prev"):
        pages.append(shown(client, address))
        address = link(client.get(address).text, rel)
        assert "type=order.paid" in address
    pages.append(shown(client, address))
    assert pages[0] + pages[1] + pages[2] == ids
    assert (pages[3], pages[4]) == (pages[1], pages[0])
    live = client.get(f"{LIST}/live?type=order.paid").text
    assert link(live, "next").startswith(f"{LIST}?type=order.paid&after=")


def test_it_is_live_while_something_is_on_its_way(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    paid(shop)
    shop.drain()
    assert "hx-trigger" not in client.get(LIST).text
    sent = endpoints.send_test(shop.context, shop.id, endpoints.listed(shop.context, shop.id)[0].id).id
    assert f'hx-get="{LIST}/live?state=pending" hx-trigger="every 5s"' in client.get(f"{LIST}?state=pending").text
    assert f'hx-get="{LIST}/{sent}/live" hx-trigger="every 2s"' in client.get(f"{LIST}/{sent}").text
    shop.drain()
    for part in (f"{LIST}/live", f"{LIST}/{sent}/live"):
        answer = client.get(part).text
        assert "<html" not in answer
        assert "hx-trigger" not in answer
        assert "Delivered" in answer


def test_one_callback_shows_its_body_and_what_each_try_was_sent_and_answered(app: Flask, shop: Shop) -> None:
    shop.place.backend_says = ("<b>no</b> such order", {})
    shop.place.backend_answers.append(422)
    order = paid(shop, reference="PIZZA-7", description="</pre><script>x")
    shop.drain()
    row = shop.one(models.Callback)
    page = enter(app, shop, "viewer@cafe.example").get(f"{LIST}/{row.id}?lang=en").text
    assert row.id in enter(app, shop).get(f"/office/orders/{order}").text
    for text in (
        "HTTP 422",
        "&lt;b&gt;no&lt;/b&gt; such order",
        "webhook-signature: v1,",
        "On its way, tries: 1",
        "Next try",
        '"reference": &#34;PIZZA-7&#34;'.replace('"', "&#34;"),
        "PIZZA-7</bdi>",
    ):
        assert text in page, text
    assert "<script>x" not in page
    assert f"/{row.id}/again" not in page  # a viewer's
    assert "127.0.0.1" in page
    assert "/backend" not in page.replace("backend</", "")  # the rest of the address may be secret


def test_one_is_sent_again(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    paid(shop)
    shop.drain()
    row = shop.one(models.Callback)
    page = post(client, f"{LIST}/{row.id}/again").text
    assert "The callback is being sent again." in page
    assert pending(shop) == {row.id}
    shop.drain()
    assert len(shop.all(models.Delivery)) == 2
    made = endpoints.create(shop.context, shop.id, "http://127.0.0.1:9/second")[0].id
    sent = endpoints.send_test(shop.context, shop.id, made).id
    endpoints.remove(shop.context, shop.id, made)
    assert "Its endpoint was removed" in post(client, f"{LIST}/{sent}/again").text


def test_a_selection_is_sent_again_after_a_question(app: Flask, shop: Shop) -> None:
    client, ids = enter(app, shop), many(shop, 4)
    shop.clock.forward(hours=1)
    asked = client.get(f"{LIST}/again?lang=en&chosen=1&id={ids[0]}&id={ids[2]}&id=msg_of_another").text
    (endpoint,) = endpoints.listed(shop.context, shop.id)
    assert "Callbacks: 2" in asked
    assert endpoint.url in asked
    assert pending(shop) == set()
    named = re.search(r'name="ids"[^>]* value="([^"]*)"', asked)
    assert named
    assert "Sent again: 2" in post(client, f"{LIST}/again", ids=named[1]).text
    assert pending(shop) == {ids[0], ids[2]}
    nothing = client.get(f"{LIST}/again?lang=en&chosen=1").text
    assert "No callback is ticked" in nothing
    assert 'class="button primary"' not in nothing


def test_all_that_were_given_up_are_sent_again_after_a_question(app: Flask, shop: Shop) -> None:
    client = enter(app, shop)
    ids = many(shop, 6, state=CallbackState.FAILED)
    shop.clock.forward(hours=1)
    with shop.context.database.write() as session:
        session.get_one(models.Callback, ids[5]).state = CallbackState.DELIVERED
        session.get_one(models.Callback, ids[4]).type = "order.refused"
    assert "Callbacks: 5" in client.get(f"{LIST}/again?lang=en").text
    assert "Callbacks: 4" in client.get(f"{LIST}/again?lang=en&type=order.paid").text
    assert "None was given up." in client.get(f"{LIST}/again?lang=en&endpoint=ep_none").text
    assert "Sent again: 4" in post(client, f"{LIST}/again", type="order.paid").text
    assert pending(shop) == set(ids[:4])
    (entry,) = shop.all(models.AuditEntry, models.AuditEntry.action == "callbacks.replayed")
    assert (entry.action, entry.after) == ("callbacks.replayed", {"count": 4})


def test_what_home_links_to_is_what_was_given_up(app: Flask, shop: Shop) -> None:
    ids = many(shop, 2, state=CallbackState.FAILED)
    assert shown(enter(app, shop), f"{LIST}?state=failed") == ids[::-1]
