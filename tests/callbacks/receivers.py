"""How a receiver of callbacks answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable


def noting(seen: list[Request], text: str = "") -> Callable[[Request], Response]:
    """Answers 200 and keeps the request."""

    def answer(request: Request) -> Response:
        request.get_data()
        seen.append(request)
        return Response(text)

    return answer
