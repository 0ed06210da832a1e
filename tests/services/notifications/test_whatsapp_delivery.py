"""Sending: what WhatsApp takes, puts off and refuses, and who is told of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.kit import BUYER, OPERATOR, Shop
from webapp.db import buyers, models, send_quotas, work
from webapp.domain.actions import Action
from webapp.domain.money import Money
from webapp.domain.outcome import Decline
from webapp.domain.statuses import MessageState
from webapp.services import inbox
from webapp.services.notifications import buyer_outcome, notices, whatsapp_delivery
from webapp.services.orders import lifecycle
from webapp.whatsapp import inbound

NOT_THERE = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Message undeliverable."}}
LATER = [1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057]


def error(code: int) -> dict[str, Any]:
    """An error as Meta's reference shows it."""
    data = {"messaging_product": "whatsapp", "details": "Details."}
    return {"error": {"message": f"(#{code}) Title", "type": "OAuthException", "code": code, "error_data": data}}


def ordered(shop: Shop) -> str:
    """An order from the chat, whose window is open, sent to the buyer."""
    shop.hear(f"10 EUR {BUYER} ORDER=A12")
    return str(shop.one(models.Order).id)


def sent(shop: Shop, to: str) -> list[dict[str, Any]]:
    return [message for message in shop.place.sent if message["to"] == to]


def request(shop: Shop) -> models.Message:
    """The newest message with the link."""
    row: models.Message = shop.all(models.Message, models.Message.purpose == "request")[-1]
    return row


def test_who_is_not_on_whatsapp_is_told_to_the_operator_with_the_link_and_its_qr_code(shop: Shop) -> None:
    order = ordered(shop)
    shop.status(str(request(shop).wamid), "failed", errors=[NOT_THERE])
    told, confirmed = sent(shop, OPERATOR)[-1], sent(shop, OPERATOR)[0]
    assert told["type"] == "image"
    assert told["image"]["id"] == "media1"
    assert shop.context.links.url(order, 1) in told["image"]["caption"]
    assert told["context"] == {"message_id": confirmed["wamid"]}
    assert shop.place.pictures[0].startswith(b"\x89PNG")
    assert shop.kinds(order)[-1] == "failed"


def test_a_link_of_the_back_office_that_does_not_arrive_is_told_to_who_wrote_last(shop: Shop) -> None:
    shop.hear("HELP")
    wanted = lifecycle.Request(Action.PAYMENT, Money(1000, "EUR"), BUYER)
    order = lifecycle.create(shop.context, shop.id, wanted, send=True).id
    shop.drain()
    shop.status(str(request(shop).wamid), "failed", errors=[NOT_THERE])
    (told,) = [message for message in sent(shop, OPERATOR) if message["type"] == "image"]
    assert shop.context.links.url(order, 1) in told["image"]["caption"]


def test_a_refusal_at_once_is_told_in_the_same_moment(shop: Shop) -> None:
    shop.hear("HELP")
    shop.place.whatsapp_answers.append((400, error(131026)))
    order = shop.order(send=True)
    shop.drain()
    assert "failed" in shop.kinds(order)
    assert sent(shop, OPERATOR)[-1]["type"] == "image"


def test_without_its_picture_the_link_goes_alone(shop: Shop) -> None:
    order = ordered(shop)
    shop.place.picture_status = 400
    shop.status(str(request(shop).wamid), "failed", errors=[NOT_THERE])
    assert shop.context.links.url(order, 1) in sent(shop, OPERATOR)[-1]["text"]["body"]


def test_outside_the_window_the_link_goes_by_template(shop: Shop) -> None:
    order = shop.order(send=True)
    shop.drain()
    shop.status(str(request(shop).wamid), "failed", errors=[NOT_THERE])
    (told,) = sent(shop, OPERATOR)
    assert told["template"]["name"] == "ordo_merchant_notice"
    assert shop.context.links.url(order, 1) in str(told["template"]["components"])


@pytest.mark.parametrize("code", LATER)
def test_what_passes_by_itself_is_tried_again_and_arrives_once(shop: Shop, code: int) -> None:
    shop.place.whatsapp_answers.extend([(400, error(code)), (500, error(code))])
    shop.order(send=True)
    shop.drain()
    shop.later(seconds=3)
    shop.later(seconds=6)
    assert [message["to"] for message in shop.place.sent] == [BUYER]
    assert request(shop).state == "sent"


def test_what_whatsapp_took_and_dropped_for_a_passing_reason_is_sent_again(shop: Shop) -> None:
    order = shop.order(send=True)
    shop.drain()
    first = str(request(shop).wamid)
    shop.status(first, "failed", errors=[{"code": 131000, "title": "Something went wrong"}])
    shop.status(first, "sent")  # late, of the copy that was dropped
    shop.later(seconds=3)
    assert len(sent(shop, BUYER)) == 2
    shop.status(str(request(shop).wamid), "delivered", biz_opaque_callback_data=request(shop).id)
    assert request(shop).state == "delivered"
    assert "failed" not in shop.kinds(order)


def test_a_failure_that_overtakes_the_answer_is_not_lost(shop: Shop) -> None:
    order = shop.order(send=True)
    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, models.Message, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
    shop.status("wamid.early", "failed", errors=[NOT_THERE], biz_opaque_callback_data=row.id)
    whatsapp_delivery.send(shop.context, row, lease)
    assert request(shop).state == "failed"
    assert shop.kinds(order).count("failed") == 1


def test_a_message_that_arrived_though_its_request_hung_is_not_sent_again(shop: Shop) -> None:
    shop.order(send=True)
    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, models.Message, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
    shop.status("wamid.early", "delivered", biz_opaque_callback_data=row.id)
    shop.place.whatsapp_answers.append((504, {}))
    whatsapp_delivery.send(shop.context, row, lease)
    shop.later(minutes=5)
    assert (request(shop).state, request(shop).wamid, sent(shop, BUYER)) == ("delivered", "wamid.early", [])


@pytest.mark.parametrize("moment", ["at once", "later"])
def test_a_window_that_closed_meanwhile_makes_it_a_template(shop: Shop, moment: str) -> None:
    order = ordered(shop)
    shop.place.sent.clear()
    if moment == "at once":
        shop.place.whatsapp_answers.append((400, error(131047)))
    shop.pay(order)
    shop.drain()
    if moment == "later":
        notice = shop.all(models.Message, models.Message.purpose == "notice")[-1]
        shop.status(str(notice.wamid), "failed", errors=[{"code": 131047, "title": "Re-engagement message"}])
    shop.later(seconds=30)
    told = sent(shop, OPERATOR)[-1]
    assert told["template"]["name"] == "ordo_merchant_notice"
    assert "Paid" in str(told["template"]["components"])


@pytest.mark.parametrize(("hours", "kind"), [(23, "text"), (25, "template")], ids=["open", "closed"])
def test_whether_the_window_is_open_is_decided_when_news_is_sent(shop: Shop, hours: int, kind: str) -> None:
    order = ordered(shop)
    shop.pay(order)
    shop.later(hours=hours)
    told = sent(shop, OPERATOR)[-1]
    assert told["type"] == kind
    assert "Paid" in str(told[kind])


def test_news_written_while_the_window_was_closed_goes_freely_once_it_is_open(shop: Shop) -> None:
    shop.pay(shop.order())
    shop.hear("HELP")
    assert [each["type"] for each in sent(shop, OPERATOR)] == ["text", "text"]
    assert "Paid" in sent(shop, OPERATOR)[0]["text"]["body"]


def answer_the_tap(shop: Shop, order: str) -> None:
    """The buyer's saved card brought nothing; what is said of it waits for the worker."""
    with shop.context.database.write() as session:
        buyer_outcome.not_charged(session, shop.context, session.get_one(models.Order, order), Decline.EXPIRED_CARD)


@pytest.mark.parametrize("how", ["by our clock", "by Meta's"])
def test_a_buyer_whose_window_has_closed_gets_the_request_instead(shop: Shop, how: str) -> None:
    order = shop.order(language="en")
    shop.hear("receipt", sender=BUYER)
    shop.place.sent.clear()
    answer_the_tap(shop, order)
    if how == "by our clock":
        shop.clock.forward(hours=25)
    else:
        shop.place.whatsapp_answers.append((400, error(131047)))
    shop.drain()
    (told,) = sent(shop, BUYER)
    assert told["template"]["name"] == "ordo_payment_request"
    assert shop.context.links.token(order, 1) in str(told["template"]["components"])
    assert shop.kinds(order)[-2:] == ["queued", "sent"]
    answer = shop.one(models.Message, models.Message.order_id == order, models.Message.purpose == "notice")
    assert (answer.state, answer.due_at) == ("dropped" if how == "by our clock" else "failed", None)


def test_the_answer_to_a_tap_is_sent_even_after_stop(shop: Shop) -> None:
    order = shop.order(language="en")
    shop.hear("STOP", sender=BUYER)
    answer_the_tap(shop, order)
    shop.drain()
    told = sent(shop, BUYER)[-1]["interactive"]
    assert "expired" in told["body"]["text"]
    assert told["action"]["parameters"]["url"] == shop.context.links.url(order, 1)


@pytest.mark.parametrize("why", ["it is over", "the buyer wrote STOP"])
def test_nor_the_request_when_nobody_is_to_have_it(shop: Shop, why: str) -> None:
    order = shop.order()
    shop.hear("STOP" if why == "the buyer wrote STOP" else "receipt", sender=BUYER)
    answer_the_tap(shop, order)
    if why == "it is over":
        lifecycle.cancel(shop.context, shop.id, order)
    shop.place.sent.clear()
    shop.later(hours=25)
    assert sent(shop, BUYER) == []
    assert ("not_sent" in shop.kinds(order)) == (why == "the buyer wrote STOP")


def test_what_was_written_stays_as_it_was_when_it_happened(shop: Shop) -> None:
    order = shop.order(send=True, language="en", description="2 pizzas")
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).name = "Café Noir"
        row = session.get_one(models.Order, order)
        row.description, row.language, row.amount = "3 pizzas", "de", 2000
    shop.drain()
    (told,) = sent(shop, BUYER)
    assert told["template"]["language"] == {"code": "en", "policy": "deterministic"}
    assert [each["text"] for each in told["template"]["components"][0]["parameters"]] == [
        "Café Lumière",
        "10,00\xa0€",
        "2 pizzas",
    ]


def test_a_message_keeps_what_was_sent(shop: Shop) -> None:
    shop.order(send=True)
    waiting = request(shop)
    assert (waiting.body, notices.read(waiting.notice or {}).kind) == (None, "payment_request")
    shop.drain()
    assert request(shop).body == {"type": "template", "template": shop.place.sent[-1]["template"]}


@pytest.mark.parametrize("answer", [(200, None), (400, error(131026))], ids=["quicker than the answer", "refused"])
def test_also_one_whose_status_was_quicker_or_that_was_refused(shop: Shop, answer: tuple[int, Any]) -> None:
    shop.order(send=True)
    row, lease = claimed(shop)
    if answer[1] is None:
        shop.status("wamid.early", "delivered", biz_opaque_callback_data=row.id)
    else:
        shop.place.whatsapp_answers.append(answer)
    whatsapp_delivery.send(shop.context, row, lease)
    assert (request(shop).body or {})["template"]["name"] == "ordo_payment_request"


def test_news_whose_status_was_quicker_than_the_answer_goes_by_template_when_the_window_is_closed(shop: Shop) -> None:
    order = ordered(shop)
    shop.place.sent.clear()
    shop.pay(order)
    news = shop.one(models.Message, models.Message.purpose == "notice")
    shop.status("wamid.early", "failed", errors=[{"code": 131047, "title": "No"}], biz_opaque_callback_data=news.id)
    (told,) = sent(shop, OPERATOR)
    assert told["template"]["name"] == "ordo_merchant_notice"
    assert "Paid" in str(told["template"]["components"])


def test_a_row_of_the_release_before_is_sent_as_it_is(shop: Shop) -> None:
    """It has WhatsApp's own form and no notice."""
    order = shop.order()
    body = {"type": "text", "text": {"body": "Paid, by the release before.", "preview_url": False}}
    with shop.context.database.write() as session:
        row = models.Message(id="wam_old", merchant_id=shop.id, order_id=order, direction="out", purpose="notice")
        row.phone, row.body, row.state, row.created_at, row.due_at = (
            OPERATOR,
            body,
            MessageState.QUEUED,
            shop.clock(),
            shop.clock(),
        )
        session.add(row)
    shop.drain()
    (told,) = sent(shop, OPERATOR)
    assert (told["text"], told["biz_opaque_callback_data"]) == (body["text"], "wam_old")
    assert shop.one(models.Message).body == body


def test_a_notice_that_this_release_does_not_know_is_kept_and_tried_again(shop: Shop) -> None:
    shop.order(send=True)
    with shop.context.database.write() as session:
        row = session.get_one(models.Message, request(shop).id)
        row.notice = (row.notice or {}) | {"kind": "balance_notice"}
    with pytest.raises(ValueError, match="balance_notice"):
        shop.drain()
    row = request(shop)
    assert (row.state, row.tries, row.due_at is not None, shop.place.sent) == ("queued", 1, True, [])
    assert "Café" not in (row.error or "")


@pytest.mark.parametrize(("status", "code"), [(401, 190), (404, 132001), (403, 131031)])
def test_what_somebody_must_mend_is_one_alarm_and_told_by_who_can_still_be_told(
    shop: Shop, status: int, code: int
) -> None:
    shop.hear("HELP")
    shop.place.whatsapp_answers.extend([(503, {}), (status, error(code))])
    order = shop.order(send=True)
    shop.drain()
    shop.place.whatsapp_answers.append((status, error(code)))
    shop.later(seconds=3)
    shop.later(seconds=10)
    assert shop.kinds(order).count("alarm") == 1
    assert "administrator" in sent(shop, OPERATOR)[-1]["text"]["body"]
    shop.later(minutes=1)
    assert len(sent(shop, BUYER)) == 1


def test_a_payment_problem_at_meta_that_comes_later_is_an_alarm_and_the_link_is_told(shop: Shop) -> None:
    order = ordered(shop)
    shop.status(str(request(shop).wamid), "failed", errors=[{"code": 131042, "title": "Payment issue"}])
    assert shop.kinds(order)[-2:] == ["alarm", "failed"]
    told = sent(shop, OPERATOR)[1:]
    assert [message["type"] for message in told] == ["image"]  # alarm and link by one message
    assert "administrator" in told[0]["image"]["caption"]
    assert shop.context.links.url(order, 1) in told[0]["image"]["caption"]


@pytest.mark.parametrize(
    ("phone", "wa_id"),
    [("+5511987654321", "551187654321"), ("+525512345678", "5215512345678"), ("+5491123456789", "541123456789")],
)
def test_a_buyer_is_found_by_the_id_that_whatsapp_gave(shop: Shop, phone: str, wa_id: str) -> None:
    shop.place.wa_ids[phone] = wa_id
    shop.order(send=True, phone=phone)
    shop.drain()
    for sender in (wa_id, f"+{wa_id}", phone):
        with shop.context.database.read() as session:
            found = buyers.by_sender(session, shop.id, sender)
        assert found is not None
        assert found.phone == phone
    shop.hear("STOP", sender=f"+{wa_id}")
    assert shop.one(models.Buyer).stopped_at is not None


def test_a_buyer_who_hides_the_number_is_found_by_the_id_of_this_business(shop: Shop) -> None:
    shop.order(send=True)
    shop.drain()
    shop.status(str(request(shop).wamid), "delivered", recipient_user_id="FR.123")
    with shop.context.database.read() as session:
        found = buyers.by_sender(session, shop.id, "FR.123")
        assert buyers.by_sender(session, shop.id, "FR.124") is None
    assert found is not None
    assert found.phone == BUYER


def test_a_phone_of_another_buyer_counts_more_than_a_whatsapp_id(shop: Shop) -> None:
    shop.place.wa_ids["+5511987654321"] = "551187654321"
    for phone in ("+551187654321", "+5511987654321"):
        shop.order(send=True, phone=phone)
    shop.drain()
    with shop.context.database.read() as session:
        found = buyers.by_sender(session, shop.id, "551187654321")
    assert found is not None
    assert found.phone == "+551187654321"


def test_a_burst_to_one_phone_is_slowed_down_before_meta_refuses(shop: Shop) -> None:
    for _ in range(send_quotas.BURST + 5):
        shop.order(send=True)
    shop.drain()
    assert len(sent(shop, BUYER)) == send_quotas.BURST
    assert {row.tries for row in shop.all(models.Message, models.Message.state == "queued")} == {0}
    shop.later(seconds=13)
    assert len(sent(shop, BUYER)) == send_quotas.BURST + 2
    shop.later(minutes=1)
    assert len(sent(shop, BUYER)) == send_quotas.BURST + 5


def flood(shop: Shop, number: int) -> None:
    """So many messages of one phone that nothing was done about yet."""
    for each in range(number):
        message = {"id": f"wamid.flood{each}", "from": BUYER[1:], "type": "text", "text": {"body": "receipt"}}
        message["timestamp"] = str(int(shop.clock().timestamp()))
        event = inbound.Event(str(message["id"]), shop.number(), {"message": message, "contact": {}})
        inbox.keep_whatsapp(shop.context, shop.id, [event])
        shop.work(models.InboxEvent)
        shop.clock.forward(milliseconds=1)


def test_who_writes_very_much_waits_and_holds_nobody_up(shop: Shop) -> None:
    """Each answer comes again when its own turn is, so a look finds one of them and not all."""
    shop.order()
    flood(shop, send_quotas.BURST + 20)
    shop.drain()
    for _ in range(3):
        shop.clock.forward(seconds=send_quotas.EVERY)
        assert (shop.work(models.Message), shop.work(models.Message)) == (1, 0)
    shop.later(minutes=2)
    assert len(sent(shop, BUYER)) == send_quotas.BURST + 20


def test_of_many_messages_that_wait_the_newest_is_marked_as_read(shop: Shop) -> None:
    shop.order()
    flood(shop, 30)
    shop.drain()
    assert shop.place.read == ["wamid.flood29"]
    shop.hear("receipt", sender=BUYER)
    assert len(shop.place.read) == 2


@pytest.mark.both_databases
def test_several_workers_take_no_more_of_a_pair_s_burst_than_there_is(shop: Shop) -> None:
    def take(_number: int) -> bool:
        with shop.context.database.write() as session:
            return send_quotas.take(session, shop.id, BUYER, shop.clock(), 0) is None

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(take, range(send_quotas.BURST + 20))) == send_quotas.BURST


def use_up(shop: Shop) -> None:
    """The buyer's pair exchanges all that it may at once."""
    with shop.context.database.write() as session:
        for _ in range(send_quotas.BURST):
            send_quotas.take(session, shop.id, BUYER, shop.clock(), 0)


def write(shop: Shop) -> str:
    """One message more to the buyer; its id."""
    shop.clock.forward(milliseconds=1)
    order = shop.order(send=True)
    return str(shop.one(models.Message, models.Message.order_id == order).id)


def claimed(shop: Shop) -> tuple[models.Message, work.Lease]:
    """The next message that is due, in the hand of a worker of its own."""
    with shop.context.database.write() as session:
        lease, (row,) = work.claim(session, models.Message, now=shop.clock(), lease=timedelta(seconds=60), limit=1)
    return row, lease


def in_order(shop: Shop) -> list[str]:
    """The ids of what the buyer was sent."""
    return [message["biz_opaque_callback_data"] for message in sent(shop, BUYER)]


def test_a_worker_that_is_faster_does_not_give_a_newer_message_the_older_one_s_turn(shop: Shop) -> None:
    use_up(shop)
    older = write(shop)
    shop.drain()
    shop.clock.forward(seconds=send_quotas.EVERY)
    newer = write(shop)
    slow, fast = claimed(shop), claimed(shop)
    assert (slow[0].id, fast[0].id) == (older, newer)
    for message, lease in (fast, slow):
        whatsapp_delivery.send(shop.context, message, lease)
    assert in_order(shop) == [older]
    shop.later(seconds=send_quotas.EVERY)
    assert in_order(shop) == [older, newer]


def test_workers_that_are_always_faster_let_no_message_wait_for_ever(shop: Shop) -> None:
    use_up(shop)
    written = [write(shop)]
    shop.drain()
    for _ in range(3):
        shop.clock.forward(seconds=send_quotas.EVERY)
        written.append(write(shop))
        slow, fast = claimed(shop), claimed(shop)
        for message, lease in (fast, slow):
            whatsapp_delivery.send(shop.context, message, lease)
    assert in_order(shop) == written[:3]


def test_who_comes_after_one_that_fell_away_is_not_overtaken(shop: Shop) -> None:
    use_up(shop)
    first, second = write(shop), write(shop)
    shop.drain()
    with shop.context.database.write() as session:
        row = session.get_one(models.Message, first)
        row.state, row.due_at = MessageState.DROPPED, None
    shop.clock.forward(seconds=send_quotas.EVERY)
    newer = write(shop)
    shop.drain()
    assert in_order(shop) == []
    shop.later(seconds=send_quotas.EVERY)
    assert in_order(shop) == [second]
    shop.later(seconds=send_quotas.EVERY)
    assert in_order(shop) == [second, newer]


def test_behind_a_whole_burst_a_message_waits_until_that_has_gone(shop: Shop) -> None:
    with shop.context.database.write() as session:
        for full_at in (
            None,
            -send_quotas.DAY,
            send_quotas.DAY,
        ):  # nothing known, long full, noted by a clock that was set back
            if full_at is not None:
                session.get_one(models.SendQuota, (shop.id, BUYER)).full_at = (shop.clock() + full_at).timestamp()
                session.flush()
            waits = send_quotas.take(session, shop.id, BUYER, shop.clock(), send_quotas.BURST)
            assert waits == shop.clock() + send_quotas.PAUSE
            assert send_quotas.take(session, shop.id, BUYER, shop.clock(), send_quotas.BURST - 1) is None
            session.expire_all()


def test_one_that_failed_holds_no_newer_one_until_it_is_tried_again(shop: Shop) -> None:
    use_up(shop)
    failed = write(shop)
    with shop.context.database.write() as session:
        row = session.get_one(models.Message, failed)
        row.error, row.due_at = "503", shop.clock() + timedelta(hours=1)
    shop.clock.forward(seconds=send_quotas.EVERY)
    newer = write(shop)
    shop.drain()
    assert in_order(shop) == [newer]
    shop.later(hours=1)
    assert in_order(shop) == [newer, failed]


def limited(shop: Shop, people: int) -> None:
    """Meta lets the shop's number begin to write to that many people a day."""
    shop.place.daily_limit = f"TIER_{people}"
    with shop.context.database.write() as session:
        session.get_one(models.Merchant, shop.id).daily_limit = people


def test_the_day_s_last_person_is_the_last_until_the_first_drops_out(shop: Shop) -> None:
    shop.hear("HELP")
    limited(shop, 3)
    shop.place.sent.clear()
    orders = [shop.order(send=True, phone=f"+3361234560{number}") for number in range(4)]
    shop.drain()
    assert len({message["to"] for message in shop.place.sent} - {OPERATOR}) == 3
    assert "alarm" in shop.kinds(orders[3])
    assert "as many people" in sent(shop, OPERATOR)[-1]["text"]["body"]
    shop.order(send=True, phone="+33612345600")  # who was written to today may be again
    shop.drain()
    assert len(sent(shop, "+33612345600")) == 2
    shop.later(hours=23)
    assert sent(shop, "+33612345603") == []
    shop.later(hours=2)
    assert len(sent(shop, "+33612345603")) == 1


def test_an_answer_does_not_wait_with_a_link_for_the_next_day(shop: Shop) -> None:
    limited(shop, 0)
    shop.order(send=True)
    shop.drain()
    assert sent(shop, BUYER) == []
    shop.clock.forward(seconds=1)
    shop.hear("receipt", sender=BUYER)
    assert [message["type"] for message in sent(shop, BUYER)] == ["text"]


def test_who_writes_first_does_not_count_for_the_day(shop: Shop) -> None:
    limited(shop, 1)
    for phone in (BUYER, "+33612345600"):
        shop.hear("hello", sender=phone)
        shop.order(send=True, phone=phone)
    shop.drain()
    assert all(any(each["type"] == "template" for each in sent(shop, to)) for to in (BUYER, "+33612345600"))


def test_a_limit_that_meta_has_raised_is_heard_of_when_it_is_reached(shop: Shop) -> None:
    limited(shop, 1)
    shop.place.daily_limit = "TIER_2K"
    for number in range(3):
        shop.order(send=True, phone=f"+3361234560{number}")
    shop.drain()
    assert len(shop.place.sent) == 3
    assert shop.one(models.Merchant).daily_limit == 2000


def test_while_the_limit_holds_meta_is_asked_every_hour_whether_it_was_raised(shop: Shop) -> None:
    limited(shop, 1)
    for number in range(2):
        shop.order(send=True, phone=f"+3361234560{number}")
    shop.drain()
    assert sent(shop, "+33612345601") == []
    shop.place.daily_limit = "TIER_250"
    shop.later(minutes=59)
    assert sent(shop, "+33612345601") == []
    shop.later(minutes=1)
    assert len(sent(shop, "+33612345601")) == 1


def test_a_limit_that_ends_within_the_hour_is_not_waited_for_longer(shop: Shop) -> None:
    limited(shop, 1)
    shop.order(send=True, phone="+33612345600")
    shop.drain()
    shop.clock.forward(hours=23, minutes=30)
    shop.order(send=True, phone="+33612345601")
    shop.drain()
    assert sent(shop, "+33612345601") == []
    shop.later(minutes=30)
    assert len(sent(shop, "+33612345601")) == 1


@pytest.mark.both_databases
def test_several_workers_begin_with_no_more_people_than_there_may_be(shop: Shop) -> None:
    limited(shop, 5)

    def reach(number: int) -> bool:
        phone = f"+336123456{number:02}"
        with shop.context.database.write() as session:
            send_quotas.take(session, shop.id, phone, shop.clock(), 0)
            return send_quotas.reach(session, shop.id, phone, shop.clock()) is None

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(reach, range(20))) == 5


def test_news_of_a_charge_reply_to_the_command_that_asked_for_it(shop: Shop) -> None:
    shop.hear(f"10 EUR {BUYER} REGISTER buyer@example.com")
    order = shop.one(models.Order)
    shop.pay(order.id)
    shop.drain()
    charge = shop.receive(
        {"type": "text", "text": {"body": "CHARGE 5"}}, sender=OPERATOR, reply_to=sent(shop, OPERATOR)[0]["wamid"]
    )
    command = shop.all(models.Message, models.Message.direction == "in", models.Message.order_id != order.id)[-1]
    news = [message for message in charge if message["to"] == OPERATOR][-1]
    assert "Paid" in news["text"]["body"]
    assert news["context"] == {"message_id": command.wamid}


def test_an_event_that_comes_twice_changes_nothing_the_second_time(shop: Shop) -> None:
    ordered(shop)
    change = inbound.StatusChange(
        str(request(shop).wamid), "failed", shop.clock(), ((131026, "no"),), request(shop).id, None, None
    )
    for _ in range(2):
        with shop.context.database.write() as session:
            whatsapp_delivery.follow(session, shop.context, shop.id, change)
        shop.drain()
    assert len([message for message in sent(shop, OPERATOR) if message["type"] == "image"]) == 1


def test_a_clock_that_is_set_back_a_day_holds_no_message_back(shop: Shop) -> None:
    shop.order(send=True)
    shop.drain()
    before = len(sent(shop, BUYER))
    shop.clock.forward(days=-1)
    for _ in range(3):
        shop.order(send=True)
    shop.drain()
    assert len(sent(shop, BUYER)) == before + 3
