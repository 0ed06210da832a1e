"""What is asked before money moves (`services/payments/questions`): told as a problem, and answered by sending the request with `confirm`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp import i18n
from webapp.services.conversation import replies
from webapp.services.payments.questions import OF_MONEY, Unanswered

Confirm = Annotated[
    list[Annotated[str, Field(pattern=rf"^({'|'.join(OF_MONEY)}):", max_length=80)]],
    Field(
        default_factory=list,
        max_length=10,
        description="The answers to `confirmation_needed`: its `confirm`, as it came, once somebody has looked at its `questions`.",
    ),
]


def told(error: Unanswered) -> dict[str, object]:
    """What a problem says of them: `questions`, each in words and in figures, and `confirm`, which answers them all."""
    words = i18n.texts("en", i18n.HOMES["en"])
    return {
        "questions": [
            {
                "about": each.about,
                "text": replies.doubt(words, each),
                "amount": each.amount.amount if each.amount is not None else None,
                "currency": each.amount.currency if each.amount is not None else None,
                "left": each.left.amount if each.left is not None else None,
            }
            for each in error.questions
        ],
        "confirm": list(error.answers),
    }
