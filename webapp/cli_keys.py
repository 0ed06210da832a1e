"""Console commands for the installation's own keys: what still needs a former one, and sealing anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from webapp import console
from webapp.domain.errors import OrdoError
from webapp.services.merchants import key_rotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.services.merchants.key_rotation import SealedRows, Signed


@click.group()
def keys() -> None:
    """SECRET_KEYS and ENCRYPTION_KEYS: changing them."""


@keys.command("status")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="When the last process was started with the newest secret key in front, UTC; now unless given.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
def status(since: datetime | None, as_json: bool) -> None:
    """Say of each former key whether it may be taken out, and what still needs it. Ends with 1 when no key opens a row."""
    settings, context = console.settings(), console.context()
    moment = since.replace(tzinfo=UTC) if since else context.now()
    try:
        rows, signed = list(key_rotation.sealed_rows(context)), key_rotation.signed(context, moment)
        now = context.now()
    except OrdoError as error:
        console.fail(str(error))
    if as_json:
        click.echo(
            json.dumps(_document(len(settings.secret_keys), len(settings.encryption_keys), signed, rows), indent=2)
        )
    else:
        for line in (
            *_secret(len(settings.secret_keys), signed, now),
            *_encryption(len(settings.encryption_keys), rows),
        ):
            click.echo(line)
    if lost := [f"{each.column}: {each.by_key[None]} rows" for each in rows if each.by_key[None]]:
        console.fail("No key of ENCRYPTION_KEYS opens " + ", ".join(lost) + ": put the key back that sealed them.")


@keys.command("seal")
def seal() -> None:
    """Seal with the newest of ENCRYPTION_KEYS what a former one has sealed. Workers do it too, ten minutes after they are started."""
    try:
        done = key_rotation.seal_anew(console.context())
    except OrdoError as error:
        console.fail(f"{error}\nGive the same command again: it goes on where it stopped.")
    click.echo(f"{done} rows sealed anew.")


def _secret(count: int, signed: Signed, now: datetime) -> list[str]:
    lines = ["SECRET_KEYS", "  1  signs"]
    if count == 1:
        return lines
    over = signed.until <= now
    may = "may be taken out" if over else f"may be taken out after {signed.until:%Y-%m-%d %H:%M} UTC"
    lines += [f"  {number}  {may}" for number in range(2, count + 1)]
    if not over:
        last = signed.links_until
        links = f", {signed.open_links} open links until {last:%Y-%m-%d %H:%M}" if last else ""
        lines.append(f"     what it may have signed: sessions until {signed.sessions_until:%Y-%m-%d %H:%M}{links}")
    lines.append(
        "     links of orders that are over, receipts' among them, are not found any more once it is taken out"
    )
    return lines


def _encryption(count: int, rows: Sequence[SealedRows]) -> list[str]:
    lines = ["ENCRYPTION_KEYS"]
    for number in range(count):
        needed = [f"{each.column} {each.by_key[number]}" for each in rows if each.by_key[number]]
        former = "is needed until `flask keys seal` is through" if needed else "may be taken out"
        word = former if number else "seals"
        lines.append(f"  {number + 1}  {word}" + (f": {', '.join(needed)}" if needed else ""))
    return lines


def _document(secret: int, encryption: int, signed: Signed, rows: Sequence[SealedRows]) -> dict[str, object]:
    return {
        "secret_keys": secret,
        "former_secret_keys_needed_until": signed.until.isoformat(timespec="seconds") if secret > 1 else None,
        "open_links": signed.open_links,
        "encryption_keys": [
            {each.column: each.by_key[number] for each in rows if each.by_key[number]} for number in range(encryption)
        ],
        "opened_by_none": {each.column: each.by_key[None] for each in rows if each.by_key[None]},
    }
