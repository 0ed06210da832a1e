"""Channels: what each says that it carries it can write, and what is queued for whom."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.kit import BUYER, Shop
from tests.services.notice_examples import EVERY
from webapp import i18n
from webapp.db import models
from webapp.mail.smtp import Mailer
from webapp.office import timeline
from webapp.services.notifications import channels, email_rendering, notices, whatsapp_rendering
from webapp.services.notifications.channels import EMAIL, WHATSAPP, Recipient
from webapp.services.notifications.notices import NoticeKind

if TYPE_CHECKING:
    from webapp.services.notifications.channels import Channel
    from webapp.services.notifications.notices import Notice

MAIL = "buyer@example.com"


@pytest.mark.parametrize("notice", EVERY, ids=lambda notice: notice.kind)
def test_whatsapp_writes_every_notice_that_it_carries(notice: Notice) -> None:
    assert notice.kind in WHATSAPP.carries
    assert whatsapp_rendering.body(notice, is_open=True) is not None
    closed = whatsapp_rendering.body(notice, is_open=False)
    assert (closed or {}).get("type") == (None if notice.kind is NoticeKind.BUYER_NOTICE else "template")


@pytest.mark.parametrize("notice", EVERY, ids=lambda notice: notice.kind)
def test_e_mail_writes_every_notice_that_it_carries_and_refuses_the_others(shop: Shop, notice: Notice) -> None:
    if notice.kind in EMAIL.carries:
        made = email_rendering.letter(
            shop.context, [email_rendering.carried(notice)], i18n.texts(notice.language, "FR"), "hello@x.example"
        )
        assert f"{shop.context.links.address('t.1')}" in made.text()
    else:
        with pytest.raises(ValueError, match="carries no"):
            email_rendering.carried(notice)


def test_every_kind_has_a_purpose() -> None:
    assert channels.PURPOSES.keys() == set(NoticeKind)


@pytest.mark.parametrize("channel", [WHATSAPP, EMAIL], ids=["whatsapp", "email"])
def test_what_the_timeline_is_told_has_words(channel: Channel) -> None:
    t = i18n.texts("en", "GB")
    told = [kind for states in channel.timeline.values() for kind in states.values()]
    assert len(told) == len(set(told))
    assert set(told) <= timeline.texts(t).keys()


@pytest.mark.parametrize(("tries", "seconds"), [(1, 10), (2, 60), (6, 3600), (7, 3600), (52, 3600)])
def test_a_channel_waits_longer_after_each_try_up_to_its_last_wait(tries: int, seconds: int) -> None:
    assert EMAIL.wait(tries).total_seconds() == seconds


@pytest.mark.parametrize(
    ("to", "kinds", "written"),
    [
        (Recipient(BUYER), {NoticeKind.PAYMENT_RECEIPT, NoticeKind.CONSENT_RECEIPT}, (3, 0)),
        (Recipient(BUYER, MAIL), {NoticeKind.PAYMENT_RECEIPT, NoticeKind.CONSENT_RECEIPT}, (3, 1)),
        (Recipient(None, MAIL), {NoticeKind.PAYMENT_RECEIPT, NoticeKind.CONSENT_RECEIPT}, (0, 1)),
        (Recipient(None, MAIL), {NoticeKind.BUYER_NOTICE}, (0, 0)),
        (Recipient(None, None), {NoticeKind.PAYMENT_RECEIPT}, (0, 0)),
        (Recipient(BUYER, MAIL), set(), (0, 0)),
    ],
    ids=["phone", "both", "e-mail", "not by e-mail", "nowhere", "nothing"],
)
def test_whatsapp_gets_a_message_each_and_e_mail_one_letter(
    shop: Shop, to: Recipient, kinds: set[NoticeKind], written: tuple[int, int]
) -> None:
    order = shop.get(shop.order())
    context = dataclasses.replace(shop.context, mailer=Mailer("smtp+plain://127.0.0.1:9", "receipts@ordo.example"))
    told = [notice for notice in EVERY if notice.kind in kinds]
    with context.database.write() as session:
        merchant = session.get_one(models.Merchant, shop.id)
        assert channels.queue(session, context, merchant, to, told, order=order) == (written != (0, 0))
    rows, mails = shop.all(models.Message), shop.all(models.Mail)
    assert (len(rows), len(mails)) == written
    assert all(row.body is None and notices.read(row.notice) in told for row in rows)
    assert all([notices.read(each) for each in mail.notices] == told and mail.text is None for mail in mails)
