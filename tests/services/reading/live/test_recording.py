"""What happens in an app environment becomes rows, each once, by the process that watches its primary cluster."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from db.timeline_window import TimelineWindow
from db.transaction import Database
from domain.resources import Manifest
from domain.timeline import EventKind
from services.planning.health.values import HealthPolicy
from services.planning.overviews.values import SeenCluster
from services.reading.live.cache import LiveCache
from services.reading.live.changes import StreamState
from services.reading.live.picture import Picture
from services.reading.live.place_rows import Places
from services.reading.live.places import PODS, Place
from services.reading.live.recording import KEPT, Recording
from tests.support.live_rows import claimed, expire, process
from tests.support.pictures import CERTIFICATE, WEB, Clock, certificate, pod_of, stream, told, web
from tests.support.rollouts import START
from tests.support.rows import Target, make_target

CRASHED = {"restartCount": 2, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}
Told = tuple[EventKind, bool, int]
"""The kind of an event, whether it has ended, and how often it happened."""


@dataclass
class OneLease:
    """The lease on each cluster, until it is taken away."""

    epochs: dict[str, int] = field(default_factory=dict)

    def epoch(self, cluster_id: str) -> int | None:
        return self.epochs.get(cluster_id)


@dataclass
class Stage:
    """Web runs on prod-eu, in Production, and nobody but the test says what changes there."""

    database: Database
    places: Places
    picture: Picture
    cache: LiveCache
    clock: Clock
    leases: OneLease
    process: str
    cluster: str
    target: Target

    def recording(self) -> Recording:
        clock = self.clock
        return Recording(
            self.database, self.places, self.picture, self.cache, self.leases, clock=clock, timer=clock.timer
        )

    def runs(self, *objects: Manifest, **more: Any) -> None:
        self.cache.apply(replace(told(*objects, **more), cluster_id=self.cluster))

    def web(self, *, replicas: int = 2, status: dict[str, Any] | None = None) -> None:
        body = web().edited()
        body["spec"]["replicas"] = replicas
        self.runs(Manifest(body), pod_of(web(), status=status))

    async def look(self, recording: Recording, *, after: float = 0.0) -> None:
        self.clock.seconds += after
        await self.places.current()
        await self.picture.refresh()
        await recording.look()

    async def looks(self, recording: Recording, seconds: int) -> list[Told]:
        """What is recorded after so many looks, a second apart; the oldest first."""
        for _ in range(seconds):
            await self.look(recording, after=1)
        return await self.recorded()

    async def recorded(self) -> list[Told]:
        id_ = self.target.app_environment.id
        assert id_ is not None
        window = TimelineWindow(since=START - timedelta(days=9), until=START + timedelta(days=999), limit=500)
        async with self.database.read() as tx:
            found = await tx.timelines.events(id_, window, list(EventKind))
        return [(each.kind, each.until is not None, each.count) for each in reversed(found)]


@pytest.fixture
async def stage(database: Database) -> Stage:
    target = await make_target(database, clusters=("prod-eu",))
    id_, cluster = target.app_environment.id, target.clusters[0].id
    assert id_ is not None
    async with database.begin() as tx:
        await tx.app_environments.configure(id_, namespace="shop", resources=(WEB,))
    cache, clock = LiveCache(), Clock()
    picture = Picture(
        cache, policy=HealthPolicy(), encode=lambda cell: repr(cell).encode(), clock=clock, timer=clock.timer
    )
    places = Places(database, told=picture.place)
    await places.current()
    owner = process()
    leases = OneLease(await claimed(database, owner))
    stage = Stage(database, places, picture, cache, clock, leases, owner, cluster, target)
    stage.web()
    return stage


async def test_restarts_and_scaling_are_recorded_once_whoever_believes_to_be_the_owner(stage: Stage):
    one, other = stage.recording(), stage.recording()
    await stage.look(one)
    stage.web(replicas=3, status=CRASHED)
    assert await stage.looks(one, 2) == [(EventKind.RESTART, True, 2), (EventKind.SCALING, True, 1)]
    held, stage.leases.epochs = stage.leases.epochs, {}
    await stage.look(one)
    stage.leases.epochs = {each: epoch - 1 for each, epoch in held.items()}  # it was lost, and it does not know
    stage.web(replicas=5, status=CRASHED)
    assert len(await stage.looks(other, 2)) == 2
    stage.leases.epochs = held
    assert await stage.looks(other, 2) == [(EventKind.RESTART, True, 2), (EventKind.SCALING, True, 2)]


async def test_a_custom_resource_that_has_failed_is_recorded_until_it_is_well_again(stage: Stage):
    async with stage.database.begin() as tx:
        id_ = stage.target.app_environment.id or ""
        await tx.app_environments.configure(id_, namespace="shop", resources=(WEB, CERTIFICATE))
    recording = stage.recording()
    stage.runs(certificate("True"), states=(stream(), stream(PODS), stream(CERTIFICATE.kind)))
    await stage.look(recording)
    stage.runs(certificate("False"), states=())
    assert await stage.looks(recording, 17) == [(EventKind.HEALTH, False, 1)]
    stage.runs(certificate("True"), states=())
    assert await stage.looks(recording, 32) == [(EventKind.HEALTH, True, 1)]


async def test_who_takes_over_goes_on_with_what_is_under_way(stage: Stage):
    await stage.look(stage.recording())
    stage.runs(states=(stream(state=StreamState.UNREACHABLE), stream(PODS, state=StreamState.UNREACHABLE)))
    former = stage.recording()
    assert await stage.looks(former, 20) == [(EventKind.CLUSTER, False, 1)]
    await expire(stage.database, stage.process)
    stage.leases.epochs = await claimed(stage.database, process())
    assert stage.leases.epochs
    successor = stage.recording()
    assert await stage.looks(successor, 20) == [(EventKind.CLUSTER, False, 1)]
    stage.web()
    assert await stage.looks(successor, 20) == [(EventKind.CLUSTER, True, 1)]
    assert await stage.looks(former, 3) == [(EventKind.CLUSTER, True, 1)]


async def test_a_new_owner_that_has_not_read_a_cluster_says_nothing_of_it(stage: Stage):
    stage.cache.forget(stage.cluster)
    assert await stage.looks(stage.recording(), 60) == []


async def test_where_nobody_may_look_any_more_what_goes_on_has_ended(stage: Stage):
    recording = stage.recording()
    environment = stage.target.app_environment.environment.id
    await stage.look(recording)
    gone = replace(told(web()), cluster_id=stage.cluster)
    stage.cache.apply(replace(gone, put=(), gone=tuple(each.key for each in gone.put)))
    assert await stage.looks(recording, 20) == [(EventKind.HEALTH, False, 1)]
    async with stage.database.begin() as tx:
        (given,) = await tx.environment_namespaces.list(environment)
        await tx.environment_namespaces.take(environment, given.id)
    assert await stage.looks(recording, 1) == [(EventKind.HEALTH, True, 1)]


async def test_where_the_process_that_looked_is_gone_as_well_another_one_ends_it_within_the_hour(stage: Stage, raw):
    recording = stage.recording()
    environment = stage.target.app_environment.environment.id
    await stage.look(recording)
    stage.runs(states=(stream(state=StreamState.UNREACHABLE), stream(PODS, state=StreamState.UNREACHABLE)))
    assert await stage.looks(recording, 20) == [(EventKind.CLUSTER, False, 1)]
    async with stage.database.begin() as tx:
        await tx.environments.assign_clusters(environment, [])
    other = stage.recording()
    assert await stage.looks(other, 1) == [(EventKind.CLUSTER, False, 1)]
    await raw("UPDATE timeline_states SET updated_at = now() - interval '11 minutes' RETURNING updated_at")
    await stage.look(other, after=3601)
    assert await stage.recorded() == [(EventKind.CLUSTER, True, 1)]


class Breaking(Picture):
    """A picture that has a bug for a while: what it shows of a place cannot be had."""

    def __init__(self, whole: Picture) -> None:
        self.__dict__ = whole.__dict__
        self.asked = 0
        self.breaks = True

    def clusters(self, place: Place) -> tuple[SeenCluster, ...]:
        self.asked += 1
        if self.breaks:
            raise KeyError("a bug")
        return super().clusters(place)


async def test_a_bug_keeps_a_place_from_being_recorded_for_a_minute_and_stops_nothing_else(stage: Stage):
    await stage.look(stage.recording())
    stage.picture = breaking = Breaking(stage.picture)
    recording = stage.recording()
    stage.web(status=CRASHED)
    assert await stage.looks(recording, 61) == []
    assert breaking.asked == 2
    breaking.breaks = False
    assert await stage.looks(recording, 61) == [(EventKind.RESTART, True, 2)]


async def test_what_ended_is_kept_for_ninety_days(stage: Stage):
    recording = stage.recording()
    await stage.look(recording)
    stage.web(status=CRASHED)
    assert len(await stage.looks(recording, 2)) == 1
    for days, left in ((KEPT.days - 1, 1), (2, 0)):
        await stage.look(recording, after=days * 24 * 3600)
        assert len(await stage.recorded()) == left
