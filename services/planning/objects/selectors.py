"""Whether a label selector matches labels, as the API server decides it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any


def selects(selector: Any, labels: Mapping[str, str], *, empty: bool) -> bool:
    """Whether a label selector matches `labels`; `empty` is the result for a selector without any requirement.

    A nil or empty selector has a different meaning in each API (Kubernetes API reference, "LabelSelector").
    """
    if not isinstance(selector, Mapping):
        return False
    desired, terms = selector.get("matchLabels") or {}, selector.get("matchExpressions") or ()
    if not desired and not terms:
        return empty
    return all(labels.get(k) == v for k, v in desired.items()) and all(term_holds(t, labels) for t in terms)


def term_holds(term: Any, labels: Mapping[str, str]) -> bool:
    """Whether one expression matches; `Gt` and `Lt` are those of node selectors."""
    if not isinstance(term, Mapping):
        return False
    value, given = labels.get(str(term.get("key"))), term.get("values")
    values = given if isinstance(given, list) else []
    check = _OPERATORS.get(str(term.get("operator")))
    return check is not None and check(value, values)


def _limit(value: str | None, values: list[Any], *, above: bool) -> bool:
    """Both sides as integers, as in k8s.io/component-helpers/scheduling; no match where one is none."""
    try:
        found, limit = int(str(value)), int(str(values[0]))
    except (ValueError, IndexError):
        return False
    return found > limit if above else found < limit


_OPERATORS: Mapping[str, Callable[[str | None, list[Any]], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
    "Gt": lambda value, values: _limit(value, values, above=True),
    "Lt": lambda value, values: _limit(value, values, above=False),
}
