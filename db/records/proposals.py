"""Proposals: changes that wait, or waited, for people's approval."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain.actors import ActorRef
from domain.approvals import ProposalState, Vote
from domain.rights import EVERYWHERE, ApplicationRef, EnvironmentRef, Scope
from domain.secret_text import SecretValues
from domain.stored.spec import OperationSpec
from domain.words import OperationKind, SetOrder


@dataclass(frozen=True, kw_only=True)
class NewProposedMember:
    """One application of a proposal that is filed: its request and plan as an operation stores them."""

    app_environment_id: str
    spec: OperationSpec
    plan_digest: str
    secrets: SecretValues | None


@dataclass(frozen=True, kw_only=True)
class ProposedMember:
    """One application that a proposal would change."""

    app_environment_id: str
    application: ApplicationRef
    spec: OperationSpec
    plan_digest: str


@dataclass(frozen=True, kw_only=True)
class ProposedSet:
    """What makes a proposal one of a promotion set: the order of its applications, and the group that was named."""

    order: SetOrder
    group: str | None


@dataclass(frozen=True, kw_only=True)
class ProposalRecord:
    """A proposal with its places and its votes, the first vote first. `state` is as stored: it expires by the clock.

    `members` are the applications that it would change in `environment`: one, or those of a promotion set in the order
    in which it changes them. `image_pushes` and `switched_on_by` are of what automation has filed: the pushes that it
    deploys, and who switched automatic deploys on there, where that is known. `operation_id` or `promotion_set_id` is
    what its last vote has started.
    """

    id: str
    environment: EnvironmentRef
    members: tuple[ProposedMember, ...]
    set: ProposedSet | None
    kind: OperationKind
    plan_digest: str
    comment: str | None
    requested_by: ActorRef
    state: ProposalState
    reason: str | None
    operation_id: str | None
    promotion_set_id: str | None
    image_pushes: tuple[int, ...]
    switched_on_by: ActorRef | None
    votes: tuple[Vote, ...]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @property
    def sole(self) -> ProposedMember:
        """The application of a proposal that is not of a promotion set."""
        assert self.set is None, "a promotion set has members"
        return self.members[0]


@dataclass(frozen=True, kw_only=True)
class ProposalFilter:
    """None matches every proposal. The `scopes` cover all of its places; names are compared without case."""

    application: str | None = None
    environment: str | None = None
    state: ProposalState | None = None
    requested_by: ActorRef | None = None
    scopes: Collection[Scope] = (EVERYWHERE,)
