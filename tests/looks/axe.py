"""axe-core in every frame of a page: what it finds against WCAG 2.2 AA, and against its own good practices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Error

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
# Told to every frame: a frame of another site answers only whom it allows to ask.
EVERYWHERE = "axe.configure({ allowedOrigins: ['<unsafe_all_origins>'] });"
# A frame that has not answered within `pingWaitTime` is left out without a word; axe's own half a second is too short for a busy machine.
RUN = """async () => {
  const found = await axe.run(document, { preload: false, pingWaitTime: 20000, resultTypes: ["violations"] });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" > ")} ${node.html}`));
}"""


def carries(context: BrowserContext) -> BrowserContext:
    """The context, each frame of whose pages has axe."""
    context.add_init_script(script=f"{AXE.read_text('utf-8')}\n{EVERYWHERE}")
    return context


def finds(page: Page) -> list[str]:
    """What is wrong with a page, frames included, by every rule: rule, place, element.

    axe takes a frame without a ground of its own for white; it gets that of the sheet on which it lies.
    """
    sheet = page.locator("main").first.evaluate("main => getComputedStyle(main).backgroundColor")
    for frame in page.frames[1:]:
        try:
            frame.evaluate("colour => { document.documentElement.style.backgroundColor = colour; }", sheet)
        except Error:
            if not frame.is_detached():  # that of wallets goes away where there is none
                raise
    found: list[str] = page.evaluate(RUN)
    return found
