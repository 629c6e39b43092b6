"""The stream of changes of a service that runs: what is written anywhere arrives at those who see it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
import orjson

from api.settings import CallerSettings
from db.events import NewEvent
from db.transaction import Database
from domain.rights import RoleBinding, Subject, SubjectKind
from domain.words import EventType, OperationState, Role
from sandbox.server import Sandbox
from tests.support.actors import ANN
from tests.support.eventually import eventually
from tests.support.live import plain
from tests.support.rows import make_operation, make_target

Raw = Callable[[str], Awaitable[list[tuple[object, ...]]]]
Event = tuple[str, list[str]]
_QUIET = 0.5  # seconds in which a change would have arrived


class Follower:
    """What a stream has sent."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.last_id = ""
        self.told: list[str] = []

    async def next(self) -> Event:
        """The next event: its name, and the topics and places of its changes. Raises `StopAsyncIteration`."""
        event: dict[str, str] = {}
        async with asyncio.timeout(20):
            while "event" not in event or "data" not in event:
                name, _, value = (await anext(self._lines)).partition(": ")
                event[name] = value
        self.last_id = event["id"]
        told = [
            " ".join(each[name] or "-" for name in ("topic", "application", "environment"))
            for each in orjson.loads(event["data"])["changes"]
        ]
        self.told += told
        return event["event"], told

    async def rest(self) -> None:
        """Return once the service has ended the stream."""
        with suppress(StopAsyncIteration):
            while True:
                await self.next()

    async def until(self, change: str) -> None:
        """Return once the change was told."""
        while change not in (await self.next())[1]:
            pass


@asynccontextmanager
async def following(
    client: httpx.AsyncClient, last_id: str = "", headers: dict[str, str] | None = None
) -> AsyncIterator[Follower]:
    sent = (headers or {}) | ({"Last-Event-ID": last_id} if last_id else {})
    async with client.stream("GET", "/api/v1/events", headers=sent) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["X-Accel-Buffering"] == "no"
        yield Follower(answer.aiter_lines())


async def test_what_another_process_writes_arrives(viewer: httpx.AsyncClient, database: Database, raw: Raw):
    target = await make_target(database)
    async with following(viewer) as events:
        assert (await events.next())[0] == "reset"
        operation = await make_operation(database, target)
        await events.until("operation shop Production")
        for state in (OperationState.RUNNING, OperationState.FAILED):
            ended = "now()" if state is OperationState.FAILED else "NULL"
            await raw(
                f"UPDATE operations SET state = '{state}', ended_at = {ended} WHERE id = '{operation}' RETURNING id"
            )
            await events.until("operation shop Production")


async def test_an_operation_that_comes_further_is_told_though_its_row_says_the_same(
    viewer: httpx.AsyncClient, database: Database
):
    operation = await make_operation(database, await make_target(database))
    async with following(viewer) as events:
        assert (await events.next())[0] == "reset"
        for _ in range(2):
            async with database.begin() as tx:
                await tx.events.append(operation, [NewEvent(type=EventType.CLUSTER_STARTED, cluster="prod-eu")])
            await events.until("progress shop Production")


async def test_a_stream_goes_on_where_it_was_cut_off(viewer: httpx.AsyncClient, database: Database):
    target = await make_target(database)
    async with following(viewer) as events:
        await events.next()
    await make_operation(database, target)
    async with following(viewer, events.last_id) as resumed:
        seen: set[str] = set()
        while not {"resumed", "operation shop Production"} <= seen:
            name, changes = await resumed.next()
            assert name != "reset"
            seen |= {name, *changes}
    async with viewer.stream("GET", "/api/v1/events", params={"after": events.last_id}) as answer:
        by_query = Follower(answer.aiter_lines())
        assert (await by_query.next())[0] != "reset"
    async with following(viewer, "of-another-process") as again:
        assert (await again.next())[0] == "reset"


async def test_whoever_does_not_see_a_place_is_told_nothing_of_it_and_nothing_at_all_once_the_token_is_revoked(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, database: Database
):
    shop, store = await make_target(database), await make_target(database, application="store")
    account = (await admin.post("/api/v1/service-accounts", json={"name": "robot"})).json()
    path = f"/api/v1/service-accounts/{account['id']}"
    async with database.begin() as tx:
        subject = Subject(kind=SubjectKind.SERVICE_ACCOUNT, id=account["id"])
        await tx.bindings.add(RoleBinding(id=None, subject=subject, role=Role.VIEWER), created_by=ANN.caller.ref)
    body = {"name": "job", "role": "viewer", "applications": ["store"]}
    token = (await admin.post(f"{path}/tokens", json=body)).json()["token"]
    async with following(anonymous, headers={"Authorization": f"Bearer {token}"}) as events:
        assert (await events.next())[0] == "reset"
        await make_operation(database, shop)
        await asyncio.sleep(_QUIET)
        await make_operation(database, store)
        await events.until("operation store Production")
        assert (await admin.delete(path)).is_success
        await events.rest()
    assert not any("shop" in change for change in events.told)


async def test_a_caller_has_so_many_streams_and_no_more(viewer: httpx.AsyncClient):
    async with AsyncExitStack() as stack:
        for _ in range(CallerSettings().streams):
            await stack.enter_async_context(following(viewer))
        refused = await viewer.get("/api/v1/events")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-streams")


async def test_what_somebody_writes_to_a_cluster_arrives_as_a_place_that_looks_different(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient, environments: tuple[str, ...], sandbox: Sandbox
):
    await admin.post("/api/v1/applications", json={"name": "shop"})
    answer = await admin.post("/api/v1/applications/shop/environments/Development/adopt", json={"namespace": "shop"})
    assert answer.is_success, answer.text

    async def known() -> str | None:
        overview = (await viewer.get("/api/v1/applications/shop/overview")).json()
        place = next(each for each in overview["environments"] if each["environment"] == "Development")
        return place["health"] if place["health"] not in {"unknown", None} else None

    await eventually(known)
    async with following(viewer) as events:
        assert (await events.next())[0] == "reset"
        body = plain(sandbox.cluster("dev-1").get("deployments", "web", "shop"))
        body["spec"]["replicas"] += 1
        sandbox.cluster("dev-1").update(body, manager="kubectl")
        await events.until("overview shop Development")
