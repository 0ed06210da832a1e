"""A form that makes something whose secret is shown once: posted again (a page loaded again), it is the same request to the services."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import request

from webapp.domain.errors import Invalid
from webapp.office.guard import merchant_id
from webapp.services.runtime import idempotency
from webapp.web.services import context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webapp.office.forms import IdempotentForm


@contextmanager
def request_of(form: IdempotentForm) -> Iterator[str]:
    """The request's id, which services take as their idempotency key. No answer is kept: what was made is found again by the id."""
    key = f"office/{request.path}/{form.idempotency_key.data}"
    run = idempotency.begin(context(), merchant_id(), key, request.path)
    if not isinstance(run, idempotency.Run):
        raise Invalid("out_of_date")
    try:
        yield run.request_id
    finally:
        idempotency.drop(context(), run.request_id)
