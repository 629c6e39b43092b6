"""How what was recorded of clusters reads: rollouts, bad health, restarts, scaling, and clusters that were away. Pure.

What goes on is told in the present, what has ended in the past, with how long it took.
"""

from datetime import timedelta

from domain.sentences import as_sentence
from domain.timeline import EventKind, RecordedEvent, RolloutResult
from domain.timeline_facts import Mark
from services.planning.timeline.entries import EntryKind, EntryTone, TimelineEntry
from services.planning.timeline.image_words import changed_images
from services.planning.timeline.steps import HOURLY

_UNWATCHED = "cluster-unwatched"
# The controller of autoscalers writes as the whole controller manager.
# https://kubernetes.io/docs/concepts/architecture/#kube-controller-manager
_AUTOSCALER = "kube-controller-manager"


def of_event(event: RecordedEvent) -> TimelineEntry:
    """The entry of one event."""
    tone, text = _told(event)
    return TimelineEntry(
        mark=Mark(at=event.at, source="event", key=event.id),
        kind=EntryKind(event.kind.value),
        tone=tone,
        until=event.until,
        text=text,
        cluster=event.cluster,
        workload=event.workload,
        container=event.container,
        count=event.count,
        operation=event.operation,
    )


def _told(event: RecordedEvent) -> tuple[EntryTone, str]:
    match event.kind:
        case EventKind.ROLLOUT:
            return _rollout(event)
        case EventKind.HEALTH:
            return _health(event)
        case EventKind.RESTART:
            return _restart(event)
        case EventKind.SCALING:
            return EntryTone.PLAIN, _scaling(event)
        case EventKind.CLUSTER:
            return _cluster(event)
        case EventKind.OMITTED:
            return EntryTone.WARN, (
                f"{event.count} further events within this hour were not recorded: an app environment has {HOURLY} an "
                "hour at most."
            )


def _rollout(event: RecordedEvent) -> tuple[EntryTone, str]:
    name, detail = _named(event), event.detail
    images = changed_images((each.container, each.before, each.after) for each in detail.images)
    what = images if detail.images else "its pods, with the same images"
    took = _took(event)
    match detail.result:
        case None:
            verb = "is rolling out" if event.until is None else f"was rolling out for {took}"
            return EntryTone.PLAIN, f"{name} {verb}: {what}."
        case RolloutResult.DONE:
            return EntryTone.GOOD, f"{name} was rolled out in {took}: {what}."
        case RolloutResult.FAILED:
            return EntryTone.BAD, f"The rollout of {name} failed after {took}: {what}. {_why(event)}".strip()
        case RolloutResult.REPLACED:
            return EntryTone.PLAIN, f"The rollout of {name} was replaced by the next one after {took}: {what}."


def _health(event: RecordedEvent) -> tuple[EntryTone, str]:
    name, why = _named(event), _why(event)
    times = f" That happened {event.count} times." if event.count > 1 else ""
    if event.until is None:
        verb = "has failed" if event.detail.severe else "is not fully ready"
        return (EntryTone.BAD if event.detail.severe else EntryTone.WARN), f"{name} {verb}. {why}{times}".strip()
    verb = "had failed" if event.detail.severe else "was not fully ready"
    return EntryTone.WARN, f"{name} {verb} for {_took(event)}, and is well again. {why}{times}".strip()


def _restart(event: RecordedEvent) -> tuple[EntryTone, str]:
    detail = event.detail
    reason = detail.reason or "the reason is not known"
    code = f" (exit code {detail.exit_code})" if detail.exit_code is not None else ""
    times = "once" if event.count == 1 else f"{event.count} times in {_took(event)}"
    tone = EntryTone.BAD if event.count > 1 or detail.reason == "OOMKilled" else EntryTone.WARN
    return tone, f"Container {event.container} of {_named(event)} was restarted {times}: {reason}{code}."


def _scaling(event: RecordedEvent) -> str:
    detail = event.detail
    by = f" by {detail.by}" if detail.by else ""
    if detail.by == _AUTOSCALER:
        by = f" by an autoscaler ({detail.by})"
    steps = f" in {event.count} steps" if event.count > 1 else ""
    if detail.before == detail.after:
        return f"{_named(event)} was scaled{by}{steps}, and has {_pods(detail.after)} again."
    return f"{_named(event)} was scaled from {detail.before} to {_pods(detail.after)}{by}{steps}."


def _cluster(event: RecordedEvent) -> tuple[EntryTone, str]:
    times = f" That happened {event.count} times." if event.count > 1 else ""
    ours = event.detail.reason == _UNWATCHED
    why = f" {event.detail.message}" if event.detail.message else ""
    if event.until is None:
        said = f"Stagecoach does not watch {event.cluster}." if ours else f"{event.cluster} cannot be read."
        return EntryTone.BAD, f"{said}{why}{times}"
    verb = f"Stagecoach did not watch {event.cluster}" if ours else f"{event.cluster} could not be read"
    unseen = "What happened there in the meantime was not seen."
    return EntryTone.WARN, f"{verb} for {_took(event)}.{why} {unseen}{times}"


def _named(event: RecordedEvent) -> str:
    workload = event.workload.label if event.workload is not None else "A workload"
    return f"{workload} on {event.cluster}"


def _pods(count: int | None) -> str:
    return "1 pod" if count == 1 else f"{count} pods"


def _why(event: RecordedEvent) -> str:
    message = (event.detail.message or event.detail.reason or "").strip()
    return as_sentence(message) if message else message


def _took(event: RecordedEvent) -> str:
    """How long it was, as the console writes durations."""
    return duration((event.until or event.at) - event.at)


def duration(span: timedelta) -> str:
    """As `12 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`."""
    seconds = max(0, round(span.total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if minutes == 0:
        return f"{seconds} s"
    if hours == 0:
        return f"{minutes} min {seconds % 60:02} s"
    if hours < 48:
        return f"{hours} h {minutes % 60:02} min"
    return f"{hours // 24} d {hours % 24} h"
