"""What a copy is decided from: what was read of the source and of each target cluster. Values only, pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.cluster_api import ClusterFailure, Right, ServedKinds
from domain.resources import Manifest
from services.planning.objects.identity import ObjectKey

CREATE_NAMESPACE = Right(verb="create", group="", resource="namespaces", namespace=None)


class NamespaceState(StrEnum):
    MISSING = "missing"
    ACTIVE = "active"
    TERMINATING = "terminating"
    UNKNOWN = "unknown"  # the credential may not look


@dataclass(frozen=True, kw_only=True)
class SourceFacts:
    """What is copied. `environment` and `cluster` are None where it is typed in, not copied.

    `conversions` are the same objects in other versions that the source serves, for targets that lack the first one.
    """

    manifests: tuple[Manifest, ...]
    environment: str | None = None
    cluster: str | None = None
    cluster_id: str | None = None
    namespace: str | None = None
    namespace_object: Manifest | None = None
    conversions: tuple[Manifest, ...] = ()
    missing: tuple[str, ...] = ()  # what was asked for and is not there, as `Deployment web`


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """What was read of one target cluster.

    `live` holds the objects that are there under the names to be written, and those that they refer to; `looked_for`
    the names that were looked up, so that "not in `live`" means "not there". `lacking` are the rights that the
    credential lacks. `unread` says in words what could not be read.
    """

    cluster: str
    cluster_id: str
    served: ServedKinds = field(default_factory=lambda: ServedKinds(()))
    namespace_state: NamespaceState = NamespaceState.MISSING
    live: Mapping[ObjectKey, Manifest] = field(default_factory=dict)
    looked_for: frozenset[ObjectKey] = frozenset()
    lacking: frozenset[Right] = frozenset()
    quotas: tuple[Manifest, ...] = ()
    autoscalers: tuple[Manifest, ...] = ()
    other_ingresses: tuple[Manifest, ...] = ()  # of other namespaces of the same cluster
    single_stack: bool | None = None  # None: not known
    unread: tuple[str, ...] = ()
    failure: ClusterFailure | None = None


@dataclass(frozen=True, kw_only=True)
class CopyFacts:
    """Everything that a copy is decided from; `namespace` is where it goes, the same on every cluster."""

    source: SourceFacts
    namespace: str
    targets: tuple[TargetFacts, ...]
