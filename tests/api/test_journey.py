"""The journey over the public API alone: adopt, import, follow, promote, roll back; and what refuses a step."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import httpx
import pytest

from sandbox.server import Sandbox
from tests.support.eventually import eventually
from tests.support.service import Json

CANARY = "canary-3fe07c91"
STAGING = "/api/v1/applications/shop/environments/Staging"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Clusters of one's own: these tests write to them."""
    async with Sandbox(["dev-1", "staging-1"], example=True, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def shop(admin: httpx.AsyncClient, environments) -> str:
    """The example, adopted in Development."""
    await admin.post("/api/v1/applications", json={"name": "shop"})
    answer = await admin.post("/api/v1/applications/shop/environments/Development/adopt", json={"namespace": "shop"})
    assert answer.status_code == 200, answer.text
    return "shop"


@pytest.fixture
async def order(admin: httpx.AsyncClient, shop: str) -> Json:
    """An import of everything that is checked to begin with, into Staging."""
    url = "/api/v1/applications/shop/environments/Development/resources"
    found = (await admin.get(url)).json()["items"]
    chosen = [each["resource"] for each in found if each["selected"]]
    return {"source_environment": "Development", "namespace": "shop", "resources": chosen}


async def _events(client: httpx.AsyncClient, operation: str, **headers: str) -> list[Json]:
    """The timeline until the operation ends, as (id, event, data) of each server-sent event."""
    events, fields = [], {}
    async with (
        asyncio.timeout(180),
        client.stream("GET", f"/api/v1/operations/{operation}/events", headers=headers) as s,
    ):
        assert s.status_code == 200
        assert s.headers["Content-Type"].startswith("text/event-stream")
        async for line in s.aiter_lines():
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                events.append({**fields, "data": json.loads(fields["data"])})
                fields = {}
    return events


@pytest.fixture
def ended(admin: httpx.AsyncClient) -> Callable[..., Any]:
    async def ended(answer: httpx.Response) -> Json:
        """The operation that an answer has started, once it has ended."""
        assert answer.status_code == 202, answer.text
        await _events(admin, answer.json()["id"])
        operation: Json = (await admin.get(answer.headers["Location"])).json()
        return operation

    return ended


@pytest.fixture
async def imported(admin: httpx.AsyncClient, order: Json, ended: Callable[..., Any]) -> Json:
    operation: Json = await ended(await admin.post(f"{STAGING}/import", json=order))
    assert operation["state"] == "succeeded", operation
    return operation


async def test_an_adoption_is_previewed(admin: httpx.AsyncClient, environments):
    await admin.post("/api/v1/applications", json={"name": "shop"})
    url = "/api/v1/applications/shop/environments/Development"
    plan = (await admin.post(f"{url}/adopt/preview", json={"namespace": "shop"})).json()
    offered = {(each["resource"]["kind"], each["resource"]["name"]) for each in plan["resources"] if each["adopted"]}
    assert ("Deployment", "web") in offered
    assert (await admin.get(url)).json()["configured"] is False


async def test_a_preview_changes_nothing_and_names_its_plan(admin: httpx.AsyncClient, sandbox: Sandbox, order: Json):
    answer = await admin.post(f"{STAGING}/import/preview", json=order)
    plan = answer.json()
    assert answer.status_code == 200, answer.text
    assert plan["digest"].startswith("sha256:")
    assert [each["cluster"] for each in plan["clusters"]] == ["staging-1"]
    assert {"create"} <= {each["action"] for each in plan["clusters"][0]["resources"]}
    # Asking what one may do is a POST as well.
    writes = [each for each in sandbox.writes("staging-1") if "/authorization.k8s.io/" not in each.path]
    assert [each.path for each in writes if not each.dry_run] == []


async def test_an_import_is_accepted_with_its_location(
    admin: httpx.AsyncClient, order: Json, ended: Callable[..., Any]
):
    plan = (await admin.post(f"{STAGING}/import/preview", json=order)).json()
    answer = await admin.post(f"{STAGING}/import", json=order | {"plan_digest": plan["digest"]})
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/api/v1/operations/{answer.json()['id']}"
    operation = await ended(answer)
    assert (operation["state"], operation["kind"]) == ("succeeded", "import")
    assert [(each["cluster"], each["outcome"]) for each in operation["clusters"]] == [("staging-1", "succeeded")]
    assert (await admin.get(STAGING)).json()["configured"] is True


async def test_a_timeline_is_streamed_in_order_to_its_end(admin: httpx.AsyncClient, order: Json):
    started = (await admin.post(f"{STAGING}/import", json=order)).json()
    events = await _events(admin, started["id"])
    assert [int(event["id"]) for event in events] == list(range(1, len(events) + 1))
    assert all(event["event"] == event["data"]["type"] for event in events)
    assert (events[0]["event"], events[-1]["event"]) == ("operation.queued", "operation.ended")


async def test_a_reader_that_reconnects_gets_only_what_it_missed(admin: httpx.AsyncClient, imported: Json):
    everything = await _events(admin, imported["id"])
    rest = await _events(admin, imported["id"], **{"Last-Event-ID": everything[1]["id"]})
    assert rest == everything[2:]


async def test_several_readers_see_the_same(admin: httpx.AsyncClient, viewer: httpx.AsyncClient, order: Json):
    started = (await admin.post(f"{STAGING}/import", json=order)).json()
    one, other = await asyncio.gather(_events(admin, started["id"]), _events(viewer, started["id"]))
    assert one == other


async def test_a_repeated_request_starts_nothing_new(admin: httpx.AsyncClient, order: Json, ended: Callable[..., Any]):
    headers = {"Idempotency-Key": "a-click"}
    first = await admin.post(f"{STAGING}/import", json=order, headers=headers)
    again = await admin.post(f"{STAGING}/import", json=order, headers=headers)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    other = await admin.post(f"{STAGING}/import", json=order | {"namespace": "shop-2"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-mismatch")
    await ended(first)


async def test_a_key_does_not_stand_for_a_request_with_another_secret_or_to_another_place(
    admin: httpx.AsyncClient, order: Json, ended: Callable[..., Any]
):
    headers = {"Idempotency-Key": "a-click"}

    def typing(value: str) -> Json:
        return order | {"overrides": {"secrets": {"shop-database": {"password": value}}}}

    first = await admin.post(f"{STAGING}/import", json=typing("one"), headers=headers)
    again = await admin.post(f"{STAGING}/import", json=typing("one"), headers=headers)
    corrected = await admin.post(f"{STAGING}/import", json=typing("other"), headers=headers)
    elsewhere = await admin.post(
        "/api/v1/applications/shop/environments/Development/import", json=typing("one"), headers=headers
    )
    assert again.json()["id"] == first.json()["id"]
    assert [each.json()["code"] for each in (corrected, elsewhere)] == ["idempotency-mismatch"] * 2
    await ended(first)


async def test_the_second_operation_at_once_is_refused_with_a_link_to_the_first(
    admin: httpx.AsyncClient, sandbox: Sandbox, order: Json, ended: Callable[..., Any]
):
    first = await admin.post(f"{STAGING}/import", json=order)
    second = await admin.post(f"{STAGING}/import", json=order)
    assert (second.status_code, second.json()["code"]) == (409, "operation-underway")
    assert second.json()["operation"] == first.json()["id"]
    await ended(first)


async def test_an_outdated_plan_is_refused_with_the_new_one(admin: httpx.AsyncClient, sandbox: Sandbox, order: Json):
    looked_at = (await admin.post(f"{STAGING}/import/preview", json=order)).json()
    changed = order | {"overrides": {"replicas": {"Deployment/web": 5}}, "plan_digest": looked_at["digest"]}
    answer = await admin.post(f"{STAGING}/import", json=changed)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "plan-outdated")
    now = (await admin.post(f"{STAGING}/import/preview", json=changed)).json()
    assert problem["plan"]["digest"] == now["digest"] != looked_at["digest"]


async def test_a_typed_in_secret_is_in_no_answer_no_event_and_no_row(
    admin: httpx.AsyncClient, sandbox: Sandbox, order: Json, ended: Callable[..., Any], raw
):
    secret = next(each["name"] for each in order["resources"] if each["kind"] == "Secret")
    body = order | {"overrides": {"secrets": {secret: {"typed-in": CANARY}}}}
    preview = await admin.post(f"{STAGING}/import/preview", json=body)
    started = await admin.post(f"{STAGING}/import", json=body)
    operation = await ended(started)
    events = await _events(admin, operation["id"])
    assert operation["state"] == "succeeded", operation
    copied = sandbox.cluster("staging-1").get("secrets", secret, "shop")
    assert copied is not None
    assert "typed-in" in copied["data"]
    for shown in (preview.text, started.text, json.dumps(operation), json.dumps(events)):
        assert CANARY not in shown
    tables = await raw(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_schema IN ('public', 'dbos') AND table_type = 'BASE TABLE'"
    )
    assert ("public", "operations") in tables
    for schema, table in tables:
        assert CANARY not in str(await raw(f'SELECT t::text FROM "{schema}"."{table}" t'))


async def test_a_promotion_without_changes_is_a_result(admin: httpx.AsyncClient, imported: Json):
    body = {"source_environment": "Development", "target_environment": "Staging"}
    answer = await admin.post("/api/v1/applications/shop/promotions/preview", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["nothing_to_do"] is True


async def test_a_new_image_is_deployed_promoted_and_rolled_back(
    admin: httpx.AsyncClient, imported: Json, ended: Callable[..., Any]
):
    run = "/api/v1/applications/shop"
    web = await eventually(partial(_shown, admin, "Staging", lambda each: each["digest"] is not None))
    workload = {"api_version": "apps/v1", "kind": "Deployment", "name": "web"}
    await eventually(partial(_shown, admin, "Development", lambda each: each["digest"] is not None))
    overview = (await admin.get(f"{run}/overview")).json()["environments"][0]["workloads"]
    reference = next(
        container["images"][0]["image"]["repository"]
        for each in overview
        if each["resource"]["name"] == "web"
        for container in each["containers"]
        if container["name"] == web["container"]
    )
    image = {"workload": workload, "container": web["container"], "image": f"{reference}:9.9.9"}
    deployed = await ended(await admin.post(f"{run}/environments/Development/deploy", json={"images": [image]}))
    assert deployed["state"] == "succeeded", deployed
    body = {"source_environment": "Development", "target_environment": "Staging"}
    promoted = await ended(await admin.post(f"{run}/promotions", json=body))
    assert promoted["state"] == "succeeded", promoted
    assert await eventually(partial(_shown, admin, "Staging", lambda each: each["tag"] == "9.9.9"))
    releases = (await admin.get(f"{STAGING}/releases")).json()["items"]
    assert [each["number"] for each in releases] == [2, 1]
    taken_back = await ended(await admin.post(f"{STAGING}/rollback", json={"release": 1}))
    assert (taken_back["state"], taken_back["kind"]) == ("succeeded", "rollback")
    # What ran is what comes back, wherever the tag points by now.
    assert await eventually(partial(_shown, admin, "Staging", lambda each: each == web))


async def test_an_environment_on_auto_refuses_promotions(admin: httpx.AsyncClient, imported: Json):
    await admin.patch(STAGING, json={"deploy_mode": "auto"})
    body = {"source_environment": "Development", "target_environment": "Staging"}
    answer = await admin.post("/api/v1/applications/shop/promotions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "deploy-mode-auto")


async def test_the_matrix_marks_the_cells_of_an_unreachable_cluster(
    admin: httpx.AsyncClient, sandbox: Sandbox, imported: Json
):
    async def known() -> bool | None:
        cells = await _cells(admin)
        return True if all(cell["images"] and not cell["stale"] for cell in cells.values()) else None

    async def marked() -> dict[str, Json] | None:
        cells = await _cells(admin)
        return cells if cells["Staging"]["stale"] else None

    await eventually(known)
    sandbox.cut_off("staging-1")
    cells = await eventually(marked)
    assert (cells["Development"]["stale"], cells["Staging"]["health"]) == (False, "unknown")
    assert cells["Staging"]["images"] != []  # as it was


async def test_an_answer_that_the_caller_has_is_not_sent_again(admin: httpx.AsyncClient, imported: Json):
    for path in ("/api/v1/overview", "/api/v1/applications/shop/overview"):

        async def again(path: str = path) -> httpx.Response | None:
            first = await admin.get(path)
            second = await admin.get(path, headers={"If-None-Match": first.headers["ETag"]})
            return second if second.status_code == 304 else None

        answer = await eventually(again)
        assert (answer.content, answer.headers["Cache-Control"]) == (b"", "private, no-cache")
        other = await admin.get(path, headers={"If-None-Match": 'W/"another"'})
        assert other.status_code == 200
        assert other.json()["read_at"]


async def _cells(client: httpx.AsyncClient) -> dict[str, Json]:
    (row,) = (await client.get("/api/v1/overview", params={"search": "sho"})).json()["items"]
    return {cell["environment"]: cell for cell in row["cells"]}


async def _shown(client: httpx.AsyncClient, environment: str, fits: Callable[[Json], bool]) -> Json | None:
    """The image of web there, once it fits."""
    images = (await _cells(client))[environment]["images"]
    return next((each for each in images if each["workload"] == "Deployment/web" and fits(each)), None)
