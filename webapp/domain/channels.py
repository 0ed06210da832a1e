"""The names of the channels by which a link can go."""

from __future__ import annotations

from enum import StrEnum


class ChannelName(StrEnum):
    """A channel, as a merchant's file and the timeline know it."""

    WHATSAPP = "whatsapp"
    EMAIL = "email"


LINKS_BY = (ChannelName.WHATSAPP, ChannelName.EMAIL)
"""The order in which a link is tried where the shop has not said another."""
