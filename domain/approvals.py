"""Approvals: what an environment asks for, and what people voted. Values only; `services.planning.people` decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.words import OperationKind

# Rolling back is left out: a person who puts right what runs waits for no approval.
APPROVABLE = (OperationKind.PROMOTION, OperationKind.DEPLOY, OperationKind.IMPORT, OperationKind.CONFIGURE)


class ProposalState(StrEnum):
    """Where a proposal stands. All but `waiting` are final."""

    WAITING = "waiting"
    APPROVED = "approved"  # its operation was started by the last vote
    REJECTED = "rejected"
    VOID = "void"  # what would be done now is not what was voted on
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"  # by one for a newer image

    @property
    def ended(self) -> bool:
        return self is not ProposalState.WAITING


class VoteChoice(StrEnum):
    """What a person voted."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True)
class ApprovalPolicy:
    """What changes of these kinds take in an environment: `needed` approvals, one of each group among them.

    Groups are named as sign-ins tell them: `<provider>:<group>`.
    """

    needed: int
    groups: tuple[str, ...]
    kinds: tuple[OperationKind, ...]
    expires_after: timedelta

    def __str__(self) -> str:
        people = "one person" if self.needed == 1 else f"{self.needed} people"
        groups = f", one of each of these groups among them: {', '.join(self.groups)}" if self.groups else ""
        return f"{people} who may approve here{groups}"


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One person's vote. `name` is what the person was called then."""

    person_id: str
    name: str
    choice: VoteChoice
    comment: str | None
    at: datetime
