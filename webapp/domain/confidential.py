"""What a log must not hold, and may be quoted in another program's words: links, tokens, keys, phones, e-mail addresses. Each is told by its
form; what has none, a name or what somebody wrote, is logged nowhere."""

from __future__ import annotations

import re

# What stands behind a sign that names it, or in a form that its maker gave it. How long each part may be is bounded, so that a long text takes
# no longer than it is long.
_SECRETS = re.compile(
    r"(?P<link>/(?:p|office/link|office/order_forms)/)[^\s\"'<>?#]{0,200}?[A-Za-z0-9_-]{20}[^\s\"'<>]{0,500}"
    r"|\b(?P<kind>[sr]k_(?:live|test)|ordo_(?:live|test)|whsec|ctoken|gAAAAA|EAA)[A-Za-z0-9_+/=-]{6,}"
    r"|\b(?P<intent>(?:pi|seti)_[A-Za-z0-9]{1,80})_secret_[A-Za-z0-9]+"
    r"|\b(?P<scheme>(?:Bearer|Basic)\s)[A-Za-z0-9._~+/=-]{6,}"
    r"|\b(?P<name>(?:(?:code|state)=|(?:access_token|client_secret|csrf_token|password|secret|token|id_token|refresh_token|Cookie"
    r"|Authorization|[a-z]{3,20}-signature(?:-256)?)[\"']?\s?[=:]\s?)[\"']?)[^\s\"'&,;)}\]]{8,}"
    r"|\b(?P<user>[a-z][a-z0-9+-]{1,20}://)[^\s/@\"']{1,200}@",
    re.IGNORECASE,
)
# A key, a digest, a signature: long, with letters of both cases and digits. WhatsApp's name of a message holds the phone, packed.
_LONG = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])[A-Za-z0-9_-]{40,}={0,2}"
)
_WAMID = re.compile(r"\bwamid\.[A-Za-z0-9+/=_-]+")
_EMAIL = re.compile(r"[^\s@<>\"'(),;:=]{1,80}@[^\s@<>\"'(),;:]{1,255}\.[^\s@<>\"'(),;:.]{2,63}")
# International; by a country's own habit; and WhatsApp's name of a person, which is the phone without its plus (E.164: 15 digits at most).
# Digits within an id of ours are no phone.
_PHONE = re.compile(
    r"\+\d(?:[\s().-]{0,2}\d){6,}|(?<![\w.:-])\(?0\d?\)?(?:[ .-]?\d){8,12}(?![\w-])|(?<![\w.-])\d{10,15}(?![\w-])"
)


def hidden(text: str) -> str:
    """The text without them, and with a word in the place of each."""
    text = _SECRETS.sub(_secret, text)
    text = _WAMID.sub("wamid.[…]", text)
    text = _LONG.sub("[secret]", text)
    if "@" in text:
        text = _EMAIL.sub("[e-mail]", text)
    return _PHONE.sub("[number]", text)


def _secret(found: re.Match[str]) -> str:
    link, kind, intent, before = found["link"], found["kind"], found["intent"], found["scheme"] or found["name"]
    if link:
        return f"{link}[link]"
    if kind:
        return f"{kind}_[secret]"
    if intent:
        return f"{intent}_[secret]"
    return f"{before}[secret]" if before else f"{found['user']}[secret]@"
