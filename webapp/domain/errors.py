"""Every refusal that a caller can act on: one base, each with the HTTP status that a door answers with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class OrdoError(Exception):
    """Base of all errors that are raised on purpose.

    `status` is the HTTP status a door renders, `code` a stable word for machines and tests. The message is for engineers;
    what a merchant or a buyer reads is looked up by `code` in `i18n`.
    """

    status = 500
    code = "error"

    def __init__(self, message: str = "", **details: object) -> None:
        super().__init__(message or self.code)
        self.details = details


class NotFound(OrdoError):
    """Nothing of that name, or nothing that the asker may see: the two must not be told apart."""

    status = 404
    code = "not_found"


class LinkReplaced(NotFound):
    """A link that was right once: the shop has withdrawn it, or there is a newer one. `details` has what it showed (`shown`), for the
    page that says so."""

    status = 410
    code = "link_replaced"


class Forbidden(OrdoError):
    """The asker is known and may not do this."""

    status = 403
    code = "forbidden"


class Invalid(OrdoError):
    """The request can be corrected by who made it; `code` says what is wrong."""

    status = 422
    code = "invalid"

    def __init__(self, code: str, message: str = "", **details: object) -> None:
        super().__init__(message or code, **details)
        self.code = code


class Conflict(OrdoError):
    """The request was right once: the order's state has moved on since."""

    status = 409
    code = "conflict"

    def __init__(self, code: str, message: str = "", **details: object) -> None:
        super().__init__(message or code, **details)
        self.code = code


class Changed(Conflict):
    """Somebody else has changed the same since it was shown. `version` is what it has now, `fields` what changed since, each with
    what it was and what it is; `actor_kind`, `actor_id` and `name` who did it last, `at` when. All but the version are not there where nothing tells."""

    def __init__(self, version: int, **details: object) -> None:
        super().__init__("changed", "", version=version, **details)
        self.version = version


class TooMany(OrdoError):
    """A limit was reached and nothing was started. `until` is when asking again is right."""

    status = 429
    code = "too_many"

    def __init__(self, message: str, until: datetime, **details: object) -> None:
        super().__init__(message, **details)
        self.until = until


class Busy(OrdoError):
    """Too much work in hand. Nothing was started, so nothing was taken; asking again is safe."""

    status = 503
    code = "busy"


class Unfinished(OrdoError):
    """A part was done and is kept. The same request, sent again, does the next."""

    status = 503
    code = "unfinished"


class NotSent(OrdoError):
    """A request that provably never left this machine: nothing was done at the other end."""

    status = 502
    code = "not_sent"


class GatewayRefused(OrdoError):
    """The gateway answered that the request itself is wrong (key, parameter, unknown object): an operator must look."""

    status = 502
    code = "gateway_refused"


class AmountRefused(GatewayRefused):
    """The gateway takes less, or more, than this amount: by its account's or the card network's own limits."""

    code = "amount_refused"


class UnknownCustomer(GatewayRefused):
    """The gateway does not know the customer that we have for a buyer: deleted there, or the merchant's keys are of another account now."""

    code = "unknown_customer"


class Unavailable(OrdoError):
    """The database cannot be reached: nothing was written, and asking again is right."""

    status = 503
    code = "unavailable"


class Misconfigured(OrdoError):
    """Somebody who runs the service has to change its settings first. Nothing was started."""

    status = 503

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
