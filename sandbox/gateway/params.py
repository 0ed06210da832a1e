"""What a request may say: decoded from Stripe's form encoding and held against the parameter types that the stripe
SDK ships.

So the sandbox knows exactly the parameters of the API version that the SDK is pinned to, and refuses the rest as
Stripe does.
"""

from __future__ import annotations

import functools
import itertools
import re
import types
import typing
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin

import stripe.params
import stripe.params.test_helpers
from stripe._request_options import RequestOptions
from typing_extensions import is_typeddict

from sandbox.gateway.errors import invalid, missing_parameter, unknown_parameter

_PART = re.compile(r"\[([^\[\]]*)\]")
_NOT_PARAMETERS = frozenset(RequestOptions.__annotations__)
# Names that the SDK imports for type checkers only, wanted when its annotations are evaluated.
_NAMES: dict[str, Any] = {"StripeContext": Any, "Mapping": Mapping}


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][c]=1`, `d[]=2` and `e[0][f]=3` to nested dicts and lists of strings."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head = name.split("[", 1)[0]
        steps = [head, *_PART.findall(name[len(head) :])]
        node = tree
        for step, following in itertools.pairwise(steps):
            node = node.setdefault(step or str(len(node)), {})
            if not isinstance(node, dict):
                raise invalid(f"Invalid parameter: {name}, beside {head}[…].{following}", param=head)
        node[steps[-1] or str(len(node))] = value
    return tree


@cache
def _fields(shape: type) -> dict[str, Any]:
    hints = typing.get_type_hints(shape, localns=_NAMES)
    return {name: hint for name, hint in hints.items() if name not in _NOT_PARAMETERS}


def check(tree: Mapping[str, Any], name: str, *, extra: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The typed parameters of a call whose SDK type is `name`, from `stripe.params` ("PaymentIntentCreateParams").
    `extra` are parameters that only the browser's script sends. Raises Stripe's 400 for anything unknown, missing,
    or of another type."""
    known = {key: value for key, value in tree.items() if key not in extra}
    typed = _struct(known, _shape(name), "")
    return typed | {key: tree[key] for key in extra if key in tree}


@cache
def _shape(name: str) -> Any:
    return functools.reduce(getattr, name.split("."), stripe.params)


def _struct(tree: Mapping[str, Any], shape: Any, path: str) -> dict[str, Any]:
    fields = _fields(shape)
    typed = {}
    for key, value in tree.items():
        where = f"{path}[{key}]" if path else key
        if key not in fields:
            raise unknown_parameter(where)
        typed[key] = _value(value, fields[key], where)
    for key in sorted(shape.__required_keys__ & set(fields)):
        if key not in tree:
            raise missing_parameter(f"{path}[{key}]" if path else key)
    return typed


def _value(value: Any, hint: Any, where: str) -> Any:
    options = _options(hint)
    if isinstance(value, dict):
        return _nested(value, options, where)
    literals = [choice for option in options if get_origin(option) is Literal for choice in get_args(option)]
    if value in literals:
        return value
    if value == "" and str not in options:
        raise invalid(f"You passed an empty string for '{where}'.", code="parameter_invalid_empty", param=where)
    if bool in options and value in {"true", "false"}:
        return value == "true"
    if int in options:
        return _integer(value, where)
    choices = [choice for choice in literals if choice != ""]
    if choices:
        raise invalid(f"Invalid {where}: must be one of {', '.join(choices)}", param=where)
    if str not in options:
        raise invalid(f"Invalid {'boolean' if bool in options else 'object'}: {value}", param=where)
    return value


def _nested(value: dict[str, Any], options: list[Any], where: str) -> Any:
    for option in options:
        if is_typeddict(option):
            return _struct(value, option, where)
        if get_origin(option) is list:
            inner = get_args(option)[0]
            return [_value(item, inner, f"{where}[{index}]") for index, item in enumerate(value.values())]
        if get_origin(option) is dict:
            if not all(isinstance(item, str) for item in value.values()):
                raise invalid(f"Invalid {where}: its values must be strings", param=where)
            return value
    raise invalid(f"Invalid {where}: expected a single value", param=where)


def _options(hint: Any) -> list[Any]:
    if get_origin(hint) in {typing.Union, types.UnionType}:
        return [inner for option in get_args(hint) for inner in _options(option)]
    if get_origin(hint) in {typing.Required, typing.NotRequired}:
        return _options(get_args(hint)[0])
    return [hint]


def _integer(value: str, where: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=where)
    return int(value)
