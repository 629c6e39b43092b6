"""The gate at which an operation waits for a person after a ring. Pure."""

from collections.abc import Sequence

from domain.gates import Gate, GateKind
from domain.stored.ring_runs import RingRuns

OPENED_BY = "Whoever may promote here continues the operation, undoes or cancels it."


def gate_after(runs: RingRuns, wave: int, *, clusters: Sequence[str]) -> tuple[Gate, ...]:
    """Closed where the strategy wants a person after this ring, and nobody has continued yet."""
    run = runs.rings[wave]
    if not run.ring.pauses or run.continued_by is not None:
        return ()
    number, total = wave + 1, len(runs.rings)
    reason = f"Ring {number} of {total} is done ({', '.join(clusters)}), and the strategy waits for a person."
    return (Gate(kind=GateKind.RING, id=str(number), reason=reason, until=None, opened_by=OPENED_BY),)


def continued_after(gates: Sequence[Gate]) -> int | None:
    """The ring, as its wave, after which a pause by these gates waits; None where it waits for none."""
    numbers = [gate.id for gate in gates if gate.kind is GateKind.RING and gate.id is not None]
    return int(numbers[0]) - 1 if numbers else None
