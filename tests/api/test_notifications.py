"""Notifications over HTTP: channels, their secrets, tests, routes, what was sent and what is dead."""

import asyncio

import pytest

from services.planning.notifications.cloud_events import signature
from tests.support.hooks import Hooks, Reply, hooks_server
from tests.support.notifications import make_failed, make_started
from tests.support.service import Json

CHANNELS, ROUTES = "/api/v1/channels", "/api/v1/notification-routes"
TOKEN, PASSWORD = "xoxb-1234-abcd", "correct horse battery staple"


@pytest.fixture
async def hooks():
    async with hooks_server() as hooks:
        yield hooks


async def create(admin, kind: str, name: str = "Releases", **settings):
    answer = await admin.post(CHANNELS, json={"name": name, "kind": kind, "settings": settings})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{CHANNELS}/{answer.json()['id']}"
    return answer.json()


async def until_sent(hooks: Hooks, number: int) -> None:
    async with asyncio.timeout(30):
        while len(hooks.requests) < number:
            await asyncio.sleep(0.01)


async def until_state(admin, channel: str, state: str) -> list[Json]:
    async with asyncio.timeout(30):
        while True:
            items: list[Json] = (
                await admin.get(f"{CHANNELS}/{channel}/notifications", params={"state": state})
            ).json()["items"]
            if items:
                return items
            await asyncio.sleep(0.01)


async def test_an_event_reaches_a_webhook_that_a_route_leads_to_and_can_be_checked(admin, hooks, database):
    channel = await create(admin, "webhook", url=f"{hooks.address}/in")
    assert channel["secret"].startswith("whsec_")
    answer = await admin.post(ROUTES, json={"channel": channel["id"], "events": ["operation.failed"]})
    assert (answer.status_code, answer.json()["channel_name"]) == (201, "Releases")
    async with database.begin() as tx:
        await tx.outbox.add(make_started())
        await tx.outbox.add(make_failed())
    await until_sent(hooks, 1)
    (request,) = hooks.requests
    assert request.json["type"] == "stagecoach.operation.failed"
    assert request.headers["webhook-signature"] == signature(
        request.body,
        event_id=request.json["id"],
        timestamp=request.headers["webhook-timestamp"],
        secret=channel["secret"],
    )
    (sent,) = await until_state(admin, channel["id"], "sent")
    assert (sent["title"], sent["event_id"]) == ("Promotion of shop to Production failed", request.json["id"])
    assert sent["path"].startswith("/operations/")


async def test_what_is_dead_is_shown_and_sent_again_when_the_channel_is_enabled(admin, hooks, database, raw):
    channel = (await create(admin, "webhook", url=f"{hooks.address}/in"))["id"]
    await admin.post(ROUTES, json={"channel": channel})
    hooks.replies = [Reply(status=410), Reply()]
    async with database.begin() as tx:
        await tx.outbox.add(make_failed())
    (dead,) = await until_state(admin, channel, "dead")
    assert (dead["status"], dead["error"]) == (410, "The receiver answered 410: it wants no more notifications.")
    shown = (await admin.get(f"{CHANNELS}/{channel}")).json()
    assert (shown["disabled_because"], shown["notifications"]["dead"]) == (dead["error"], 1)
    assert (await admin.post(f"{CHANNELS}/{channel}/enable")).json()["disabled_at"] is None
    again = await admin.post(f"{CHANNELS}/{channel}/notifications/resend", json={"notifications": [dead["id"]]})
    assert again.json() == {"count": 1}
    assert await raw("SELECT action, after FROM audit ORDER BY seq DESC LIMIT 1") == [
        ("notification.sent-again", {"notifications": 1})
    ]
    (sent,) = await until_state(admin, channel, "sent")
    assert sent["event_id"] == dead["event_id"]


async def test_a_test_says_what_became_of_it(admin, hooks):
    channel = (await create(admin, "teams", url=f"{hooks.address}/workflow"))["id"]
    hooks.replies = [Reply(status=202), Reply(status=404)]
    good, bad = [(await admin.post(f"{CHANNELS}/{channel}/test")).json() for _ in range(2)]
    assert good == {"delivered": True, "status": 202, "detail": None}
    assert bad == {"delivered": False, "status": 404, "detail": "The workflow answered 404."}
    assert "A test of the channel Releases" in hooks.requests[0].body.decode()


async def test_secrets_go_in_and_never_come_out(admin, hooks, raw):
    url = f"{hooks.address}/services/T0/B0/path-secret"
    made = {
        "slack": await create(admin, "slack", "a", token=TOKEN, conversation="C0123ABCD"),
        "slack-webhook": await create(admin, "slack-webhook", "b", url=url),
        "email": await create(
            admin,
            "email",
            "c",
            host="smtp.shop.example",
            port=587,
            security="starttls",
            username="stagecoach",
            password=PASSWORD,
            sender="stagecoach@shop.example",
            recipients=["ada@shop.example"],
        ),
        "webhook": await create(admin, "webhook", "d", url=url),
    }
    rotated = await admin.post(f"{CHANNELS}/{made['webhook']['id']}/rotate", json={"keep_former_seconds": 60})
    secrets = [TOKEN, "path-secret", PASSWORD, made["webhook"].pop("secret"), rotated.json().pop("secret")]
    assert rotated.json()["former_until"] is not None
    assert secrets[-1] != secrets[-2]
    texts = [str(each) for each in made.values()]
    texts += [(await admin.get(path)).text for path in (CHANNELS, *(f"{CHANNELS}/{e['id']}" for e in made.values()))]
    for table in ("channels", "outbox", "audit"):
        texts += [str(row) for row in await raw(f"SELECT * FROM {table}")]
    assert [secret for secret in secrets if any(secret in text for text in texts)] == []
    assert made["slack-webhook"]["settings"]["destination"] == hooks.address


async def test_a_stored_password_goes_to_no_other_server(admin):
    settings: Json = {
        "host": "smtp.shop.example",
        "port": 587,
        "security": "starttls",
        "username": "stagecoach",
        "password": PASSWORD,
        "sender": "stagecoach@shop.example",
        "recipients": ["ada@shop.example"],
    }
    channel = (await create(admin, "email", **settings))["id"]
    for change in ({"host": "smtp.evil.example"}, {"port": 2525}, {"username": "eve"}):
        answer = await admin.patch(f"{CHANNELS}/{channel}", json={"settings": change})
        assert (answer.status_code, answer.json()["field"]) == (422, "password")
    kept = await admin.patch(f"{CHANNELS}/{channel}", json={"settings": {"recipients": ["bob@shop.example"]}})
    assert (kept.status_code, kept.json()["settings"]["recipients"]) == (200, ["bob@shop.example"])
    moved = {"host": "smtp.new.example", "password": "another"}
    assert (await admin.patch(f"{CHANNELS}/{channel}", json={"settings": moved})).status_code == 200


async def test_a_route_names_what_exists_and_what_is_deleted_leaves_it(admin, database):
    channel = (await create(admin, "slack", token=TOKEN, conversation="C0123ABCD"))["id"]
    assert (await admin.post("/api/v1/applications", json={"name": "shop"})).status_code == 201
    assert (await admin.post(ROUTES, json={"channel": channel, "environments": ["nowhere"]})).status_code == 404
    assert (await admin.post(ROUTES, json={"channel": channel, "events": ["test"]})).status_code == 422
    route = (await admin.post(ROUTES, json={"channel": channel, "applications": ["Shop"]})).json()
    assert (route["applications"], route["environments"], route["events"]) == (["shop"], None, None)
    changed = await admin.patch(f"{ROUTES}/{route['id']}", json={"events": ["cluster.lost"]})
    assert (changed.json()["events"], changed.json()["applications"]) == (["cluster.lost"], ["shop"])
    await admin.delete("/api/v1/applications/shop")
    (left,) = (await admin.get(ROUTES)).json()["items"]
    assert left["applications"] == []
    assert (await admin.delete(f"{CHANNELS}/{channel}")).status_code == 204
    assert (await admin.get(ROUTES)).json()["items"] == []


async def test_what_administrators_do_with_channels_is_in_the_audit(admin, raw):
    channel = (await create(admin, "webhook", url="https://hooks.shop.example/in"))["id"]
    await admin.patch(f"{CHANNELS}/{channel}", json={"name": "Deploys", "settings": {"url": "https://b.example/x"}})
    await admin.post(f"{CHANNELS}/{channel}/rotate", json={})
    await admin.post(f"{CHANNELS}/{channel}/disable")
    await admin.post(f"{CHANNELS}/{channel}/enable")
    route = (await admin.post(ROUTES, json={"channel": channel})).json()["id"]
    await admin.patch(f"{ROUTES}/{route}", json={"events": []})
    await admin.delete(f"{ROUTES}/{route}")
    await admin.delete(f"{CHANNELS}/{channel}")
    rows = await raw("SELECT action FROM audit WHERE action ~ '^(channel|notification)' ORDER BY seq")
    assert [row[0] for row in rows] == [
        "channel.created",
        "channel.changed",
        "channel.secret-rotated",
        "channel.disabled",
        "channel.enabled",
        "notification-route.created",
        "notification-route.changed",
        "notification-route.deleted",
        "channel.deleted",
    ]
