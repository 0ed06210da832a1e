"""Console commands (`flask NAME`): what an operator does by hand, and the worker."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

import click

from webapp import app as wiring
from webapp import config, i18n, logs
from webapp.callbacks import standard
from webapp.console import context as _context
from webapp.console import fail as _fail
from webapp.console import say as _say
from webapp.console import settings as _settings
from webapp.db import backup as database_backup
from webapp.db import migrate as schema
from webapp.db.clock import DatabaseClock
from webapp.domain.actors import CLOCK
from webapp.domain.errors import OrdoError
from webapp.domain.scopes import Scope
from webapp.domain.states import State
from webapp.jobs.worker import Worker
from webapp.services.accounts import api_keys, sessions
from webapp.services.conversation import replies
from webapp.services.merchants import declarations
from webapp.services.monitoring import doctor as checkup
from webapp.services.monitoring import report
from webapp.services.monitoring.findings import Finding
from webapp.services.notifications import message_costs
from webapp.services.orders import exports, import_file, imports
from webapp.services.payments import aliases, reconciliation
from webapp.services.payments.questions import Unanswered
from webapp.whatsapp import templates as catalogue
from webapp.whatsapp.client import SendFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.db.models import ApiKey
    from webapp.domain.message_rates import Cost


@click.command()
@click.option("--check", is_flag=True, help="Change nothing: say what is missing, and end with 1 if something is.")
def migrate(check: bool) -> None:  # click gives it by name
    """Bring the database to this release's schema."""
    settings = _settings()
    url = settings.database_direct_url or settings.database_url  # a pooler keeps no lock of a session
    try:
        if check:
            at, missing = schema.missing(url)
            if missing:
                _fail("\n".join([f"Schema {at or 'empty'}. Missing:", *missing]))
            click.echo(f"Schema {at}: nothing is missing.")
            return
        before, after = schema.upgrade(url)
    except (schema.SchemaMismatch, OrdoError) as error:
        _fail(str(error))
    click.echo(f"Schema {after}" + (" (was there already)" if before == after else f" (was {before or 'empty'})"))


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the SQLite database into FILE, a new one, while it is in use."""
    try:
        database_backup.copy(_settings().database_url, file)
    except database_backup.NoBackup as error:
        _fail(str(error))
    click.echo(f"{file} is a whole copy. Its secrets open with ENCRYPTION_KEYS: keep those elsewhere.")


@click.group()
def merchant() -> None:
    """Merchants."""


@merchant.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def apply(file: Path) -> None:
    """Create a merchant from FILE (TOML), or bring it up to it."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        shop = document.get("merchant")
        if isinstance(shop, dict) and isinstance(shop.get("logo"), str):
            shop["logo"] = str(file.parent / shop["logo"])  # as it stands beside the file
        context = _context()
        declaration = declarations.declared(document, declarations.present(context, document))
        name, new = declarations.apply(context, declaration)
    except tomllib.TOMLDecodeError as error:
        _fail(f"{file} is not TOML: {error}")
    except OrdoError as error:
        _fail(str(error))
    click.echo(f"Merchant {name} {'created' if new else 'brought up to date'}.")


@merchant.command("secret")
def secret() -> None:
    """Print a new secret for an endpoint, to be put into the merchant's file and the order backend."""
    click.echo(standard.new_secret())


@click.group()
def templates() -> None:
    """WhatsApp message templates."""


@templates.command("submit")
@click.argument("merchant_id")
def submit(merchant_id: str) -> None:
    """Send the templates that MERCHANT_ID's WhatsApp account lacks to Meta, for approval."""
    context = _context()
    try:
        client = context.whatsapp(declarations.get(context, merchant_id))
        missing = catalogue.missing(client.templates(), context.links.public_url)
        for definition in missing:
            client.submit(definition)
            click.echo(f"Submitted {definition['name']} ({definition['language']})")
    except (OrdoError, SendFailed) as error:
        _fail(str(error))
    click.echo(f"{len(missing)} submitted.")


@templates.command("write")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def write(folder: Path) -> None:
    """Write every template's definition into FOLDER, one JSON file for each language, as Meta's API takes them."""
    folder.mkdir(parents=True, exist_ok=True)
    definitions = catalogue.definitions(_settings().public_url)
    for definition in definitions:
        path = folder / f"{definition['name']}.{definition['language']}.json"
        path.write_text(json.dumps(definition, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    click.echo(f"{len(definitions)} written to {folder}.")


@click.command()
@click.argument("merchant_id")
@click.argument("reference")
@click.argument("amount")
@click.option(
    "--yes", is_flag=True, help="Charge it though it is a large amount, or one that was charged a moment ago."
)
def charge(merchant_id: str, reference: str, amount: str, yes: bool) -> None:  # click gives it by name
    """Charge the card that MERCHANT_ID's order REFERENCE saved, with AMOUNT in that order's currency. The worker carries it out."""
    context = _context()
    try:
        try:
            order = aliases.charge_by_reference(context, merchant_id, reference, amount)
        except Unanswered as error:
            _must_be_sure(error, yes=yes)
            order = aliases.charge_by_reference(context, merchant_id, reference, amount, answered=error.answers)
    except OrdoError as error:
        _fail(str(error))
    click.echo(
        f"Order {order.reference} ({order.id}) is being charged: {context.links.public_url}/office/orders/{order.id}"
    )


def _must_be_sure(asked: Unanswered, *, yes: bool) -> None:
    """Ask who sits at the console, and end where the answer is no."""
    words = "\n".join(replies.doubt(i18n.texts("en", i18n.HOMES["en"]), each) for each in asked.questions)
    if yes:
        click.echo(words)
    elif not sys.stdin.isatty():
        _fail(f"{words}\nNothing was charged. Add --yes to charge it all the same.")
    elif not click.confirm(f"{words}\nCharge it?"):
        _fail("Nothing was charged.")


@click.group()
def orders() -> None:
    """Orders from CSV files, and into one."""


@orders.command("import")
@click.argument("merchant_id")
@click.argument("file", type=click.File("rb"))
def import_orders(merchant_id: str, file: BinaryIO) -> None:
    """Make MERCHANT_ID's orders of a CSV FILE (docs/integrator/csv.md), none while a line of it is wrong. Stopped in the midst, the same
    command goes on where it was. Ends with 1 when a line brought no order."""
    context = _context()
    try:
        row = imports.submit(context, merchant_id, file.read(import_file.LARGEST + 1), Path(file.name).name)
        click.echo(f"{row.id}: {row.lines} lines, each of them right.")
        for now in imports.run(context, row):
            click.echo(f"{now.created + now.failed} of {row.lines}")
        failures = imports.failures(context, merchant_id, row.id)
    except import_file.WrongFile as error:
        more = f"\n… and {error.found - len(error.errors)} more" if error.found > len(error.errors) else ""
        _fail(f"{error}{more}\n{error.found} to mend. Nothing was created.")
    except OrdoError as error:
        _fail(f"{error}\nGive the same command again: it goes on where it stopped.")
    if failures:
        _fail("\n".join(map(str, failures)) + f"\n{len(failures)} lines brought no order.")


@orders.command("export")
@click.argument("merchant_id")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in State]),
    help="Only those; may be given again.",
)
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="The first day, by the shop's clock.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
@click.option("--bom", is_flag=True, help="With the mark by which Excel knows UTF-8.")
def export_orders(
    merchant_id: str, states: tuple[str, ...], first: datetime | None, last: datetime | None, bom: bool
) -> None:  # click gives it by name
    """Write MERCHANT_ID's orders as CSV (docs/integrator/csv.md), the newest first: `flask orders export cafe > orders.csv`."""
    context = _context()
    try:
        zone = ZoneInfo(declarations.get(context, merchant_id).time_zone)
        selection = exports.Selection(
            states,
            since=first.replace(tzinfo=zone) if first else None,
            until=(last + timedelta(days=1)).replace(tzinfo=zone) if last else None,
        )
        for piece in exports.written(context, merchant_id, selection, bom=bom):
            sys.stdout.buffer.write(piece)
    except OrdoError as error:
        _fail(str(error))


@click.group("api-key")
def api_key() -> None:
    """Keys of the API, for order backends."""


@api_key.command("create")
@click.argument("merchant_id")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([each.value for each in Scope]),
    multiple=True,
    required=True,
    help="What it may do; repeat it.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="After how many it expires; never unless given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of the token alone.")
def create_api_key(merchant_id: str, name: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:
    """Make a key of MERCHANT_ID for the backend NAME, and print its token: now, and never again."""
    context = _context()
    until = context.now() + timedelta(days=days) if days else None
    try:
        key, token = api_keys.create(context, merchant_id, name, [Scope(each) for each in scopes], until)
    except OrdoError as error:
        _fail(str(error))
    if as_json:
        click.echo(json.dumps(_api_key(key) | {"token": token}))
        return
    click.echo(token)
    click.echo(f"Key {key.id}. Keep the token where secrets are kept: nobody can show it again.", err=True)


@api_key.command("list")
@click.argument("merchant_id")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of words.")
def list_api_keys(merchant_id: str, as_json: bool) -> None:
    """Show MERCHANT_ID's keys: what each may do, until when, and when it was used last."""
    context = _context()
    try:
        found = [_api_key(key) for key in api_keys.listed(context, merchant_id)]
    except OrdoError as error:
        _fail(str(error))
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for each in found:
        times = ", ".join(f"{what} {each[f'{what}_at'] or 'never'}" for what in ("created", "expires", "ended", "used"))
        _say(f"{each['id']}  {each['name']}  {each['hint']}  {' '.join(each['scopes'])}  {times}")


@api_key.command("end")
@click.argument("merchant_id")
@click.argument("key_id")
def end_api_key(merchant_id: str, key_id: str) -> None:
    """End MERCHANT_ID's key KEY_ID: from now on it opens nothing."""
    try:
        api_keys.end(_context(), merchant_id, key_id)
    except OrdoError as error:
        _fail(str(error))
    click.echo(f"Key {key_id} is ended.")


def _api_key(key: ApiKey) -> dict[str, Any]:
    times = {each: getattr(key, each) for each in ("created_at", "expires_at", "ended_at", "used_at")}
    shown = {
        each: at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None for each, at in times.items()
    }
    return {"id": key.id, "name": key.name, "hint": key.hint, "scopes": key.scopes, **shown}


@click.command("admin-link")
@click.argument("email")
def admin_link(email: str) -> None:
    """Print a link that logs the user of EMAIL in, once, within 15 minutes."""
    context = _context()
    try:
        token = sessions.make_link(context, email)
    except OrdoError as error:
        _fail(str(error))
    click.echo(f"{context.links.public_url}/office/link/{token}")


WRONG_CLOCK = 3  # what a worker ends with


@click.command()
def worker() -> None:
    """Do the background work until stopped; SIGTERM and Ctrl-C finish what is in hand. Ends with 3 when this machine's clock is more than a
    minute away from the database's."""
    settings = _settings()
    logs.to_stderr(as_json=settings.log_format == "json")
    context = wiring.make_context(settings, connections=wiring.WORKER_CONNECTIONS).acting_as(CLOCK)
    try:
        wiring.must_fit(settings)
        wiring.count(settings, context)
    except config.SettingsError as error:
        _fail(str(error))
    clock = DatabaseClock(context.database)
    context = dataclasses.replace(context, now=clock.now)
    running = Worker(context, direct_url=settings.database_direct_url, clock=clock)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    click.echo(f"Worker {running.name} is at work.")
    running.run()
    context.database.close()
    if clock.differs:
        _fail(f"Stopped: {clock.in_words()}. Have NTP set both, and start the worker again.", status=WRONG_CLOCK)


@click.command()
@click.argument("merchant_id")
@click.option("--days", default=30, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of words.")
def reconcile(merchant_id: str, days: int, as_json: bool) -> None:  # click gives it by name
    """Compare MERCHANT_ID's orders and saved cards with the gateway's records, follow the gateway, and say what differed. Ends with
    1 when something still does."""
    context = _context()
    try:
        found = reconciliation.compare(context, merchant_id, context.now() - timedelta(days=days))
    except OrdoError as error:
        _fail(str(error))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(each) for each in found], indent=2))
    else:
        for each in found:
            name = f"{each.reference} ({each.order})" if each.reference else each.order
            _say(f"{'mended' if each.mended else 'DIFFERS'}  {name}: here {each.here}, at the gateway {each.there}")
        click.echo(f"{len(found)} differences, {sum(not each.mended for each in found)} of them still there.")
    sys.exit(any(not each.mended for each in found))


@click.command()
@click.argument("merchant_id")
@click.option("--month", help="Which, such as 2026-11; this one unless given.")
@click.option("--orders", "by_order", is_flag=True, help="Each order's too.")
def costs(merchant_id: str, month: str | None, by_order: bool) -> None:  # click gives it by name
    """Say what MERCHANT_ID's WhatsApp messages of a month cost, by WHATSAPP_RATES. What is not known is counted, not guessed."""
    context = _context()
    try:
        declarations.get(context, merchant_id)
        at = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC) if month else context.now()
    except OrdoError as error:
        _fail(str(error))
    except ValueError:
        _fail(f"{month} is no month: write it as 2026-11")
    total, orders = message_costs.of_month(context, merchant_id, at.year, at.month)
    currency = context.rates.currency if context.rates else ""
    for each in orders if by_order else ():
        click.echo(f"{each.reference or 'no order'}: {_cost(each.cost, currency)}")
    click.echo(f"{at:%Y-%m}: {_cost(total, currency)}")
    if context.rates is None and total.unknown:
        click.echo("WHATSAPP_RATES is not set, so no price is known (docs/operator/whatsapp.md).")


def _cost(cost: Cost, currency: str) -> str:
    known = f"{cost.billed} billed, {cost.total} {currency}".rstrip()
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(cost.categories.items()))
    return f"{cost.messages} messages ({kinds or 'none'}): {known}; {cost.free} free; {cost.unknown} of unknown price"


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object instead of words (docs/operator/doctor.schema.json)."
)
def doctor(as_json: bool) -> None:  # click gives it by name
    """Check settings, database, worker, clock, keys, webhooks and templates, and say what to mend. Ends with 0 when all is well, with 1 when
    something is to be mended, with 2 when it was called wrongly."""
    if as_json:
        found = report.document(_findings(), datetime.now(UTC))
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        sys.exit(not found["ok"])
    settings = _settings()
    bad = 0
    for finding in checkup.run(wiring.make_context(settings), settings.database_url, datetime.now(UTC)):
        _say(f"{'ok  ' if finding.ok else 'MEND'}  {finding.subject}: {finding.text}")
        bad += not finding.ok
    if bad:
        _fail(f"{bad} to mend.")
    click.echo("All is well.")


def _findings() -> Iterator[Finding]:
    """For a program, settings that cannot be are a finding too."""
    try:
        settings = config.load()
        logs.protect()
        yield from checkup.run(wiring.make_context(settings), settings.database_url, datetime.now(UTC))
    except config.SettingsError as error:
        yield Finding(ok=False, subject="Settings", text=str(error))
