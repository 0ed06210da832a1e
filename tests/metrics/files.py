"""What docs/operator/monitoring holds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

OPERATOR = Path(__file__).resolve().parents[2] / "docs/operator"
FOLDER = OPERATOR / "monitoring"
NAME = re.compile(r"\bordo_[a-z0-9_]+\b")


def alerts() -> dict[str, dict[str, Any]]:
    """The rules, by the alert's name."""
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def cases() -> list[dict[str, Any]]:
    """The rules' own tests."""
    return list(yaml.safe_load((FOLDER / "alerts_test.yml").read_text("utf-8"))["tests"])


def panels() -> list[dict[str, Any]]:
    """The dashboard's panels that show something."""
    board = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def headings() -> list[str]:
    """The alerts that docs/operator/alerts.md explains."""
    return re.findall(r"^### (\w+)$", (OPERATOR / "alerts.md").read_text("utf-8"), re.MULTILINE)
