"""Whether a text names somebody."""

from __future__ import annotations

import base64

from webapp.domain.mentions import Mentions

WAMID = "wamid." + base64.b64encode(b"\x1c\x18\x0b33612345678\x15\x02\x00").decode()


def test_a_phone_is_found_however_it_is_written_and_words_in_any_case() -> None:
    mentions = Mentions(["+33612345678"], ["Alice.M@x.example", "Zoé  Martin", "FR.1234", "no"])
    named = (
        "call 06 12 34 56 78",
        "+33 6 12 34 56 78.",
        "+33-6-12-34-56-78",
        "33612345678",
        "٠٦١٢٣٤٥٦٧٨",
        {"a": ["x", {"b": "\u2066+33\u00a06 12 34 56 78\u2069"}]},
        {"0612345678": 1},
        "alice.m@X.example",
        "for ZOÉ martin!",
        "fr.1234",
        f"{WAMID}:read",
    )
    others = ("0612345679", "612345678901", "zoé martinez", "malice.m@x.example", "06 12 34 56", "no", "", None, 7)
    assert [each for each in named if not mentions.within(each)] == []
    assert [each for each in others if mentions.within(each)] == []
    assert not Mentions([], []).within("anything")
