"""The live picture of all clusters, as screens read it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from domain.divergences import DivergenceKind
from services.planning.images.running import ClusterFacts
from services.planning.objects.built_in import is_built_in
from services.reading.live.cache import LiveCache
from services.reading.live.changes import KindState, StreamState
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.reachability import as_seen
from services.reading.live.standing import STALE_AFTER, STANDS, longest_down, worst_state


@dataclass(frozen=True, kw_only=True)
class LiveFigures:
    """What the metrics say. `oldest` is how many seconds ago the stream was heard of that was silent for longest.

    `clusters` counts them by the state of their worst stream; `down` is for how many seconds the one has been down that
    has been so for longest.
    """

    streams: Mapping[StreamState, int]
    clusters: Mapping[StreamState, int]
    down: float
    stale_clusters: int
    oldest: float
    records: int
    judgements: int
    revision: int
    divergences: Mapping[DivergenceKind, int]


class Live:
    """What screens read: rows of the database, records of clusters, and what both together look like."""

    def __init__(
        self, *, places: Places, cache: LiveCache, picture: Picture, stale_after: timedelta = STALE_AFTER
    ) -> None:
        self.places = places
        self.cache = cache
        self.picture = picture
        self._stale_after = stale_after

    async def facts(self, target: AppEnvironmentRecord) -> tuple[ClusterFacts, ...]:
        """What runs there, cluster by cluster; one that is not known now has a failure, and no images."""
        await self.places.including(target.application.id)
        return self.picture.facts(target)

    def as_seen(self, cluster: ClusterRecord) -> ClusterRecord:
        """The cluster as its streams say whether it can be reached, where they know more than its last probe."""
        states = self.cache.states(cluster.id)
        return as_seen(cluster, states, now=datetime.now(UTC), stale_after=self._stale_after)

    def figures(self) -> LiveFigures:
        """How it goes, for metrics. What is kept for a while of a cluster that was deleted is nobody's trouble."""
        now, registered = datetime.now(UTC), self.places.now.clusters
        clusters = [each for each in self.cache.clusters() if each in registered]
        states = {cluster_id: self.cache.states(cluster_id) for cluster_id in clusters}
        telling = {cluster_id: tuple(filter(_tells_of_cluster, found)) for cluster_id, found in states.items()}
        every = [each for found in telling.values() for each in found]
        served = [each for each in every if each.state is not StreamState.NOT_SERVED]  # else nothing is to be heard
        heard = [each.heard_at for each in served if each.heard_at is not None]
        count = Counter(each.state for found in states.values() for each in found)
        open_ = Counter(each.divergence.kind for place in self.places.now.all for each in place.divergences)
        worst = Counter(worst_state(found) for found in telling.values() if found)
        standing_or_none = STANDS | {StreamState.NOT_SERVED}
        return LiveFigures(
            streams={state: count[state] for state in StreamState},
            clusters={state: worst[state] for state in StreamState},
            down=longest_down(every, now=now).total_seconds(),
            stale_clusters=sum(any(each.state not in standing_or_none for each in found) for found in telling.values()),
            oldest=(now - min(heard)).total_seconds() if heard else 0.0,
            records=sum(map(self.cache.count, clusters)),
            judgements=self.picture.judgements.count,
            revision=self.picture.revision,
            divergences={kind: open_[kind] for kind in DivergenceKind},
        )


def _tells_of_cluster(state: KindState) -> bool:
    """Whether the cluster is the worse for it where the stream is down: not for custom kinds that may not be read."""
    return state.state is not StreamState.REFUSED or is_built_in(state.kind)
