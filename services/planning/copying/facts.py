"""The facts of a copy: what was read of the source and of each target cluster. Values only, pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.cluster_api import ClusterFailure, Right, ServedKinds
from domain.resources import Manifest
from services.planning.objects.identity import ObjectKey

CREATE_NAMESPACE = Right(verb="create", group="", resource="namespaces", namespace=None)


class NamespaceState(StrEnum):
    """The state of the target namespace on a cluster."""

    MISSING = "missing"
    ACTIVE = "active"
    TERMINATING = "terminating"
    UNKNOWN = "unknown"  # the credential may not read it


@dataclass(frozen=True, kw_only=True)
class SourceFacts:
    """The objects to copy. `environment` and `cluster` are None where a person submitted the manifests.

    `conversions` are the same objects in other versions that the source serves, for targets that lack the first.
    `secret_types` are the types of the Secrets that its ServiceAccounts list, by name, as far as they could be read.
    """

    manifests: tuple[Manifest, ...]
    environment: str | None = None
    cluster: str | None = None
    cluster_id: str | None = None
    namespace: str | None = None
    namespace_object: Manifest | None = None
    conversions: tuple[Manifest, ...] = ()
    secret_types: Mapping[str, str] = field(default_factory=dict)
    cluster_bindings: tuple[Manifest, ...] | None = None  # these three: None where not needed, or not readable
    role_bindings: tuple[Manifest, ...] | None = None  # of all namespaces, as far as they may be listed
    constraints: tuple[Manifest, ...] | None = None  # SecurityContextConstraints of OpenShift
    unread: tuple[str, ...] = ()  # in sentences
    missing: tuple[str, ...] = ()  # requested objects that do not exist, as `Deployment web`


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """What was read of one target cluster.

    `live` has the existing objects among those to be written and those that they refer to; `looked_for` has the keys
    that were read, so that a key in it and not in `live` does not exist. `lacking` are the rights that the credential
    lacks. `sharers` are the applications that other environments have in the namespace, as `shop in Staging`. `unread`
    lists in sentences what could not be read.
    """

    cluster: str
    cluster_id: str
    served: ServedKinds = field(default_factory=lambda: ServedKinds(()))
    namespace_state: NamespaceState = NamespaceState.MISSING
    namespace_labels: Mapping[str, str] = field(default_factory=dict)  # empty where it is missing or was not read
    live: Mapping[ObjectKey, Manifest] = field(default_factory=dict)
    looked_for: frozenset[ObjectKey] = frozenset()
    lacking: frozenset[Right] = frozenset()
    quotas: tuple[Manifest, ...] = ()
    limit_ranges: tuple[Manifest, ...] = ()
    autoscalers: tuple[Manifest, ...] = ()
    other_ingresses: tuple[Manifest, ...] = ()  # of other namespaces of the same cluster
    single_stack: bool | None = None  # None: not known
    nodes: tuple[Manifest, ...] | None = None  # these five: None where not needed or not readable
    namespaces: tuple[Manifest, ...] | None = None
    cluster_bindings: tuple[Manifest, ...] | None = None
    role_bindings: tuple[Manifest, ...] | None = None
    constraints: tuple[Manifest, ...] | None = None
    sharers: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    failure: ClusterFailure | None = None


@dataclass(frozen=True, kw_only=True)
class CopyFacts:
    """All facts of a copy; `namespace` is the target namespace, the same on every cluster.

    `recorded` are the target app environment's resources before the copy; none where an operation goes on. `policy` are
    the consents that the target environment's policy gives for good.
    """

    source: SourceFacts
    namespace: str
    targets: tuple[TargetFacts, ...]
    recorded: frozenset[ObjectKey] = frozenset()
    policy: frozenset[str] = frozenset()
