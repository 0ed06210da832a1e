"""Rules, dashboard and runbook name what there is."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.kit import outside, shop, test_gateway
from tests.metrics.files import FOLDER, NAME, OPERATOR, alerts, cases, headings, panels
from webapp import metrics
from webapp.db import work
from webapp.services.monitoring.measures import INVARIANTS, Measures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit import Shop

__all__ = ["outside", "shop", "test_gateway"]
SELECTOR = re.compile(r"(ordo_[a-z0-9_]+)\{([^}]*)\}")
VALUES = {
    "invariant": set(INVARIANTS),
    "target": {"stripe", "whatsapp", "endpoint"},
    "result": {"ok", "refused", "failed", "silent", "done", "parked", "unavailable"},
    "kind": {model.__tablename__ for model in work.EVERY},
    "wait": {"connection", "writer"},
    "route": {"/p/<token>"},
}
OPEN = {"instance", "le", "method", "status", "version", "currency", "transition", "why"}


def series(shop: Shop) -> dict[str, set[str]]:
    """What can be asked for, with its labels."""
    found: dict[str, set[str]] = {}
    for family in itertools.chain(metrics.REGISTRY.collect(), Measures(shop.context).collect()):
        labels = set(getattr(family, "_labelnames", ())) | {name for each in family.samples for name in each.labels}
        ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}[family.type]
        found |= {family.name + end: labels for end in ends}
    declared = {
        name: set(getattr(each, "_labelnames", ())) for name, each in metrics.REGISTRY._names_to_collectors.items()
    }
    found["ordo_database_lock_waiters"] = set()  # PostgreSQL's alone
    return {name: labels | declared.get(name, set()) for name, labels in found.items()}


def asked() -> Iterator[str]:
    yield from (rule["expr"] for rule in alerts().values())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])
    yield from (each["series"] for case in cases() for each in case["input_series"])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_asked_for_is_counted(shop: Shop) -> None:
    known = series(shop)
    for question in asked():
        names = set(NAME.findall(question))
        assert names <= known.keys(), question
        assert names or question.startswith("up{"), question
        for name, selected in SELECTOR.findall(question):
            for label, sign, value in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', selected):
                assert label in known[name] | {"instance", "le"}, question
                assert label in OPEN or set(value.split("|") if "~" in sign else [value]) <= VALUES[label], question


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_everything_that_is_counted_is_explained_and_shown(shop: Shop) -> None:
    told, shown = (OPERATOR / "alerts.md").read_text("utf-8"), " ".join(asked())
    for name in series(shop):
        base = re.sub("_(bucket|count|sum)$", "", name)
        assert f"`{base}`" in told
        assert base in shown or base == "ordo_info"


def test_every_invariant_has_its_alert_and_every_alert_its_words() -> None:
    rules = alerts()
    watched = re.findall(
        r'ordo_invariant_violations{invariant="(\w+)"}', " ".join(each["expr"] for each in rules.values())
    )
    assert sorted(watched) == sorted(INVARIANTS)
    assert sorted(headings()) == sorted(rules)
    for name, rule in rules.items():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["runbook"] == f"docs/operator/alerts.md#{name.lower()}"
        assert rule["annotations"]["summary"]


def test_every_alert_is_tested_to_come_and_to_stay_away() -> None:
    fired = {each["alertname"] for case in cases() for each in case["alert_rule_test"] if each["exp_alerts"]}
    quiet = {each["alertname"] for case in cases() for each in case["alert_rule_test"] if not each["exp_alerts"]}
    assert fired == quiet == alerts().keys()


def test_the_dashboard_can_be_imported() -> None:
    board = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    (source,) = board["templating"]["list"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    for panel in panels():
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": f"${{{source['name']}}}"}
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
