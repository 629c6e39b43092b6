"""What the engine asks before a ring begins. `services.reading.preflight.rings` answers."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.problems import Problem
from domain.stored.plans import StoredPlan


class Preflight(Protocol):
    """Judges again, by fresh reads, what blocked nothing as the plan was made."""

    async def blocking(
        self, target: AppEnvironmentRecord, plan: StoredPlan, clusters: Sequence[ClusterRecord]
    ) -> Mapping[str, Problem]:
        """By the name of a cluster, the first finding that blocks the plan there now, in spite of its consents.

        A cluster that does not answer in time has none: writing to it says so. Raises nothing for a cluster.
        """
