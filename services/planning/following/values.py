"""What is decided by, and what is decided, where an environment follows another one. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.approvals import ProposalState
from domain.follows import FollowCode, FollowTerms
from domain.gates import Gate
from domain.image_mappings import ImageMapping
from domain.images import ContainerKey
from domain.words import OperationKind, OperationState
from services.planning.images.running import ClusterFacts

Content = tuple[ContainerKey, str]
"""A container, and the digest of what it runs; the image's reference where no digest is known."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The digest of a set of images, and since when (UTC) all of them have been healthy and the same."""

    images: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class FollowedSource:
    """The environment that is followed, as the live picture has it; `facts` cluster by cluster."""

    environment: str
    configured: bool
    facts: tuple[ClusterFacts, ...]
    active_operation: str | None = None


@dataclass(frozen=True, kw_only=True)
class FollowingTarget:
    """The environment that follows. By `mappings` what comes from elsewhere gets its name here."""

    environment: str
    configured: bool
    facts: tuple[ClusterFacts, ...]
    active_operation: str | None = None
    mappings: tuple[ImageMapping, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Nothing is promoted now. `due_at` is when that is looked at again though nothing has happened."""

    code: FollowCode
    detail: str
    due_at: datetime | None = None
    operation: str | None = None
    proposal: str | None = None


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A set that has been healthy for long enough; `lacking` is what of it a cluster of the target does not run yet.

    `names` are the contents as people know them: `web 1.4.0`.
    """

    lacking: frozenset[Content]
    names: Mapping[Content, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look has found. `proof` None: what the source runs is not one healthy set."""

    proof: Proof | None
    found: Wait | Proven


@dataclass(frozen=True, kw_only=True)
class PastOperation:
    """An operation that changed images and has ended: what it `brought`, or tried to, and what it `replaced`."""

    id: str
    kind: OperationKind
    state: OperationState
    by: str
    by_automation: bool
    created_at: datetime
    brought: frozenset[Content]
    replaced: frozenset[Content]
    message: str | None = None


@dataclass(frozen=True, kw_only=True)
class LastProposal:
    """The newest proposal that Stagecoach has filed in the target; `brings` are the contents that it would bring."""

    id: str
    state: ProposalState
    created_at: datetime
    expires_at: datetime
    brings: frozenset[Content]
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What rows say of source and target. `there` and `here` are past operations of both, the newest first.

    `passed` and `not_passed` are the names of the checks that the newest of the source passed, and did not pass.
    `approvals`: to promote takes approvals.
    `lost_right` says why who switched it on may not promote here any more, None while they may.
    """

    there: tuple[PastOperation, ...] = ()
    here: tuple[PastOperation, ...] = ()
    passed: frozenset[str] = frozenset()
    not_passed: frozenset[str] = frozenset()
    gates: tuple[Gate, ...] = ()
    approvals: bool = False
    proposal: LastProposal | None = None
    lost_right: str | None = None


@dataclass(frozen=True, kw_only=True)
class Act:
    """Promote the proven set now, or with `proposes`, ask people to approve that."""

    proposes: bool


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms with the names of both environments, for sentences."""

    terms: FollowTerms
    source: str
    target: str
