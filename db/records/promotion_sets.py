"""Promotion sets and groups of applications."""

from dataclasses import dataclass
from datetime import datetime

from db.records.operations import OperationRecord
from domain.rights import ApplicationRef
from domain.words import OperationKind, OperationState, SetOrder


@dataclass(frozen=True, kw_only=True)
class PromotionSetRecord:
    """A set with its members, in the order in which it changes them. Environments have the names that they had then.

    `takes_back` is the set that a rollback takes back.
    """

    id: str
    kind: OperationKind
    state: OperationState
    source_environment: str | None
    environment: str
    group: str | None
    order: SetOrder
    takes_back: str | None
    plan_digest: str
    actor: str
    attempt: int
    members: tuple[OperationRecord, ...]
    message: str | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    idempotency_fingerprint: str | None

    @property
    def active(self) -> tuple[OperationRecord, ...]:
        """The members that have not ended."""
        return tuple(each for each in self.members if not each.state.ended)


@dataclass(frozen=True, kw_only=True)
class UnfinishedSet:
    """A set that is queued or running."""

    id: str
    attempt: int
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApplicationGroupRecord:
    """A group of applications, in the order in which a set changes them one by one."""

    id: str
    name: str
    applications: tuple[ApplicationRef, ...]
