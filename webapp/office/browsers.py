"""What a browser is called, short enough to know one's own by: `Firefox, Windows`. Of what it says of itself nothing else is kept."""

from __future__ import annotations

BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "Windows": "Windows",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}
"""By a word of theirs (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/User-Agent), the most particular first."""


def name(agent: str) -> str:
    """Browser and system, as far as they are known."""
    found = [next((called for word, called in names.items() if word in agent), "") for names in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found))
