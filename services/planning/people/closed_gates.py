"""Which closed gate is in the way of which kinds of operations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.gates import Gate
from domain.words import OperationKind

# Adopting writes to no cluster, and has no operation.
STARTED_KINDS: tuple[OperationKind, ...] = tuple(kind for kind in OperationKind if kind is not OperationKind.ADOPT)

# A roll-back with a reason passes freezes: whoever starts one is asked for the reason, so that they are not in its way.
ROLL_BACK_REASON = "given when it is started"


@dataclass(frozen=True, kw_only=True)
class ClosedGate:
    """A closed gate, and the kinds of operations that it keeps from being started."""

    gate: Gate
    kinds: tuple[OperationKind, ...]


def by_kind(closed: Mapping[OperationKind, Sequence[Gate]]) -> tuple[ClosedGate, ...]:
    """Each gate once, in the order in which it is met, with the kinds that have it in their way."""
    kinds: dict[Gate, list[OperationKind]] = {}
    for kind, gates in closed.items():
        for gate in gates:
            kinds.setdefault(gate, []).append(kind)
    return tuple(ClosedGate(gate=gate, kinds=tuple(found)) for gate, found in kinds.items())
