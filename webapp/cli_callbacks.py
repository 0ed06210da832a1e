"""Console commands (`flask endpoints …`, `flask callbacks …`): where order backends are told, what they were told, and sending it again."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from webapp import console
from webapp.domain.errors import OrdoError
from webapp.domain.statuses import CallbackState
from webapp.services.merchants import declarations
from webapp.services.webhooks import endpoints as places
from webapp.services.webhooks import log, replay
from webapp.services.webhooks.outbox import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from webapp.db.models import Callback, Endpoint

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"])
STATES = click.Choice([each.value for each in CallbackState])


@click.group()
def endpoints() -> None:
    """Where a merchant's order backends are told. What the merchant's file names is changed there alone."""


@endpoints.command("list")
@click.argument("merchant_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of words.")
def list_endpoints(merchant_id: str, as_json: bool) -> None:
    """Show MERCHANT_ID's endpoints: of what each is told, and how it does."""
    with _refusals():
        context = console.context()
        declarations.get(context, merchant_id)
        found = places.listed(context, merchant_id)
    if as_json:
        click.echo(json.dumps([_endpoint(each) for each in found], indent=2))
        return
    for each in found:
        state = "enabled" if each.is_open else f"disabled ({each.disabled_why})"
        console.say(f"{each.id}  {each.url}  {each.source}  {state}  {' '.join(each.types or ['the usual types'])}")


@endpoints.command("create")
@click.argument("merchant_id")
@click.argument("url")
@click.option("--type", "types", multiple=True, help="Of what it is told, such as order.paid or refund.*; repeat it.")
def create_endpoint(merchant_id: str, url: str, types: tuple[str, ...]) -> None:
    """Tell MERCHANT_ID's backend at URL too, and print its secret: now, and never again."""
    with _refusals():
        endpoint, secret = places.create(console.context(), merchant_id, url, types or None)
    click.echo(secret)
    click.echo(f"Endpoint {endpoint.id}. Keep the secret where secrets are kept: nobody can show it again.", err=True)


@endpoints.command("rotate")
@click.argument("merchant_id")
@click.argument("endpoint_id")
@click.option("--overlap-hours", default=24, show_default=True, help="For how long the secret of before signs too.")
def rotate_secret(merchant_id: str, endpoint_id: str, overlap_hours: int) -> None:
    """Give MERCHANT_ID's endpoint ENDPOINT_ID a new secret, and print it: now, and never again."""
    with _refusals():
        overlap = timedelta(hours=overlap_hours)
        _endpoint_row, secret = places.rotate(console.context(), merchant_id, endpoint_id, overlap)
    click.echo(secret)
    click.echo(f"The secret of before signs too for {overlap_hours} hours.", err=True)


@endpoints.command("types")
@click.argument("merchant_id")
@click.argument("endpoint_id")
@click.argument("types", nargs=-1)
def choose_types(merchant_id: str, endpoint_id: str, types: tuple[str, ...]) -> None:
    """Tell MERCHANT_ID's endpoint ENDPOINT_ID of these TYPES alone; of the usual ones, if none is named."""
    with _refusals():
        endpoint = places.choose(console.context(), merchant_id, endpoint_id, types or None)
    click.echo(f"{endpoint.id} is told of {' '.join(endpoint.types or ['the usual types'])}.")


@endpoints.command("disable")
@click.argument("merchant_id")
@click.argument("endpoint_id")
def disable_endpoint(merchant_id: str, endpoint_id: str) -> None:
    """POST nothing to MERCHANT_ID's endpoint ENDPOINT_ID; what happens is kept until it is enabled."""
    _change(places.disable, merchant_id, endpoint_id, "is disabled")


@endpoints.command("enable")
@click.argument("merchant_id")
@click.argument("endpoint_id")
def enable_endpoint(merchant_id: str, endpoint_id: str) -> None:
    """POST to MERCHANT_ID's endpoint ENDPOINT_ID again, also to one that was disabled because it failed."""
    _change(places.enable, merchant_id, endpoint_id, "is enabled")


@endpoints.command("remove")
@click.argument("merchant_id")
@click.argument("endpoint_id")
def remove_endpoint(merchant_id: str, endpoint_id: str) -> None:
    """Tell MERCHANT_ID's endpoint ENDPOINT_ID nothing more; what waits for it is given up."""
    _change(places.remove, merchant_id, endpoint_id, "is removed")


@endpoints.command("test")
@click.argument("merchant_id")
@click.argument("endpoint_id")
def test_endpoint(merchant_id: str, endpoint_id: str) -> None:
    """Have the worker POST a test to MERCHANT_ID's endpoint ENDPOINT_ID, once."""
    with _refusals():
        sent = places.send_test(console.context(), merchant_id, endpoint_id)
    click.echo(f"Sent soon: `flask callbacks show {merchant_id} {sent.id}` says what came of it.")


@click.group()
def callbacks() -> None:
    """What order backends were told."""


@callbacks.command("list")
@click.argument("merchant_id")
@click.option("--state", type=STATES, help="Those that are pending, delivered, or failed (given up).")
@click.option("--type", "kind", help="Of one type, such as order.paid.")
@click.option("--endpoint", help="To one endpoint, by its id.")
@click.option("--order", help="Of one order, by its id.")
@click.option("--since", type=MOMENT, help="Written from then on (UTC).")
@click.option("--until", type=MOMENT, help="Written before then (UTC).")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, at most.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of words.")
def list_callbacks(merchant_id: str, limit: int, as_json: bool, **narrowed: Any) -> None:
    """Show MERCHANT_ID's newest callbacks."""
    with _refusals():
        context = console.context()
        declarations.get(context, merchant_id)
        found = log.listed(context, merchant_id, _search(**narrowed), limit)
    if as_json:
        click.echo(json.dumps([_callback(each) for each in found], indent=2))
        return
    for each in found:
        console.say(
            f"{each.id}  {stamp(each.created_at)}  {each.type}  {each.state}  {each.order_id or 'a test'}  {each.endpoint_id}"
        )


@callbacks.command("show")
@click.argument("merchant_id")
@click.argument("callback_id")
def show_callback(merchant_id: str, callback_id: str) -> None:
    """Show MERCHANT_ID's callback CALLBACK_ID, as it was sent, and what came of each try."""
    with _refusals():
        found = log.one(console.context(), merchant_id, callback_id)
    callback = found.callback
    console.say(f"{callback.id}  {callback.type}  {callback.state}  to {found.endpoint.url}")
    console.say(callback.body)
    for each in found.deliveries:
        answer = each.error or f"HTTP {each.status}"
        console.say(f"{stamp(each.at)}  {answer}  {each.milliseconds} ms  {each.excerpt}")
        console.say(f"  sent with {json.dumps(each.headers)}")


@callbacks.command("replay")
@click.argument("merchant_id")
@click.argument("callback_id", required=False)
@click.option("--failed", is_flag=True, help="All that were given up.")
@click.option("--since", type=MOMENT, help="All that were written from then on (UTC).")
@click.option("--until", type=MOMENT, help="Before then (UTC).")
@click.option("--type", "kind", help="Of one type, such as order.paid.")
@click.option("--endpoint", help="To one endpoint, by its id.")
def replay_callbacks(
    merchant_id: str, callback_id: str | None, failed: bool, since: datetime | None, **narrowed: Any
) -> None:
    """Send MERCHANT_ID's callback CALLBACK_ID again, or those that are named by options: the same bodies under the same ids."""
    if (callback_id is None) == (not failed and since is None):
        console.fail("Name one callback, or --failed, or --since: nothing is sent again by leaving something out.")
    with _refusals():
        context = console.context()
        declarations.get(context, merchant_id)
        if callback_id is not None:
            replay.one(context, merchant_id, callback_id)
            count = 1
        else:
            search = _search(CallbackState.FAILED if failed else None, since=since, **narrowed)
            count = sum(replay.every(context, merchant_id, search))
    click.echo(f"{count} sent again by the worker.")


def _change(verb: Callable[[Any, str, str], Any], merchant_id: str, endpoint_id: str, done: str) -> None:
    with _refusals():
        verb(console.context(), merchant_id, endpoint_id)
    click.echo(f"{endpoint_id} {done}.")


def _search(
    state: str | None = None,
    kind: str | None = None,
    endpoint: str | None = None,
    order: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> log.Search:
    begin, end = (each.replace(tzinfo=UTC) if each is not None else None for each in (since, until))
    return log.Search(CallbackState(state) if state else None, kind, endpoint, order, begin, end)


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "source": endpoint.source,
        "types": endpoint.types,
        "enabled": endpoint.is_open,
        "disabled_why": endpoint.disabled_why,
        "failing_since": stamp(endpoint.failing_since) if endpoint.failing_since else None,
    }


def _callback(callback: Callback) -> dict[str, Any]:
    return {
        "id": callback.id,
        "type": callback.type,
        "state": callback.state,
        "endpoint": callback.endpoint_id,
        "order": callback.order_id,
        "created_at": stamp(callback.created_at),
        "delivered_at": stamp(callback.delivered_at) if callback.delivered_at else None,
    }


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What is refused is said, and ends the command."""
    try:
        yield
    except OrdoError as error:
        console.fail(str(error))
