"""Compare Secrets without revealing their values: keyed fingerprints, and changes without contents.

Pure. A fingerprint is an HMAC-SHA-256, so that a reader without the key cannot guess a short or common value by trial.
Under one key, equal values have equal fingerprints.
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
    """Makes fingerprints under one key. Raises ValueError if the key is shorter than 16 bytes."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("A fingerprint key needs at least 16 bytes")

    def of(self, value: Any) -> str:
        """`hmac:` and 32 hexadecimal digits, of a JSON value; the order of its keys does not matter."""
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return "hmac:" + hmac.digest(self.key, text, hashlib.sha256).hex()[:32]


def is_secret(kind: Kind) -> bool:
    """Whether objects of this kind hold values that must not be shown, stored or logged."""
    return kind.group == "" and kind.name == "Secret"


def hide_values(kind: Kind, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The same changes; for values of a Secret, `comparison` replaces `before` and `after`."""
    if not is_secret(kind):
        return changes
    return tuple(_hidden(change) if is_value(change.path) else change for change in changes)


def is_value(path: str) -> bool:
    """Whether the field of a Secret may hold a value of it: every field except those known to hold none.

    Annotations count, for last-applied-configuration quotes values.
    """
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
    """How each key of a Secret compares with the target's, equal keys included: what a person may see of it.

    A key with equal values has the kind `changed` and the comparison `same`; it is no change.
    """
    desired_data = desired.body.get("data") or {}
    live_data = (live.body.get("data") if live else None) or {}
    changes = []
    for key in sorted(set(desired_data) | set(live_data)):
        if key not in live_data:
            changes.append(Change(path=below("data", key), kind=ChangeKind.ADDED, comparison=Comparison.MISSING))
        elif key not in desired_data:
            changes.append(Change(path=below("data", key), kind=ChangeKind.REMOVED, comparison=Comparison.EXTRA))
        else:
            same = hmac.compare_digest(str(desired_data[key]).encode(), str(live_data[key]).encode())
            comparison = Comparison.SAME if same else Comparison.DIFFERS
            changes.append(Change(path=below("data", key), kind=ChangeKind.CHANGED, comparison=comparison))
    return tuple(changes)
