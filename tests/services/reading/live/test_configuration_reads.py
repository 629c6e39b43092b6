"""ConfigMaps and Secrets are read in their time by whoever has the lease, and kept as keys and fingerprints alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db.base import new_id
from db.transaction import Database
from domain.configuration import ConfigurationReading
from domain.resources import ResourceId
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.kube.pool import ClusterPool
from services.precedence import Precedence
from services.reading.live import configuration_reads as module
from services.reading.live import object_reading
from services.reading.live.cache import LiveCache
from services.reading.live.changes import Changes
from services.reading.live.configuration_reads import ConfigurationReads
from services.reading.live.object_reading import ObjectReading, ObjectsRead
from services.reading.live.place_rows import Places
from tests.support.clusters import EVERYWHERE
from tests.support.live import record_of, web
from tests.support.objects import PRINTS
from tests.support.rows import Target, add_environment, make_operation

NAMES = tuple(f"settings-{number}" for number in range(6))  # more than are asked for one by one
RESOURCES = (
    *(ResourceId.of("v1", "ConfigMap", name) for name in NAMES),
    ResourceId.of("v1", "Secret", "login"),
    ResourceId.of("v1", "Secret", "missing"),
)
PASSWORD = "aHVudGVyMg=="


@dataclass
class OneLease:
    """The lease on the cluster, until it is taken away."""

    epoch_: int | None

    def epoch(self, _: str) -> int | None:
        return self.epoch_


@dataclass
class Stage:
    """Shop has six ConfigMaps and a Secret on prod-eu, in Production; another one lacks."""

    database: Database
    sandbox: Sandbox
    places: Places
    lease: OneLease
    reads: ConfigurationReads
    cluster: str
    pool: ClusterPool
    cache: LiveCache = field(default_factory=LiveCache)
    seconds: float = 0.0

    async def read(self, *, after: float = 0.0) -> ConfigurationReading | None:
        """What is known after a look, so many seconds later."""
        self.seconds += after
        await self.places.current()
        await self.reads.look()
        async with asyncio.timeout(30):
            await self.reads.settled()
        place = (await self.places.current()).all[0]
        return place.configuration.get(self.cluster)

    def write(self, plural: str, body: dict[str, Any]) -> None:
        self.sandbox.cluster("prod-eu").update(body, manager="kubectl-edit")


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": data}


@pytest.fixture
async def stage(database: Database) -> AsyncIterator[Stage]:
    async with Sandbox(("prod-eu",)) as sandbox, ClusterPool(rules=EVERYWHERE) as pool:
        cluster = sandbox.cluster("prod-eu")
        cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        for name in (*NAMES, "of-others"):
            cluster.create(config_map(name, mode="fast"))
        login = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login", "namespace": "shop"}}
        cluster.create({**login, "type": "Opaque", "data": {"password": PASSWORD}})
        process = new_id()
        async with database.begin() as tx:
            added = await tx.clusters.add(
                name="prod-eu", labels={}, server=None, credential=sandbox.kubeconfig("prod-eu")
            )
            environment = await add_environment(tx, "Production", added.id)
            application = await tx.applications.add(name="shop")
            target = await tx.app_environments.change(application.id, environment.id)
            await tx.app_environments.configure(target.id or "", namespace="shop", resources=RESOURCES)
            lasts = timedelta(minutes=10)
            await tx.cluster_watches.renew(process, lasts=lasts)
            await tx.cluster_watches.share()
            (lease,) = await tx.cluster_watches.claim(process, lasts=lasts, most=1)
        places, held = Places(database, told=lambda _: None), OneLease(lease.epoch)
        stage = Stage(database, sandbox, places, held, None, added.id, pool)  # type: ignore[arg-type]  # it is made next
        stage.reads = ConfigurationReads(
            database, places, stage.cache, pool, held, prints=PRINTS, clock=lambda: stage.seconds
        )
        yield stage


async def test_what_belongs_to_the_app_environment_is_known_by_its_keys_and_what_lacks_is_known_to_lack(stage: Stage):
    found = await stage.read()
    assert found is not None
    assert found.keys == {  # not those of others in the namespace
        **{("ConfigMap", name): frozenset({"mode"}) for name in NAMES},
        ("Secret", "login"): frozenset({"password"}),
    }
    assert (found.lacks("Secret", "missing"), found.unread) == (True, frozenset())
    async with stage.database.engine.begin() as connection:
        rows = [tuple(row) for row in await connection.execute(text("SELECT * FROM configuration_readings"))]
    stored = json.dumps(rows, default=str)
    assert not [value for value in (PASSWORD, "hunter2", "fast") if value in stored]
    async with stage.database.read() as tx:
        (id_,) = await tx.row_versions.configuration()
        prints = await tx.configuration.prints_of(id_, stage.cluster)
    login = RESOURCES[-2]
    assert prints["Secret", "login"] == {"password": PRINTS.of(id_, login, ("f:data", "f:password"), PASSWORD)}


async def test_an_operation_goes_first_before_it_is_read_and_before_that_is_written(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    order, read = list[str](), ObjectReading.read

    class Noted(Precedence):
        async def give_way(self) -> None:
            (place,) = (await stage.places.current()).all
            order.append("written" if place.configuration else "to be written" if "read" in order else "to be read")

    async def noted(self: ObjectReading, *given: Any, **more: Any) -> ObjectsRead:
        order.append("read")
        return await read(self, *given, **more)

    monkeypatch.setattr(module, "PRECEDENCE", Noted())
    monkeypatch.setattr(ObjectReading, "read", noted)
    assert await stage.read() is not None
    assert order == ["to be read", "read", "to be written"]


async def test_an_operation_that_begins_meanwhile_goes_before_each_object_that_is_compared(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    order = list[str]()

    class Taken(Precedence):
        is_taken = True

        async def give_way(self) -> None:
            order.append("waits")

    def compared(_: object, resource: ResourceId, *__: object) -> None:
        order.append(resource.name)

    monkeypatch.setattr(object_reading, "PRECEDENCE", Taken())
    monkeypatch.setattr(ObjectReading, "_compare", compared)
    assert await stage.read() is not None
    assert [order[order.index(each) - 1] for each in (*NAMES, "login")] == ["waits"] * 7


async def test_what_another_environment_of_the_application_has_is_looked_for_as_well(stage: Stage):
    await stage.read()
    (place,) = stage.places.now.all
    async with stage.database.begin() as tx:
        (cluster,) = place.target.environment.clusters
        staging = await tx.environments.add(name="Staging", cluster_ids=(cluster.id,))
        target = await tx.app_environments.change(place.target.application.id, staging.id)
        others = (ResourceId.of("v1", "ConfigMap", "of-others"), ResourceId.of("v1", "Secret", "nowhere"))
        await tx.app_environments.configure(target.id or "", namespace="elsewhere", resources=others)
    await stage.read()
    await stage.read(after=2)
    found = (await stage.places.current()).by_row[place.target.id or ""].configuration[stage.cluster]
    assert found.keys_of("ConfigMap", "of-others") == frozenset({"mode"})
    assert found.absent == {("Secret", "missing"), ("Secret", "nowhere")}


async def test_it_is_read_again_every_five_minutes_and_soon_after_an_operation_or_other_resources(stage: Stage):
    await stage.read()
    stage.write("configmaps", config_map(NAMES[0], mode="fast", level="2"))
    for seconds, keys in ((100, frozenset({"mode"})), (300, frozenset({"mode", "level"}))):
        found = await stage.read(after=seconds)
        assert found is not None
        assert found.keys_of("ConfigMap", NAMES[0]) == keys
    stage.write("configmaps", config_map(NAMES[0], mode="fast"))
    (place,) = stage.places.now.all
    another = ResourceId.of("v1", "ConfigMap", "of-others")
    async with stage.database.begin() as tx:
        await tx.app_environments.configure(place.target.id or "", namespace="shop", resources=(another,))
    await stage.read()
    found = await stage.read(after=2)
    assert found is not None
    assert (found.keys_of("ConfigMap", NAMES[0]), found.lacks("ConfigMap", "of-others")) == (frozenset({"mode"}), False)


async def test_a_changed_custom_resource_is_read_within_seconds_and_less_often_where_nothing_differs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    certificate, read, asked = ResourceId.of("cert-manager.io/v1", "Certificate", "web"), ObjectReading.read, []

    async def counted(self: ObjectReading, *given: Any, **more: Any) -> ObjectsRead:
        asked.append(stage.seconds)
        return await read(self, *given, **more)

    monkeypatch.setattr(ObjectReading, "read", counted)
    (place,) = (await stage.places.current()).all
    async with stage.database.begin() as tx:
        await tx.app_environments.configure(place.target.id or "", namespace="shop", resources=(certificate,))
    for generation, seconds in enumerate((0, 20, 22, 30, 36, 38, 59, 61), start=1):
        metadata = {"name": "web", "namespace": "shop", "generation": generation, "resourceVersion": str(generation)}
        changed = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": metadata}
        stage.cache.apply(Changes(cluster_id=stage.cluster, put=(record_of(changed),)))
        await stage.read(after=seconds - stage.seconds)
    assert asked == [0, 22, 38, 61]


async def test_a_process_without_the_lease_reads_nothing_and_one_that_lost_it_writes_nothing(stage: Stage):
    epoch, stage.lease.epoch_ = stage.lease.epoch_, None
    assert await stage.read() is None
    assert epoch is not None
    stage.lease.epoch_ = epoch - 1
    assert await stage.read() is None
    stage.lease.epoch_ = epoch
    assert await stage.read() is not None


async def test_while_a_cluster_does_not_answer_what_was_read_before_stays_and_it_is_asked_again_soon(stage: Stage):
    known = await stage.read()
    stage.sandbox.cut_off("prod-eu")
    stage.write("configmaps", config_map(NAMES[0], level="2"))
    assert known is not None
    assert await stage.read(after=400) == known
    stage.sandbox.faults("prod-eu").clear()
    stage.pool.allow_probe(stage.cluster)
    found = await stage.read(after=60)
    assert found is not None
    assert found.keys_of("ConfigMap", NAMES[0]) == frozenset({"level"})


async def test_what_was_read_in_a_namespace_that_was_taken_back_is_dropped(stage: Stage):
    assert await stage.read() is not None
    (place,) = stage.places.now.all
    environment = place.target.environment.id
    async with stage.database.begin() as tx:
        (given,) = await tx.environment_namespaces.list(environment)
        await tx.environment_namespaces.take(environment, given.id)
    await stage.read()
    assert await stage.read() is None


async def test_a_kind_that_the_credential_may_not_read_is_named_and_the_other_one_is_read(stage: Stage):
    stage.sandbox.faults("prod-eu").failures = [Failure(status=403, path="/secrets")]
    found = await stage.read()
    assert found is not None
    assert (found.unread, found.keys_of("ConfigMap", NAMES[0])) == (frozenset({"Secret"}), frozenset({"mode"}))
    stage.sandbox.faults("prod-eu").clear()
    found = await stage.read(after=400)
    assert found is not None
    assert (found.unread, found.keys_of("Secret", "login")) == (frozenset(), frozenset({"password"}))


async def test_a_reading_that_ends_by_a_mistake_is_tried_again_later_and_holds_up_no_other_look(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    asked = []

    async def mistaken(*_: object, **__: object) -> None:
        asked.append(stage.seconds)
        raise TypeError("no such value")

    monkeypatch.setattr(ObjectReading, "read", mistaken)
    with pytest.raises(TypeError):
        await stage.read()
    assert await stage.read(after=1) is None
    assert asked == [0.0]
    monkeypatch.undo()
    assert await stage.read(after=60) is not None


async def test_what_a_reading_depends_on_is_read_without_the_clusters_and_is_what_the_record_says(stage: Stage):
    await stage.read()
    (place,) = stage.places.now.all
    assert place.target.id is not None
    async with stage.database.read() as tx:
        record = await tx.app_environments.get(place.target.id)
        assert record is not None
        assert len(record.resources) == len(RESOURCES)
        assert await tx.app_environments.state(place.target.id) == record.state
        assert await tx.app_environments.state(new_id()) is None


async def test_what_was_read_before_an_operation_began_is_not_written(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    async def overtaken(*_: object, **__: object) -> ObjectsRead:
        (place,) = stage.places.now.all
        target = Target(app_environment=place.target, clusters=place.target.environment.clusters)
        begun.append(await make_operation(stage.database, target))
        return ObjectsRead()

    begun: list[str] = []
    monkeypatch.setattr(ObjectReading, "read", overtaken)
    assert await stage.read() is None
    (place,) = stage.places.now.all
    assert [place.target.active_operation] == begun


async def test_a_look_sees_again_only_what_has_changed(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    await stage.read()
    seen: list[str] = []
    see = stage.reads._see

    def noting(spot: tuple[str, str], *rest: Any) -> None:
        seen.append(spot[1])
        see(spot, *rest)

    monkeypatch.setattr(stage.reads, "_see", noting)
    await stage.read()  # the row of what was read
    seen.clear()
    await stage.read()
    assert seen == []
    stage.cache.apply(Changes(cluster_id=stage.cluster, put=(record_of(web()),)))
    await stage.read()
    assert seen == [stage.cluster]
    stage.lease.epoch_ = (stage.lease.epoch_ or 0) + 1
    await stage.read()
    assert seen == [stage.cluster] * 2
