"""E-mail addresses: those that everybody reads as they are written."""

from __future__ import annotations

import re

# The domain of a look-alike (a Cyrillic а), and an encoded word (RFC 2047), which a mail program shows as the address that is in it.
MISLEADING = re.compile(r"[@.]xn--|=\?", re.IGNORECASE)


def is_plain(address: str) -> bool:
    """Whether an address is what it seems to be: ASCII without such parts. Not whether it is one."""
    return address.isascii() and not MISLEADING.search(address)
