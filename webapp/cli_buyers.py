"""Console commands for buyers: who they are, and erasing them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

import click

from webapp import console
from webapp.domain.errors import NotFound, OrdoError
from webapp.services.merchants import declarations
from webapp.services.orders import buyers
from webapp.services.payments import erasure

if TYPE_CHECKING:
    from webapp.services.orders.buyers import ListedBuyer

SHOWN = 100  # buyers of one e-mail address


@click.group()
def buyer() -> None:
    """Buyers: who they are, and erasing them."""


@buyer.command("show")
@click.argument("merchant_id")
@click.argument("who")
def show_buyer(merchant_id: str, who: str) -> None:
    """Show MERCHANT_ID's buyers of WHO: an id, a phone with its + and country, or an e-mail address."""
    context = console.context()
    try:
        declarations.get(context, merchant_id)
        if who.startswith("+") or "@" in who:
            search = buyers.Search(phone=who) if who.startswith("+") else buyers.Search(email=who)
            found = buyers.listed(context, merchant_id, search, SHOWN)
        else:
            found = [buyers.get(context, merchant_id, who)]
    except OrdoError as error:
        console.fail(str(error))
    for each in found:
        console.say(_buyer(each))
    if not found:
        console.fail(f"{merchant_id} has no buyer {who}.")


@buyer.command("erase")
@click.argument("merchant_id")
@click.argument("buyer_ids", nargs=-1, required=True, metavar="BUYER_ID...")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def erase_buyers(merchant_id: str, buyer_ids: tuple[str, ...], yes: bool) -> None:
    """Erase MERCHANT_ID's buyers BUYER_ID: the person goes, the books stay. It cannot be undone. Ends with 1 when one of them is not erased."""
    context, left = console.context(), []
    for buyer_id in buyer_ids:
        try:
            found = buyers.get(context, merchant_id, buyer_id)
            if found.erasure is None:
                _must_be_meant(_buyer(found), yes=yes)
            erasure.erase(context, merchant_id, buyer_id)
        except OrdoError as error:
            left.append(f"{buyer_id} is not erased: {error}")
        else:
            console.say(f"{buyer_id} is erased; the worker does what is left.")
    if left:
        console.fail("\n".join(left))


@buyer.command("erased")
@click.argument("merchant_id", required=False)
def erased_buyers(merchant_id: str | None) -> None:
    """Print the ids of MERCHANT_ID's buyers who were erased; without it those of every merchant's, each behind the merchant's id: what
    erase-again reads when a backup of before was restored."""
    context = console.context()
    try:
        if merchant_id is not None:
            declarations.get(context, merchant_id)
        for owner, buyer_id in erasure.asked(context, merchant_id):
            click.echo(buyer_id if merchant_id is not None else f"{owner} {buyer_id}")
    except OrdoError as error:
        console.fail(str(error))


@buyer.command("erase-again")
@click.argument("file", type=click.File(encoding="utf-8"))
def erase_again(file: TextIO) -> None:
    """Erase the buyers of FILE (- reads what is piped in), as `erased` has printed them, in a database that was restored. One that it does not
    know is passed over. Ends with 1 when money of one of them is moving: run it again once that is over."""
    lines = [line.split() for line in file if line.strip()]
    if not all(len(line) == len(("merchant", "buyer")) for line in lines):
        console.fail(
            "Nobody was erased: each line must be a merchant's id and a buyer's, as `flask buyer erased` prints them."
        )
    context, left, unknown = console.context(), [], []
    for merchant_id, buyer_id in lines:
        try:
            erasure.erase(context, merchant_id, buyer_id)
        except NotFound:
            unknown.append(buyer_id)
        except OrdoError as error:
            left.append(f"{buyer_id} of {merchant_id} is not erased: {error}")
    console.say(f"{len(lines) - len(left) - len(unknown)} are erased; the worker does what is left.")
    if unknown:
        console.say(f"Not in this database: {', '.join(unknown)}")
    if left:
        console.fail("\n".join(left))


def _buyer(found: ListedBuyer) -> str:
    row, gone = found.buyer, found.erasure
    since = f"since {row.created_at:%Y-%m-%d}"
    has = f"{found.orders} orders, {found.aliases} saved cards"
    if gone is not None:
        how_far = f"done {gone.done_at:%Y-%m-%d %H:%M} UTC" if gone.done_at else f"at {gone.stage}"
        return f"{row.id}  erased {gone.asked_at:%Y-%m-%d %H:%M} UTC, {how_far}  {since}, {found.orders} orders"
    return f"{row.id}  {row.phone or row.former_phone or 'no phone'}  {row.email or 'no e-mail'}  {since}, {has}"


def _must_be_meant(what: str, *, yes: bool) -> None:
    """Ask who sits at the console, and end where the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        console.fail(f"{what}\nNobody was erased. Add --yes to erase without being asked.")
    console.say(what)
    if not click.confirm("Open orders are cancelled and saved cards revoked. It cannot be undone. Erase?"):
        console.fail("Nobody was erased.")
