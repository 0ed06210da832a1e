"""Lighthouse, by its own rules for a phone (tools/browser/lighthouse.js)."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import Any

from tools import machine, node

PATIENCE = 300.0  # seconds for one run, on a machine that is busy with other things
CATEGORIES = ("performance", "accessibility", "best-practices")


@dataclass(frozen=True)
class Verdict:
    """The score of each category, of 100, and what keeps it from that."""

    scores: dict[str, int]
    lacks: dict[str, list[str]]


def judged(address: str, times: int = 1, *, cookie: str = "") -> Verdict:
    """The median of several runs, for a busy machine is not the page's fault; `cookie` is of who is logged in. Raises OSError for a page that it could not load."""
    runs = [_run(address, cookie) for _ in range(times)]
    scores = {name: int(statistics.median_low([run[name]["score"] for run in runs])) for name in CATEGORIES}
    lacks = {name: sorted({lack for run in runs for lack in run[name]["lacks"]}) for name in CATEGORIES}
    return Verdict(scores, lacks)


def _run(address: str, cookie: str) -> Any:
    asked = json.dumps({"chromium": str(machine.chromium()), "address": address, "cookie": cookie})
    told = json.loads(node.run("lighthouse.js", given=asked, within=PATIENCE))
    if told["error"]:
        raise OSError(told["error"])
    return told["categories"]
