"""Addresses that a merchant must not make us call, for every door by which one comes in."""

from __future__ import annotations

PRIVATE = [
    "169.254.169.254",
    "[fe80::1]",
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
    "240.0.0.1",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[fd00::1]",
    "[fec0::1]",
    "[2002:7f00:1::]",
    "[ff02::1]",
]
LOOPBACK = [
    *("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"),
    *("2130706433", "0177.0.0.1", "0x7f.1", "127.1"),
]
UNREACHABLE = PRIVATE + LOOPBACK
"""Hosts whose form is right, and where nothing is ever sent."""

MALFORMED = [
    "http://1.1.1.1/",
    "https://1.1.1.1:22/",
    "http://1.1.1.1:443/",
    "https://user:word@1.1.1.1/",
    "https://1.1.1.1\\@127.0.0.1/",
    "https://1.1.1.1/\r\nX: y",
    "ftp://1.1.1.1/",
    "file:///etc/passwd",
    "",
    "https://",
    "https://1.1.1.1:99999/",
    "https://[::1/",
]
"""What is refused at once, wherever it leads."""
