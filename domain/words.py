"""The words of the design that rows hold: enumerations only, importing nothing, so that every layer may use them."""

from enum import StrEnum
from typing import Self


class RenamedWord(StrEnum):
    """An enumeration in which a word may have a former spelling: `NEW = "new", "former"`.

    Both spellings are read. docs/decisions/words-change-in-two-steps.md says which one rows hold, and for how long.
    """

    former: str | None

    def __new__(cls, word: str, former: str | None = None) -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.former = former
        return member

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((each for each in cls if each.former is not None and each.former == value), None)


class Role(StrEnum):
    """Who may what: a viewer reads, an operator starts operations, an admin connects clusters and gives out tokens."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class DeployMode(StrEnum):
    """`manual`: new images are only offered, people promote. `auto`: pushed images roll out, nobody promotes."""

    MANUAL = "manual"
    AUTO = "auto"


class Pin(StrEnum):
    """Whether a promotion writes `repo:tag@sha256:…` or the tag alone."""

    DIGEST = "digest"
    TAG = "tag"


class Action(StrEnum):
    """What a plan does to one object on one cluster."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    KEEP = "keep"  # it is there and differs; the request says to leave it
    BLOCKED = "blocked"  # a problem says why


class OnConflict(StrEnum):
    """What becomes of a target object that is there already and differs."""

    FAIL = "fail"
    OVERWRITE = "overwrite"
    KEEP = "keep"


class OnFailure(StrEnum):
    """What becomes of a cluster whose rollout failed: its new images stay, or its former images come back."""

    STAY = "stay"
    ROLL_BACK = "roll-back"


class OperationKind(StrEnum):
    ADOPT = "adopt"
    CONFIGURE = "configure"
    IMPORT = "import"
    PROMOTION = "promotion"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"


class OperationState(StrEnum):
    """`succeeded`: every cluster ended succeeded or unchanged. `failed`: at least one did not.

    `cancelled`: a person stopped it.
    """

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in {OperationState.SUCCEEDED, OperationState.FAILED, OperationState.CANCELLED}


class Outcome(StrEnum):
    """How an operation ended on one cluster."""

    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    ROLLED_BACK = "rolled-back"
    SKIPPED = "skipped"
    UNREACHABLE = "unreachable"

    @property
    def good(self) -> bool:
        return self in {Outcome.SUCCEEDED, Outcome.UNCHANGED}


class EventType(RenamedWord):
    """What an entry of an operation's timeline says; its `data` is described in docs/events.md."""

    OPERATION_QUEUED = "operation.queued"
    OPERATION_STARTED = "operation.started"
    OPERATION_CANCEL_REQUESTED = "operation.cancel-requested"
    OPERATION_RETRIED = "operation.retried"
    OPERATION_RESUMED = "operation.resumed"
    OPERATION_ENDED = "operation.ended"
    CLUSTER_STARTED = "cluster.started"
    CLUSTER_ENDED = "cluster.ended"
    RESOURCE_APPLIED = "resource.applied"
    IMAGES_CHANGED = "images.changed"
    ROLLOUT_PROGRESSED = "rollout.progressed"
    UNDO_STARTED = "undo.started", "rollback.started"


class Reachability(StrEnum):
    """What the last attempt to speak to a cluster came to."""

    UNKNOWN = "unknown"  # nobody has tried yet
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"  # no connection, or no answer in time
    REFUSED = "refused"  # it answers, but does not take the credential, or we do not trust its certificate


class ClusterPhase(RenamedWord):
    """How far an operation has come on one cluster; when it has ended, its `Outcome` says how."""

    WAITING = "waiting"
    APPLYING = "applying", "acting"  # objects are being applied, or images changed
    WATCHING = "watching"  # everything is written; its rollouts are followed
    UNDOING = "undoing"  # its former images are being put back
    ENDED = "ended"


class SignInKind(StrEnum):
    CODE = "code"  # signs one browser in, once
    SESSION = "session"


class Provider(StrEnum):
    """Who reports pushed images to a receiver, and so in which form and with which proof."""

    DOCKER_HUB = "docker-hub"
    GHCR = "ghcr"
    QUAY = "quay"
    HARBOR = "harbor"
    ACR = "acr"
    ECR = "ecr"  # EventBridge's API destination
    ECR_SNS = "ecr-sns"
    GOOGLE = "google"  # Artifact Registry and Container Registry, by Pub/Sub
    GITLAB = "gitlab"
    DISTRIBUTION = "distribution"
    ARTIFACTORY = "artifactory"
    NEXUS = "nexus"
    GITEA = "gitea"  # and Forgejo
    CLOUDEVENTS = "cloudevents"
    CI = "ci"  # the plain form


class DeliveryFate(StrEnum):
    """What became of a request that came to a receiver."""

    ACCEPTED = "accepted"  # it reported at least one image, which then goes its own way
    IGNORED = "ignored"  # understood, and nothing that was pushed
    REPEATED = "repeated"  # it, or what it reports, came before
    UNMATCHED = "unmatched"  # nothing here runs what it reports
    CONFIRMED = "confirmed"  # it was no report: the sender asked whether we want its reports
    UNREADABLE = "unreadable"
    REJECTED = "rejected"  # it could not prove where it comes from


class ImagePushOrigin(StrEnum):
    """How we came to know of a tag."""

    WEBHOOK = "webhook"
    POLL = "poll"
    BASELINE = "baseline"  # it was there when polling began: known, and no news


class ImagePushState(StrEnum):
    """How far a pushed image has come; what becomes of it in each app environment is its `Verdict` there."""

    WAITING = "waiting"  # to be looked up at its registry, or tried again there
    READY = "ready"  # known as well as it can be; to be decided upon
    DECIDED = "decided"
    VOID = "void"  # no news, or no image: it goes nowhere


class Verdict(RenamedWord):
    """What becomes of a pushed image in an app environment."""

    REFUSED = "refused"  # by a rule of its image policies
    OFFERED = "offered"  # people deploy here
    PENDING = "pending", "wanted"  # to be deployed as soon as the app environment is free
    BLOCKED = "blocked"  # it was to be deployed, and the plan has problems
    DEPLOYING = "deploying"  # by an operation, which says how it went
    UNCHANGED = "unchanged"  # that very image runs here already
    SUPERSEDED = "superseded"  # a newer one came, or had come


class CredentialKind(StrEnum):
    """How Stagecoach proves itself to a registry."""

    ANONYMOUS = "anonymous"
    BASIC = "basic"
    BEARER = "bearer"
