"""What the engine asks before it writes. `services.people.gates` answers, which stands above the engine."""

from collections.abc import Collection, Sequence
from typing import Protocol

from db.records.inventory import AppEnvironmentRecord
from db.records.operations import OperationRecord
from domain.gates import Gate, Stop


class Gates(Protocol):
    """Both calls raise where the database cannot be asked: then nothing is written."""

    async def stops(self) -> Sequence[Stop]:
        """Every stop, as it was half a second ago at most. Asked before each write; waits for seconds at most."""

    async def closed(
        self, operation: OperationRecord, target: AppEnvironmentRecord, *, cluster_ids: Collection[str]
    ) -> tuple[Gate, ...]:
        """The stops and freezes that keep the operation from beginning a wave on these clusters now."""
