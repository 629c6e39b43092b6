"""Values of a comparison: what was read of both sides, and what differs. Pure; the rules are in `compare`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.cluster_api import ClusterFailure
from domain.comparisons import ObjectField
from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.image_mappings import ImageMapping
from domain.images import ContainerImage, ContainerKey
from domain.resources import Manifest, ResourceId
from domain.written import FieldTree
from services.planning.objects.identity import GroupKind, ObjectKey


class ComparisonSection(StrEnum):
    """What a difference is about, in the order in which differences are shown."""

    IMAGES = "images"
    CONFIG_MAPS = "config-maps"
    SECRETS = "secrets"
    VARIABLES = "variables"
    LIMITS = "requests-and-limits"
    REPLICAS = "replicas"
    PROBES = "probes"
    HOSTS = "hosts"
    OTHER = "other"


class DifferenceKind(StrEnum):
    """How a field differs. Where clusters of one side disagree about its presence, it `differs`."""

    DIFFERS = "differs"
    ONLY_LEFT = "only-left"
    ONLY_RIGHT = "only-right"
    ORDER = "order"  # the same items in another order, which means something


class SideName(StrEnum):
    """Which side of a comparison."""

    LEFT = "left"
    RIGHT = "right"


class ExpectedReason(StrEnum):
    """Why a difference is proposed as expected."""

    HOSTS = "hosts"
    REPLICAS = "replicas"
    OVERRIDE = "override"  # an import wrote it otherwise than its source has it
    NAMESPACE = "namespace"  # apart from the name of each side's own namespace, the texts are the same


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was read of one cluster, or what a release holds for it.

    `images` are those that run. `objects` is None where they are not recorded; a release holds ConfigMaps and Secrets
    at most. Of those in `printed`, fingerprints stand for the values. `written` are the fields that Stagecoach had
    written by a release. `unread` are kinds that could not be read, so that nothing is known of their objects, and
    `failure` says why nothing was read. `declared` are the declared kinds among the objects.
    """

    cluster: str
    images: Mapping[ContainerKey, ContainerImage] = field(default_factory=dict)
    objects: Mapping[ObjectKey, Manifest] | None = None
    printed: frozenset[ObjectKey] = frozenset()
    written: Mapping[ResourceId, FieldTree] | None = None
    unread: frozenset[GroupKind] = frozenset()
    autoscalers: tuple[Manifest, ...] = ()
    failure: ClusterFailure | None = None
    declared: DeclaredKinds = NONE_DECLARED


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a comparison: an app environment on some of its clusters, or as one of its releases brought it.

    By `image_mappings` what is promoted into it gets its name.
    `not_compared` says in sentences what of it cannot be compared with the other side.
    """

    environment: str
    clusters: tuple[Seen, ...]
    namespace: str | None = None
    release: int | None = None
    image_mappings: tuple[ImageMapping, ...] = ()
    not_compared: tuple[str, ...] = ()

    @property
    def read(self) -> tuple[Seen, ...]:
        """The clusters that could be read."""
        return tuple(each for each in self.clusters if each.failure is None)


@dataclass(frozen=True, kw_only=True)
class ValueOn:
    """What clusters of one side have. `value` is None where the field is absent, or its value is not shown."""

    clusters: tuple[str, ...]
    present: bool
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field that the sides do not have alike.

    An empty `path` is the whole object. `key` is that of a ConfigMap or Secret. With `hidden`, values are not shown:
    those of Secrets to no caller. `expected`: a person marked it as meant; `proposed` says why it probably is.
    `missing_in` is the side that lacks this key, or this ConfigMap or Secret as a whole: an import can bring it, except
    from or to a release.
    """

    resource: ResourceId
    path: str
    section: ComparisonSection
    kind: DifferenceKind
    left: tuple[ValueOn, ...]
    right: tuple[ValueOn, ...]
    key: str | None = None
    hidden: bool = False
    expected: bool = False
    proposed: ExpectedReason | None = None
    missing_in: SideName | None = None

    @property
    def field(self) -> ObjectField:
        group, kind = self.resource.group_kind
        return ObjectField(group=group, kind=kind, name=self.resource.name, path=self.path)


@dataclass(frozen=True, kw_only=True)
class SectionCount:
    """How much of a section is the same, differs, and differs as expected (not among `different`).

    `same` counts containers' images, keys, variables and so on, not characters or lines.
    """

    section: ComparisonSection
    same: int
    different: int
    expected: int


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two sides of an application side by side.

    `not_compared` says in sentences what could not be compared; `not_recorded` are the sections that a release does not
    hold. `left_skew` and `right_skew` count the fields in which clusters of one side differ among themselves.
    """

    application: str
    left: Side
    right: Side
    differences: tuple[Difference, ...]
    counts: tuple[SectionCount, ...]
    not_recorded: tuple[ComparisonSection, ...]
    not_compared: tuple[str, ...]
    left_skew: int
    right_skew: int

    @property
    def unexpected(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if not each.expected)

    @property
    def expected(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if each.expected)

    @property
    def complete(self) -> bool:
        """Whether everything that both sides hold could be read."""
        return not self.not_compared

    @property
    def same(self) -> bool:
        """Whether nothing differs that is not expected; False where something could not be read."""
        return self.complete and not self.unexpected
