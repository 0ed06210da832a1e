"""Tokens of the API: what an order backend proves itself with.

`ordo_live_` or `ordo_test_`, 32 letters and digits of the system's CSPRNG (190 bits), and six that check them: programs that look for secrets
in files find a token by its beginning and know by its end that it is one (GitHub's practice, github.blog/engineering/behind-githubs-new-authentication-token-formats).
"""

from __future__ import annotations

import re
import secrets
import string
import zlib

from webapp.domain import ids

RANDOM, CHECK = 32, 6
SHOWN = 4  # of the random ones, by which people tell their tokens apart
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
FORM = re.compile(rf"ordo_(?:live|test)_[A-Za-z0-9]{{{RANDOM + CHECK}}}")


def new(mode: str) -> str:
    """A token for a merchant in that mode (live, test)."""
    body = f"ordo_{mode}_" + "".join(secrets.choice(ids.ALPHABET) for _ in range(RANDOM))
    return body + _check(body)


def is_one(text: str) -> bool:
    """Whether the text could be a token of ours; one that was cut off or mistyped is none."""
    return FORM.fullmatch(text) is not None and _check(text[:-CHECK]) == text[-CHECK:]


def hint(token: str) -> str:
    """What may be shown of a token: `ordo_live_4fJq…`."""
    return token[: len("ordo_live_") + SHOWN] + "…"


def _check(body: str) -> str:
    """The CRC-32 of what stands before it, as a number in base 62."""
    number, signs = zlib.crc32(body.encode()), ""
    for _ in range(CHECK):
        number, rest = divmod(number, len(BASE62))
        signs = BASE62[rest] + signs
    return signs
