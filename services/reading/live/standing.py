"""How far what is known of a place on one cluster can be relied on, from the states of the streams that tell of it.

Pure. A stream that has ended is mostly there again a moment later, as when an API server restarts: what was known is
shown as before for a while, and only then as stale.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.cluster_api import ClusterFailure
from domain.resources import Kind
from services.planning.objects.workloads import is_workload
from services.reading.live.changes import KindState, StreamState

STALE_AFTER = timedelta(seconds=15)
_POD = ("", "Pod")
STANDS = frozenset({StreamState.LIVE, StreamState.POLLED})
# What says most of a cluster comes first.
_WORST = (
    StreamState.REFUSED,
    StreamState.UNREACHABLE,
    StreamState.SILENT,
    StreamState.LISTING,
    StreamState.POLLED,
    StreamState.LIVE,
)
_DOWN = frozenset({StreamState.REFUSED, StreamState.UNREACHABLE, StreamState.SILENT})
_UNREAD = ClusterFailure(code="cluster-not-read-yet", detail="The cluster is being read for the first time.")
_WORDS = {
    StreamState.LISTING: "The cluster is being read anew.",
    StreamState.SILENT: "The cluster has been silent for too long.",
    StreamState.REFUSED: "The cluster refuses the credential, or what it may read.",
    StreamState.UNREACHABLE: "The cluster does not answer.",
}
_CODES = {
    StreamState.LISTING: "cluster-not-read-yet",
    StreamState.SILENT: "cluster-silent",
    StreamState.REFUSED: "cluster-access-denied",
    StreamState.UNREACHABLE: "cluster-unreachable",
}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`known`: it was read at least once, and `heard_at` is as of when. `live`: changes arrive by themselves.

    `since` is when its streams came to stand, or ceased to. `failure` says why what is known is stale, or not there.
    `stale_at`: when it becomes stale, unless a stream stands again. `listing`: a kind is being listed anew, so what was
    not wanted before may not be there yet. `told_by` are the kinds and namespaces of the streams that `heard_at` is of.
    """

    known: bool
    live: bool
    heard_at: datetime | None = None
    since: datetime | None = None
    failure: ClusterFailure | None = None
    stale_at: datetime | None = None
    listing: bool = False
    told_by: tuple[tuple[Kind, str | None], ...] = field(default=(), compare=False)


NEVER_READ = Standing(known=False, live=False, failure=_UNREAD)


def standing(
    states: Iterable[KindState],
    kinds: Iterable[Kind],
    namespace: str,
    *,
    now: datetime,
    stale_after: timedelta = STALE_AFTER,
    custom: Iterable[Kind] = (),
) -> Standing:
    """Of a place in this namespace whose workloads are of these kinds; pods are among what tells of it.

    A cluster that does not allow pods to be read is none the worse: health is judged by the workloads' status then.
    Where there are no workloads, the `custom` kinds tell whether the cluster answers.
    """
    kinds = tuple(kinds)
    wanted = {(kind.group, kind.name) for kind in kinds}
    with_pods = wanted | {_POD} if any(map(is_workload, kinds)) else wanted  # those of declared kinds are not watched
    asked = with_pods or {(kind.group, kind.name) for kind in custom}
    found: dict[tuple[str, str], KindState] = {}
    for each in states:
        kind = (each.kind.group, each.kind.name)
        if kind in asked and each.namespace in {None, namespace}:
            found[kind] = better(found.get(kind), each)
    if not asked:
        return Standing(known=True, live=True)
    if _POD not in wanted and _is_no_loss(found.get(_POD)):
        found.pop(_POD, None)
        asked.discard(_POD)
    if not wanted:
        begun = len(found) == len(asked)
        found = _telling(found)
        asked = set(found) if begun or any(each.state in STANDS for each in found.values()) else asked
    there = list(found.values())
    if len(there) < len(asked):  # a kind whose stream has not begun
        return _failed(there) if any(each.state is StreamState.REFUSED for each in there) else NEVER_READ
    return _of(there, now=now, stale_after=stale_after)


def is_recent(since: datetime, *, now: datetime, stale_after: timedelta) -> bool:
    """Whether it has been so for a moment only. From a clock that was set back by much nobody can tell: then not."""
    return -stale_after <= now - since < stale_after


def worst_state(states: Iterable[KindState]) -> StreamState:
    """The state of the stream of a cluster that stands worst; a cluster that serves none of the kinds lacks nothing."""
    found = {each.state for each in states}
    return next((each for each in _WORST if each in found), StreamState.NOT_SERVED)


def longest_down(states: Iterable[KindState], *, now: datetime) -> timedelta:
    """For how long the stream has been silent, refused or unreachable that has been so for longest; zero: none is."""
    return max((now - each.since for each in states if each.state in _DOWN), default=timedelta())


def _telling(custom: dict[tuple[str, str], KindState]) -> dict[tuple[str, str], KindState]:
    """Those by which it is known whether the cluster answers: one that stands says so, whatever the others do."""
    standing = {kind: each for kind, each in custom.items() if each.state in STANDS}
    answered = {kind: each for kind, each in custom.items() if each.state is not StreamState.REFUSED}
    return standing or answered or custom


def _is_no_loss(pods: KindState | None) -> bool:
    return pods is not None and pods.state in {StreamState.REFUSED, StreamState.NOT_SERVED}


def better(one: KindState | None, other: KindState) -> KindState:
    """Of two streams of one kind, that which says more of a namespace.

    What is listed of the namespace alone, beside the watch of the whole cluster, is not known before that has been
    read. Else that which stands: there are two when another namespace's need has just made it a cluster-wide one.
    """
    if one is None or _is_read_beside(other):
        return other
    return one if one.state in STANDS or _is_read_beside(one) else other


def _is_read_beside(state: KindState) -> bool:
    """Of a stream of the namespace's own that has just begun nothing was heard yet."""
    return state.namespace is not None and state.state is StreamState.LISTING and state.heard_at is not None


def _of(states: list[KindState], *, now: datetime, stale_after: timedelta) -> Standing:
    served = [each for each in states if each.state is not StreamState.NOT_SERVED]
    down = [each for each in served if each.state not in STANDS]
    heard = [each.heard_at for each in served if each.heard_at is not None]
    if len(heard) < len(served):
        return _failed(down)
    oldest = min(heard, default=None)
    told_by = tuple((each.kind, each.namespace) for each in served)
    if not down:
        since = max((each.since for each in served), default=None)
        return Standing(known=True, live=True, heard_at=oldest, since=since, told_by=told_by)
    worst = min(down, key=lambda each: each.since)
    stale_at = worst.since + stale_after
    listing = any(each.state is StreamState.LISTING for each in down)
    found = Standing(known=True, live=False, heard_at=oldest, since=worst.since, listing=listing, told_by=told_by)
    recent = is_recent(worst.since, now=now, stale_after=stale_after)
    if recent and worst.state is not StreamState.REFUSED:
        return replace(found, stale_at=stale_at)
    return replace(found, failure=why(worst))


def _failed(down: list[KindState]) -> Standing:
    """Not known at all. What says most is told: that a cluster refuses or is away, before that it is being read."""
    telling = [each for each in down if each.state is not StreamState.LISTING] or down
    if not telling:
        return NEVER_READ
    worst = min(telling, key=lambda each: each.since)
    if worst.state is StreamState.LISTING:
        return Standing(known=False, live=False, since=worst.since, failure=_UNREAD)
    return Standing(known=False, live=False, since=worst.since, failure=why(worst))


def why(state: KindState) -> ClusterFailure:
    return ClusterFailure(
        code=state.code or _CODES.get(state.state, "cluster-unreachable"),
        detail=state.message or _WORDS.get(state.state, "The cluster does not answer."),
    )
