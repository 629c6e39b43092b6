"""Fingerprints instead of values: how Secrets are compared without anybody seeing them.

Pure. A fingerprint is keyed (HMAC-SHA-256), so that a short or common value cannot be found by trying, and it tells
nothing without the key. Two equal values have equal fingerprints under one key.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import orjson

from domain.resources import Kind, Manifest
from services.planning.objects.paths import below
from services.planning.plan import Change, ChangeKind, Comparison


@dataclass(frozen=True)
class Fingerprints:
    """Makes fingerprints under one key of at least 16 bytes."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("A fingerprint key has at least 16 bytes")

    def of(self, value: Any) -> str:
        """`hmac:…` of plain JSON, the same whatever the order of its keys."""
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return "hmac:" + hmac.digest(self.key, text, hashlib.sha256).hex()[:32]


def is_secret(kind: Kind) -> bool:
    """Whether objects of this kind hold values that nobody may see."""
    return kind.group == "" and kind.name == "Secret"


def hide_values(kind: Kind, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The same changes, but for a Secret's values how they compare instead of what they are."""
    if not is_secret(kind):
        return changes
    return tuple(_hidden(change) if _is_value(change.path) else change for change in changes)


def _is_value(path: str) -> bool:
    """All but what is known to be none: annotations can quote values, too (a last-applied copy)."""
    return path not in {"type", "immutable"} and not path.startswith("metadata.labels")


def _hidden(change: Change) -> Change:
    match change.kind:
        case ChangeKind.ADDED:
            comparison = Comparison.MISSING
        case ChangeKind.REMOVED:
            comparison = Comparison.EXTRA
        case ChangeKind.CHANGED:
            comparison = Comparison.DIFFERS
    return Change(path=change.path, kind=change.kind, comparison=comparison)


def compare_secret(desired: Manifest, live: Manifest | None) -> tuple[Change, ...]:
    """Key by key how a Secret compares with the target's, equal keys included: what a person is shown of it.

    A key that is the same has kind `changed` with comparison `same`; it is no change.
    """
    wanted = desired.body.get("data") or {}
    there = (live.body.get("data") if live else None) or {}
    found = []
    for key in sorted(set(wanted) | set(there)):
        if key not in there:
            found.append(Change(path=below("data", key), kind=ChangeKind.ADDED, comparison=Comparison.MISSING))
        elif key not in wanted:
            found.append(Change(path=below("data", key), kind=ChangeKind.REMOVED, comparison=Comparison.EXTRA))
        else:
            same = hmac.compare_digest(str(wanted[key]).encode(), str(there[key]).encode())
            comparison = Comparison.SAME if same else Comparison.DIFFERS
            found.append(Change(path=below("data", key), kind=ChangeKind.CHANGED, comparison=comparison))
    return tuple(found)
