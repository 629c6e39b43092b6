"""Which of several versions of a kind is the newest. Pure.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority
"""

import re
from collections.abc import Iterable

_VERSION = re.compile(r"v(\d{1,9})(?:(alpha|beta)(\d{1,9}))?")
_STABILITY = {"alpha": 0, "beta": 1}


def newest(versions: Iterable[str]) -> str:
    """The version that a server would prefer: stable before beta before alpha, and then the highest number.

    Raises `ValueError` where there is none.
    """
    # Those that are no such words come last, in the order of the alphabet.
    return max(sorted(versions), key=_priority)


def _priority(version: str) -> tuple[int, int, int]:
    found = _VERSION.fullmatch(version)
    if found is None:
        return (-1, 0, 0)
    major, stability, minor = found.groups()
    return (_STABILITY.get(stability or "", 2), int(major), int(minor or 0))
