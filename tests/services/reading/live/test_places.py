"""What screens show of the database is kept in memory, and read again when its tables change."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db.app_environments import AppEnvironments
from db.configuration import Configuration
from db.divergences import Divergences
from db.transaction import Database
from domain.comparisons import ObjectField
from domain.divergences import Divergence, DivergenceKind
from domain.words import OperationState, Pin, Reachability
from services.precedence import Precedence
from services.reading.live import place_rows as module
from services.reading.live.place_rows import Places
from services.reading.live.places import PlacesNow
from tests.support.actors import ANN
from tests.support.pictures import WEB
from tests.support.rows import add_environment, make_operation, make_target


class FakeTables:
    """Tells what a test says."""

    connected = True

    def __init__(self) -> None:
        self.told: list[Callable[[frozenset[str]], None]] = []

    def subscribe(self, told: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        self.told.append(told)
        return lambda: self.told.remove(told)

    def change(self, *tables: str) -> None:
        for each in self.told:
            each(frozenset(tables))


@pytest.fixture
def tables() -> FakeTables:
    return FakeTables()


@pytest.fixture
def seen() -> list[PlacesNow]:
    return []


@pytest.fixture
def places(database: Database, tables: FakeTables, seen: list[PlacesNow]) -> Places:
    return Places(database, told=seen.append, tables=tables)


async def test_every_application_has_a_place_in_each_environment_by_rank(database, places):
    await make_target(database, application="shop")
    await make_target(database, application="blog", environment="Staging")
    now = await places.current()
    assert [each.name for each in now.applications] == ["blog", "shop"]
    assert [each.name for each in now.environments] == ["Production", "Staging"]
    for application in now.applications:
        assert [each.target.environment.name for each in now.by_application[application.id]] == [
            "Production",
            "Staging",
        ]


async def test_nothing_is_read_again_while_nothing_has_changed(places, tables, seen):
    for _ in range(3):
        await places.current()
    tables.change("tokens", "holds")
    await places.current()
    assert len(seen) == 1


async def test_what_this_process_has_written_is_seen_at_once(database, places):
    await places.current()
    target = await make_target(database)
    assert [each.name for each in (await places.current()).applications] == ["shop"]
    operation = await make_operation(database, target)
    found = (await places.current()).by_row[target.app_environment.id or ""]
    assert found.target.active_operation == operation


async def test_probes_of_clusters_are_no_reason_to_read_again(database, places, seen):
    target = await make_target(database)
    await places.current()
    async with database.begin() as tx:
        await tx.clusters.seen(target.clusters[0].id)
        await tx.clusters.missed(target.clusters[1].id, reachability=Reachability.UNREACHABLE, error="No route.")
    await places.current()
    assert len(seen) == 1


async def test_a_table_that_another_process_changes_is_read_again(database, places, tables, seen):
    await places.current()
    await make_target(Database(database.engine, database.keys))
    tables.change("applications", "app_environments")
    assert [each.name for each in (await places.current()).applications] == ["shop"]
    assert len(seen) == 2


async def test_operations_are_read_without_the_rest(database, places):
    target = await make_target(database)
    key = target.app_environment.id or ""
    before = (await places.current()).by_row[key]
    operation = await make_operation(database, target)
    during = (await places.current()).by_row[key]
    async with database.begin() as tx:
        await tx.operation_lifecycle.end(operation, state=OperationState.FAILED, message="done")
    after = (await places.current()).by_row[key]
    assert (before.target.active_operation, before.last_operation) == (None, None)
    assert (during.target.active_operation, during.last_operation) == (operation, None)
    assert after.target.active_operation is None
    assert (after.last_operation.id, after.last_operation.state) == (operation, OperationState.FAILED)
    assert during.target.application is before.target.application


async def test_what_has_not_changed_is_the_same_object(database, places, tables):
    await make_target(database)
    other = await make_target(database, application="blog")
    before = await places.current()
    await make_operation(database, other)
    after = await places.current()
    same = {place.target.application.name: place is before.by_key[key] for key, place in after.by_key.items()}
    assert same == {"shop": True, "blog": False}
    assert after.rows_are(before)
    await make_target(Database(database.engine, database.keys), application="third")
    tables.change("applications")
    assert not (await places.current()).rows_are(after)


@pytest.fixture
def asked(monkeypatch) -> list[list[str]]:
    """The names of the applications whose rows were read, reading by reading."""
    read, found = AppEnvironments.of, []

    async def of(self, applications):
        found.append([each.name for each in applications])
        return await read(self, applications)

    monkeypatch.setattr(AppEnvironments, "of", of)
    return found


async def test_of_the_rows_those_alone_are_read_again_that_have_changed(database, places, tables, asked):
    shop, blog = [(await make_target(database, application=each)).app_environment for each in ("shop", "blog")]
    elsewhere = Database(database.engine, database.keys)
    before = await places.current()
    asked.clear()

    async def change(how, *told):
        async with elsewhere.begin() as tx:
            await how(tx)
        tables.change(*told)
        return await places.current()

    async def resources(of):
        return tuple(each.name for each in (await places.current()).by_row[of].target.resources)

    await change(
        lambda tx: tx.app_environments.configure(shop.id, namespace="shop", resources=[WEB]),
        "app_environment_resources",
    )
    other = replace(WEB, name="other")
    await change(
        lambda tx: tx.app_environments.configure(shop.id, namespace="shop", resources=[other]),
        "app_environment_resources",
    )
    assert (await resources(shop.id), await resources(blog.id)) == (("other", "web"), ())
    changed = await change(
        lambda tx: tx.app_environments.change(shop.application.id, shop.environment.id, pin=Pin.TAG), "app_environments"
    )
    assert (changed.by_row[shop.id].target.pin, asked) == (Pin.TAG, [["shop"]] * 3)
    assert changed.by_row[blog.id] is before.by_row[blog.id]
    gone = await change(lambda tx: tx.applications.delete(blog.application.id), "applications")
    assert ([each.name for each in gone.applications], list(gone.by_row)) == (["shop"], [shop.id])
    assert asked[3:] == [[]]
    renamed = await change(lambda tx: tx.applications.change(shop.application.id, name="store"), "applications")
    assert {each.target.application.name for each in renamed.all} == {"store"}


async def test_where_an_environment_has_changed_all_rows_are_read_again(database, places, tables, asked):
    await make_target(database)
    await make_target(database, application="blog")
    await places.current()
    asked.clear()
    elsewhere = Database(database.engine, database.keys)
    async with elsewhere.begin() as tx:
        added = await add_environment(tx, "Recovery")
    tables.change("app_environments")  # a reading that begins before the other tables have told
    now = await places.current()
    assert asked == []
    async with elsewhere.begin() as tx:
        await tx.app_environments.change(now.applications[1].id, added.id, pin=Pin.TAG)
    tables.change("app_environments")
    for each in (await places.current()).by_application.values():
        assert [place.target.environment.name for place in each] == ["Production", "Recovery"]
    tables.change("environments")
    await places.current()
    assert asked == [["shop"], ["blog", "shop"], ["blog", "shop"]]


async def test_of_configuration_that_alone_is_read_again_which_has_changed(database, places, tables, monkeypatch):
    shop, blog = [await make_target(database, application=each) for each in ("shop", "blog")]
    read, asked = Configuration.of, []

    async def of(self, ids):
        asked.append(set(ids))
        return await read(self, ids)

    async def put(target, name):
        async with Database(database.engine, database.keys).begin() as tx:
            await tx.configuration.put(
                target.app_environment.id,
                target.clusters[0].id,
                prints={("ConfigMap", name): {"mode": "p"}},
                absent=(),
                unread=(),
                release=0,
            )
        tables.change("configuration_readings")
        await places.refresh()
        return places.now

    monkeypatch.setattr(Configuration, "of", of)
    await places.current()
    one = await put(shop, "a")
    two = await put(blog, "b")
    three = await put(blog, "c")
    ids = (shop.app_environment.id or "", blog.app_environment.id or "")
    assert asked == [{ids[0]}, {ids[1]}, {ids[1]}]
    assert one.by_row[ids[0]] is three.by_row[ids[0]]
    assert [
        [name for _, name in now.by_row[id_].configuration[shop.clusters[0].id].keys]
        for now, id_ in ((one, ids[0]), (two, ids[1]), (three, ids[1]))
    ] == [["a"], ["b"], ["c"]]
    async with Database(database.engine, database.keys).begin() as tx:
        await tx.configuration.forget(ids[0])
    tables.change("configuration_reads")
    await places.refresh()
    now = places.now
    assert ([now.by_row[each].configuration == {} for each in ids], len(asked)) == ([True, False], 3)


async def test_of_what_diverges_that_alone_is_read_again_which_has_changed(database, places, tables, monkeypatch):
    ids = [(await make_target(database, application=each)).app_environment.id or "" for each in ("shop", "blog")]
    skew = Divergence(kind=DivergenceKind.SKEW, workload=WEB, container="web", init=False, found=(), release=0)
    read, asked = Divergences.open, []

    async def open_(self, only=None):
        asked.append(set(only))
        return await read(self, only)

    async def after(change):
        async with Database(database.engine, database.keys).begin() as tx:
            assert await change(tx.divergences)
        tables.change("divergences")
        await places.refresh()
        return [[each.divergence.release for each in places.now.by_row[id_].divergences] for id_ in ids]

    def begin(id_):
        return lambda rows: rows.begin(id_, skew, since=datetime.now(UTC), again_within=timedelta())

    monkeypatch.setattr(Divergences, "open", open_)
    await places.current()
    assert await after(begin(ids[0])) == [[0], []]
    assert await after(begin(ids[1])) == [[0], [0]]
    assert await after(lambda rows: rows.change(ids[1], replace(skew, release=1))) == [[0], [1]]
    assert await after(lambda rows: rows.end(ids[0], skew)) == [[], [1]]
    assert asked == [{ids[0]}, {ids[1]}, {ids[1]}]


async def test_nobody_waits_for_what_is_written_in_the_background(database, places, tables, seen):
    await make_target(database)
    before = await places.current()
    tables.change("configuration_reads", "field_differences", "divergences")
    assert await places.current() is before
    assert places._stale == {"configuration_reads", "field_differences", "divergences"}  # they are read in time
    tables.change("applications")
    await places.current()
    assert places._stale == set()


async def test_where_nothing_is_another_one_nobody_is_told(database, places, tables, seen):
    await make_target(database)
    before = await places.current()
    tables.change("applications", "operations", "divergences", "configuration_reads", "image_push_verdicts")
    assert await places.current() is before
    assert len(seen) == 1


async def test_what_could_not_be_told_is_told_the_next_time(database, places, tables, seen, monkeypatch):
    await places.current()
    await make_target(database)
    with monkeypatch.context() as broken:
        broken.setattr(places, "_told", _fails)
        with pytest.raises(RuntimeError):
            await places.current()
    await places.current()
    assert [len(each.applications) for each in seen] == [0, 1]


async def test_while_nobody_tells_of_changes_they_are_read_each_time(places, tables, seen):
    tables.connected = False
    for _ in range(2):
        await places.current()
    assert len(seen) == 2


async def test_an_application_that_was_added_a_moment_ago_is_found(database, places):
    await places.current()
    target = await make_target(database)
    application = target.app_environment.application.id
    assert application in (await places.including(application)).by_application


async def test_what_could_not_be_read_is_read_the_next_time(database, places, tables, seen, monkeypatch):
    await places.current()
    tables.change("applications")
    await make_target(database)
    with monkeypatch.context() as broken:
        broken.setattr(places, "_told", _fails)
        with pytest.raises(RuntimeError):
            await places.current()
    async with asyncio.timeout(60):  # nobody asks, and nothing more changes
        reading = asyncio.create_task(places.run(debounce=0))
        while not places.now.applications:
            await asyncio.sleep(0.01)
    reading.cancel()
    assert [each.name for each in places.now.applications] == ["shop"]


async def test_they_are_read_again_once_no_operation_goes_first(places, monkeypatch):
    precedence, order = Precedence(clock=lambda: 100.0), list[str]()
    monkeypatch.setattr(module, "PRECEDENCE", precedence)

    async def refresh() -> None:
        order.append("read")

    async def pause(_seconds: float) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(places, "refresh", refresh)
    with precedence.taken():
        reading = asyncio.create_task(places.run(debounce=0, pause=pause))
        for _ in range(5):  # turns in which it would be read
            await asyncio.sleep(0)
        order.append("operation")
    await asyncio.wait([reading], timeout=60)
    assert order == ["operation", "read"]


async def test_where_reading_takes_long_more_time_passes_until_the_next_one(places, monkeypatch):
    pauses: list[float] = []

    async def slow() -> None:
        await asyncio.sleep(0.05)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise asyncio.CancelledError
        monkeypatch.undo()  # the next reading finds nothing to do
        places._woken.set()

    await places.current()
    monkeypatch.setattr(places, "refresh", slow)
    places._woken.set()
    with pytest.raises(asyncio.CancelledError):
        await places.run(debounce=0.02, pause=pause)
    assert pauses[0] >= 0.1
    assert pauses[1] < pauses[0]


def _fails(_now: PlacesNow) -> None:
    raise RuntimeError


async def test_whoever_asks_while_they_are_read_gets_what_is_read(database, places):
    await places.current()
    await make_target(database)
    reading = asyncio.create_task(places.refresh())
    await asyncio.sleep(0)  # it has begun
    assert [each.name for each in (await places.current()).applications] == ["shop"]
    await reading


async def test_fields_that_are_expected_to_differ_are_known_and_read_again_when_they_change(database, places, tables):
    mode = ObjectField(group="", kind="ConfigMap", name="settings", path="data.mode")
    one = (await make_target(database, environment="Staging", clusters=("staging-1",))).app_environment
    other = (await make_target(database)).app_environment
    assert [each.expected for each in (await places.current()).all] == [{}, {}]
    elsewhere = Database(database.engine, database.keys)
    async with elsewhere.begin() as tx:
        pair = (one.environment.id, other.environment.id)
        await tx.expected_differences.add(one.application.id, pair, [mode], reason=None, by=ANN.caller.ref)
    tables.change("expected_differences")
    found = (await places.current()).by_row
    assert found[one.id].expected == {other.environment.id: (mode,)}
    assert found[other.id].expected == {one.environment.id: (mode,)}
