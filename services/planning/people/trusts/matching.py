"""Compares a claim of a token with the values that a trust names. Exactly, but for a `*` at the end of a ref."""

from collections.abc import Sequence
from typing import Any

from services.planning.people.trusts.values import Claim, Claims, Row

_LONGEST_SHOWN = 200


def claim_value(claims: Claims, name: str) -> Any:
    """The value of a claim; `kubernetes.io/serviceaccount/name` is a member of a member. None where there is none."""
    if name in claims:
        return claims[name]
    held: Any = claims
    for step in name.split("/"):
        if not isinstance(held, dict) or step not in held:
            return None
        held = held[step]
    return held


def plain(value: Any) -> str | None:
    """A single value as text: numbers and truth values as JSON writes them. None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else None


def shown(value: Any) -> str | None:
    """A claim for people, cut where it is long."""
    if value is None:
        return None
    if isinstance(value, list):
        text = ", ".join(plain(each) or "…" for each in value)
    else:
        text = plain(value) or ("an object" if isinstance(value, dict) else str(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def match_claim(claim: Claim, values: Sequence[str], claims: Claims) -> Row:
    """Whether the token's claim is one of the values."""
    value = claim_value(claims, claim.name)
    detail = None
    if isinstance(value, list):
        members = value if claim.listed else ()
        detail = None if claim.listed else "The token has a list where it should have a single value."
    else:
        members = [value]
    texts = [text for text in map(plain, members) if text]
    fits = any(_is(text, wanted, ref=claim.ref) for text in texts for wanted in values)
    if value is None:
        detail = "The token has no such claim."
    return Row(claim=claim.name, required=either(values), found=shown(value), fits=fits, detail=detail)


def either(values: Sequence[str]) -> str:
    """The values, as a person says them."""
    return " or ".join(values)


def _is(text: str, wanted: str, *, ref: bool) -> bool:
    if ref and wanted.endswith("*"):
        return text.startswith(wanted[:-1]) and len(text) >= len(wanted)
    return text == wanted
