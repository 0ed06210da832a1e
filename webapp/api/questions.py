"""What is asked before money moves (`services/payments/questions`): told as a problem, and answered by sending the request with `confirm`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from webapp import i18n
from webapp.domain.errors import Conflict
from webapp.services.conversation import replies
from webapp.services.payments.questions import Doubt, Unanswered

if TYPE_CHECKING:
    from collections.abc import Iterator

Confirm = Annotated[
    list[Annotated[str, Field(pattern=rf"^({'|'.join(Doubt)}):", max_length=80)]],
    Field(
        default_factory=list,
        max_length=10,
        description="The answers to `confirmation_needed`: its `confirm`, as it came, once somebody has looked at its `questions`.",
    ),
]


@contextlib.contextmanager
def asked() -> Iterator[None]:
    """Around a verb that may have questions. Raises `Conflict` (confirmation_needed) with `questions`, each in words, and `confirm`."""
    try:
        yield
    except Unanswered as error:
        words = i18n.texts("en", i18n.HOMES["en"])
        told = [{"about": each.about, "text": replies.doubt(words, each)} for each in error.questions]
        raise Conflict("confirmation_needed", questions=told, confirm=list(error.answers)) from error
