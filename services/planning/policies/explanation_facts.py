"""The facts from which `explanation` answers why a tag is not deployed, and its answer. Values only, pure."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.follows import FollowStanding
from domain.gates import Gate
from domain.words import ImagePushState, OperationState, Verdict


class AnswerCode(StrEnum):
    """The stable codes of answers, for programs."""

    NOT_CONFIGURED = "not-configured"
    NO_EVENT = "no-event"
    UNMATCHED = "unmatched"
    IN_CUSTOM_RESOURCE = "in-custom-resource"
    REFUSED = "refused"
    HELD = "held"
    FOLLOWS = "follows"
    RESOLVING = "resolving"
    REGISTRY_ERROR = "registry-error"
    WAITING = "waiting"
    GATE_CLOSED = "gate-closed"
    DEPLOYING = "deploying"
    FAILED = "failed"
    CLUSTER_DOWN = "cluster-down"
    SUPERSEDED = "superseded"
    RUNNING = "running"
    RUNNING_PARTLY = "running-partly"


@dataclass(frozen=True, kw_only=True)
class OperationFact:
    """An operation that deploys the image push, or one that it waits for."""

    id: str
    kind: str
    state: OperationState
    message: str | None = None
    unreachable: tuple[str, ...] = ()  # the names of clusters that it did not reach


@dataclass(frozen=True, kw_only=True)
class ClusterFact:
    """What a cluster runs: `runs` says whether it is the tag in question, `since` since when.

    `reachable` is current. `healthy` says whether the workloads that run there are ready. `lacks` is what another
    cluster of the environment has and this one does not, as `Deployment web`.
    """

    name: str
    reachable: bool
    runs: bool
    healthy: bool = True
    since: datetime | None = None
    tag: str | None = None  # the tag that it runs instead
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CustomImageFact:
    """A custom resource, as `Cluster db`, that names an image of the repository in question, or of the tag."""

    resource: str
    path: str
    cluster: str
    tag: str | None


@dataclass(frozen=True, kw_only=True)
class ImagePushFact:
    """The newest image push of the tag and its state."""

    push: int
    state: ImagePushState
    repository: str | None = None
    code: str | None = None
    reason: str | None = None
    next_try_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class VerdictFact:
    """The verdict on the image push in this app environment; `by_tag` is the tag that superseded it."""

    verdict: Verdict
    code: str | None = None
    reason: str | None = None
    by_tag: str | None = None


@dataclass(frozen=True, kw_only=True)
class FollowFact:
    """What the app environment follows, and how it stands; `runs_there`: the source runs the tag.

    `standing` is None before the first look. `gates` keep automation from promoting.
    """

    source: str
    runs_there: bool
    standing: FollowStanding | None
    now: datetime
    gates: tuple[Gate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExplanationFacts:
    """Everything that is known of a tag in an app environment.

    `operation` deploys the image push; `active` is the operation in progress in the app environment, possibly the same.
    `gates` keep automation from deploying it. `catching_up` says of the clusters that an operation did not reach
    whether they get it when they answer. `digest` is set where the question is about one of several images that
    the tag has named. `follow` is None where it follows no other environment.
    """

    environment: str
    tag: str
    digest: str | None = None
    configured: bool = True
    repository_runs: bool = True
    image_push: ImagePushFact | None = None
    verdict: VerdictFact | None = None
    operation: OperationFact | None = None
    active: OperationFact | None = None
    clusters: tuple[ClusterFact, ...] = ()
    custom: tuple[CustomImageFact, ...] = ()
    gates: tuple[Gate, ...] = ()
    catching_up: tuple[str, ...] = ()
    follow: FollowFact | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`code` is stable, `sentence` for people, `details` plain JSON for programs."""

    code: AnswerCode
    sentence: str
    details: dict[str, Any] = field(default_factory=dict)
