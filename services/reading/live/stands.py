"""How places stand on their clusters: found once, for as long as nothing has changed that it depends on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from services.reading.live.changes import KindState
from services.reading.live.custom_standing import CustomStanding, custom_standing
from services.reading.live.judgements import Unit
from services.reading.live.places import Place
from services.reading.live.standing import Standing, standing


@dataclass(frozen=True, kw_only=True)
class Stand:
    """How a place stands on a cluster by these states, as found at a moment."""

    place: Place
    states: tuple[KindState, ...]
    at: datetime
    standing: Standing
    custom: CustomStanding

    @cached_property
    def until(self) -> datetime | None:
        """When it is another one though no stream has changed."""
        moments = [each for each in (self.standing.stale_at, self.custom.stale_at) if each is not None]
        return min(moments, default=None)

    def holds(self, place: Place, states: tuple[KindState, ...], now: datetime) -> bool:
        """Whether it would be found the same now; what has failed is found anew, since clocks may be set back."""
        if self.place is not place or self.states is not states or self.standing.failure or self.custom.instead:
            return False
        return self.at <= now and (self.until is None or now < self.until)


class Stands:
    """By place and cluster."""

    def __init__(self, *, stale_after: timedelta) -> None:
        self._stale_after = stale_after
        self._found: dict[Unit, Stand] = {}

    def of(self, place: Place, cluster_id: str, states: tuple[KindState, ...], *, now: datetime) -> Stand:
        """How the place stands on the cluster, whose streams are in these states."""
        unit = (place.key, cluster_id)
        found = self._found.get(unit)
        if found is None or not found.holds(place, states, now):
            found = self._found[unit] = self._find(place, states, now)
        return found

    def keep(self, units: Collection[Unit]) -> None:
        """Let go of all others."""
        for unit in self._found.keys() - units:
            del self._found[unit]

    def _find(self, place: Place, states: tuple[KindState, ...], now: datetime) -> Stand:
        workloads, custom = [each.kind for each in place.workloads], [each.kind for each in place.custom]
        namespace = place.namespace or ""
        return Stand(
            place=place,
            states=states,
            at=now,
            standing=standing(states, workloads, namespace, now=now, stale_after=self._stale_after, custom=custom),
            custom=custom_standing(states, custom, namespace, now=now, stale_after=self._stale_after),
        )
