"""How a provider reads the `[gateway]` table of a merchant's file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from webapp.domain import cards
from webapp.domain.errors import Invalid
from webapp.gateways.base import KeyField

if TYPE_CHECKING:
    from collections.abc import Mapping


class Keys(BaseModel):
    """What a provider needs in the table: a field for each key, and no other is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @field_validator("*")
    @classmethod
    def _no_card_number(cls, value: Any) -> Any:
        refuse_card_number(value)
        return value


def refuse_card_number(value: Any) -> None:
    """Raises `ValueError`, which names no digit, when the text, or one of the texts, holds a card number."""
    texts = value if isinstance(value, tuple) else (value,)
    if any(isinstance(each, str) and cards.found_in(each) for each in texts):
        raise ValueError("a card number stands here")


def fields(keys: type[Keys]) -> tuple[KeyField, ...]:
    """What a provider's keys consist of: those that are not printed are secrets."""
    return tuple(
        KeyField(name, secret=not field.repr, several=str(field.annotation).startswith("tuple"))
        for name, field in keys.model_fields.items()
    )


Read = TypeVar("Read", bound=Keys)


def read(keys: type[Read], table: Mapping[str, object]) -> Read:
    """Raises `Invalid` (bad_declaration) that names each line to mend."""
    try:
        return keys.model_validate(table)
    except ValidationError as error:
        raise refused(
            *(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors())
        ) from None


def refused(*lines: str) -> Invalid:
    """The error for lines of the table that cannot be used."""
    said = "\n".join(f"  gateway.{line}" for line in lines)
    return Invalid("bad_declaration", f"The merchant's file cannot be used:\n{said}")
