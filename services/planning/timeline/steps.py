"""What is to be told of an app environment since the last look, on all its clusters. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.timeline import EventDetail, EventKind, RecordedEvent
from services.planning.timeline.kept import ClusterKept, PlaceKept, WorkloadKept, key_of
from services.planning.timeline.seen import ClusterSeen
from services.planning.timeline.workloads import AGAIN_WITHIN, Here, workload_step

AWAY_AFTER = timedelta(seconds=15)  # of what is known to be stale: API servers restart
BACK_AFTER = timedelta(seconds=15)
HOURLY = 300  # events of an app environment that are recorded within an hour
HOUR = timedelta(hours=1)
_QUOTED = 300


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is remembered, and the events that are new, or otherwise than they were told."""

    kept: PlaceKept
    new: tuple[RecordedEvent, ...] = ()
    changed: tuple[RecordedEvent, ...] = ()


def step(
    kept: PlaceKept | None,
    clusters: Sequence[ClusterSeen],
    *,
    operation: str | None,
    now: datetime,
    new_id: Callable[[], str],
) -> Step:
    """The next step; with None nothing is known of before. What is not of the app environment any more has ended."""
    was = kept or PlaceKept()
    made: set[str] = set()

    def fresh() -> str:
        made.add(found := new_id())
        return found

    after: dict[str, ClusterKept] = {}
    told: list[RecordedEvent] = []
    for each in clusters:
        here = Here(cluster=each.name, now=now, new_id=fresh, operation=operation)
        after[each.id], events = _cluster_step(was.clusters.get(each.id) or ClusterKept(), each, here)
        told += events
    left = (each for cluster_id, each in was.clusters.items() if cluster_id not in after)
    told += _ended((event for each in left for event in each.under_way), now)
    return Step(
        kept=replace(was, clusters=after),
        new=tuple(each for each in told if each.id in made),
        changed=tuple(each for each in told if each.id not in made),
    )


def within_limit(found: Step, *, recorded: int, now: datetime, new_id: Callable[[], str]) -> Step:
    """The step with as many new events as may be recorded within the hour, of which so many `recorded` ones were.

    How many are left out is told by an event of its own.
    """
    room = max(0, HOURLY - recorded)
    surplus = len(found.new) - room
    if surplus <= 0:
        return found
    last = found.kept.omitted
    if last is not None and now - last.at < HOUR:
        told = replace(last, until=now, count=last.count + surplus)
        new, changed = found.new[:room], (*found.changed, told)
    else:
        told = RecordedEvent(id=new_id(), kind=EventKind.OMITTED, at=now, until=now, count=surplus)
        new, changed = (*found.new[:room], told), found.changed
    return replace(found, kept=replace(found.kept, omitted=told), new=new, changed=changed)


def _cluster_step(kept: ClusterKept, seen: ClusterSeen, here: Here) -> tuple[ClusterKept, list[RecordedEvent]]:
    kept, told = _reached(kept, seen, here)
    if seen.workloads is None:
        return kept, told
    workloads: dict[str, WorkloadKept] = {}
    for each in seen.workloads:
        key = key_of(each.resource)
        workloads[key], events = workload_step(kept.workloads.get(key), each, here)
        told += events
    left = (each for key, each in kept.workloads.items() if key not in workloads)
    told += _ended((event for each in left for event in each.under_way), here.now)
    return replace(kept, workloads=workloads), told


def _reached(kept: ClusterKept, seen: ClusterSeen, here: Here) -> tuple[ClusterKept, list[RecordedEvent]]:
    """Whether the cluster can be read. While it is read anew, neither is known."""
    now = here.now
    if seen.failure is not None:
        down = kept.down_since or min(seen.since or now, now)
        kept = replace(kept, down_since=down, up_since=None)
        if kept.is_away or now - down < AWAY_AFTER:
            return kept, []
        last = kept.away
        detail = EventDetail(reason=seen.failure.code, message=seen.failure.detail[:_QUOTED])
        if last is not None and last.until is not None and down - last.until <= AGAIN_WITHIN:
            told = replace(last, until=None, count=last.count + 1, detail=detail)
        else:
            told = here.event(EventKind.CLUSTER, detail, at=down)
        return replace(kept, away=told), [told]
    if seen.workloads is None:
        return kept, []
    up = kept.up_since or now
    kept = replace(kept, down_since=None, up_since=up)
    if kept.away is None or not kept.is_away or now - up < BACK_AFTER:
        return kept, []
    told = replace(kept.away, until=max(up, kept.away.at))
    return replace(kept, away=told), [told]


def _ended(events: Iterable[RecordedEvent], now: datetime) -> list[RecordedEvent]:
    return [replace(each, until=max(now, each.at)) for each in events]
