"""Parts of plans besides problems (domain.problems): the changes of fields, and the digest. Pure.

Two plans with the same digest do the same to every cluster; times, hints and texts do not enter it. Plans that people
see never hold a Secret's value: a Secret's `Change` holds only how the two values compare.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Comparison(StrEnum):
    """How a key of a Secret compares with the target's. Nothing else of a value is shown."""

    SAME = "same"
    DIFFERS = "differs"
    MISSING = "missing"  # the target lacks it: it is added
    EXTRA = "extra"  # only the target has it: it is removed, or stays where another manager owns it


class ChangeKind(StrEnum):
    """How a field changes."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field that changes. `path` reads like `spec.template.spec.containers[web].image`.

    For a Secret's values `before` and `after` are None and `comparison` says how they compare. With `only_order`, the
    items of a list stay and their order changes: `before` and `after` are their names.
    """

    path: str
    kind: ChangeKind
    before: Any = None
    after: Any = None
    comparison: Comparison | None = None
    only_order: bool = False


def digest_of(facts: Mapping[str, Any]) -> str:
    """`sha256:…` of plain JSON facts, the same in every process."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
