"""How far what is known of custom resources can be relied on, kind by kind. Pure.

That one kind cannot be read says nothing about the rest of its application: a definition may be missing, or its
conversion webhook may be down, and the credential may read workloads alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.resources import Kind
from services.planning.health.values import Health, HealthState
from services.planning.images.custom_facts import CustomResourceFacts
from services.reading.live.changes import KindState, StreamState
from services.reading.live.standing import STANDS, better, is_recent, why

GroupKind = tuple[str, str]
KIND_NOT_SERVED = "kind-not-served"
_UNREAD = Health(
    state=HealthState.UNKNOWN, reason="cluster-not-read-yet", message="Objects of this kind are being read."
)


@dataclass(frozen=True, kw_only=True)
class CustomStanding:
    """`instead` is the health to show of objects of these kinds, in place of what was judged.

    `stale_at`: when that becomes another one though no stream has changed.
    """

    instead: Mapping[GroupKind, Health]
    stale_at: datetime | None = None


def custom_standing(
    states: Iterable[KindState], kinds: Iterable[Kind], namespace: str, *, now: datetime, stale_after: timedelta
) -> CustomStanding:
    """Of the custom kinds of a place in this namespace."""
    found: dict[GroupKind, KindState] = {}
    for each in states:
        if each.namespace in {None, namespace}:
            key = (each.kind.group, each.kind.name)
            found[key] = better(found.get(key), each)
    instead: dict[GroupKind, Health] = {}
    moments: list[datetime] = []
    for kind in kinds:
        key = (kind.group, kind.name)
        state = found.get(key)
        if state is not None and _is_passing(state) and is_recent(state.since, now=now, stale_after=stale_after):
            moments.append(state.since + stale_after)
        elif (health := _instead(state, kind)) is not None:
            instead[key] = health
    return CustomStanding(instead=instead, stale_at=min(moments, default=None))


def as_known(facts: Iterable[CustomResourceFacts], standing: CustomStanding) -> tuple[CustomResourceFacts, ...]:
    """The facts, with the health of those whose kind is not known now replaced."""
    return tuple(
        replace(each, health=standing.instead[each.resource.group_kind])
        if each.resource.group_kind in standing.instead
        else each
        for each in facts
    )


def _is_passing(state: KindState) -> bool:
    """Whether a stream that stood has ended, which mostly lasts for a moment."""
    lasting = STANDS | {StreamState.REFUSED, StreamState.NOT_SERVED}
    return state.state not in lasting and state.heard_at is not None


def _instead(state: KindState | None, kind: Kind) -> Health | None:
    """None where what was judged can be relied on."""
    if state is None or (state.state is StreamState.LISTING and state.heard_at is None):
        return _UNREAD
    match state.state:
        case StreamState.LIVE | StreamState.POLLED:
            return None
        case StreamState.NOT_SERVED:
            return Health(
                state=HealthState.MISSING,
                reason=KIND_NOT_SERVED,
                message=f"The cluster does not serve {kind.name} of {kind.group}: it has no definition of it, so no "
                "such object is there.",
                since=state.since,
            )
        case _:
            failure = why(state)
            return Health(state=HealthState.UNKNOWN, reason=failure.code, message=failure.detail, since=state.since)
