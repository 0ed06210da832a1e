"""Links with something behind them that is not theirs: the full stop of a sentence, a bracket, a quotation mark, a character that nobody sees.

Programs that find links in a text guess where one ends, and people copy too much. Each link of ours ends with 43 characters of base64 (32 bytes:
a signature, or a one-time token), so its end is known without a key, and no token is another one with something behind it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import redirect, request

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

# After the link: what may stand in a token too, but no more of it than marks; then anything, unless it makes a longer path of ours.
FOLLOWED = re.compile(
    r"(/(?:p|office/link|office/order_forms|office/status)/(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]{43})"
    r"(?=.)[._-]*(?:/(?![A-Za-z0-9]).*|[^A-Za-z0-9._/-].*)?",
    re.DOTALL,
)


def install(app: Flask) -> None:
    """Send whoever looks at such an address to the link itself, right or wrong: that is found out there, as of any other."""

    @app.before_request
    def _clean() -> Response | None:
        found = FOLLOWED.fullmatch(request.environ["PATH_INFO"])
        if found is None or request.method not in {"GET", "HEAD"}:
            return None
        query = request.environ.get("QUERY_STRING", "")
        return redirect(f"{found[1]}?{query}" if query else found[1], 302)
