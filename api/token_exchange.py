"""Reads a token exchange request (RFC 8693, section 2.1): form fields, each at most once but `audience` and `resource`.

A parameter that is not known is ignored, as RFC 6749 (section 3.2) has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qsl

from services.errors import Category, StagecoachError

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
_TOKEN_TYPES = frozenset({"urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"})
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a type, not a token
_ONCE = ("grant_type", "subject_token", "subject_token_type", "requested_token_type", "actor_token")
_MOST_FIELDS = 50


class ExchangeRequestError(StagecoachError):
    """The request is no token exchange; `error` is the word of RFC 6749 for it."""

    code = "invalid-request"
    title = "The request is not valid"
    category: ClassVar[Category] = Category.INVALID

    def __init__(self, detail: str, *, error: str = "invalid_request") -> None:
        super().__init__(detail)
        self.error = error


@dataclass(frozen=True, kw_only=True)
class ExchangeRequest:
    """The token to exchange, and for whom the caller wants the new one."""

    subject_token: str = field(repr=False)
    audiences: tuple[str, ...]


def read_exchange(body: bytes, *, media_type: str) -> ExchangeRequest:
    """Raises `ExchangeRequestError`; its text repeats no value."""
    if media_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise ExchangeRequestError("Send the parameters as application/x-www-form-urlencoded.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise ExchangeRequestError("The body is no form.") from None
    fields = {name: value for name, value in pairs if value}
    for name in _ONCE:
        if sum(name == each for each, _ in pairs) > 1:
            raise ExchangeRequestError(f"The parameter {name} is there more than once.")
    _check(fields)
    return ExchangeRequest(
        subject_token=fields["subject_token"],
        audiences=tuple(value for name, value in pairs if name in {"audience", "resource"} and value),
    )


def _check(fields: Mapping[str, str]) -> None:
    if fields.get("grant_type") != _GRANT_TYPE:
        raise ExchangeRequestError(f"grant_type has to be {_GRANT_TYPE}.", error="unsupported_grant_type")
    if fields.get("subject_token_type") not in _TOKEN_TYPES:
        raise ExchangeRequestError(f"subject_token_type has to be {' or '.join(sorted(_TOKEN_TYPES, reverse=True))}.")
    if not fields.get("subject_token"):
        raise ExchangeRequestError("subject_token is missing: the token of the CI job.")
    if fields.get("requested_token_type", _ACCESS_TOKEN) != _ACCESS_TOKEN:
        raise ExchangeRequestError(f"requested_token_type can only be {_ACCESS_TOKEN}.")
    if "actor_token" in fields:
        raise ExchangeRequestError("actor_token is not supported: a job acts for itself.")
