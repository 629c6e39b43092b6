"""Whether an application may use a namespace in an environment: the one rule for all that names a namespace. Pure.

A namespace is given, not taken: without a row nobody may use it, administrators too, who may add the row.
"""

import re
from collections.abc import Iterable

from domain.namespaces import GivenNamespace
from services.planning.dangers.system_namespaces import is_system_namespace

_INNER = re.compile(r"[a-z0-9-]*")
_LONGEST = 63  # of a namespace: RFC 1123 labels


def is_pattern(text: str) -> bool:
    """Whether this is a namespace's name, with a `*` at most at its beginning and its end."""
    inner = text.strip("*")
    stars = len(text) - len(inner)
    return (
        0 < len(text) <= _LONGEST
        and stars <= 2
        and not text.startswith("**")
        and not text.endswith("**")
        and _INNER.fullmatch(inner) is not None
        and (text.startswith("*") or not inner.startswith("-"))
        and (text.endswith("*") or not inner.endswith("-"))
    )


def pattern_matches(pattern: str, namespace: str) -> bool:
    """Whether the pattern means this namespace. With a `*` it never means one of the cluster's own."""
    if "*" not in pattern:
        return pattern == namespace
    if is_system_namespace(namespace):
        return False
    inner = pattern.strip("*")
    match pattern.startswith("*"), pattern.endswith("*"):
        case True, True:
            return inner in namespace
        case True, False:
            return namespace.endswith(inner)
        case _:
            return namespace.startswith(inner)


def namespace_given(given: Iterable[GivenNamespace], environment: str, application: str, namespace: str) -> bool:
    """Whether the application may use the namespace in the environment (both by id)."""
    return any(
        each.environment_id == environment
        and (each.applications is None or application in each.applications)
        and pattern_matches(each.pattern, namespace)
        for each in given
    )


def given_to_anybody(given: Iterable[GivenNamespace], environment: str, namespace: str) -> bool:
    """Whether some application may use the namespace in the environment."""
    return any(each.environment_id == environment and pattern_matches(each.pattern, namespace) for each in given)
