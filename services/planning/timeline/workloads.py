"""What is to be told of a workload since the last look: a rollout, bad health, scaling, restarts. Pure.

What comes and goes is one event that counts: a rolling update is not told pod by pod, a crash loop not crash by crash.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.resources import ResourceId
from domain.timeline import EventDetail, EventKind, ImageChange, RecordedEvent, RolloutResult
from services.planning.health.values import HealthState
from services.planning.timeline.kept import Timers, WorkloadKept
from services.planning.timeline.seen import ContainerRestarts, WorkloadSeen

SETTLES_AFTER = timedelta(seconds=5)  # that a workload has been ready, from when on its rollout is done
FAILS_AFTER = timedelta(seconds=15)  # that it has failed
LACKS_AFTER = timedelta(seconds=60)  # that pods are not ready, without a rollout: a pod may be moved in that time
HEALS_AFTER = timedelta(seconds=30)  # that it has been as it should be
AGAIN_WITHIN = timedelta(minutes=10)  # what comes back sooner is the same event
# The kubelet waits for up to five minutes from one restart of a crash loop to the next (MaxContainerBackOff); a run of
# ten minutes ends the loop.
SAME_LOOP_WITHIN = timedelta(minutes=30)
_QUOTED = 300  # characters of a message
_OLD = timedelta(days=1)  # the clock of a node that says more is wrong, or nobody looked for longer
_BAD = frozenset({HealthState.FAILED, HealthState.MISSING})


@dataclass(frozen=True, kw_only=True)
class Here:
    """Where and when a look is taken, and which operation is under way there; `new_id` names a new event."""

    cluster: str
    now: datetime
    new_id: Callable[[], str]
    operation: str | None = None

    def event(
        self,
        kind: EventKind,
        detail: EventDetail,
        *,
        at: datetime,
        until: datetime | None = None,
        workload: ResourceId | None = None,
        container: str | None = None,
        count: int = 1,
    ) -> RecordedEvent:
        return RecordedEvent(
            id=self.new_id(),
            kind=kind,
            at=at,
            until=until,
            cluster=self.cluster,
            workload=workload,
            container=container,
            count=count,
            operation=self.operation,
            detail=detail,
        )


Stepped = tuple[WorkloadKept, tuple[RecordedEvent, ...]]
"""What is remembered, and the events that are new or changed."""


def workload_step(kept: WorkloadKept | None, seen: WorkloadSeen, here: Here) -> Stepped:
    """The next step. A workload that is seen for the first time tells nothing of how it came to be as it is."""
    if kept is None:
        kept = WorkloadKept(
            images=seen.images,
            revision=seen.revision,
            replicas=seen.replicas,
            restarts={each.key: each.count for each in seen.restarts},
        )
    if seen.state is HealthState.UNKNOWN:
        return kept, ()
    told: dict[str, RecordedEvent] = {}
    kept = replace(kept, timers=_timed(kept.timers, seen, here.now))
    for part in (_restarted, _scaled, _rolled, _assessed):
        kept, events = part(kept, seen, here)
        told |= {each.id: each for each in events}
    return kept, tuple(told.values())


def _timed(was: Timers, seen: WorkloadSeen, now: datetime) -> Timers:
    return Timers(
        good_since=(was.good_since or now) if seen.settled else None,
        amiss_since=None if seen.settled else (was.amiss_since or now),
        bad_since=(was.bad_since or now) if seen.state in _BAD else None,
    )


def _has_lasted(since: datetime | None, span: timedelta, now: datetime) -> bool:
    return since is not None and now - since >= span


def _rolled(kept: WorkloadKept, seen: WorkloadSeen, here: Here) -> Stepped:
    """A rollout begins with another template, and ends when its pods are ready, or have failed.

    A controller names the template a moment after it was written, so that its images tell of it first.
    """
    if not seen.is_rolled_out or not seen.images:
        return replace(kept, images=seen.images or kept.images, revision=seen.revision or kept.revision), ()
    renamed = None not in (kept.revision, seen.revision) and kept.revision != seen.revision
    if seen.images != kept.images or (renamed and kept.rollout is None):
        return _begun(kept, seen, here)
    kept = replace(kept, revision=seen.revision or kept.revision)
    if kept.rollout is None:
        return kept, ()
    timers, ended = kept.timers, None
    if seen.state is not HealthState.SUSPENDED and _has_lasted(timers.good_since, SETTLES_AFTER, here.now):
        ended = _ended(kept.rollout, timers.good_since, RolloutResult.DONE)
    elif _has_lasted(timers.bad_since, FAILS_AFTER, here.now):
        ended = _ended(kept.rollout, timers.bad_since, RolloutResult.FAILED, seen)
    return (kept, ()) if ended is None else (replace(kept, rollout=None), (ended,))


def _begun(kept: WorkloadKept, seen: WorkloadSeen, here: Here) -> Stepped:
    """`kept.images` are empty where a workload was missing that is there again: that is no rollout of its own."""
    told = [_ended(kept.rollout, here.now, RolloutResult.REPLACED)] if kept.rollout is not None else []
    fresh = Timers(good_since=here.now) if seen.settled else Timers(amiss_since=here.now)
    after = replace(kept, images=seen.images, revision=seen.revision or kept.revision, rollout=None, timers=fresh)
    if not kept.images:
        return after, tuple(told)
    detail = EventDetail(images=_changed(dict(kept.images), seen.images))
    began = here.event(EventKind.ROLLOUT, detail, at=here.now, workload=seen.resource)
    return replace(after, rollout=began), (*told, began)


def _ended(
    rollout: RecordedEvent, at: datetime | None, result: RolloutResult, seen: WorkloadSeen | None = None
) -> RecordedEvent:
    detail = replace(rollout.detail, result=result)
    if seen is not None:
        detail = replace(detail, reason=seen.reason, message=seen.message[:_QUOTED], severe=True)
    return replace(rollout, until=max(at or rollout.at, rollout.at), detail=detail)


def _changed(before: Mapping[str, str], after: tuple[tuple[str, str], ...]) -> tuple[ImageChange, ...]:
    return tuple(
        ImageChange(container=name, before=before.get(name), after=image)
        for name, image in after
        if before.get(name) != image
    )


def _assessed(kept: WorkloadKept, seen: WorkloadSeen, here: Here) -> Stepped:
    """A failure is told in any case; that pods are not ready, only where no rollout is the cause."""
    event, timers = kept.health, kept.timers
    failed = _has_lasted(timers.bad_since, FAILS_AFTER, here.now)
    if event is not None and event.until is None:
        changed = None
        if timers.good_since is not None and here.now - timers.good_since >= HEALS_AFTER:
            changed = replace(event, until=max(timers.good_since, event.at))
        elif failed and not event.detail.severe:
            changed = replace(event, detail=_why(seen, severe=True))
        return (kept, ()) if changed is None else (replace(kept, health=changed), (changed,))
    lacking = kept.rollout is None and _has_lasted(timers.amiss_since, LACKS_AFTER, here.now)
    since = timers.bad_since if failed else timers.amiss_since
    if since is None or not (failed or lacking):
        return kept, ()
    if event is not None and event.until is not None and since - event.until <= AGAIN_WITHIN:
        detail = _why(seen, severe=failed or event.detail.severe)
        opened = replace(event, until=None, count=event.count + 1, detail=detail)
    else:
        opened = here.event(EventKind.HEALTH, _why(seen, severe=failed), at=since, workload=seen.resource)
    return replace(kept, health=opened), (opened,)


def _why(seen: WorkloadSeen, *, severe: bool) -> EventDetail:
    return EventDetail(reason=seen.reason, message=seen.message[:_QUOTED], severe=severe)


def _scaled(kept: WorkloadKept, seen: WorkloadSeen, here: Here) -> Stepped:
    """Steps of one autoscaler, or person, one soon after the other are one event."""
    if seen.replicas is None or seen.replicas == kept.replicas:
        return kept, ()
    if kept.replicas is None:
        return replace(kept, replicas=seen.replicas), ()
    last, by, now = kept.scaling, seen.scaled_by, here.now
    if (
        last is not None
        and last.detail.by == by
        and last.operation == here.operation
        and now - (last.until or last.at) <= AGAIN_WITHIN
    ):
        told = replace(last, until=now, count=last.count + 1, detail=replace(last.detail, after=seen.replicas))
    else:
        detail = EventDetail(before=kept.replicas, after=seen.replicas, by=by)
        told = here.event(EventKind.SCALING, detail, at=now, until=now, workload=seen.resource)
    return replace(kept, replicas=seen.replicas, scaling=told), (told,)


def _restarted(kept: WorkloadKept, seen: WorkloadSeen, here: Here) -> Stepped:
    """Restarts of a container, of whichever pod, for one reason and one soon after the other are one event."""
    counts = {each.key: each.count for each in seen.restarts}
    if counts == kept.restarts:
        return kept, ()
    recent = {
        group: each for group, each in kept.restarted.items() if here.now - (each.until or each.at) <= SAME_LOOP_WITHIN
    }
    told: dict[str, RecordedEvent] = {}
    for each in seen.restarts:
        before = kept.restarts.get(each.key, 0)
        more = each.count - before if each.count >= before else each.count  # fewer: another pod has the name by now
        if more == 0:
            continue
        group = f"{each.container}|{each.reason}|{each.exit_code}"
        event = _again(recent.get(group), each, more, seen.resource, here)
        recent[group] = told[event.id] = event
    return replace(kept, restarts=counts, restarted=recent), tuple(told.values())


def _again(
    event: RecordedEvent | None, found: ContainerRestarts, more: int, workload: ResourceId, here: Here
) -> RecordedEvent:
    ended = found.at if found.at is not None and here.now - found.at <= _OLD else here.now
    ended = min(ended, here.now)  # clocks of nodes differ
    if event is not None:
        return replace(event, until=max(ended, event.until or event.at), count=event.count + more)
    return here.event(
        EventKind.RESTART,
        EventDetail(reason=found.reason, exit_code=found.exit_code),
        at=ended,
        until=ended,
        workload=workload,
        container=found.container,
        count=more,
    )
