"""What clusters missed, in the contract."""

from typing import Self

from pydantic import Field

from api.schemas.base import ClusterName, Moment, Output
from domain.words import OperationKind
from services.changes.catching_up import CatchUp
from services.planning.releases.catching_up import CatchUpHindrance


class CatchUpRead(Output):
    """An operation that did not reach clusters of an environment, and whether they get it when they answer again."""

    environment: str = Field(examples=["Production"])
    operation: str = Field(description="Its id.")
    kind: OperationKind
    clusters: list[ClusterName] = Field(description="Those that missed it.")
    ended_at: Moment | None = Field(description="When the operation ended.")
    hindrance: CatchUpHindrance | None = Field(
        description="What is in the way of their catching up by themselves; null: they do when they answer."
    )
    sentence: str = Field(
        description="All of that in plain words.",
        examples=["prod-us missed the promotion that ended at 2026-11-27 10:05 UTC. It gets it when it answers."],
    )

    @classmethod
    def of(cls, found: CatchUp) -> Self:
        return cls(
            environment=found.environment,
            operation=found.missed.operation.id,
            kind=found.missed.operation.kind,
            clusters=list(found.clusters),
            ended_at=found.missed.operation.ended_at,
            hindrance=found.hindrance,
            sentence=found.sentence,
        )


class CatchUpList(Output):
    """By environment in their order; of each, the oldest operation first."""

    items: list[CatchUpRead]
