"""What pre-flight judges: the facts of one target cluster, and what the plan would change there. Pure values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.cluster_api import Right
from domain.comparisons import ObjectField
from domain.divergences import Divergence
from domain.images import ImageChange
from domain.resources import Manifest
from domain.words import Action
from services.planning.comparing.missing import KeysOn
from services.planning.images.running import ClusterFacts
from services.planning.objects.identity import ObjectKey
from services.planning.preflight.registry_values import RegistryAnswers


@dataclass(frozen=True, kw_only=True)
class ConfigurationFacts:
    """The objects that pods refer to: those that are there, with the keys of ConfigMaps and Secrets, and those not.

    Of any other object nothing is known. No value of a key comes here.
    """

    keys: Mapping[ObjectKey, frozenset[str]] = field(default_factory=dict)
    absent: frozenset[ObjectKey] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What is around the workloads: what bounds new pods in the namespace, and what they need of the cluster.

    Empty for what the credential may not list. `nodes`, `claims` and `storage_classes` are None where no workload
    depends on them, or where they may not be listed; `claims` are the names of those that are bound.
    """

    read_at: datetime
    quotas: tuple[Manifest, ...] = ()
    limit_ranges: tuple[Manifest, ...] = ()
    autoscalers: tuple[Manifest, ...] = ()
    nodes: tuple[Manifest, ...] | None = None
    claims: frozenset[str] | None = None
    storage_classes: tuple[Manifest, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class PreflightFacts:
    """What was read of one target cluster. Each part has a member, None where it was not read.

    `unread` are kinds, as `Secrets`, that the credential may not read: findings that need them cannot be made.
    `divergences` are those that are known of the app environment. `lacking_job_rights` are those that Jobs of the
    strategy need there.
    """

    cluster: str
    running: ClusterFacts
    configuration: ConfigurationFacts | None = None
    surroundings: Surroundings | None = None
    divergences: tuple[Divergence, ...] = ()
    lacking_job_rights: frozenset[Right] = frozenset()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SourceKeys:
    """The keys of the source's ConfigMaps and Secrets by cluster, and the fields that are meant to differ from them."""

    environment: str
    clusters: Sequence[KeysOn]
    expected: Sequence[ObjectField] = ()


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What was read for pre-flight: the facts of target clusters that answered, and of the source, if there is one."""

    targets: tuple[PreflightFacts, ...] = ()
    source: SourceKeys | None = None
    registry: RegistryAnswers = field(default_factory=RegistryAnswers)


@dataclass(frozen=True, kw_only=True)
class PlannedOn:
    """What a plan would change on one target cluster, and from what. `allow` are the consents of its request.

    `registry` is what the registries of the images said.
    """

    changes: tuple[ImageChange, ...] = ()
    allow: frozenset[str] = field(default_factory=frozenset)
    source: SourceKeys | None = None
    registry: RegistryAnswers = field(default_factory=RegistryAnswers)

    def replaced(self, facts: PreflightFacts) -> tuple[Manifest, ...]:
        """The workloads of which the plan writes an image, as they were read: those that get new pods."""
        written = {
            (*change.workload.group_kind, change.workload.name)
            for change in self.changes
            if change.action is Action.UPDATE
        }
        return tuple(
            manifest for manifest in facts.running.manifests if (*manifest.id.group_kind, manifest.name) in written
        )
