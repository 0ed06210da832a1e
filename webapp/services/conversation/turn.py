"""One message heard and the means to answer it: what the operator's side and the buyer's side of the chat share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from webapp import i18n
from webapp.db import messages, models, turns
from webapp.domain import ids
from webapp.domain.statuses import MessageState
from webapp.services.conversation import replies
from webapp.services.notifications import whatsapp_delivery
from webapp.whatsapp import grammar, inbound
from webapp.whatsapp import messages as shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.db.session import Session
    from webapp.i18n import Texts
    from webapp.services.runtime.context import ServiceContext


ONCE_A_DAY = timedelta(hours=24)


class ChatTurn:
    """One message heard and the means to answer it, in `language`; `reader` is the country of a buyer's phone."""

    def __init__(
        self,
        session: Session,
        context: ServiceContext,
        merchant: models.Merchant,
        heard: inbound.Heard,
        phone: str,
        language: str,
        reader: str | None = None,
    ) -> None:
        self.session, self.context, self.merchant, self.heard, self.phone = session, context, merchant, heard, phone
        self.t: Texts = i18n.texts(language, merchant.country, reader)
        self.grammar_context = grammar.Context(
            merchant.country, merchant.currency, shop=merchant.id, test=merchant.mode == "test", language=language
        )
        self.received: models.Message | None = None
        self.command: models.Message | None = None  # whose question's button was tapped

    def keep(self) -> None:
        """Keep the message that came in; the worker tells WhatsApp that it was read."""
        said = self.heard.body if isinstance(self.heard, inbound.Text) else ""
        self.received = models.Message(
            id=ids.new("wam"),
            merchant_id=self.merchant.id,
            direction="in",
            purpose="heard",
            phone=self.phone,
            wamid=self.heard.wamid,
            reply_to=self.heard.context,
            body={"text": said[:1000]},
            state=MessageState.RECEIVED,
            turn=turns.next_message(self.merchant.id),
            created_at=self.context.now(),
            due_at=self.context.now(),
        )
        self.session.add(self.received)
        self.session.flush()

    def about(self, order: models.Order) -> None:
        """The message that came in is about this order, so that a reply to it is too."""
        for message in (self.received, self.command):
            if message is not None:
                message.order_id = order.id

    def answer(
        self, shape: shapes.Message | str, purpose: str = "answer", order: models.Order | None = None, **more: object
    ) -> None:
        """Reply to the message."""
        shape = shapes.Text(shape) if isinstance(shape, str) else shape
        choices = more.get("choices")
        whatsapp_delivery.queue(
            self.session,
            self.context,
            self.merchant,
            self.phone,
            purpose,
            shape,
            order=order,
            reply_to=self.heard.wamid,
            choices=choices if isinstance(choices, dict) else None,
        )

    def ask(  # what a question is made of
        self,
        text: str,
        options: dict[str, str],
        titles: Sequence[str],
        order: models.Order | None = None,
        **more: object,
    ) -> None:
        """A question above buttons: `options` are what each stands for, by its id, and `more` is what a tap has to know besides."""
        self.answer(
            shapes.Choices(text, tuple(zip(options, titles, strict=True))),
            purpose="question",
            order=order,
            choices={"options": options, **more},
        )

    def answer_once_a_day(self, purpose: str, text: str) -> None:
        """Reply, unless this phone was sent a message of that purpose within a day."""
        since = self.context.now() - ONCE_A_DAY
        if not messages.was_sent(self.session, self.merchant.id, self.phone, purpose, since):
            self.answer(text, purpose=purpose)

    def refuse(self, code: str, word: str = "", suggestion: str = "", verb: grammar.Verb | None = None) -> None:
        """Say what is wrong, with an example that works."""
        self.answer(self.refusal(code, word, suggestion, verb), purpose="refusal")

    def refusal(self, code: str, word: str = "", suggestion: str = "", verb: grammar.Verb | None = None) -> str:
        """The words of `refuse`."""
        example = grammar.example(code, self.grammar_context, self.t.language, verb)
        return replies.refusal(self.t, code, word[:20], example, suggestion)
