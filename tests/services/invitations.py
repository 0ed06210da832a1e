"""Operators who are invited, and have not joined yet."""

from __future__ import annotations

from tests.kit import Shop
from webapp.services.accounts import operators


def invited(shop: Shop, name: str = "Noé", language: str = "fr") -> tuple[str, str]:
    """The operator's id, and the code."""
    operator = operators.invite(shop.context, shop.id, name, language)
    return operator.id, code_of(shop, operator.id)


def code_of(shop: Shop, operator: str) -> str:
    (found,) = [each for each in operators.listed(shop.context, shop.id) if each.operator.id == operator]
    assert found.invitation
    return found.invitation.code
