"""Files that are looked at before they are imported: what is kept of them, of whom, and for how long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.kit import BUYER, STRANGER, Shop, rival, setting
from webapp.db import models
from webapp.domain.errors import NotFound
from webapp.mail.smtp import Mailer
from webapp.services.orders import import_previews, imports


def file(name: str, channel: str = "none") -> bytes:
    return f"reference,amount,phone,channel\n{name},12.50,{BUYER},{channel}\n".encode()


def test_the_same_file_again_is_read_as_the_shop_is_now(shop: Shop) -> None:
    first = import_previews.take(shop.context, shop.id, file("A"))
    setting(shop, currency="USD")
    again = import_previews.take(shop.context, shop.id, file("A"))
    assert again.id == first.id
    assert [each.largest.currency for each in import_previews.shown(shop.context, shop.id, first.id).sums] == ["USD"]
    assert len(shop.all(models.ImportLine)) == 1


def test_what_somebody_imports_while_it_is_read_stays_an_import(shop: Shop) -> None:
    row, documents = imports.read(shop.context, shop.id, file("A"))
    assert documents
    imports.submit(shop.context, shop.id, file("A"))
    shop.drain()
    with shop.context.database.write() as session:
        kept = imports.keep(session, shop.context, row, documents, None)
        assert (kept.id != row.id, kept.preview_until) == (True, None)
    assert [line.document for line in shop.all(models.ImportLine)] == [None]
    assert len(shop.all(models.Order)) == 1


def test_too_many_previews_drop_the_shop_s_own_and_no_import(shop: Shop) -> None:
    other = rival(shop)
    done = imports.submit(shop.context, shop.id, file("done"))
    theirs = import_previews.take(other.context, other.id, file("theirs"))
    mine = []
    for number in range(11):
        shop.clock.forward(seconds=1)
        mine.append(import_previews.take(shop.context, shop.id, file(f"A{number}")))
    assert imports.progress(shop.context, shop.id, done.id).waiting == 1
    assert import_previews.shown(other.context, other.id, theirs.id).first
    with pytest.raises(NotFound):
        import_previews.shown(shop.context, shop.id, mine[0].id)
    assert import_previews.shown(shop.context, shop.id, mine[1].id).first


def test_people_are_counted_by_where_they_are_written_to(shop: Shop) -> None:
    context = replace(shop.context, mailer=Mailer("smtp+plain://127.0.0.1:9", "receipts@ordo.example"))
    lines = "".join(
        f"{name},5,{phone},{email},{channel}\n"
        for name, phone, email, channel in (
            ("A", BUYER, "a@example.com", "email"),
            ("B", BUYER, "b@example.com", "email"),
            ("C", BUYER, "b@example.com", "whatsapp"),
            ("D", BUYER, "", "whatsapp"),
            ("E", STRANGER, "", "none"),
        )
    )
    row = import_previews.take(context, shop.id, f"reference,amount,phone,email,channel\n{lines}".encode())
    found = import_previews.shown(context, shop.id, row.id)
    assert (found.people, sorted(found.channels.values())) == (3, [1, 2, 2])
