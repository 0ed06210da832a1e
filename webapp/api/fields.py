"""What the bodies and answers of every resource are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictInt
from pydantic_core import PydanticCustomError

from webapp.api.problems import KINDS
from webapp.domain import characters, money
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable


class Part(BaseModel):
    """What comes in: a field that is not known is refused, not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Empty(Part):
    """Nothing is to be said."""


class Answer(BaseModel):
    """What goes out: every field is always there, null where there is nothing."""

    model_config = ConfigDict(frozen=True)


def check(rule: Callable[[Any], Any]) -> AfterValidator:
    """A field's rule that is the product's own: what it refuses (`Invalid`) is told of the field, with the same code and words."""

    def checked(value: Any) -> Any:
        try:
            return rule(value)
        except Invalid as error:
            raise PydanticCustomError(error.code, KINDS[error.code].detail) from error

    return AfterValidator(checked)


def _one_line(text: str) -> str:
    return " ".join(characters.visible(text).split())


def _currency(code: str) -> str:
    money.exponent(code)
    return code


OneLine = Annotated[str, AfterValidator(_one_line)]
"""A text without line ends, controls and what nobody sees, as every door keeps one."""
Amount = Annotated[
    StrictInt,
    Field(
        ge=1,
        le=money.MAXIMUM,
        description="In minor units of the currency: 1250 is 12.50 EUR, or 1250 JPY.",
        examples=[1250],
    ),
]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"]), check(_currency)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-24T10:00:00Z"])]
"""RFC 3339, in UTC with Z, to the second: made by `outbox.stamp`."""
