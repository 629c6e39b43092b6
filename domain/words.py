"""The enumerations that rows hold. This module imports nothing, so every layer can use them."""

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


class Role(RenamedWord):
    """What a subject may do; `domain.rights` says which rights each role holds."""

    VIEWER = "viewer"  # reads
    PROMOTER = "promoter"  # also promotes, deploys, rolls back
    APPROVER = "approver"  # reads, and decides about proposals; starts nothing
    MAINTAINER = "maintainer", "operator"  # a promoter who also adopts, configures, imports and changes settings
    ADMIN = "admin"  # also clusters, environments, registries, people


class DeployMode(StrEnum):
    """`manual`: new images are offered, and people promote or deploy.

    `auto`: pushed images are deployed automatically; promotions are refused. `follow`: what has been healthy in another
    environment for long enough is promoted automatically; for the rest it is as on `manual`.
    """

    MANUAL = "manual"
    AUTO = "auto"
    FOLLOW = "follow"


STORED_DEPLOY_MODES = (DeployMode.MANUAL, DeployMode.AUTO)
"""What rows hold: one that follows has `manual`, as the former release knows it, and what it follows beside that."""


class Pin(StrEnum):
    """Whether a promotion writes `repo:tag@sha256:…` or the tag alone."""

    DIGEST = "digest"
    TAG = "tag"


class ImageDelivery(StrEnum):
    """How new images reach a workload that something else owns; docs/owners.md has a part for each."""

    # Stagecoach writes the object in its own name, where nobody else has the image.
    DIRECT = "direct"
    # It writes the object in its owner's name: that holds until the owner's next upgrade or sync.
    AS_OWNER = "as-owner"
    # It has the workload's Helm release upgraded, with the values that name the image.
    HELM = "helm"
    # It gives the workload's application of Argo CD an override for the image, and asks it to sync.
    ARGOCD = "argocd"
    # It changes the HelmRelease or Kustomization of Flux that the workload comes from.
    FLUX = "flux"
    # It changes the file of a Git repository from which whoever delivers the workload takes the image.
    GIT = "git"
    # It does not write it.
    REFUSE = "refuse"


class FileForm(StrEnum):
    """In which way a file names images."""

    KUSTOMIZATION = "kustomization"  # an entry under `images`
    VALUES = "values"  # at paths of a values file
    MANIFEST = "manifest"  # in the containers of the workload itself


class ImageConsent(StrEnum):
    """What a caller accepts with a change of images, by its name in `allow`."""

    # A workload of Helm, Argo CD or Flux is written, and its owner brings its own image back.
    OWNED_UNTIL_NEXT_UPGRADE = "owned-until-next-upgrade"
    # New pods refer to something that the target lacks, and may not start.
    MISSING_REFERENCES = "missing-references"
    # Quotas or limits of the namespace refuse the new pods as things are now.
    WITHOUT_ROOM = "without-room"


class Action(StrEnum):
    """What a plan does to one object on one cluster."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    KEEP = "keep"  # the live object differs, and the request says to keep it
    BLOCKED = "blocked"  # a problem prevents it


class OnConflict(StrEnum):
    """What happens to a target object that exists and differs."""

    FAIL = "fail"
    OVERWRITE = "overwrite"
    KEEP = "keep"


class CopyDelivery(StrEnum):
    """Where a copy is written."""

    CLUSTER = "cluster"  # to the clusters themselves
    GIT = "git"  # to the Git folder that they are delivered from


class OnFailure(StrEnum):
    """What happens on a cluster whose rollout failed: its new images stay, or its previous images are restored."""

    STAY = "stay"
    ROLL_BACK = "roll-back"


class FailurePolicy(StrEnum):
    """What a failure on some clusters means for the others; docs/decisions/what-failure-means.md."""

    ALL_OR_NOTHING = "all-or-nothing"  # every changed cluster goes back to its own former images
    QUORUM = "quorum"  # so many have to be good: the others go back, or all of them where there are too few
    STOP = "stop"  # the ring goes back, earlier rings keep what is good, later ones do not begin
    BEST_EFFORT = "best-effort"  # only the cluster itself goes back, and the next ring begins


class SetOrder(StrEnum):
    """In which order a promotion set changes its applications, ring by ring."""

    ALL_AT_ONCE = "all-at-once"
    ONE_BY_ONE = "one-by-one"  # as they are listed: each begins when the one before has rolled out in the ring


class OperationKind(StrEnum):
    """What an operation does. Adopting and accepting have no operation; the word marks their releases."""

    ADOPT = "adopt"
    CONFIGURE = "configure"
    IMPORT = "import"
    PROMOTION = "promotion"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    RESTART = "restart"


class OperationState(StrEnum):
    """`succeeded`: every cluster ended succeeded or unchanged. `failed`: at least one did not.

    `cancelled`: a person cancelled it, and a cluster did not succeed.
    """

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in {OperationState.SUCCEEDED, OperationState.FAILED, OperationState.CANCELLED}


class PauseDecision(StrEnum):
    """What a person decides about an operation that a gate has paused."""

    CONTINUE = "continue"
    UNDO = "undo"  # restore the previous images on the clusters that were changed
    CANCEL = "cancel"


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
    """The type of an entry of an operation's timeline; docs/events.md describes the `data` of each."""

    OPERATION_QUEUED = "operation.queued"
    OPERATION_STARTED = "operation.started"
    OPERATION_CANCEL_REQUESTED = "operation.cancel-requested"
    OPERATION_RETRIED = "operation.retried"
    OPERATION_RESUMED = "operation.resumed"
    OPERATION_PAUSED = "operation.paused"  # by a gate, before its next write or wave
    OPERATION_CONTINUED = "operation.continued"
    OPERATION_UNDO_REQUESTED = "operation.undo-requested"
    OPERATION_ENDED = "operation.ended"
    CLUSTER_STARTED = "cluster.started"
    CLUSTER_ENDED = "cluster.ended"
    RESOURCE_APPLIED = "resource.applied"
    IMAGES_CHANGED = "images.changed"
    ROLLOUT_PROGRESSED = "rollout.progressed"
    UNDO_STARTED = "undo.started", "rollback.started"
    SOAK_STARTED = "soak.started"  # the health of all clusters changed so far is watched before the next ring
    SOAK_ENDED = "soak.ended"
    CHECK_STARTED = "check.started"
    CHECK_ENDED = "check.ended"
    HOOK_STARTED = "hook.started"
    HOOK_ENDED = "hook.ended"
    IMAGE_COPY_STARTED = "image-copy.started"  # to the registry that the environment pulls from
    IMAGE_COPY_PROGRESSED = "image-copy.progressed"
    IMAGE_COPY_ENDED = "image-copy.ended"


class Reachability(StrEnum):
    """The result of the last probe of a cluster."""

    UNKNOWN = "unknown"  # not probed yet
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"  # no connection, or no answer in time
    REFUSED = "refused"  # it answers, but rejects the credential, or its certificate is not trusted


class ClusterPhase(RenamedWord):
    """The phase of an operation on one cluster; one that has ended has an `Outcome`."""

    WAITING = "waiting"
    APPLYING = "applying", "acting"  # objects are being applied, or images changed
    WATCHING = "watching"  # everything is written; its rollouts are watched
    UNDOING = "undoing"  # its previous images are being restored
    ENDED = "ended"


class SignInKind(StrEnum):
    """What a stored secret of a sign-in is."""

    CODE = "code"  # signs one browser in, once
    SESSION = "session"


class Provider(StrEnum):
    """The kind of sender that reports image pushes to a receiver; it decides the format and the proof of origin."""

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
    """The result of a request to a receiver."""

    ACCEPTED = "accepted"  # it reported at least one image push
    IGNORED = "ignored"  # understood, but no image push
    REPEATED = "repeated"  # it, or the image push that it reports, was received before
    UNMATCHED = "unmatched"  # nothing here runs what it reports
    CONFIRMED = "confirmed"  # no report: the sender asked to confirm its subscription
    UNREADABLE = "unreadable"
    REJECTED = "rejected"  # its proof of origin is missing or wrong


class ImagePushOrigin(StrEnum):
    """How a tag was found."""

    WEBHOOK = "webhook"
    POLL = "poll"
    BASELINE = "baseline"  # it existed when polling began: known, and not deployed


class ImagePushState(StrEnum):
    """The state of an image push; what becomes of it in each app environment is its `Verdict` there."""

    WAITING = "waiting"  # its registry has to be queried, perhaps again
    READY = "ready"  # all that its registry returned is known; the verdicts are not decided yet
    DECIDED = "decided"
    VOID = "void"  # nothing new, or not an image: it has no verdicts


class Verdict(RenamedWord):
    """What becomes of an image push in an app environment."""

    REFUSED = "refused"  # by a rule of its image policies
    OFFERED = "offered"  # people deploy here
    PENDING = "pending", "wanted"  # to be deployed as soon as the app environment is free
    BLOCKED = "blocked"  # it was to be deployed, and the plan has problems
    DEPLOYING = "deploying"  # by an operation, whose outcome is its own
    UNCHANGED = "unchanged"  # this image runs here already
    SUPERSEDED = "superseded"  # a newer image push takes its place


class CredentialKind(StrEnum):
    """How Stagecoach authenticates to a registry or a Git server."""

    ANONYMOUS = "anonymous"
    BASIC = "basic"
    BEARER = "bearer"


class GitProvider(StrEnum):
    """Whose interface opens pull requests (GitLab: merge requests)."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"  # and Forgejo
    BITBUCKET = "bitbucket"  # the cloud
    BITBUCKET_DATA_CENTER = "bitbucket-data-center"


class ChannelKind(StrEnum):
    """How a channel's notifications are sent."""

    SLACK = "slack"  # a bot: it can change the messages that it sent
    SLACK_WEBHOOK = "slack-webhook"  # an incoming webhook: one message a notification
    TEAMS = "teams"  # a workflow's address
    EMAIL = "email"
    WEBHOOK = "webhook"  # signed as Standard Webhooks says


class MailSecurity(StrEnum):
    """How the connection to a mail server is encrypted."""

    TLS = "tls"  # from its first byte
    STARTTLS = "starttls"
    NONE = "none"


class OutboxState(StrEnum):
    """The state of a notification for one channel."""

    WAITING = "waiting"  # to be sent, perhaps again
    SENT = "sent"
    REPLACED = "replaced"  # a later notification of the same subject took its place before it was sent
    DEAD = "dead"  # every try failed, or the channel was disabled; a person can have it sent again
