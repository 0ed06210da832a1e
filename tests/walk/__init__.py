"""A walk through every door of the product: each route, verb of the chat, webhook, message, job, task and console command, once, on a database
that may be full. What is asked of the database on the way is looked at in `tests/db/test_plans.py`, how long it takes in `bench/growth.py`.

A door is a name, and what makes all ready for it and gives back what goes through it. `test_walk.py` finds one that is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.walk import buyers, connected, console, heard, jobs, office, routes

if TYPE_CHECKING:
    from flask import Flask

    from tests.walk.world import Door

DOORS: dict[str, Door] = {
    **routes.DOORS,
    **buyers.DOORS,
    **connected.DOORS,
    **heard.DOORS,
    **jobs.DOORS,
    **console.DOORS,
    **office.DOORS,
}


def every(app: Flask) -> set[str]:
    """The names of all doors that the product has."""
    return routes.every(app) | heard.every() | jobs.every() | console.every()
