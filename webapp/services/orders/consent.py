"""The wording under which a card is saved. It is shown, agreed to and kept letter by letter, so a change makes a new version."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from webapp.domain.actions import Action

if TYPE_CHECKING:
    from webapp.i18n import Texts

VERSION = "2026-11"


def version(words: str) -> str:
    """The wording's version with a digest of the words as they are shown: a page that shows others, in another language or
    with another name of the shop, does not pass for this one."""
    return f"{VERSION}.{hashlib.sha256(words.encode()).hexdigest()[:8]}"


def wording(t: Texts, action: Action, merchant: str) -> str | None:
    """What the buyer agrees to on the page of this action, None where no card is saved.

    Says who keeps the card, what for, that later payments may be taken without the buyer being present, and how to end it
    (the card schemes' rules on stored credentials ask for these four).
    """
    match action:
        case Action.PAYMENT:
            return None
        case Action.ASK_REGISTER_PAY:
            return t.gettext(
                "Save my card for my next payments to %(merchant)s, which the shop may take without my being present. "
                "I can have my card removed at any time by contacting the shop.",
                merchant=merchant,
            )
        case _:
            return t.gettext(
                "By continuing, I let %(merchant)s save my card for my next payments to this shop, which it may take without my "
                "being present. I can have my card removed at any time by contacting the shop.",
                merchant=merchant,
            )
