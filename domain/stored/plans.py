"""The plan that an operation executes: identities, images and fingerprints, never the content of an object."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.hand_overs import HandOver
from domain.images import ContainerImage, ContainerRef, ImageChange
from domain.problems import Problem
from domain.resources import ResourceId
from domain.stored.image_copies import ImageCopy
from domain.stored.image_deliveries import REFUSED, ImageDeliveries
from domain.stored.restarts import StoredRestarts
from domain.stored.restores import StoredRestore
from domain.stored.versions import check_version
from domain.tag_directions import Direction
from domain.words import Action, OnConflict

Side = Literal["source", "target"]


@dataclass(frozen=True, kw_only=True)
class LeftBehind:
    """What an operation leaves behind where it succeeds.

    `resources` are the objects that belong to the app environment in `namespace` from then on; None where the operation
    changes nothing of that. `images` is what each cluster (by name) runs: the release.
    """

    namespace: str
    resources: tuple[ResourceId, ...] | None
    images: Mapping[str, tuple[ContainerImage, ...]]

    def images_to_json(self) -> dict[str, Any]:
        return {cluster: [image.to_json() for image in images] for cluster, images in self.images.items()}


@dataclass(frozen=True, kw_only=True)
class StoredImages:
    """An image plan's part on one cluster.

    `read` is False where the cluster did not answer: then `desired` are the images that the source gives it, and
    the cluster is planned when it answers.
    """

    read: bool
    changes: tuple[ImageChange, ...] = ()
    desired: tuple[ContainerImage, ...] = ()
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "changes": [change.to_json() for change in self.changes],
            "wanted": [image.to_json() for image in self.desired],
            "problems": [problem.to_json() for problem in self.problems],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            read=stored["read"],
            changes=tuple(map(ImageChange.from_json, stored["changes"])),
            desired=tuple(map(ContainerImage.from_json, stored["wanted"])),
            problems=_problems(stored["problems"]),
        )


@dataclass(frozen=True, kw_only=True)
class StoredUnmatched:
    """A container that only one `side` has."""

    container: ContainerRef
    side: Side

    def to_json(self) -> dict[str, Any]:
        return {**self.container.to_json(), "side": self.side}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(container=ContainerRef.from_json(stored), side=stored["side"])


@dataclass(frozen=True, kw_only=True)
class StoredImagePlan:
    """The plan of a promotion, a deploy or a rollback; `clusters` are by name, `allow` are its consents.

    `deliveries` are the image deliveries under which it was made. `restore` is the configuration that a rollback puts
    back, `restarts` what is restarted. `copies` are the images that come to their registry first.

    `brings` is the plan of the keys that each cluster gets before its images, and `brought_keys` are their names. A
    process of the former release would not bring them, nor put back or restart, nor does it know image deliveries or
    copies of images, so a plan with any of these is of a version that it leaves alone.
    """

    VERSION: ClassVar[int] = 2

    digest: str
    source_environment: str | None
    source_cluster: str | None
    source_release: int | None
    target_environment: str
    pin: bool
    selected: tuple[ContainerRef, ...] | None
    clusters: Mapping[str, StoredImages]
    unmatched: tuple[StoredUnmatched, ...]
    problems: tuple[Problem, ...]
    leaves: LeftBehind
    source_operation: str | None = None
    allow: tuple[str, ...] = ()
    restore: StoredRestore | None = None
    restarts: StoredRestarts | None = None
    brings: "StoredCopyPlan | None" = None
    brought_keys: Mapping[ResourceId, tuple[str, ...]] = field(default_factory=dict)
    deliveries: ImageDeliveries = REFUSED
    copies: tuple[ImageCopy, ...] = ()

    @property
    def version(self) -> int:
        """The version that a process has to know to execute it."""
        newer = (
            (self.brings, self.restore, self.restarts) != (None, None, None)
            or self.deliveries != REFUSED
            or self.copies != ()
        )
        return self.VERSION if newer else 1

    def was_away(self, cluster: str) -> bool:
        """Whether the cluster did not answer when the plan was made."""
        return cluster in self.clusters and not self.clusters[cluster].read

    @property
    def downgrade(self) -> bool:
        """Whether a container gets an older image than the one that it has."""
        return any(
            change.action is Action.UPDATE and change.direction is Direction.DOWNGRADE
            for cluster in self.clusters.values()
            for change in cluster.changes
        )

    def to_json(self) -> dict[str, Any]:
        selected = [ref.to_json() for ref in self.selected] if self.selected is not None else None
        return {
            "version": self.version,
            "digest": self.digest,
            "source_environment": self.source_environment,
            "source_cluster": self.source_cluster,
            "source_release": self.source_release,
            "source_operation": self.source_operation,
            "target_environment": self.target_environment,
            "pin": self.pin,
            "selected": selected,
            "clusters": {name: cluster.to_json() for name, cluster in self.clusters.items()},
            "unmatched": [unmatched.to_json() for unmatched in self.unmatched],
            "problems": [problem.to_json() for problem in self.problems],
            "namespace": self.leaves.namespace,
            "release": self.leaves.images_to_json(),
            "allow": list(self.allow),
            **({"deliveries": self.deliveries.to_json()} if self.deliveries != REFUSED else {}),
            # Only where it is asked for: a process of the former release does not know it, nor who leaves resources.
            **({"restore": self.restore.to_json()} if self.restore is not None else {}),
            **({"restarts": self.restarts.to_json()} if self.restarts is not None else {}),
            **({"copies": [each.to_json() for each in self.copies]} if self.copies else {}),
            **({"brings": self.brings.to_json()} if self.brings is not None else {}),
            **(
                {"brought_keys": [{**each.to_json(), "keys": list(keys)} for each, keys in self.brought_keys.items()]}
                if self.brought_keys
                else {}
            ),
            **(
                {"resources": [each.to_json() for each in self.leaves.resources]}
                if self.leaves.resources is not None
                else {}
            ),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="image plan", newest=cls.VERSION)
        selected, brings = stored["selected"], stored.get("brings")
        brought = StoredCopyPlan.from_json(brings) if brings is not None else None
        return cls(
            digest=stored["digest"],
            source_environment=stored["source_environment"],
            source_cluster=stored["source_cluster"],
            source_release=stored["source_release"],
            source_operation=stored.get("source_operation"),  # the former release wrote none
            target_environment=stored["target_environment"],
            pin=stored["pin"],
            selected=tuple(map(ContainerRef.from_json, selected)) if selected is not None else None,
            clusters={name: StoredImages.from_json(cluster) for name, cluster in stored["clusters"].items()},
            unmatched=tuple(map(StoredUnmatched.from_json, stored["unmatched"])),
            problems=_problems(stored["problems"]),
            leaves=LeftBehind(
                namespace=stored["namespace"] or "",
                resources=tuple(map(ResourceId.from_json, stored["resources"])) if "resources" in stored else None,
                images=_images(stored.get("release")),
            ),
            allow=tuple(stored.get("allow") or ()),  # the first releases wrote none
            restore=StoredRestore.from_json(stored["restore"]) if "restore" in stored else None,
            restarts=StoredRestarts.from_json(stored["restarts"]) if "restarts" in stored else None,
            copies=tuple(map(ImageCopy.from_json, stored.get("copies") or ())),
            brings=brought,
            brought_keys={ResourceId.from_json(each): tuple(each["keys"]) for each in stored.get("brought_keys") or ()},
            deliveries=ImageDeliveries.from_json(stored["deliveries"]) if "deliveries" in stored else REFUSED,
        )


@dataclass(frozen=True, kw_only=True)
class StoredResource:
    """A planned resource on one cluster, with keyed fingerprints of the desired object and of the live one."""

    resource: ResourceId
    action: Action
    desired_fingerprint: str
    live_fingerprint: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            **self.resource.to_json(),
            "action": self.action.value,
            "desired": self.desired_fingerprint,
            "live": self.live_fingerprint,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            resource=ResourceId.from_json(stored),
            action=Action(stored["action"]),
            desired_fingerprint=stored["desired"],
            live_fingerprint=stored["live"],
        )


@dataclass(frozen=True, kw_only=True)
class StoredCopy:
    """A copy plan's part on one cluster."""

    namespace_action: Action
    resources: tuple[StoredResource, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "namespace_action": self.namespace_action.value,
            "resources": [resource.to_json() for resource in self.resources],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            namespace_action=Action(stored["namespace_action"]),
            resources=tuple(map(StoredResource.from_json, stored["resources"])),
        )


@dataclass(frozen=True, kw_only=True)
class CopySource:
    """The namespace that an import copies from."""

    environment: str
    cluster: str
    namespace: str

    def to_json(self) -> dict[str, Any]:
        return {"environment": self.environment, "cluster": self.cluster, "namespace": self.namespace}


@dataclass(frozen=True, kw_only=True)
class StoredCopyPlan:
    """The plan of a configure (`source` None) or an import.

    `clusters` are by name; None is a cluster that did not answer: it is planned when it does. `declared` is what was
    declared of the kinds of its resources. `restarts` are the workloads that are restarted after it. `handed_over` has,
    by cluster, the lines of Git files that are written instead of the cluster; empty where clusters are written.
    `copies` are the images that come to their registry first. A process of the former release would do none of the last
    three, so a plan that does is of a version that it leaves alone.
    """

    VERSION: ClassVar[int] = 4

    source: CopySource | None
    on_conflict: OnConflict
    clusters: Mapping[str, StoredCopy | None]
    leaves: LeftBehind
    declared: DeclaredKinds = NONE_DECLARED
    restarts: StoredRestarts | None = None
    handed_over: Mapping[str, HandOver] = field(default_factory=dict)
    copies: tuple[ImageCopy, ...] = ()

    @property
    def version(self) -> int:
        """The version that a process has to know to execute it."""
        if self.copies:
            return self.VERSION
        if self.handed_over:
            return 3
        return 1 if self.restarts is None else 2

    def was_away(self, cluster: str) -> bool:
        """Whether the cluster did not answer when the plan was made."""
        return cluster in self.clusters and self.clusters[cluster] is None

    def to_json(self) -> dict[str, Any]:
        clusters = {name: cluster.to_json() if cluster is not None else None for name, cluster in self.clusters.items()}
        resources = [resource.to_json() for resource in self.leaves.resources or ()]
        return {
            "version": self.version,
            "source": self.source.to_json() if self.source is not None else None,
            "namespace": self.leaves.namespace,
            "on_conflict": self.on_conflict.value,
            "clusters": clusters,
            "configured": {"namespace": self.leaves.namespace, "resources": resources},
            "release": self.leaves.images_to_json(),
            **({"declared": self.declared.to_json()} if self.declared.by_kind else {}),
            **({"restarts": self.restarts.to_json()} if self.restarts is not None else {}),
            **(
                {"handed_over": {name: each.to_json() for name, each in self.handed_over.items()}}
                if self.handed_over
                else {}
            ),
            **({"copies": [each.to_json() for each in self.copies]} if self.copies else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="copy plan", newest=cls.VERSION)
        source = stored["source"]
        return cls(
            source=CopySource(**source) if source is not None else None,
            on_conflict=OnConflict(stored["on_conflict"]),
            clusters={
                name: StoredCopy.from_json(cluster) if cluster is not None else None
                for name, cluster in stored["clusters"].items()
            },
            leaves=LeftBehind(
                namespace=stored["namespace"],
                resources=tuple(map(ResourceId.from_json, stored["configured"]["resources"])),
                images=_images(stored.get("release")),
            ),
            declared=DeclaredKinds.from_json(stored.get("declared", ())),
            restarts=StoredRestarts.from_json(stored["restarts"]) if "restarts" in stored else None,
            handed_over={name: HandOver.from_json(each) for name, each in (stored.get("handed_over") or {}).items()},
            copies=tuple(map(ImageCopy.from_json, stored.get("copies") or ())),
        )


StoredPlan = StoredImagePlan | StoredCopyPlan


def _images(stored: Mapping[str, Sequence[Mapping[str, Any]]] | None) -> dict[str, tuple[ContainerImage, ...]]:
    return {cluster: tuple(map(ContainerImage.from_json, images)) for cluster, images in (stored or {}).items()}


def _problems(stored: Sequence[Mapping[str, Any]]) -> tuple[Problem, ...]:
    return tuple(map(Problem.from_json, stored))
