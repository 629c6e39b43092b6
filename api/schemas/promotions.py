"""Promotions, rollbacks and releases in the contract."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from api.schemas.base import (
    ChangeRead,
    Input,
    Moment,
    Name,
    Output,
    PageRead,
    PlanDigest,
    PlanProblemRead,
    ResourceInput,
    ResourceRead,
    Text,
)
from api.schemas.bringing import Bring, RestartReaders, to_brought
from api.schemas.containers import ContainerInput, ContainerName, LeaveOut
from api.schemas.copying import CopyPlanRead
from api.schemas.gates import BreakGlassMember, GateRead
from api.schemas.hand_overs import HandOverRead
from api.schemas.strategies import Strategy, StrategyRead
from domain.images import ContainerImage, Image
from domain.stored import requests
from domain.tag_directions import Direction
from domain.words import Action, ImageConsent, OperationKind
from services.planning.images.promotion_plan import ClusterPromotionPlan

Consents = Annotated[
    list[ImageConsent],
    Field(
        max_length=10,
        description="Consents by name. `owned-until-next-upgrade`: write workloads of Helm, Argo CD or Flux as well; "
        "their owner's next upgrade or sync brings its own image back. `missing-references`: write workloads that "
        "refer to what the target lacks; their new pods may not start. `without-room`: begin although a quota or "
        "limits refuse the new pods as things are now.",
    ),
]


AskedStrategy = Annotated[
    Strategy | None,
    Field(description="If left out, the environment's. To be less careful than that takes the right to maintain."),
]


FullSoak = Annotated[
    bool,
    Field(
        description="Soak for as long as the environment's strategy says. If left out, each ring soaks for a minute at "
        "most, or for as long as its Prometheus checks look back: what is put back ran there before."
    ),
]


class PromotionRequest(Input):
    """Give the target the images that the source runs, and nothing else."""

    source_environment: Name = Field(examples=["Staging"])
    target_environment: Name = Field(examples=["Production"])
    source_cluster: Name | None = Field(None, description="Required if the source's clusters run different images.")
    containers: list[ContainerInput] | None = Field(
        None, min_length=1, max_length=2000, description="If left out, all containers that match."
    )
    strategy: AskedStrategy = None
    plan_digest: PlanDigest | None = None
    allow: Consents = Field(default_factory=list)
    leave_out: LeaveOut = Field(default_factory=list)
    bring: Bring = Field(default_factory=list)
    restart: RestartReaders = False
    break_glass: BreakGlassMember = None

    def to_request(self) -> requests.PromotionRequest:
        return requests.PromotionRequest(
            source_environment=self.source_environment,
            target_environment=self.target_environment,
            source_cluster=self.source_cluster,
            containers=tuple(each.to_ref() for each in self.containers) if self.containers is not None else None,
            plan_digest=self.plan_digest,
            strategy=self.strategy.to_strategy() if self.strategy is not None else None,
            allow=tuple(self.allow),
            leave_out=tuple(each.to_omission() for each in self.leave_out),
            bring=to_brought(self.bring),
            restart=self.restart,
        )


class RollbackRequest(Input):
    """Return an app environment to the images of a release, or exactly what an operation changed to what it was.

    Either `release` or `operation`.
    """

    release: int | None = Field(
        None, ge=1, le=2_147_483_647, description="Its number in this app environment.", examples=[3]
    )
    operation: str | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="A promotion, deploy or rollback in this app environment, however it ended: the containers that it "
        "changed get the images that they had before, cluster by cluster.",
    )
    containers: list[ContainerInput] | None = Field(
        None, min_length=1, max_length=2000, description="If left out, all containers of the release or operation."
    )
    clusters: list[Name] | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="Only on these clusters of the environment; the others stay as they are. Clusters can be chosen "
        "for the last release alone, which is to converge. If left out, all.",
    )
    with_configuration: bool = Field(
        default=False,
        description="Put the ConfigMaps and Secrets that the release holds back as well, before the images. Takes the "
        "right to maintain the application.",
    )
    objects: list[ResourceInput] | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="With `with_configuration`: only these ConfigMaps and Secrets. If left out, all that the release "
        "holds.",
        examples=[[{"api_version": "v1", "kind": "ConfigMap", "name": "settings"}]],
    )
    restart: bool = Field(
        default=False,
        description="With `with_configuration`: restart the workloads that read what is put back and get no other "
        "image.",
    )
    preempt: bool = Field(
        default=False,
        description="Stop the operation that is under way here first: it is cancelled, and ends by its own strategy; "
        "of a promotion set, all of it is, which takes the right to promote every application of the set. "
        "If it has not ended within 45 seconds, the answer is 409 `operation-underway`; it goes on stopping.",
    )
    hold_until: Moment | None = Field(
        None, description="When the hold that the rollback sets runs out. If left out: when somebody lifts it."
    )
    full_soak: FullSoak = False
    strategy: AskedStrategy = None
    plan_digest: PlanDigest | None = None
    allow: Consents = Field(default_factory=list)
    reason: Text | None = Field(
        None,
        min_length=1,
        max_length=500,
        pattern=r"\S",
        description="Why. A rollback with a reason passes freezes; the hold that it sets repeats it.",
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> "RollbackRequest":
        if (self.release is None) == (self.operation is None):
            raise ValueError("give either a release or an operation")
        if self.objects is not None and not self.with_configuration:
            raise ValueError("objects are put back with_configuration")
        if self.restart and not self.with_configuration:
            raise ValueError("restart goes with_configuration")
        if self.with_configuration and self.release is None:
            raise ValueError("configuration is put back from a release")
        return self

    def to_request(self) -> requests.RollbackRequest:
        return requests.RollbackRequest(
            release=self.release,
            operation=self.operation,
            containers=tuple(each.to_ref() for each in self.containers) if self.containers is not None else None,
            clusters=tuple(self.clusters) if self.clusters is not None else None,
            plan_digest=self.plan_digest,
            strategy=self.strategy.to_strategy() if self.strategy is not None else None,
            allow=tuple(self.allow),
            reason=self.reason,
            with_configuration=self.with_configuration,
            objects=tuple(each.to_id() for each in self.objects) if self.objects is not None else None,
            restart=self.restart,
            preempt=self.preempt,
            hold_until=self.hold_until,
            full_soak=self.full_soak,
        )


class NamedImageInput(Input):
    """A container and the image that it is to run."""

    workload: ResourceInput
    container: ContainerName
    image: str = Field(min_length=1, max_length=1000, examples=["registry.example/shop/web:1.5.0"])

    def to_image(self) -> ContainerImage:
        return ContainerImage(workload=self.workload.to_id(), container=self.container, image=Image.of(self.image))


class DeployRequest(Input):
    """Give containers the images named here, and change nothing else: either `images` or one `image`."""

    images: list[NamedImageInput] | None = Field(
        None, min_length=1, max_length=2000, description="Container by container; or else `image`."
    )
    image: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="For every container that runs its repository. Without a digest, the one that was reported for "
        "its tag last.",
        examples=["registry.example/shop/web:1.5.0"],
    )
    strategy: AskedStrategy = None
    plan_digest: PlanDigest | None = None
    allow: Consents = Field(default_factory=list)
    bring: Bring = Field(default_factory=list)
    restart: RestartReaders = False
    break_glass: BreakGlassMember = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "DeployRequest":
        if (self.images is None) == (self.image is None):
            raise ValueError("give either images, container by container, or one image")
        return self

    def to_request(self) -> requests.DeployRequest:
        return requests.DeployRequest(
            images=tuple(image.to_image() for image in self.images or ()),
            image=self.image,
            strategy=self.strategy.to_strategy() if self.strategy is not None else None,
            allow=tuple(self.allow),
            bring=to_brought(self.bring),
            restart=self.restart,
            plan_digest=self.plan_digest,
        )


class ImageRead(Output):
    """An image."""

    reference: str = Field(
        description="As it stands in a manifest.", examples=["registry.example/shop/web:1.4.2@sha256:0123"]
    )
    repository: str = Field(examples=["registry.example/shop/web"])
    tag: str | None = Field(examples=["1.4.2"])
    digest: str | None


class ContainerImageRead(Output):
    """A container and its image."""

    workload: ResourceRead
    container: str
    init: bool
    image: ImageRead
    cluster: str | None = Field(description="Null if all clusters run the same image.")


class ImageChangeRead(Output):
    """The change of one container's image."""

    workload: ResourceRead
    container: str
    init: bool
    before: ImageRead
    after: ImageRead
    action: Action = Field(description="`update`, `unchanged` or `blocked`.")
    unchanged: bool
    differs: bool = Field(description="Whether the container has another image, be it changed or blocked.")
    direction: Direction = Field(
        description="Where the change leads: in a promotion or deployment by the target's image policy, else by when "
        "the images were built, where a stored registry says that; else by the tags. `unknown` where nothing tells."
    )
    written_by: str | None = Field(
        description="The field manager that wrote `before` last, in a plan; null for Stagecoach, or if it is unknown.",
        examples=["keel", "kubectl-set"],
    )
    handed_over: HandOverRead | None = Field(
        description="What is changed at the workload's owner in its place; null if the workload itself is written."
    )


class RestoredObjectRead(Output):
    """A ConfigMap or Secret that is put back as a release has it."""

    resource: ResourceRead
    action: Action = Field(description="`create`, `update`, `unchanged`; `keep` and `blocked`: a problem says why.")
    changes: list[ChangeRead] = Field(description="The keys that change. Keys that came later are removed.")


class ClusterPromotionPlanRead(Output):
    """What a promotion would do on one cluster."""

    cluster: str
    read: bool = Field(description="False if the cluster did not answer; its part is planned once it does.")
    changes: list[ImageChangeRead] = Field(description="Every container that matches, unchanged ones too.")
    problems: list[PlanProblemRead]
    configuration: list[RestoredObjectRead] = Field(
        description="The ConfigMaps and Secrets of the release that a rollback `with_configuration` puts back, "
        "unchanged ones too; else empty."
    )
    restarts: list[ResourceRead] = Field(description="The workloads that are restarted.")

    @model_validator(mode="before")
    @classmethod
    def _from_plan(cls, value: Any) -> Any:
        if isinstance(value, ClusterPromotionPlan):
            restored = value.restore.objects if value.restore is not None else ()
            return {
                "cluster": value.cluster,
                "read": value.read,
                "changes": value.changes,
                "problems": value.problems,
                "configuration": restored,
                "restarts": value.restarts,
            }
        return value


class UnmatchedContainerRead(Output):
    """A container that only one side has."""

    workload: ResourceRead
    container: str
    side: Literal["source", "target"]


class UnmatchedRead(UnmatchedContainerRead):
    """A container that only one side has, and on which target clusters."""

    suggestion: str | None = Field(description="A container of the other side with the same repository.")
    clusters: list[str] = Field(description="The target clusters on which this is so.")


class ClusterImageRead(Output):
    """The image that one cluster runs in a container."""

    cluster: str
    image: ImageRead


class SkewRead(Output):
    """A container that the source's clusters run with different images."""

    workload: ResourceRead
    container: str
    images: list[ClusterImageRead]


class ImageCopyRead(Output):
    """An image that is copied from one registry to another, with all its platforms and what is attached to it."""

    source: str = Field(examples=["registry.dev.example/shop/web:1.5.0"])
    target: str = Field(examples=["registry.prod.example/shop/web:1.5.0"])
    digest: str = Field(description="The same in both registries.")
    blobs: int | None = Field(description="The layers and configs that the target lacked; null: not counted in time.")
    bytes: int | None = Field(description="Their size; null: not counted in time.")


class PromotionPlanRead(Output):
    """What a promotion, deploy or rollback would do, container by container, on every cluster."""

    digest: str = Field(description="Send it as `plan_digest` to execute this plan or none.")
    source_environment: str | None = Field(description="Null for a rollback or deploy.")
    source_cluster: str | None
    source_release: int | None = Field(description="Null except for a rollback to a release.")
    source_operation: str | None = Field(description="The operation that a rollback takes back; otherwise null.")
    target_environment: str
    clusters: list[ClusterPromotionPlanRead]
    unmatched: list[UnmatchedRead]
    skew: list[SkewRead] = Field(
        description="The containers that the source's clusters run with different images; `source_cluster` has to "
        "name one."
    )
    problems: list[PlanProblemRead] = Field(description="Problems of the plan as a whole; each cluster lists its own.")
    gates: list[GateRead] = Field(
        description="What would keep it from being started now; asked anew at the start, and no part of the digest."
    )
    bring: CopyPlanRead | None = Field(
        description="The keys that each cluster gets before its images, as an import by key; null: none are asked for."
    )
    copies: list[ImageCopyRead] = Field(
        description="The images that are copied to the registry of their names before a cluster is changed. No part "
        "of the digest."
    )
    strategy: StrategyRead | None = Field(
        description="By which a rollback is started: the environment's with shortened soaks, unless the request asks "
        "for another. Null for a promotion or deploy, which goes by the environment's or by that of the request."
    )
    blocked: bool = Field(description="Whether a problem prevents execution.")
    nothing_to_do: bool


class ReleaseRead(Output):
    """The images that a successful operation brought to an app environment."""

    number: int = Field(description="From 1, in this app environment.")
    operation_id: str | None = Field(description="The operation that brought it; null once it was deleted.")
    kind: OperationKind
    actor: str
    clusters: list[str] = Field(description="The clusters that have it.")
    images: list[ContainerImageRead]
    holds_configuration: bool = Field(
        description="Whether it holds ConfigMaps and Secrets as they were, so that a rollback can put them back. The "
        "newest releases do."
    )
    current: bool = Field(
        description="Whether this is what runs, as last read: of several releases with its images, the newest."
    )
    created_at: Moment


class ReleasePage(PageRead[ReleaseRead]):
    """Releases, the newest first."""
