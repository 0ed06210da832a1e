"""Prometheus's own checker reads the rules, runs their tests, and finds nothing wrong with what is served."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from prometheus_client import generate_latest
from prometheus_client.registry import CollectorRegistry

from tests.kit import outside, shop, test_gateway
from tests.metrics.counted import counted
from tests.metrics.files import FOLDER, alerts
from tools import machine
from webapp import metrics
from webapp.services.monitoring.measures import Measures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit import Shop

__all__ = ["counted", "outside", "shop", "test_gateway"]
pytestmark = pytest.mark.slow


def promtool(*words: str, given: bytes = b"", folder: Path = FOLDER) -> str:
    program = machine.promtool()
    assert program is not None, "promtool is missing: `python -m tools.machine prometheus`"
    done = subprocess.run([str(program), *words], cwd=folder, input=given, capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return (done.stdout + done.stderr).decode()


def test_the_rules_and_the_configuration_are_read() -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", "alerts.yml")
    promtool("check", "config", "prometheus.yml")


def test_every_alert_comes_when_it_has_to() -> None:
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")


def test_a_rule_that_is_wrong_does_not_pass(tmp_path: Path) -> None:
    """Else the test before would prove nothing: each rule is turned round in turn."""
    tests, rules = (FOLDER / "alerts_test.yml").read_text("utf-8"), (FOLDER / "alerts.yml").read_text("utf-8")
    (tmp_path / "alerts_test.yml").write_text(tests, encoding="utf-8")
    for name in alerts():
        part = re.search(rf"- alert: {name}\n.*?(?=\n      - alert|\n\n|\Z)", rules, re.DOTALL)
        assert part is not None
        turned = re.sub(r"(> [\d.]+|== 0)(?=\n)", "> 1e9", part[0])
        (tmp_path / "alerts.yml").write_text(rules.replace(part[0], turned), encoding="utf-8")
        with pytest.raises(AssertionError, match="FAILED"):
            promtool("test", "rules", "alerts_test.yml", folder=tmp_path)


def test_what_is_served_is_as_prometheus_wants_it(shop: Shop, counted: Callable[..., float]) -> None:
    shop.pay(shop.order())
    shop.drain()
    metrics.request("/p/<token>", "GET", "200", 0.01)
    metrics.alarm("whatsapp")
    metrics.database_failed("unreachable")
    measured = CollectorRegistry()
    measured.register(Measures(shop.context))
    assert promtool("check", "metrics", given=generate_latest(metrics.REGISTRY) + generate_latest(measured)) == ""
