"""How what happened in an app environment reads, as entries of its timeline. Pure.

Moments are left out of the sentences: an entry has them beside, and whoever reads them has a time zone of their own.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from domain.divergences import DivergenceKind, FoundFields, FoundImage
from domain.gates import FreezeEffect
from domain.rights import EnvironmentRef
from domain.sentences import as_sentence
from domain.timeline_facts import (
    DivergenceFact,
    FreezeFact,
    GateChange,
    GateFact,
    Mark,
    OperationFact,
    ReleaseFact,
)
from domain.words import OperationKind, OperationState
from services.planning.people.windows import occurrences
from services.planning.timeline.entries import EntryKind, EntryTone, TimelineEntry, is_after, kind_of
from services.planning.timeline.image_words import image_words, images_of_release

_NOUNS = {
    OperationKind.ADOPT: "Adoption",
    OperationKind.CONFIGURE: "Configuration",
    OperationKind.IMPORT: "Import",
    OperationKind.PROMOTION: "Promotion",
    OperationKind.DEPLOY: "Deploy",
    OperationKind.ROLLBACK: "Rollback",
    OperationKind.RESTART: "Restart",
}
_MOST_NAMED = 6  # fields in one sentence
_CANCELLED = "Cancelled. "  # as the conclusion of a cancelled operation begins


def of_operation(fact: OperationFact, *, sees: Callable[[EnvironmentRef], bool]) -> TimelineEntry:
    """`sees` says whether the reader may know of an environment: else the name of the source is left out."""
    source = f" from {fact.source.name}" if fact.source is not None and sees(fact.source) else ""
    what, message = f"{_NOUNS[fact.kind]}{source} by {fact.actor}", (fact.message or "").removeprefix(_CANCELLED)
    match fact.state:
        case OperationState.QUEUED:
            tone, text = EntryTone.PLAIN, f"{what} is queued."
        case OperationState.RUNNING if fact.paused_by:
            tone, text = EntryTone.WARN, f"{what} is paused. {' '.join(fact.paused_by)}"
        case OperationState.RUNNING:
            tone, text = EntryTone.PLAIN, f"{what} is under way."
        case OperationState.SUCCEEDED:
            tone, text = EntryTone.GOOD, f"{what} succeeded."
        case OperationState.FAILED:
            tone, text = EntryTone.BAD, f"{what} failed. {message}"
        case OperationState.CANCELLED:
            by = f" by {fact.cancelled_by}" if fact.cancelled_by else ""
            tone, text = EntryTone.WARN, f"{what} was cancelled{by}. {message}"
    return TimelineEntry(
        mark=Mark(at=fact.at, source="operation", key=fact.id),
        kind=EntryKind.OPERATION,
        tone=tone,
        until=fact.ended_at,
        text=text.strip(),
        operation=fact.id,
    )


def of_release(fact: ReleaseFact) -> TimelineEntry:
    """Without an operation, what ran was adopted, or accepted later on."""
    images = images_of_release(fact.images)
    if fact.operation is not None:
        text = f"Release {fact.number}: {images}."
    elif fact.number == 1:
        text = f"{fact.actor} adopted what ran, as release 1: {images}."
    else:
        text = f"{fact.actor} accepted what ran, as release {fact.number}: {images}."
    return TimelineEntry(
        mark=Mark(at=fact.at, source="release", key=fact.id),
        kind=EntryKind.RELEASE,
        tone=EntryTone.PLAIN,
        until=fact.at,
        text=text,
        operation=fact.operation,
        release=fact.number,
    )


def of_divergence(fact: DivergenceFact) -> TimelineEntry:
    """Of fields and keys that drifted, their names alone are known."""
    found, open_ = fact.divergence, fact.closed_at is None
    name = f"{found.workload.label}, {found.container}" if found.container else found.workload.label
    what = "; ".join([*map(_found, found.found), *map(_found_fields, found.fields)])
    if found.kind is DivergenceKind.SKEW:
        text = f"Clusters {'run' if open_ else 'ran'} different images of {name}: {what}."
    elif found.kind.is_of_fields:
        text = f"{name} {'is' if open_ else 'was'} not as Stagecoach wrote it: {what}."
    else:
        text = f"{name} {'drifts' if open_ else 'drifted'} from release {found.release}: {what}."
    return TimelineEntry(
        mark=Mark(at=fact.since, source="divergence", key=fact.id),
        kind=kind_of(found.kind),
        tone=EntryTone.WARN,
        until=fact.closed_at,
        text=text,
        workload=found.workload,
        container=found.container or None,
        release=found.release or None,
        divergence=fact.id if open_ else None,
    )


def _found(found: FoundImage) -> str:
    if found.expected is None:
        return f"{found.image.unpinned.reference} on {found.cluster}"
    instead = image_words(found.expected, found.image)
    by = f", written by {found.manager}" if found.manager else ""
    return f"{instead} on {found.cluster}{by}"


def _found_fields(found: FoundFields) -> str:
    names = [f"{each.path or 'the object'}{' removed' if each.removed else ''}" for each in found.fields]
    left = len(names) - _MOST_NAMED
    listed = ", ".join([*names[:_MOST_NAMED], *([f"{left} more"] if left > 0 else [])])
    managers = sorted({each.manager for each in found.fields if each.manager})
    by = f", written by {' and '.join(managers)}" if managers else ""
    return f"{listed} on {found.cluster}{by}"


def of_gate(fact: GateFact) -> TimelineEntry:
    where = "the whole environment" if fact.everywhere else "this application"
    reason = f" Reason: {as_sentence(fact.reason)}" if fact.reason else ""
    stopped = f"cluster {fact.cluster}" if fact.cluster else "this environment"
    match fact.change:
        case GateChange.HOLD_SET:
            text = f"{fact.actor} set a hold: automation leaves {where} alone.{reason}"
        case GateChange.HOLD_LIFTED:
            text = f"{fact.actor} lifted the hold of {where}."
        case GateChange.HOLD_EXPIRED:
            text = f"The hold that {fact.actor} had set on {where} ended, as its time was over.{reason}"
        case GateChange.STOP_SET:
            text = f"{fact.actor} stopped all writes to {stopped}.{reason}"
        case GateChange.STOP_LIFTED:
            text = f"{fact.actor} lifted the stop of {stopped}."
    is_stop = fact.change in {GateChange.STOP_SET, GateChange.STOP_LIFTED}
    begins = fact.change in {GateChange.STOP_SET, GateChange.HOLD_SET}
    return TimelineEntry(
        mark=Mark(at=fact.at, source="expired" if fact.change is GateChange.HOLD_EXPIRED else "gate", key=fact.key),
        kind=EntryKind.STOP if is_stop else EntryKind.HOLD,
        tone=EntryTone.WARN if begins else EntryTone.PLAIN,
        until=fact.at,
        text=text,
        cluster=fact.cluster,
    )


def of_freezes(
    facts: Iterable[FreezeFact], *, since: datetime, until: datetime, after: Mark | None, now: datetime
) -> tuple[TimelineEntry, ...]:
    """Each time that a freeze was open between two moments and not after now; only as it has been since it was changed
    last.
    """
    latest = min(until, now)
    if after is not None:
        latest = min(latest, after.at + timedelta(microseconds=1))
    found = []
    for fact in facts:
        for each in occurrences(fact.freeze.window, max(since, fact.since), latest):
            entry = _open(fact, max(each.starts, fact.since), each.ends if each.ends <= now else None)
            if is_after(entry.mark, after):
                found.append(entry)
    return tuple(found)


def _open(fact: FreezeFact, at: datetime, until: datetime | None) -> TimelineEntry:
    freeze = fact.freeze
    verb = "is" if until is None else "was"
    if freeze.effect is FreezeEffect.DENY:
        text = f"The freeze {freeze.name} {verb} in force: {as_sentence(freeze.reason)}"
    else:
        text = (
            f"The window {freeze.name}, outside of which nothing is deployed, {verb} open: {as_sentence(freeze.reason)}"
        )
    return TimelineEntry(
        mark=Mark(at=at, source="freeze", key=freeze.id),
        kind=EntryKind.FREEZE,
        tone=EntryTone.PLAIN,
        until=until,
        text=text,
    )
