"""Endpoints and callbacks, as they are sent and answered."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from webapp.api.fields import WHOLE, Answer, Instant, Moment, Part
from webapp.api.lists import Page, Place
from webapp.domain.callback_types import CHOSEN, CallbackType
from webapp.domain.statuses import CallbackState
from webapp.services.webhooks.endpoints import LONGEST_OVERLAP, LONGEST_URL, OVERLAP
from webapp.services.webhooks.log import Search as Log

GROUPS = sorted({f"{each.partition('.')[0]}.*" for each in CHOSEN})
Wanted = StrEnum("Wanted", {name: name for name in (*(each for each in CallbackType if each in CHOSEN), *GROUPS)})  # type: ignore[misc]  # a type, or all of a group
Type = StrEnum("Type", {name: name for name in CallbackType})  # type: ignore[misc]  # as a list is narrowed to
Types = Annotated[
    list[Wanted], Field(min_length=1, max_length=50, description="Types of callbacks, or all that a group has now.")
]
Url = Annotated[str, Field(min_length=1, max_length=LONGEST_URL, examples=["https://shop.example/ordo"])]
HOUR = 3600


class NewEndpoint(Part):
    """Where your order backend is told of what happens: an https:// address on the public internet, on port 443 or 8443."""

    url: Url
    types: Types | None = Field(None, description="What it is told; null: each new state of an order, and of its card.")


class ChosenTypes(Part):
    """What the endpoint is told from now on."""

    types: Types | None = Field(description="Null: each new state of an order, and of its card.")


Overlap = Annotated[int, Field(ge=0, le=int(LONGEST_OVERLAP.total_seconds()) // HOUR), WHOLE]


class Rotation(Part):
    """For how long the secret of before signs too."""

    overlap_hours: Overlap = Field(
        int(OVERLAP.total_seconds()) // HOUR,
        description="0 for a secret that is in wrong hands: it ends at once.",
    )


class Endpoint(Answer):
    """An address that is told. One that the merchant's file declares (`source` file) is changed there alone."""

    id: str
    url: str
    source: Literal["file", "api"]
    types: list[Type]
    enabled: bool = Field(description="False: nothing is POSTed; what happens is kept until it is enabled.")
    disabled_at: Moment | None
    disabled_why: str | None
    failing_since: Moment | None = Field(description="When the first POST failed since the last that did not.")
    former_secrets_until: Moment | None = Field(description="Until when the secret of before a rotation signs too.")
    created_at: Moment | None


class EndpointWithSecret(Endpoint):
    """With its secret, which is shown this once."""

    secret: str | None = Field(repr=False, description="`whsec_…`; null when the same request is sent again.")


class Endpoints(Answer):
    """All endpoints."""

    data: list[Endpoint]
    next_cursor: str | None = Field(description="Always null: there are few.")


class RemovedEndpoint(Answer):
    """It is told nothing more."""

    id: str
    removed: bool


class Delivery(Answer):
    """One POST of a callback, and what came of it."""

    at: Moment
    headers: dict[str, str] | None = Field(
        description="What was sent with it; of each signature the beginning. Null of a try of an earlier release."
    )
    status: int | None = Field(description="Null: there was no whole answer, and `error` says why.")
    error: str | None
    excerpt: str = Field(description="The beginning of what your backend answered, as it is: escape it.")
    milliseconds: int


class CallbackSummary(Answer):
    """What an endpoint was told, or is to be."""

    id: str = Field(description="The `webhook-id`, the same at every try.")
    type: Type
    endpoint: str
    order: str | None = Field(description="Null of a test.")
    state: CallbackState
    created_at: Moment
    next_try_at: Moment | None
    delivered_at: Moment | None
    replayed_at: Moment | None = Field(description="When it was last sent again.")


class Callback(CallbackSummary):
    """With what was sent, byte for byte, and each try."""

    body: str
    deliveries: list[Delivery] = Field(description="The oldest first.")


class Callbacks(Answer):
    """A page of callbacks."""

    data: list[CallbackSummary]
    next_cursor: str | None = Field(description="Send it as `after` for the next page; null on the last.")


class Narrowed(Part):
    """Which callbacks: those that were written from `since` on and before `until`."""

    state: CallbackState | None = None
    type: Type | None = None
    endpoint: Annotated[str, Field(max_length=40)] | None = None
    order: Annotated[str, Field(max_length=40)] | None = None
    since: Instant | None = None
    until: Instant | None = None

    def search(self, after: Place | None) -> Log:
        """As the service asks."""
        return Log(self.state, self.type, self.endpoint, self.order, self.since, self.until, after)


class CallbackSearch(Page, Narrowed):
    """A page of those."""


class Replay(Narrowed):
    """Which callbacks are sent again, the oldest first: those in a `state` (failed: what was given up), or from `since` on. One of the two is
    named, so that nothing is sent again by leaving something out."""

    after: str | None = Field(None, max_length=200, description="`next_cursor` of the request before.")

    @model_validator(mode="after")
    def _named(self) -> Replay:
        if self.state is None and self.since is None:
            raise PydanticCustomError("state_or_since_needed", "Name `state` (failed), or `since`.")
        return self


class Replayed(Answer):
    """What is sent again now."""

    replayed: int
    next_cursor: str | None = Field(description="There are more: send the same with it as `after`. Null: that was all.")
