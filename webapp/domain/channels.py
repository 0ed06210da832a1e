"""The names of the channels by which a link can go, and what an order may say of it."""

from __future__ import annotations

from enum import StrEnum


class ChannelName(StrEnum):
    """A channel, as a merchant's file and the timeline know it."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"


class OrderChannel(StrEnum):
    """By what an order's link is sent, where the order says so: by that channel and no other, or to nobody."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"
    NONE = "none"


LINKS_BY = (ChannelName.WHATSAPP, ChannelName.EMAIL)
"""The order in which a link is tried where the shop has not said another."""
