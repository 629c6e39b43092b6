"""What the parts of the live cache tell each other: what changed on a cluster, and what is to be watched there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.resources import Kind, ResourceId
from services.planning.live.records import LiveRecord, RecordKey


class StreamState(StrEnum):
    """How what is known of one kind came to be known, and whether it is kept up to date."""

    LISTING = "listing"  # it is being listed, for the first time or anew
    LIVE = "live"  # a watch stands, and was heard of lately
    POLLED = "polled"  # it is listed every few seconds: watching is not allowed, or there are too many watches
    SILENT = "silent"  # a watch stood, and nothing was heard of it for longer than a cluster may be silent
    REFUSED = "refused"  # the cluster refuses the credential, or the right
    UNREACHABLE = "unreachable"  # the cluster does not answer, or not as an API server would
    NOT_SERVED = "not_served"  # the cluster does not serve the kind


@dataclass(frozen=True, kw_only=True)
class KindState:
    """One kind in one scope of one cluster; `namespace` is None for the whole cluster.

    `since` is when it came into this state, `heard_at` the last event, bookmark or answer. `code` and `message` say why
    it is not live.
    """

    kind: Kind
    namespace: str | None
    state: StreamState
    since: datetime
    heard_at: datetime | None = None
    code: str | None = None
    message: str | None = None


class Changes(Struct, frozen=True, kw_only=True):
    """What changed on one cluster. It is explicit: a list that was read anew is told as what is new and what is gone.

    `states` are the scopes whose state changed, each as it is now. `restated`: others are no more.
    """

    cluster_id: str
    put: tuple[LiveRecord, ...] = ()
    gone: tuple[RecordKey, ...] = ()
    states: tuple[KindState, ...] = ()
    restated: bool = False


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to watch on one cluster: each kind, and the namespaces in which app environments have objects of it.

    Pods are wanted wherever workloads are. `resources` are the app environments' own by namespace; what is neither one
    of them nor below one of them is dropped as soon as it is read. A namespace that is not named there is kept whole.
    `declared` are the declared kinds among them.
    """

    kinds: Mapping[Kind, frozenset[str]]
    resources: Mapping[str, frozenset[ResourceId]] = field(default_factory=dict)
    declared: DeclaredKinds = NONE_DECLARED


class Sink(Protocol):
    """Takes what a cluster's watcher found. It has taken the changes when it returns: the watcher reads on then."""

    async def take(self, changes: Changes) -> None: ...
