"""What the bodies and answers of every resource are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from webapp.api.problems import KINDS
from webapp.domain import characters, money
from webapp.domain.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable


ALL: Literal["all"] = "all"


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


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("wrong_type", "This is no whole number.")
    return value


def _all_or(value: Any, an_amount: ValidatorFunctionWrapHandler) -> Any:
    return value if value == ALL else an_amount(value)


def _instant(text: object) -> datetime:
    try:
        found = (
            datetime.fromisoformat(text) if isinstance(text, str) and len(text) >= len("2026-11-24T10:00Z") else None
        )
        moment = found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise PydanticCustomError("bad_moment", "Write a moment as RFC 3339 has it: 2026-11-24T10:00:00Z.")
    return moment


OneLine = Annotated[str, AfterValidator(_one_line)]
"""A text without line ends, controls and what nobody sees, as every door keeps one."""
WHOLE = BeforeValidator(_whole)
"""Of an int: text and true are none, `12.0` is one, as JSON Schema has it, for some languages write each number so. Stands behind its bounds,
or the document does not know them."""
Amount = Annotated[
    int,
    Field(
        ge=1,
        le=money.MAXIMUM,
        description="In minor units of the currency: 1250 is 12.50 EUR, or 1250 JPY.",
        examples=[1250],
    ),
    WHOLE,
]
if TYPE_CHECKING:
    AmountOrAll = int | Literal["all"]
else:
    AmountOrAll = Annotated[
        Amount,
        WrapValidator(_all_or),
        WithJsonSchema(
            {"anyOf": [{"type": "integer", "minimum": 1, "maximum": money.MAXIMUM}, {"const": ALL, "type": "string"}]}
        ),
    ]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"]), check(_currency)]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-24T10:00:00Z"])]
"""RFC 3339, in UTC with Z, to the second: made by `outbox.stamp`."""
Instant = Annotated[
    datetime,
    PlainValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-24T10:00:00Z"]}),
]
"""A moment that comes in (RFC 3339)."""
