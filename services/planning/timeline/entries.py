"""Entries of a timeline: what happened, from whatever source, in one order and one form. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.divergences import DivergenceKind
from domain.resources import ResourceId
from domain.timeline import EventKind
from domain.timeline_facts import GateChange, Mark


class EntryKind(StrEnum):
    """What an entry tells of."""

    OPERATION = "operation"
    RELEASE = "release"
    ROLLOUT = "rollout"  # of one workload on one cluster, whoever changed its template
    HEALTH = "health"  # a workload was not as it should be
    RESTART = "restart"  # a container ended, and was started again
    SCALING = "scaling"
    DRIFT = "drift"
    SKEW = "skew"
    CLUSTER = "cluster"  # a cluster could not be read
    HOLD = "hold"
    STOP = "stop"
    FREEZE = "freeze"  # a window of a freeze was open
    OMITTED = "omitted"  # more happened within an hour than is recorded

    @property
    def recorded(self) -> EventKind | None:
        """The kind of the events that it is recorded as; None where another table holds it."""
        return _RECORDED.get(self.value)


_RECORDED = {each.value: each for each in EventKind}


class EntryTone(StrEnum):
    """How an entry is to be felt."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One entry: it began `at`, and ended `until`, which is None while it goes on. `text` is a sentence or two.

    `operation` and `divergence` are ids, `release` is a number: of what the entry is about, or belongs to.
    """

    mark: Mark
    kind: EntryKind
    tone: EntryTone
    until: datetime | None
    text: str
    cluster: str | None = None
    workload: ResourceId | None = None
    container: str | None = None
    count: int = 1
    operation: str | None = None
    release: int | None = None
    divergence: str | None = None

    @property
    def at(self) -> datetime:
        return self.mark.at

    @property
    def id(self) -> str:
        """Names it among all entries of the app environment; a freeze has an entry for each time that it was open."""
        moment = f"-{int(self.mark.at.timestamp())}" if self.kind is EntryKind.FREEZE else ""
        return f"{self.mark.source}-{self.mark.key}{moment}"


def divergence_kinds(kinds: Iterable[EntryKind]) -> tuple[DivergenceKind, ...]:
    """The kinds of divergences that entries of these kinds tell of."""
    wanted = set(kinds)
    return tuple(each for each in DivergenceKind if kind_of(each) in wanted)


def kind_of(kind: DivergenceKind) -> EntryKind:
    return EntryKind.DRIFT if kind.is_drift else EntryKind.SKEW


def audited(kinds: Iterable[EntryKind]) -> tuple[GateChange, ...]:
    """The changes of holds and stops that entries of these kinds tell of, as far as the audit knows them."""
    wanted = set(kinds)
    holds = (GateChange.HOLD_SET, GateChange.HOLD_LIFTED) if EntryKind.HOLD in wanted else ()
    stops = (GateChange.STOP_SET, GateChange.STOP_LIFTED) if EntryKind.STOP in wanted else ()
    return (*holds, *stops)


def is_after(mark: Mark, last: Mark | None) -> bool:
    """Whether it comes on a later page than the entry with the mark `last`. Keys of one source are of one type."""
    return last is None or _order(mark) < _order(last)


def newest_first(entries: Iterable[TimelineEntry], *, limit: int) -> tuple[tuple[TimelineEntry, ...], Mark | None]:
    """The first entries of all, and the mark after which the next page begins; None on the last page."""
    found = sorted(entries, key=lambda each: _order(each.mark), reverse=True)
    page = tuple(found[:limit])
    return page, page[-1].mark if len(found) > limit else None


def _order(mark: Mark) -> tuple[datetime, str, str | int]:
    return (mark.at, mark.source, mark.key)
