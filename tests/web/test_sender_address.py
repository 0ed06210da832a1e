"""The sender's address as proxies write it."""

from __future__ import annotations

import pytest

from webapp.web import request_guard


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:40001", "203.0.113.9"),
        ("203.0.113.9:", "203.0.113.9"),
        (' "203.0.113.9:40001" ', "203.0.113.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("[2001:DB8:0::9]", "2001:db8::9"),
        ("[2001:db8::9]:40001", "2001:db8::9"),
        ('"[2001:db8::9]:40001"', "2001:db8::9"),
        ("fe80::9%eth0", "fe80::9"),
        ("[fe80::9%25eth0]:40001", "fe80::9"),
        ("::ffff:203.0.113.9", "::ffff:cb00:7109"),  # the same as 203.0.113.9 where it is counted
        ("unknown", ""),
        ("203.0.113.9:40001:7", ""),
        ("", ""),
    ],
)
def test_the_sender_s_address_is_read_however_a_proxy_writes_it(written: str, read: str) -> None:
    assert request_guard.address(written) == read
