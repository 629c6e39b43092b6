"""A lease ends by the process's own clock, whether or not the database answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import pytest

from db.errors import DatabaseUnreachableError
from db.transaction import Database, Transaction
from services.reading.live.leases import Leases, LeaseTimes
from tests.support.live_rows import claimed, make_clusters, process
from tests.support.replicas import until


@dataclass
class Stage:
    """Leases whose clock and whose database the test holds; `calls` are what was gained and lost."""

    database: Database
    now: float = 1000.0
    away: bool = False
    calls: list[tuple[str, str]] = field(default_factory=list)

    def leases(self) -> Leases:
        return Leases(
            cast("Database", self), gained=self._gained, lost=self._lost, clock=lambda: self.now, times=LeaseTimes()
        )

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        if self.away:
            raise DatabaseUnreachableError
        async with self.database.begin() as tx:
            yield tx

    async def _gained(self, cluster_id: str, _epoch: int) -> None:
        self.calls.append(("gained", cluster_id))

    async def _lost(self, cluster_id: str) -> None:
        self.calls.append(("lost", cluster_id))


async def test_a_database_that_is_away_for_seconds_costs_no_lease_and_one_that_stays_away_ends_it(database: Database):
    (cluster_id,) = await make_clusters(database, 1)
    stage = Stage(database)
    async with stage.leases() as leases:
        await until(lambda: stage.calls == [("gained", cluster_id)])
        epoch = leases.epoch(cluster_id)
        stage.away = True
        stage.now += 9.5
        with pytest.raises(DatabaseUnreachableError):
            await leases.turn()
        assert (leases.epoch(cluster_id), set(leases.clusters)) == (epoch, {cluster_id})
        stage.now += 1.0
        assert (leases.epoch(cluster_id), leases.clusters) == (None, frozenset())
        await until(lambda: stage.calls[-1] == ("lost", cluster_id))
        stage.away = False
        await leases.turn()  # nobody has taken it meanwhile
        await until(lambda: stage.calls[-1] == ("gained", cluster_id))
        assert leases.epoch(cluster_id) == epoch
    assert stage.calls == [("gained", cluster_id), ("lost", cluster_id)] * 2


async def test_a_lease_that_another_process_took_while_the_database_was_away_is_lost(database: Database, raw):
    (cluster_id,) = await make_clusters(database, 1)
    stage = Stage(database)
    async with stage.leases() as leases:
        await until(lambda: stage.calls == [("gained", cluster_id)])
        await raw("UPDATE cluster_watches SET expires_at = now() - interval '1 second' RETURNING owner")
        await claimed(database, process())
        stage.now += 3.5
        await leases.turn()
        assert leases.epoch(cluster_id) is None
        await until(lambda: stage.calls == [("gained", cluster_id), ("lost", cluster_id)])


async def test_calls_for_one_cluster_wait_for_each_other_and_delay_no_other(database: Database):
    first, second = await make_clusters(database, 2)
    stage, going_on = Stage(database), asyncio.Event()

    async def gained(cluster_id: str, epoch: int) -> None:
        if cluster_id == first:
            await going_on.wait()
        await stage._gained(cluster_id, epoch)

    leases = Leases(database, gained=gained, lost=stage._lost)
    async with leases:
        await until(lambda: stage.calls == [("gained", second)])
        leases.forfeit(first, leases.epoch(first) or 0)
        await asyncio.sleep(0.05)
        assert stage.calls == [("gained", second)]
        going_on.set()
        await until(lambda: ("lost", first) in stage.calls)
        assert stage.calls == [("gained", second), ("gained", first), ("lost", first)]


async def test_a_cluster_that_could_not_be_taken_up_is_given_back_and_taken_again(database: Database):
    await make_clusters(database, 1)
    stage = Stage(database)

    async def gained(cluster_id: str, epoch: int) -> None:
        if not stage.calls:
            stage.calls.append(("failed", cluster_id))
            raise DatabaseUnreachableError
        await stage._gained(cluster_id, epoch)

    async with Leases(database, gained=gained, lost=stage._lost, times=LeaseTimes(turn=0.02)):
        await until(lambda: len(stage.calls) == 3)
    assert [word for word, _ in stage.calls] == ["failed", "lost", "gained", "lost"]
