"""The gates that have paused an operation, as its row keeps them while it waits for a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from domain.gates import Gate, GateKind
from domain.stored.versions import check_version


@dataclass(frozen=True, kw_only=True)
class StoredPause:
    """Since when (UTC) an operation is paused, and by what."""

    VERSION: ClassVar[int] = 2

    at: datetime
    gates: tuple[Gate, ...]

    @property
    def version(self) -> int:
        """The version that a process has to know to read it: the former release has no gates after rings."""
        return 2 if any(gate.kind is GateKind.RING for gate in self.gates) else 1

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "at": self.at.isoformat(),
            "gates": [gate_to_json(each) for each in self.gates],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="pause", newest=cls.VERSION)
        return cls(
            at=datetime.fromisoformat(stored["at"]),
            gates=tuple(_gate_from_json(each) for each in stored["gates"]),
        )


def gate_to_json(gate: Gate) -> dict[str, Any]:
    """A gate as rows and events hold it."""
    return {
        "kind": gate.kind.value,
        "id": gate.id,
        "reason": gate.reason,
        "until": gate.until.isoformat() if gate.until is not None else None,
        "opened_by": gate.opened_by,
    }


def _gate_from_json(stored: Mapping[str, Any]) -> Gate:
    until = stored["until"]
    return Gate(
        kind=GateKind(stored["kind"]),
        id=stored["id"],
        reason=stored["reason"],
        until=None if until is None else datetime.fromisoformat(until),
        opened_by=stored["opened_by"],
    )
