"""Drift and skew become rows, and people are told once: by the process that watches, when they last."""

from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from db.transaction import Database
from domain.divergences import DivergenceKind
from domain.images import ContainerImage, Image
from domain.notification_types import NotificationType
from domain.words import OperationKind
from services.planning.health.values import HealthPolicy
from services.reading.live.cache import LiveCache
from services.reading.live.diverging import Diverging
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.running_index import RunningIndex
from tests.support.channels import make_channel
from tests.support.live_rows import claimed, process
from tests.support.pictures import WEB, Clock, pod_of, told, web
from tests.support.rows import Target, make_cluster, make_operation, make_target

IMAGE_DRIFT = DivergenceKind.IMAGE_DRIFT


@dataclass
class OneLease:
    """The lease on each cluster, until it is taken away."""

    epochs: dict[str, int] = field(default_factory=dict)

    def epoch(self, cluster_id: str) -> int | None:
        return self.epochs.get(cluster_id)


@dataclass
class Stage:
    """Web runs as release 1 on prod-eu, in Production, and nobody but the test says what changes there."""

    database: Database
    places: Places
    picture: Picture
    cache: LiveCache
    clock: Clock
    leases: OneLease
    cluster: str
    target: Target
    channel: str

    def diverging(self) -> Diverging:
        return Diverging(
            self.database, self.places, self.picture, self.leases, clock=self.clock, timer=self.clock.timer
        )

    async def runs(self, tag: str) -> None:
        deployment = web(tag)
        changes = told(deployment, pod_of(deployment, tag=tag))
        self.cache.apply(replace(changes, cluster_id=self.cluster))
        await self.picture.refresh()

    async def told(self) -> list[NotificationType]:
        """The oldest first."""
        async with self.database.read() as tx:
            rows = (await tx.outbox.list(self.channel, state=None, limit=50)).items
        return [each.notification.type for each in reversed(rows)]

    async def look(self, diverging: Diverging, *, after: float = 0.0) -> tuple[DivergenceKind, ...]:
        """What is open after a look, so many seconds later."""
        self.clock.seconds += after
        await self.places.current()
        await self.picture.refresh()
        await diverging.look()
        async with self.database.read() as tx:
            return tuple(each.divergence.kind for found in (await tx.divergences.open()).values() for each in found)


@pytest.fixture
async def stage(database: Database) -> Stage:
    target = await make_target(database, clusters=("prod-eu",))
    id_, cluster = target.app_environment.id, target.clusters[0].id
    assert id_ is not None
    image = Image.of("registry.example/shop/web:1")
    async with database.begin() as tx:
        await tx.app_environments.configure(id_, namespace="shop", resources=(WEB,))
        await tx.releases.add(
            id_,
            operation_id=None,
            kind=OperationKind.ADOPT,
            actor="ann",
            images=(ContainerImage(workload=WEB, container="web", image=image),),
            clusters=("prod-eu",),
        )
    channel = await make_channel(database)
    cache, clock = LiveCache(), Clock()
    picture = Picture(
        cache, policy=HealthPolicy(), encode=lambda cell: repr(cell).encode(), clock=clock, timer=clock.timer
    )
    places = Places(database, told=picture.place)
    await places.current()
    leases = OneLease(await claimed(database, process()))
    stage = Stage(database, places, picture, cache, clock, leases, cluster, target, channel.id)
    await stage.runs("1")
    return stage


async def test_drift_that_lasts_is_opened_and_told_once_and_closed_when_it_has_been_gone_for_a_minute(stage):
    one, other = stage.diverging(), stage.diverging()  # as two processes that both believe that the cluster is theirs
    assert await stage.look(one) == await stage.look(other) == ()
    await stage.runs("2")
    assert await stage.look(one) == await stage.look(other) == ()
    assert await stage.look(one, after=31) == await stage.look(other) == (IMAGE_DRIFT,)
    (place,) = (await stage.places.current()).all
    (shown,) = stage.picture.seen(place).divergences
    assert (shown.divergence.found[0].image.tag, shown.divergence.release) == ("2", 1)
    await stage.runs("1")
    assert await stage.look(one) == await stage.look(other) == (IMAGE_DRIFT,)
    assert await stage.look(one, after=61) == await stage.look(other) == ()
    assert await stage.told() == [NotificationType.DRIFT_OPENED, NotificationType.DRIFT_CLOSED]


async def test_a_bug_with_one_app_environment_ends_no_look_and_is_tried_again_after_a_minute(stage, monkeypatch):
    diverging, index = stage.diverging(), RunningIndex(stage.database, stage.places, stage.picture)
    await stage.runs("2")

    def broken(_: object) -> None:
        raise KeyError("a bug")

    with monkeypatch.context() as context, capture_logs() as logged:
        context.setattr(stage.picture, "clusters", broken)
        for seconds in (0, 59):
            await stage.look(diverging, after=seconds)
        await index.keep()
    id_ = stage.target.app_environment.id
    assert [each["app_environment"] for each in logged if "drift" in each["event"]] == [id_]
    assert [each["app_environment"] for each in logged if "indexed" in each["event"]] == [id_]
    await stage.look(diverging, after=2)
    assert await stage.look(diverging, after=31) == (IMAGE_DRIFT,)


async def test_drift_whose_image_is_accepted_as_the_release_is_closed_at_once(stage):
    diverging = stage.diverging()
    await stage.look(diverging)
    await stage.runs("2")
    await stage.look(diverging)
    assert await stage.look(diverging, after=31) == (IMAGE_DRIFT,)
    image = ContainerImage(workload=WEB, container="web", image=Image.of("registry.example/shop/web:2"))
    async with stage.database.begin() as tx:
        await tx.releases.add(
            stage.target.app_environment.id,
            operation_id=None,
            kind=OperationKind.ADOPT,
            actor="ben",
            images=(image,),
            clusters=("prod-eu",),
        )
    assert await stage.look(diverging) == ()
    assert await stage.told() == [NotificationType.DRIFT_OPENED, NotificationType.DRIFT_CLOSED]


async def test_what_another_process_closed_and_still_differs_opens_again(stage):
    diverging = stage.diverging()
    await stage.runs("2")
    await stage.look(diverging)
    assert await stage.look(diverging, after=31) == (IMAGE_DRIFT,)
    (open_,) = next(iter((await stage.places.current()).all)).divergences
    async with stage.database.begin() as tx:
        assert await tx.divergences.end(stage.target.app_environment.id, open_.divergence)
    await stage.runs("3")
    assert await stage.look(diverging, after=10) == await stage.look(diverging) == ()
    assert await stage.look(diverging, after=31) == (IMAGE_DRIFT,)


async def test_what_an_operation_writes_is_no_drift_while_it_is_under_way(stage):
    diverging = stage.diverging()
    await make_operation(stage.database, stage.target)
    await stage.look(diverging)
    await stage.runs("2")
    assert await stage.look(diverging) == await stage.look(diverging, after=300) == ()


async def test_a_process_without_the_lease_writes_nothing_and_one_that_gains_it_goes_on_with_the_rows(stage):
    await stage.runs("2")
    held, stage.leases.epochs = stage.leases.epochs, {}
    diverging = stage.diverging()
    assert await stage.look(diverging) == await stage.look(diverging, after=31) == ()
    stage.leases.epochs = {each: epoch - 1 for each, epoch in held.items()}  # it was lost, and it does not know
    assert await stage.look(diverging) == await stage.look(diverging, after=31) == ()
    stage.leases.epochs = held
    assert await stage.look(diverging) == ()
    assert await stage.look(diverging, after=31) == (IMAGE_DRIFT,)
    await stage.places.current()
    successor = stage.diverging()
    await stage.runs("1")
    assert await stage.look(successor) == (IMAGE_DRIFT,)
    assert await stage.look(successor, after=61) == ()
    assert await stage.told() == [NotificationType.DRIFT_OPENED, NotificationType.DRIFT_CLOSED]


async def test_where_nothing_may_be_looked_at_any_more_what_is_open_closes_and_nobody_is_told(stage):
    environment = stage.target.app_environment.environment.id
    diverging = stage.diverging()
    await stage.runs("2")
    await stage.look(diverging)
    assert await stage.look(diverging, after=31) == (IMAGE_DRIFT,)
    async with stage.database.begin() as tx:
        (given,) = await tx.environment_namespaces.list(environment)
        await tx.environment_namespaces.take(environment, given.id)
    without_lease = Diverging(stage.database, stage.places, stage.picture, OneLease(), clock=stage.clock)
    assert await stage.look(without_lease) == ()
    assert await stage.look(diverging) == ()
    assert await stage.told() == [NotificationType.DRIFT_OPENED]
    async with stage.database.begin() as tx:
        await tx.environment_namespaces.give(environment, "*", applications=None, by="the suite")
    await stage.look(diverging)
    assert await stage.look(diverging, after=31) == (IMAGE_DRIFT,)
    async with stage.database.begin() as tx:
        await tx.environments.assign_clusters(environment, [])
    assert await stage.look(diverging) == ()
    assert await stage.told() == [NotificationType.DRIFT_OPENED] * 2


async def test_when_the_primary_cluster_leaves_the_owner_of_the_next_one_closes_what_it_had(stage):
    diverging = stage.diverging()
    await stage.runs("2")
    await stage.look(diverging)
    assert await stage.look(diverging, after=31) == (IMAGE_DRIFT,)
    async with stage.database.begin() as tx:
        other = await make_cluster(tx, "prod-us")
        await tx.environments.assign_clusters(stage.target.app_environment.environment.id, [other.id])
    stage.leases.epochs |= await claimed(stage.database, process())
    deployment = web("1")
    stage.cache.apply(replace(told(deployment, pod_of(deployment, tag="1")), cluster_id=other.id))
    await stage.look(diverging)
    assert await stage.look(diverging, after=61) == ()


async def test_what_closed_is_kept_for_ninety_days(stage, raw):
    diverging = stage.diverging()
    await stage.runs("2")
    await stage.look(diverging)
    await stage.look(diverging, after=31)
    await stage.runs("1")
    await stage.look(diverging)
    await stage.look(diverging, after=61)
    ((closed_at,),) = await raw("SELECT closed_at FROM divergences")
    stage.clock.seconds += (closed_at - stage.clock()).total_seconds()
    for days, left in ((89, 1), (2, 0)):
        await stage.look(diverging, after=days * 24 * 3600)
        assert len(await raw("SELECT id FROM divergences")) == left


async def test_nothing_is_kept_in_memory_of_what_was_deleted(stage):
    diverging, index = stage.diverging(), RunningIndex(stage.database, stage.places, stage.picture)
    await stage.look(diverging)
    await index.keep()
    assert (len(diverging._releases), len(index._compared)) == (1, 1)
    async with stage.database.begin() as tx:
        await tx.applications.delete(stage.target.app_environment.application.id)
    await stage.look(diverging)
    await index.keep()
    assert (diverging._releases, diverging._standing, index._compared) == ({}, {}, {})
