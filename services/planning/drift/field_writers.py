"""Which field manager wrote a field last, as `metadata.managedFields` tells. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.cluster_api import FIELD_MANAGER
from domain.resources import Manifest
from services.planning.objects.field_ownership import FieldPath, owns


@dataclass(frozen=True, kw_only=True)
class FieldWriter:
    """A field manager, when it last wrote to the object, and through which subresource."""

    manager: str
    at: str
    subresource: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def owns(self, path: FieldPath) -> bool:
        """Whether it owns the field, something in it, or as a whole something above it."""
        return owns(self.fields, path)


class FieldWriters:
    """Those of one object. The status is not asked about."""

    def __init__(self, manifest: Manifest) -> None:
        entries = [each for each in manifest.metadata.get("managedFields") or () if isinstance(each, dict)]
        found = [_writer(each) for each in entries if each.get("subresource") != "status"]
        self._ours = [each for each in found if each.manager == FIELD_MANAGER]
        self._others = [each for each in found if each.manager != FIELD_MANAGER]

    def of(self, path: FieldPath) -> FieldWriter | None:
        """Who wrote the field last; None where Stagecoach did, and where the object does not say."""
        return _last(each for each in self._others if each.owns(path))

    def remover(self) -> FieldWriter | None:
        """Who took a field away: nobody owns it, so only where a single manager wrote after Stagecoach."""
        ours = max((each.at for each in self._ours), default="")
        later = [each for each in self._others if each.at and each.at >= ours]
        return _last(later) if len({each.manager for each in later}) == 1 else None

    def is_ours(self, path: FieldPath) -> bool:
        """Whether Stagecoach owns the field now, beside others or alone."""
        return any(each.owns(path) for each in self._ours)


def moment_of(text: str) -> datetime | None:
    """Kubernetes writes RFC 3339; a time that somebody else wrote in another way is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _writer(entry: Mapping[str, Any]) -> FieldWriter:
    fields = entry.get("fieldsV1")
    return FieldWriter(
        manager=str(entry.get("manager") or ""),
        at=str(entry.get("time") or ""),
        subresource=str(entry.get("subresource") or ""),
        fields=fields if isinstance(fields, dict) else {},
    )


def _last(found: Iterable[FieldWriter]) -> FieldWriter | None:
    return max(found, key=lambda each: each.at, default=None)
