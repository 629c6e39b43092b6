"""The requests of operations, by kind. No document holds a Secret's value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from domain.image_mappings import ImageMapping
from domain.images import ContainerImage, ContainerRef, Omission
from domain.resources import Manifest, ResourceId
from domain.stored.brought import BroughtKeys, brought_from_json, brought_to_json
from domain.stored.levels import StoredLevel
from domain.stored.restarts import RestartRequest
from domain.stored.strategies import Strategy
from domain.stored.versions import check_version
from domain.words import CopyDelivery, ImageConsent, OnConflict

# What a process that knows version 1 cannot read in `allow`.
_CONSENTS_OF_VERSION_2 = frozenset({ImageConsent.MISSING_REFERENCES, ImageConsent.WITHOUT_ROOM})


@dataclass(frozen=True, kw_only=True)
class PromotionRequest:
    """Give the target environment the source's images.

    `containers` None means all that match; `plan_digest` None accepts any plan; `strategy` None is the environment's.
    `leave_out` are those that stay as they are although they match. `bring` are keys that the target gets first, and
    with `restart` the workloads that read them and get no other image get new pods.
    `in_set`: it is a member of a promotion set, which a process of the former release must not execute: it is written
    in a version of its own. So is one that leaves out what such a process would promote, or restarts what it would not.
    """

    VERSION: ClassVar[int] = 5

    source_environment: str
    target_environment: str
    source_cluster: str | None = None
    containers: tuple[ContainerRef, ...] | None = None
    plan_digest: str | None = None
    strategy: Strategy | None = None
    allow: tuple[ImageConsent, ...] = ()
    leave_out: tuple[Omission, ...] = ()
    bring: tuple[BroughtKeys, ...] = ()
    restart: bool = False
    in_set: bool = False

    @property
    def version(self) -> int:
        """The version that a process has to know to read it."""
        if self.restart:
            return 5
        return 4 if self.leave_out else _version_for(self.allow, in_set=self.in_set)

    def to_json(self) -> dict[str, Any]:
        containers = [ref.to_json() for ref in self.containers] if self.containers is not None else None
        return {
            "version": self.version,
            "source_environment": self.source_environment,
            "target_environment": self.target_environment,
            "source_cluster": self.source_cluster,
            "containers": containers,
            "plan_digest": self.plan_digest,
            "strategy": _strategy_to_json(self.strategy),
            "allow": [consent.value for consent in self.allow],
            **({"leave_out": [each.to_json() for each in self.leave_out]} if self.leave_out else {}),
            **brought_to_json(self.bring),
            **({"restart": True} if self.restart else {}),
            **({"in_set": True} if self.in_set else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="promotion request", newest=cls.VERSION)
        containers = stored["containers"]
        return cls(
            source_environment=stored["source_environment"],
            target_environment=stored["target_environment"],
            source_cluster=stored["source_cluster"],
            containers=tuple(map(ContainerRef.from_json, containers)) if containers is not None else None,
            plan_digest=stored["plan_digest"],
            strategy=_strategy_from_json(stored["strategy"]),
            allow=_consents(stored),
            leave_out=tuple(map(Omission.from_json, stored.get("leave_out") or ())),
            bring=brought_from_json(stored),
            restart=bool(stored.get("restart")),
            in_set=bool(stored.get("in_set")),
        )


@dataclass(frozen=True, kw_only=True)
class RollbackRequest:
    """Go back to the images of a release, by its number, or to those that an operation replaced: one of both.

    `containers` None means all of them, and `clusters` (their names) all of the environment; `plan_digest` None:
    whatever is planned at the start. With a `reason` it passes freezes. `with_configuration` puts the ConfigMaps and
    Secrets of the release back as well, `objects` only these. `restart` replaces the pods that read
    what is put back and get no other image. `preempt` stops the operation that is under way first.
    `hold_until` is when the hold that it sets runs out; None: when somebody lifts it. `full_soak`: it soaks for as long
    as the environment's strategy says. `in_set` is as for a promotion.
    """

    VERSION: ClassVar[int] = 3

    release: int | None = None
    operation: str | None = None
    containers: tuple[ContainerRef, ...] | None = None
    clusters: tuple[str, ...] | None = None
    plan_digest: str | None = None
    strategy: Strategy | None = None
    allow: tuple[ImageConsent, ...] = ()
    reason: str | None = None
    with_configuration: bool = False
    objects: tuple[ResourceId, ...] | None = None
    preempt: bool = False
    restart: bool = False
    hold_until: datetime | None = None
    full_soak: bool = False
    in_set: bool = False

    @property
    def version(self) -> int:
        """The version that a process has to know to read it."""
        return _version_for(self.allow, in_set=self.in_set)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "release": self.release,
            "operation": self.operation,
            "containers": [ref.to_json() for ref in self.containers] if self.containers is not None else None,
            "plan_digest": self.plan_digest,
            "strategy": _strategy_to_json(self.strategy),
            "allow": [consent.value for consent in self.allow],
            "reason": self.reason,
            # Only where they are chosen: a process of the former release does not know them.
            **({"clusters": list(self.clusters)} if self.clusters is not None else {}),
            **({"with_configuration": True} if self.with_configuration else {}),
            **({"objects": [each.to_json() for each in self.objects]} if self.objects is not None else {}),
            **({"preempt": True} if self.preempt else {}),
            **({"restart": True} if self.restart else {}),
            **({"hold_until": self.hold_until.isoformat()} if self.hold_until is not None else {}),
            **({"full_soak": True} if self.full_soak else {}),
            **({"in_set": True} if self.in_set else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="rollback request", newest=cls.VERSION)
        containers = stored.get("containers")  # the former release wrote none, and no operation
        clusters = stored.get("clusters")
        return cls(
            release=stored["release"],
            operation=stored.get("operation"),
            containers=tuple(map(ContainerRef.from_json, containers)) if containers is not None else None,
            clusters=tuple(clusters) if clusters is not None else None,
            plan_digest=stored["plan_digest"],
            strategy=_strategy_from_json(stored["strategy"]),
            allow=_consents(stored),
            reason=stored.get("reason"),  # the former release wrote none
            with_configuration=bool(stored.get("with_configuration")),
            objects=tuple(map(ResourceId.from_json, stored["objects"])) if "objects" in stored else None,
            preempt=bool(stored.get("preempt")),
            restart=bool(stored.get("restart")),
            hold_until=datetime.fromisoformat(stored["hold_until"]) if "hold_until" in stored else None,
            full_soak=bool(stored.get("full_soak")),
            in_set=bool(stored.get("in_set")),
        )


@dataclass(frozen=True, kw_only=True)
class DeployRequest:
    """Give containers the images that are named.

    Either `images` name them container by container, or one `image` is for every container that runs its repository;
    what is stored then has both: the image as asked, and the containers that it was found to be for. `bring` are keys
    that the target gets first, all of them typed in; `restart` is as for a promotion.
    """

    VERSION: ClassVar[int] = 3

    images: tuple[ContainerImage, ...] = ()
    image: str | None = None
    plan_digest: str | None = None
    strategy: Strategy | None = None
    allow: tuple[ImageConsent, ...] = ()
    bring: tuple[BroughtKeys, ...] = ()
    restart: bool = False

    @property
    def version(self) -> int:
        """The version that a process has to know to read it."""
        return 3 if self.restart else _version_for(self.allow)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "image": self.image,
            "images": [image.to_json() for image in self.images],
            "plan_digest": self.plan_digest,
            "strategy": _strategy_to_json(self.strategy),
            "allow": [consent.value for consent in self.allow],
            **brought_to_json(self.bring),
            **({"restart": True} if self.restart else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="deploy request", newest=cls.VERSION)
        return cls(
            images=tuple(map(ContainerImage.from_json, stored["images"])),
            image=stored["image"],
            plan_digest=stored["plan_digest"],
            strategy=_strategy_from_json(stored["strategy"]),
            allow=_consents(stored),
            bring=brought_from_json(stored),
            restart=bool(stored.get("restart")),
        )


@dataclass(frozen=True, kw_only=True)
class StoredOverrides:
    """`domain.overrides.Overrides` without Secret values: `secrets` holds a mark for each value, None for a removal."""

    config_maps: Mapping[str, Mapping[str, str | None]]
    secrets: Mapping[str, Mapping[str, str | None]]
    replicas: Mapping[str, int]
    ingress_hosts: Mapping[str, str]
    storage_classes: Mapping[str, str]
    ingress_classes: Mapping[str, str]
    suspend_cron_jobs: bool | None
    allow: tuple[str, ...]
    leave_out: tuple[str, ...] = ()
    namespace_labels: tuple[str, ...] = ()
    only_keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "config_maps": {name: dict(keys) for name, keys in self.config_maps.items()},
            "secrets": {name: dict(keys) for name, keys in self.secrets.items()},
            "replicas": dict(self.replicas),
            "ingress_hosts": dict(self.ingress_hosts),
            "storage_classes": dict(self.storage_classes),
            "ingress_classes": dict(self.ingress_classes),
            "suspend_cron_jobs": self.suspend_cron_jobs,
            "allow": list(self.allow),
            # Only where they are used: a process of the former release does not know them.
            **({"leave_out": list(self.leave_out)} if self.leave_out else {}),
            **({"namespace_labels": list(self.namespace_labels)} if self.namespace_labels else {}),
            **({"only_keys": {name: list(keys) for name, keys in self.only_keys.items()}} if self.only_keys else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        lists = {name: tuple(stored.get(name) or ()) for name in ("allow", "leave_out", "namespace_labels")}
        only_keys = {name: tuple(keys) for name, keys in (stored.get("only_keys") or {}).items()}
        return cls(**{**stored, **lists, "only_keys": only_keys})


@dataclass(frozen=True, kw_only=True)
class ImportSource:
    """Where the resources of an import are copied from."""

    environment: str
    cluster: str
    namespace: str
    resources: tuple[ResourceId, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "cluster": self.cluster,
            "namespace": self.namespace,
            "resources": [resource.to_json() for resource in self.resources],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            environment=stored["environment"],
            cluster=stored["cluster"],
            namespace=stored["namespace"],
            resources=tuple(map(ResourceId.from_json, stored["resources"])),
        )


@dataclass(frozen=True, kw_only=True)
class CopyRequest:
    """A configure (`manifests`, with marks for Secret values) or an import (`source`).

    `restart`: workloads that read what is changed are restarted after it. With `level`, an import brings one cluster
    level with the others of its environment. `delivery` is where it is written. By `image_mappings` images of the
    source get the names under which the target pulls them.
    """

    VERSION: ClassVar[int] = 5

    namespace: str
    on_conflict: OnConflict
    overrides: StoredOverrides
    source: ImportSource | None = None
    manifests: tuple[Manifest, ...] = ()
    restart: bool = False
    level: StoredLevel | None = None
    delivery: CopyDelivery = CopyDelivery.CLUSTER
    image_mappings: tuple[ImageMapping, ...] = ()

    @property
    def version(self) -> int:
        """The version that a process has to know to execute it.

        The first one would not restart anything, the second one would bring a cluster other images, the third one would
        write to the cluster what is to go to Git, the fourth one would write images by their names in the source.
        """
        if self.image_mappings:
            return 5
        if self.delivery is not CopyDelivery.CLUSTER:
            return 4
        if self.level is not None:
            return 3
        return 2 if self.restart else 1

    def to_json(self) -> dict[str, Any]:
        what = (
            {"source": self.source.to_json()}
            if self.source is not None
            else {"manifests": [manifest.body for manifest in self.manifests]}
        )
        return {
            "version": self.version,
            "namespace": self.namespace,
            "on_conflict": self.on_conflict.value,
            "overrides": self.overrides.to_json(),
            **({"restart": True} if self.restart else {}),
            **({"level": self.level.to_json()} if self.level is not None else {}),
            **({"delivery": self.delivery.value} if self.delivery is not CopyDelivery.CLUSTER else {}),
            **({"image_mappings": [each.to_json() for each in self.image_mappings]} if self.image_mappings else {}),
            **what,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="copy request", newest=cls.VERSION)
        source, level = stored.get("source"), stored.get("level")
        return cls(
            namespace=stored["namespace"],
            on_conflict=OnConflict(stored["on_conflict"]),
            overrides=StoredOverrides.from_json(stored["overrides"]),
            source=ImportSource.from_json(source) if source is not None else None,
            manifests=tuple(map(Manifest, stored.get("manifests") or ())),
            restart=bool(stored.get("restart")),
            level=StoredLevel.from_json(level) if level is not None else None,
            delivery=CopyDelivery(stored.get("delivery", CopyDelivery.CLUSTER)),
            image_mappings=tuple(map(ImageMapping.from_json, stored.get("image_mappings") or ())),
        )


StoredRequest = PromotionRequest | RollbackRequest | DeployRequest | CopyRequest | RestartRequest


def _strategy_to_json(strategy: Strategy | None) -> dict[str, Any]:
    # The environment's, where the request names none. A process of the former release reads it as all at once.
    return Strategy().to_json() | {"of_environment": True} if strategy is None else strategy.to_json()


def _strategy_from_json(stored: Mapping[str, Any]) -> Strategy | None:
    return None if stored.get("of_environment") else Strategy.from_json(stored)


def _version_for(allow: Iterable[ImageConsent], *, in_set: bool = False) -> int:
    if in_set:
        return 3
    return 1 if _CONSENTS_OF_VERSION_2.isdisjoint(allow) else 2


def _consents(stored: Mapping[str, Any]) -> tuple[ImageConsent, ...]:
    return tuple(map(ImageConsent, stored.get("allow") or ()))  # the first releases wrote none
