"""What `flask doctor --json` prints is as its schema says, and every look has its code."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from tests.kit import settings
from webapp import cli, config
from webapp.services.monitoring import doctor, report
from webapp.services.monitoring.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs/operator/doctor.schema.json").read_text("utf-8"))
VALID = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def subjects() -> Iterator[str]:
    """Of all looks, as the code has them; what differs from shop to shop is a word."""
    for file in (ROOT / "webapp/services/monitoring").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id="subject")], value=value) | ast.keyword(arg="subject", value=value)
                ):
                    yield from _text(value)
                case ast.Assign(
                    targets=[ast.Tuple(elts=[ast.Name(id="subject"), *_])], value=ast.Tuple(elts=[value, *_])
                ):
                    yield from _text(value)
                case ast.Call(func=ast.Name(id="Finding"), args=[_, value, *_]):
                    yield from _text(value)


def _text(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(part.value if isinstance(part, ast.Constant) else "cafe" for part in parts)  # type: ignore[misc]


def test_every_look_has_its_code_and_no_other_stands_in_the_table() -> None:
    found = {report.code(subject) for subject in subjects()}
    assert len(found) > 15
    assert found | {"settings"} == report.KINDS.keys()
    assert sorted(SCHEMA["properties"]["findings"]["items"]["properties"]["code"]["examples"]) == sorted(report.KINDS)


def test_a_shop_s_finding_says_whose_it_is_and_what_to_do(shop: Shop) -> None:
    made = report.document(
        [
            Finding(ok=False, subject="cafe: webhooks of stripe", text="3 came\nwrong"),
            Finding(ok=True, subject="Worker", text="seen 3 s ago"),
            Finding(ok=False, subject="cafe: WhatsApp's account", text="flagged"),
            Finding(ok=False, subject="Something new", text="look: here"),
        ],
        shop.clock(),
    )
    VALID.validate(made)
    first, second, third, fourth = made["findings"]
    assert (first["code"], first["severity"], first["merchant"]) == ("webhooks", "error", "cafe")
    assert (first["text"], first["todo"]) == ("3 came\\nwrong", report.KINDS["webhooks"].todo)
    assert (second["code"], second["severity"], second["merchant"], second["todo"]) == ("worker", "ok", None, None)
    assert (third["code"], third["severity"]) == ("whatsapp_s_account", "warning")
    assert (fourth["code"], fourth["severity"], fourth["todo"]) == ("something_new", "error", "look: here")
    assert made["ok"] is False
    assert report.document([Finding(ok=True, subject="Worker", text="seen")], shop.clock())["ok"] is True


def test_all_that_is_looked_at_fits_the_schema(shop: Shop, database_url: str) -> None:
    made = report.document(doctor.run(shop.context, database_url, shop.clock()), shop.clock())
    VALID.validate(made)
    assert {each["code"] for each in made["findings"]} <= report.KINDS.keys()
    assert len(made["findings"]) > 10


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_prints_one_document_and_ends_with_1_when_something_is_to_be_mended(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Finding] = []
    monkeypatch.setattr(cli, "_settings", lambda: settings(shop))
    monkeypatch.setattr(config, "load", lambda: settings(shop))
    monkeypatch.setattr(doctor, "run", lambda *_: iter(found))
    for ok, status in ((True, 0), (False, 1)):
        found.append(Finding(ok=ok, subject="cafe: gateway", text="its words"))
        done = CliRunner().invoke(cli.doctor, ["--json"])
        made: dict[str, Any] = json.loads(done.stdout)
        VALID.validate(made)
        assert (done.exit_code, made["ok"], len(made["findings"])) == (status, ok, len(found))
        assert CliRunner().invoke(cli.doctor, []).exit_code == status
    assert CliRunner().invoke(cli.doctor, ["--xml"]).exit_code == 2


def test_settings_that_cannot_be_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    done = CliRunner().invoke(cli.doctor, ["--json"])
    made = json.loads(done.stdout)
    VALID.validate(made)
    (only,) = made["findings"]
    assert (done.exit_code, only["code"], only["severity"]) == (1, "settings", "error")
    assert "PUBLIC_URL" in only["text"]
