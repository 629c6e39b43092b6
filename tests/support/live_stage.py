"""A live picture that is read when a test says so, and not when a watch does: what was written a moment ago is seen."""

from datetime import UTC, datetime

from api.schemas.overview import MatrixCell, MatrixRead, cell_json, matrix_json, overview_json, row_json
from db.records.inventory import AppEnvironmentRecord, ClusterRecord
from db.transaction import Database
from domain.grants import Actor, ListGrant
from domain.resources import Kind
from services.errors import StagecoachError
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, KindNotServedError
from services.kube.gateway import ClusterGateway, Clusters
from services.limits import Limits
from services.planning.health.rollout_drivers import DRIVERS
from services.planning.health.values import HealthPolicy
from services.planning.images.running import ClusterFacts
from services.planning.live.records import LiveRecord
from services.planning.objects.built_in import is_built_in
from services.planning.overviews.values import ApplicationOverview
from services.reading.credentials import credential_of
from services.reading.explanations import EVENTS
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes, KindState, StreamState, Wanted
from services.reading.live.live import Live
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.running_index import RunningIndex
from services.reading.matrix import MatrixReader
from services.reading.overview import Overview
from services.reading.running_images import CONTROLLER_REVISIONS, JOBS, REPLICA_SETS
from tests.support.live import record_of

_BESIDE = (REPLICA_SETS, CONTROLLER_REVISIONS, JOBS, EVENTS, *DRIVERS)


def unread(database: Database) -> Live:
    """A live picture as just after a start: no cluster has been read."""
    cache = LiveCache()
    picture = Picture(cache, policy=HealthPolicy(), encode=cell_json)
    return Live(places=Places(database, told=picture.place), cache=cache, picture=picture)


class ReadLive(Live):
    """Reads all clusters before it answers. One that does not answer is stale at once."""

    def __init__(self, database: Database, clusters: Clusters, limits: Limits) -> None:
        cache = LiveCache()
        policy = HealthPolicy(timeout_cap=limits.watch_cap)
        picture = Picture(cache, policy=policy, encode=cell_json, timer=lambda: 0.0)
        super().__init__(places=Places(database, told=picture.place), cache=cache, picture=picture)
        self._clusters = clusters
        self._limits = limits
        self._index = RunningIndex(database, self.places, picture)

    async def facts(self, target: AppEnvironmentRecord) -> tuple[ClusterFacts, ...]:
        await self.refresh()
        return await super().facts(target)

    async def refresh(self) -> None:
        """Read everything, judge it, and keep the index of running images."""
        places = await self.places.current()
        for cluster_id, wanted in places.wanted().items():
            self.cache.apply(await self._read(places.clusters[cluster_id], wanted))
        await self.picture.refresh()
        await self._index.keep()

    async def _read(self, cluster: ClusterRecord, wanted: Wanted) -> Changes:
        now, kinds = datetime.now(UTC), dict(wanted.kinds)
        former = {(each.kind, each.namespace): each for each in self.cache.states(cluster.id)}
        put: list[LiveRecord] = []
        try:
            gateway = await self._clusters.gateway(credential_of(cluster))
            deadline = Deadline.after(self._limits.overview)
            for kind, namespaces in kinds.items():
                for namespace in namespaces:
                    put += await _list(gateway, kind, namespace, deadline)
            for namespace in frozenset[str]().union(*kinds.values()):
                for kind in _BESIDE:
                    put += await _list(gateway, kind, namespace, deadline)
        except StagecoachError as error:
            down = tuple(
                KindState(
                    kind=kind,
                    namespace=namespace,
                    state=StreamState.REFUSED,
                    since=now,
                    heard_at=was.heard_at if (was := former.get((kind, namespace))) else None,
                    code=error.code,
                    message=error.detail,
                )
                for kind, namespaces in kinds.items()
                for namespace in namespaces
            )
            return Changes(cluster_id=cluster.id, states=down)
        gone = set(self.cache.keys(cluster.id)) - {record.key for record in put}
        states = tuple(
            KindState(
                kind=kind,
                namespace=namespace,
                state=StreamState.LIVE,
                since=_live_since(former.get((kind, namespace)), now),
                heard_at=now,
            )
            for kind, namespaces in kinds.items()
            for namespace in namespaces
        )
        return Changes(cluster_id=cluster.id, put=tuple(put), gone=tuple(gone), states=states)


class ReadOverview:
    """Overviews of what clusters say at the moment of the call."""

    def __init__(self, database: Database, live: ReadLive) -> None:
        self._overview = Overview(database, live, encode=overview_json)
        self._live = live

    async def read(self, application: str, *, actor: Actor) -> ApplicationOverview:
        await self._live.refresh()
        return await self._overview.read(application, actor=actor)


class ReadMatrix:
    """Pages of the matrix as clusters are at the moment of the call."""

    def __init__(self, live: ReadLive) -> None:
        self.reader = MatrixReader(live, encode_row=row_json, encode_page=matrix_json)
        self._live = live

    async def read(
        self, grant: ListGrant, *, search: str | None = None, after: str | None = None, limit: int = 10
    ) -> MatrixRead:
        await self._live.refresh()
        page = await self.reader.read(grant, search=search, after=after, limit=limit)
        return MatrixRead.model_validate_json(page.encoded).model_copy(update={"next_cursor": page.next})

    async def cells(self, grant: ListGrant) -> dict[str, MatrixCell]:
        """Those of the first application, by environment."""
        return {each.environment: each for each in (await self.read(grant)).items[0].cells}


def _live_since(former: KindState | None, now: datetime) -> datetime:
    """To read what has not changed is no change: who looks at each change would look again and again."""
    return former.since if former is not None and former.state is StreamState.LIVE else now


async def _list(gateway: ClusterGateway, kind: Kind, namespace: str, deadline: Deadline) -> list[LiveRecord]:
    try:
        listed = await gateway.list(kind, namespace=namespace, deadline=deadline)
    except KindNotServedError:
        return []
    except AccessDeniedError:
        if kind in {*_BESIDE} or not is_built_in(kind):
            return []
        raise
    found = []
    for each in listed.items:
        body = each.edited() | {"apiVersion": kind.api_version, "kind": kind.name}
        found.append(record_of(body))
    return found
