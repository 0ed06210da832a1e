"""What a buyer is answered who asks what can be written here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.whatsapp import replies
from webapp.whatsapp.replies import Wish

if TYPE_CHECKING:
    from webapp.i18n import Texts


def help_(t: Texts, merchant: str, *, one_tap: bool, cards: bool) -> str:
    """To a buyer who asked for help: what can be written here, in the buyer's language. `one_tap` and `cards`: what the shop's gateway can do."""
    can = {
        Wish.PAY: t.gettext("pay an open request with your saved card, or on its page")
        if one_tap
        else t.gettext("pay an open request on its page"),
        Wish.LINK: t.gettext("get the link of a request again"),
        Wish.RECEIPT: t.gettext("see your last receipt"),
        Wish.NOT_ME: t.gettext("stop a request that was meant for somebody else"),
        Wish.FORGET: t.gettext("remove your saved card"),
        Wish.STOP: t.gettext("get no more messages here"),
        Wish.START: t.gettext("get messages here again"),
    }
    lines = [
        f"• {t.apart(replies.word(wish, t.language))}: {what}"
        for wish, what in can.items()
        if cards or wish is not Wish.FORGET
    ]
    return "\n".join(
        (
            t.gettext("Here you can write to %(merchant)s:", merchant=merchant),
            *lines,
            t.gettext("Anything else is passed on to %(merchant)s.", merchant=merchant),
        )
    )
