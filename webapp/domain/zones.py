"""The time zones of IANA's list, as this machine has them."""

from __future__ import annotations

import functools
from zoneinfo import available_timezones


@functools.cache
def known() -> frozenset[str]:
    """Their names; empty on a machine without tzdata. Read once: it is a look at some 600 files."""
    return frozenset(available_timezones())
