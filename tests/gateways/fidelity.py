"""Every request of an adapter, and every answer of a stand-in, held against the types that the stripe SDK ships.

`Checked` is the SDK's HTTP client with a customs officer at each end. A parameter that the SDK's `…Params` does not
know, a field that its resource class does not have, one that is missing or of another type: each is a `Misfit`, and
never an error that an adapter could mistake for the gateway's.
"""

from __future__ import annotations

import contextlib
import functools
import json
import operator
import re
import types
import typing
from collections.abc import Mapping
from functools import cache, partial
from typing import Annotated, Any, ClassVar, Literal, NotRequired, get_args, get_origin
from urllib.parse import parse_qsl, urlsplit

import stripe
from pydantic import ConfigDict, PlainValidator, TypeAdapter, ValidationError
from stripe import params
from stripe._error_object import ErrorObject
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject
from stripe.params import test_helpers
from typing_extensions import TypedDict, is_typeddict


class Deleted(TypedDict):
    """What is answered of a customer that was deleted; the SDK has one class for both."""

    id: str
    object: Literal["customer"]
    deleted: Literal[True]


LISTS: tuple[Any, ...] = (stripe.ListObject, stripe.SearchResultObject)
UNIONS: tuple[Any, ...] = (typing.Union, types.UnionType)
_PAYMENTS, _SETUPS = "/v1/payment_intents", "/v1/setup_intents"
ROUTES: tuple[tuple[str, Any, Any], ...] = (
    ("POST /v1/customers", params.CustomerCreateParams, stripe.Customer),
    ("DELETE /v1/customers/ID", params.CustomerDeleteParams, Deleted),
    ("GET /v1/events", params.EventListParams, stripe.ListObject[stripe.Event]),
    (f"GET {_PAYMENTS}", params.PaymentIntentListParams, stripe.ListObject[stripe.PaymentIntent]),
    (f"POST {_PAYMENTS}", params.PaymentIntentCreateParams, stripe.PaymentIntent),
    (f"GET {_PAYMENTS}/ID", params.PaymentIntentRetrieveParams, stripe.PaymentIntent),
    (f"POST {_PAYMENTS}/ID/confirm", params.PaymentIntentConfirmParams, stripe.PaymentIntent),
    (f"POST {_PAYMENTS}/ID/cancel", params.PaymentIntentCancelParams, stripe.PaymentIntent),
    (f"POST {_PAYMENTS}/ID/capture", params.PaymentIntentCaptureParams, stripe.PaymentIntent),
    ("POST /v1/refunds", params.RefundCreateParams, stripe.Refund),
    ("GET /v1/refunds", params.RefundListParams, stripe.ListObject[stripe.Refund]),
    ("GET /v1/disputes", params.DisputeListParams, stripe.ListObject[stripe.Dispute]),
    (f"POST {_SETUPS}", params.SetupIntentCreateParams, stripe.SetupIntent),
    (f"GET {_SETUPS}", params.SetupIntentListParams, stripe.ListObject[stripe.SetupIntent]),
    (f"GET {_SETUPS}/ID", params.SetupIntentRetrieveParams, stripe.SetupIntent),
    (f"POST {_SETUPS}/ID/confirm", params.SetupIntentConfirmParams, stripe.SetupIntent),
    (f"POST {_SETUPS}/ID/cancel", params.SetupIntentCancelParams, stripe.SetupIntent),
    ("POST /v1/payment_methods/ID", params.PaymentMethodUpdateParams, stripe.PaymentMethod),
    ("GET /v1/payment_methods/ID", params.PaymentMethodRetrieveParams, stripe.PaymentMethod),
    ("POST /v1/payment_methods/ID/detach", params.PaymentMethodDetachParams, stripe.PaymentMethod),
    ("GET /v1/webhook_endpoints", params.WebhookEndpointListParams, stripe.ListObject[stripe.WebhookEndpoint]),
    ("POST /v1/webhook_endpoints", params.WebhookEndpointCreateParams, stripe.WebhookEndpoint),
    (
        "GET /v1/payment_method_domains",
        params.PaymentMethodDomainListParams,
        stripe.ListObject[stripe.PaymentMethodDomain],
    ),
    ("POST /v1/payment_method_domains", params.PaymentMethodDomainCreateParams, stripe.PaymentMethodDomain),
    ("POST /v1/payment_method_domains/ID", params.PaymentMethodDomainUpdateParams, stripe.PaymentMethodDomain),
    ("GET /v1/confirmation_tokens/ID", params.ConfirmationTokenRetrieveParams, stripe.ConfirmationToken),
    (
        "POST /v1/test_helpers/confirmation_tokens",
        test_helpers.ConfirmationTokenCreateParams,
        stripe.ConfirmationToken,
    ),
)


class Misfit(AssertionError):
    """What was sent or answered is not what the SDK's types say."""


class Checked(stripe.RequestsClient):
    """Validates each request before it leaves and each answer before the SDK reads it; `seen` says which went by."""

    def __init__(self, timeout: tuple[float, float] = (3, 10)) -> None:
        super().__init__(timeout=timeout)
        self.seen: list[str] = []

    def request(  # type: ignore[override]  # as RequestsClient itself, which differs from its base
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        parts = urlsplit(url)
        said = f"{method.upper()} {parts.path}"
        sent, answer = _types_of(said)
        check(f"{said}: parameters", decode(parts.query or post_data or ""), sent, strict=False)
        content, status, answered = super().request(method, url, headers, post_data)
        document = json.loads(content)
        if status >= 400:
            check(f"{said}: error", document["error"], ErrorObject)
        else:
            check(f"{said}: answer", document, answer)
        self.seen.append(said)
        return content, status, answered


def check(what: str, value: object, hint: Any, *, strict: bool = True) -> None:
    """Raises `Misfit` when the value is not what the annotation says; `strict` does not take "1" for 1."""
    try:
        _adapter(hint, strict).validate_python(value)
    except ValidationError as error:
        raise Misfit(f"{what}: {error}") from None


def decode(body: str) -> dict[str, Any]:
    """Stripe's form encoding, `a[b]=1&c[0]=2`, as nested dicts and lists of texts."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        *path, last = re.findall(r"[^\[\]]+", name)
        node = tree
        for step in path:
            node = node.setdefault(step, {})
        node[last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    values = {name: _listed(value) for name, value in node.items()}
    return list(values.values()) if all(name.isdigit() for name in values) else values


def _types_of(said: str) -> tuple[Any, Any]:
    for route, sent, answer in ROUTES:
        if re.fullmatch(route.replace("ID", r"[a-z]+_\w+"), said):
            return sent, answer
    raise Misfit(f"{said}: write its types into ROUTES")


@cache
def _adapter(hint: Any, strict: bool) -> TypeAdapter[Any]:
    return TypeAdapter(_struct(hint, strict) if isinstance(hint, type) else _shape(hint, strict))


def _shape(hint: Any, strict: bool) -> Any:
    """The annotation as pydantic can check it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in UNIONS:
        return _union(inner, strict)
    if origin in LISTS:
        return _page(origin, _shape(inner[0], strict), strict)
    if origin in {list, dict, UntypedStripeObject}:
        return (list if origin is list else dict)[_values(origin, inner, strict)]
    if hint in {StripeObject, UntypedStripeObject}:
        return dict[str, Any]
    if is_typeddict(hint) or (isinstance(hint, type) and issubclass(hint, StripeObject)):
        # Made when it is first met, because resources name each other in circles.
        return Annotated[Any, PlainValidator(partial(_validated, hint, strict))]
    return hint


def _union(parts: tuple[Any, ...], strict: bool) -> Any:
    """The SDK leaves sets of words open (`Literal[…] | str`): here they are closed, so that unknown words are found."""
    options = [option for part in parts for option in (get_args(part) if get_origin(part) in UNIONS else [part])]
    closed = any(get_origin(option) is Literal and get_args(option) != ("",) for option in options)
    return functools.reduce(operator.or_, (_shape(o, strict) for o in options if not (closed and o is str)))


def _values(origin: Any, inner: tuple[Any, ...], strict: bool) -> Any:
    shapes = tuple(_shape(part, strict) for part in inner)
    return (str, *shapes) if origin is UntypedStripeObject else shapes


def _validated(kind: Any, strict: bool, value: Any) -> Any:
    return _adapter(kind, strict).validate_python(value)


def _struct(kind: Any, strict: bool) -> Any:
    """A resource class or a `…Params` as a closed TypedDict. A resource's field may be absent when it is Optional."""
    fields: dict[str, Any] = {}
    for name, hint in typing.get_type_hints(kind, localns=_Names()).items():
        if name.startswith("_") or get_origin(hint) is ClassVar or hint is ClassVar or name in _not_parameters(kind):
            continue
        needed = name in kind.__required_keys__ if is_typeddict(kind) else type(None) not in get_args(hint)
        fields[name] = _shape(hint, strict) if needed else NotRequired[_shape(hint, strict)]
    return _closed(kind.__qualname__, fields, strict)


def _page(kind: Any, item: Any, strict: bool) -> Any:
    more = {"next_page": str | None, "total_count": NotRequired[int]} if kind is stripe.SearchResultObject else {}
    head = {"object": Literal[kind.OBJECT_NAME], "data": list[item], "has_more": bool, "url": str}
    return _closed(kind.__qualname__, head | more, strict)


def _closed(name: str, fields: dict[str, Any], strict: bool) -> Any:
    make: Any = TypedDict  # for mypy, which only knows those that are written down
    shape = make(name, fields)
    shape.__pydantic_config__ = ConfigDict(extra="forbid", strict=strict)
    return shape


def _not_parameters(kind: Any) -> frozenset[str]:
    return frozenset(RequestOptions.__annotations__) if is_typeddict(kind) else frozenset()


class _Names(dict[str, Any]):
    """What the SDK imports for type checkers only, by its public name; `Card as CardResource` is such an alias."""

    def __missing__(self, name: str) -> Any:
        if name in {"StripeContext", "Mapping"}:
            return Any if name == "StripeContext" else Mapping
        short = name.removesuffix("Resource")
        if short.startswith("Issuing"):
            return getattr(stripe.issuing, short.removeprefix("Issuing"))
        for module in (stripe, stripe.test_helpers, stripe.issuing):
            with contextlib.suppress(AttributeError):
                return getattr(module, short)
        raise KeyError(name)
