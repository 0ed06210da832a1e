"""The check of the back office's permissions sees a view that declares none, and a table that is not the code's."""

from __future__ import annotations

from flask import Flask

from tools import permissions
from webapp.office.permissions import ANYBODY, OPEN, Permission, permits


def app_with(**views: object) -> Flask:
    app = Flask("probe")
    for name in OPEN:
        app.view_functions[name] = permits(ANYBODY)(lambda: "")
    for name, needed in views.items():
        view = lambda: ""  # noqa: E731
        app.add_url_rule(f"/office/{name}", name, permits(needed)(view) if needed else view)  # type: ignore[arg-type]
    return app


def problems(**views: object) -> list[str]:
    return permissions.problems(app_with(**views), permissions.DOCUMENT.read_text("utf-8"))


def test_a_view_that_declares_no_permission_is_named() -> None:
    assert problems(orders=Permission.ORDERS_VIEW) == []
    assert [each.split(":")[0] for each in problems(hidden=None)] == ["GET /office/hidden"]


def test_a_view_that_is_open_without_being_listed_is_named() -> None:
    assert [each.split(":")[0] for each in problems(wide=ANYBODY)] == ["wide"]


def test_a_table_that_is_not_the_code_s_is_named() -> None:
    text = permissions.DOCUMENT.read_text("utf-8").replace("| yes |", "| – |", 1)
    assert len(permissions.problems(app_with(), text)) == 1
