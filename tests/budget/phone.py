"""A phone on a slow network, as Chromium plays it: when a page shows what, and what travelled for it.

The network is slow by Chromium's own means, and the processor too, in the page and in the gateway's frames alike; the servers are on this
machine. What the page's own process does counts: the frames have another, as on a phone.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.budget import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

LATENCY, RATE, SLOWER = 400, 400_000 // 8, 6  # ms, bytes a second, times
PATIENCE = 60_000  # ms
QUIET = 1.5  # seconds in which nothing comes; a page of the back office asks every 2 s for what is new
LONG = 50  # ms: a task that takes longer keeps the buyer waiting
WALLETS_DECIDED = "#wallets[data-shows=buttons], #wallet-frame:not(:has(iframe))"
THROTTLED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Network.enable", {}),
    (
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY, "downloadThroughput": RATE, "uploadThroughput": RATE},
    ),
    ("Emulation.setCPUThrottlingRate", {"rate": SLOWER}),
)
WATCH = """(() => {
  if (window !== top) return;
  const seen = window.seenByTheBudget = { paint: [], largest: [], shifts: [], tasks: [] };
  const watch = (type, keep) => new PerformanceObserver((list) => list.getEntries().forEach(keep)).observe({ type, buffered: true });
  watch("paint", (it) => { if (it.name === "first-contentful-paint") seen.paint.push(it.startTime); });
  watch("largest-contentful-paint", (it) => seen.largest.push(it.startTime));
  watch("layout-shift", (it) => { if (!it.hadRecentInput) seen.shifts.push([it.startTime, it.value]); });
  watch("longtask", (it) => seen.tasks.push([it.startTime, it.duration]));
})();"""
KINDS = {"Document": limits.HTML, "Stylesheet": limits.CSS, "Script": limits.SCRIPTS, "Image": limits.PICTURES}


@dataclass(frozen=True)
class Opening:
    """What one opening of a page came to: moments in milliseconds, by their name; bytes as they travelled, headers included, by kind."""

    moments: dict[str, float]
    travelled: Counter[str]


@dataclass
class _Traffic:
    """What is under way and what has come."""

    host: str
    kinds: dict[str, str] = field(default_factory=dict)
    bytes: Counter[str] = field(default_factory=Counter)
    last: float = 0.0  # when something happened

    def hears(self, method: str, told: dict[str, Any]) -> None:
        """An event of the browser's network, in the page or in one of its frames."""
        self.last = time.monotonic()
        if method == "Network.responseReceived":
            url = urlsplit(told["response"]["url"])
            kind = limits.HTMX if "/vendor/htmx" in url.path else KINDS.get(told["type"], limits.OTHER)
            kind = limits.PICTURES if url.path.endswith((".svg", ".png")) else kind  # the icon has no kind of its own
            self.kinds[told["requestId"]] = kind if url.netloc == self.host else limits.GATEWAY
        elif method == "Network.loadingFinished":
            self.bytes[self.kinds.pop(told["requestId"], limits.OTHER)] += int(told["encodedDataLength"])


def opens(context: BrowserContext, address: str) -> Opening:
    """Open a page on the slow phone, and wait until all is there and quiet. The context must be new: its cache is empty."""
    page = context.new_page()
    page.add_init_script(script=WATCH)
    traffic = _Traffic(urlsplit(address).netloc)
    _slow(context.new_cdp_session(page), traffic)
    page.goto(address, timeout=PATIENCE)
    _rests(page, traffic)
    seen = page.evaluate("window.seenByTheBudget")
    page.close()
    return Opening(moments(seen), traffic.bytes)


def _slow(session: CDPSession, traffic: _Traffic) -> None:
    """The page, and each frame of another process from its start: it waits until it is told to go on."""
    for method in ("Network.requestWillBeSent", "Network.responseReceived", "Network.loadingFinished"):
        session.on(method, lambda told, method=method: traffic.hears(method, told))

    def attached(told: dict[str, Any]) -> None:
        for number, (method, params) in enumerate((*THROTTLED, ("Runtime.runIfWaitingForDebugger", {}))):
            message = json.dumps({"id": number, "method": method, "params": params})
            session.send("Target.sendMessageToTarget", {"sessionId": told["sessionId"], "message": message})

    def received(told: dict[str, Any]) -> None:
        message = json.loads(told["message"])
        if "method" in message:
            traffic.hears(message["method"], message["params"])

    session.on("Target.attachedToTarget", attached)
    session.on("Target.receivedMessageFromTarget", received)
    for method, params in THROTTLED:
        session.send(method, params)
    session.send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": False})


def _rests(page: Page, traffic: _Traffic) -> None:
    """Until the card fields can be used, where there are any, it is clear whether there are wallets, and nothing comes any more."""
    if page.locator("#form").count():
        expect(page.locator("#button")).to_have_attribute("aria-disabled", "false", timeout=PATIENCE)
        expect(page.locator(WALLETS_DECIDED)).to_be_attached(timeout=PATIENCE)
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() - traffic.last < QUIET:
        if time.monotonic() > end:
            raise TimeoutError(f"{page.url} goes on and on")
        page.wait_for_timeout(100)


def moments(seen: dict[str, Any]) -> dict[str, float]:
    """From what the browser observed: first and largest paint, the time after the first that long tasks take beyond 50 ms, and by how
    much things move: the most within 5 s with no second of rest (https://web.dev/articles/cls)."""
    first = float(seen["paint"][0])
    blocked = sum(max(0.0, start + took - max(start, first) - LONG) for start, took in seen["tasks"])
    windows: list[tuple[float, float, float]] = [(0.0, 0.0, 0.0)]  # begin, end, sum
    for at, value in seen["shifts"]:
        begin, end, total = windows[-1]
        goes_on = at - end < 1000 and at - begin < 5000 and total > 0
        windows.append((begin, at, total + value) if goes_on else (at, at, value))
    most = max(total for _, _, total in windows)
    return {limits.FCP: first, limits.LCP: float(seen["largest"][-1]), limits.TBT: blocked, limits.CLS: most}


@contextlib.contextmanager
def of(browser: Browser, **more: Any) -> Iterator[BrowserContext]:
    """A phone with an empty cache."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, has_touch=True, locale="en-GB", **more
    )
    yield context
    context.close()
