"""Freezes, holds and stops over HTTP: who sets them, who sees them, and what the audit keeps of them."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from db.transaction import Database

WEEKEND = {
    "name": "weekends",
    "effect": "deny",
    "starts": "2026-10-23T15:00",
    "ends": "2026-10-26T07:00",
    "zone": "Europe/Berlin",
    "rrule": "FREQ=WEEKLY",
    "reason": "Nobody is in the office.",
    "environments": ["Staging"],
}


_CLOSED = "/api/v1/applications/shop/gates"


async def actions(database: Database) -> list[str]:
    async with database.engine.connect() as connection:
        rows = await connection.execute(text("SELECT action FROM audit ORDER BY seq"))
        return [row.action for row in rows]


async def test_a_freeze_is_made_read_replaced_and_deleted_and_each_is_audited(
    admin: httpx.AsyncClient, environments, database: Database
):
    made = await admin.post("/api/v1/freezes", json=WEEKEND)
    assert made.status_code == 201, made.text
    freeze = made.json()
    assert made.headers["Location"] == f"/api/v1/freezes/{freeze['id']}"
    assert (freeze["starts"], freeze["environments"], freeze["applications"]) == (
        "2026-10-23T15:00:00",
        ["Staging"],
        None,
    )
    changed = await admin.put(f"/api/v1/freezes/{freeze['id']}", json={**WEEKEND, "environments": None})
    assert (changed.status_code, changed.json()["environments"]) == (200, None)
    assert (await admin.get(f"/api/v1/freezes/{freeze['id']}")).json() == changed.json()
    assert [each["name"] for each in (await admin.get("/api/v1/freezes")).json()["items"]] == ["weekends"]
    assert (await admin.delete(f"/api/v1/freezes/{freeze['id']}")).status_code == 204
    assert (await admin.get(f"/api/v1/freezes/{freeze['id']}")).status_code == 404
    assert [each for each in await actions(database) if each.startswith("freeze")] == [
        "freeze.created",
        "freeze.changed",
        "freeze.deleted",
    ]


async def test_a_freeze_that_nobody_can_mean_is_refused_with_the_member_that_is_wrong(
    admin: httpx.AsyncClient, environments
):
    for changes, status, member in (
        ({"zone": "Europe/Atlantis"}, 422, "body.zone"),
        ({"rrule": "FREQ=HOURLY"}, 422, "body.rrule"),
        ({"ends": "2026-10-23T14:00"}, 422, "body.ends"),
        ({"starts": "2026-10-23T15:00:00Z"}, 422, None),
        ({"environments": ["Nowhere"]}, 404, None),
        ({"applications": ["nothing"]}, 404, None),
        ({"labels": {"team": "shop"}, "applications": ["shop"]}, 422, None),
    ):
        answer = await admin.post("/api/v1/freezes", json={**WEEKEND, **changes})
        assert answer.status_code == status, (changes, answer.text)
        if member is not None:
            assert answer.json()["field"] == member
    assert (await admin.post("/api/v1/freezes", json=WEEKEND)).status_code == 201
    assert (await admin.post("/api/v1/freezes", json={**WEEKEND, "name": "Weekends"})).json()["code"] == "name-taken"


async def test_the_calendar_says_when_windows_are_open_over_a_clock_change(admin: httpx.AsyncClient, environments):
    await admin.post("/api/v1/freezes", json=WEEKEND)
    span = {"from": "2026-10-20T00:00:00Z", "to": "2026-11-03T00:00:00Z"}
    found = (await admin.get("/api/v1/freezes/calendar", params=span)).json()["items"]
    assert [(each["starts"], each["ends"]) for each in found] == [
        ("2026-10-23T13:00:00Z", "2026-10-26T06:00:00Z"),  # 64 hours on the wall, 65 on the clock
        ("2026-10-30T14:00:00Z", "2026-11-02T06:00:00Z"),
    ]
    too_long = await admin.get("/api/v1/freezes/calendar", params={**span, "to": "2029-01-01T00:00:00Z"})
    assert (too_long.status_code, too_long.json()["field"]) == (422, "query.to")


async def test_a_hold_is_set_seen_and_lifted(operator: httpx.AsyncClient, environments, database: Database):
    await operator.post("/api/v1/applications", json={"name": "shop"})
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made = await operator.post(
        "/api/v1/holds", json={"environment": "staging", "application": "SHOP", "reason": "Look.", "until": until}
    )
    assert made.status_code == 201, made.text
    assert (made.json()["environment"], made.json()["application"]) == ("Staging", "shop")
    whole = await operator.post("/api/v1/holds", json={"environment": "Staging", "reason": "All of it."})
    assert whole.json()["application"] is None
    listed = (await operator.get("/api/v1/holds")).json()["items"]
    assert [each["reason"] for each in listed] == ["All of it.", "Look."]
    assert (await operator.delete(made.headers["Location"])).status_code == 204
    assert (await operator.delete(made.headers["Location"])).status_code == 404
    assert [each for each in await actions(database) if each.startswith("hold")] == [
        "hold.created",
        "hold.created",
        "hold.lifted",
    ]


async def test_a_hold_that_would_have_ended_is_refused(operator: httpx.AsyncClient, environments):
    past = {"environment": "Staging", "reason": "Late.", "until": "2020-01-01T00:00:00Z"}
    answer = await operator.post("/api/v1/holds", json=past)
    assert (answer.status_code, answer.json()["field"]) == (422, "body.until")


async def test_an_environment_is_stopped_by_who_maintains_it_and_everything_by_an_administrator(
    admin: httpx.AsyncClient, operator: httpx.AsyncClient, environments, database: Database
):
    here = await operator.post("/api/v1/stops", json={"environment": "Staging", "reason": "Restore."})
    assert here.status_code == 201, here.text
    for everything in ({}, {"cluster": "dev-1"}):
        refused = await operator.post("/api/v1/stops", json={**everything, "reason": "Panic."})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert (await admin.post("/api/v1/stops", json={**everything, "reason": "Panic."})).status_code == 201
    listed = (await operator.get("/api/v1/stops")).json()["items"]
    assert [(each["environment"], each["cluster"]) for each in listed] == [
        (None, "dev-1"),
        (None, None),
        ("Staging", None),
    ]
    assert (await operator.delete(f"/api/v1/stops/{listed[1]['id']}")).status_code == 403
    assert (await operator.delete(here.headers["Location"])).status_code == 204
    assert [each for each in await actions(database) if each.startswith("stop")] == [
        "stop.created",
        "stop.created",
        "stop.created",
        "stop.lifted",
    ]


@pytest.mark.parametrize("route", ["freezes", "holds", "stops"])
async def test_nothing_is_listed_where_nothing_was_set(viewer: httpx.AsyncClient, route: str):
    assert (await viewer.get(f"/api/v1/{route}")).json() == {"items": []}


async def test_what_is_closed_for_an_application_is_told_before_a_plan_is_made(
    admin: httpx.AsyncClient, operator: httpx.AsyncClient, viewer: httpx.AsyncClient, environments
):
    await operator.post("/api/v1/applications", json={"name": "shop"})
    now = datetime.now(UTC)
    freeze = {
        "name": "now",
        "effect": "deny",
        "starts": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "ends": f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "zone": "UTC",
        "reason": "Nobody is in the office.",
        "environments": ["Staging"],
    }
    assert (await admin.post("/api/v1/freezes", json=freeze)).status_code == 201
    policy = {"needed": 2, "groups": ["sso:operations"], "kinds": ["promotion"]}
    assert (await admin.put("/api/v1/environments/Staging/approval-policy", json=policy)).status_code == 200
    await operator.post("/api/v1/holds", json={"environment": "Staging", "reason": "Automation only."})
    await operator.post("/api/v1/stops", json={"environment": "Development", "reason": "Restore."})

    found = {each["environment"]: each["gates"] for each in (await viewer.get(_CLOSED)).json()["items"]}
    assert list(found) == ["Development", "Staging"]
    every = ["configure", "import", "promotion", "deploy", "rollback", "restart"]
    assert [(each["kind"], each["reason"], each["kinds"]) for each in found["Development"]] == [
        ("stop", "Restore.", every)
    ]
    assert [(each["kind"], each["kinds"]) for each in found["Staging"]] == [
        ("freeze", [each for each in every if each != "rollback"]),
        ("approval", ["promotion"]),
    ]
    assert found["Staging"][0]["until"] is not None
    assert "sso:operations" in found["Staging"][1]["reason"]


async def test_the_approval_policies_of_all_environments_are_listed(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient, environments
):
    assert (await viewer.get("/api/v1/approval-policies")).json() == {"items": []}
    policy = {"needed": 2, "groups": ["sso:operations"], "kinds": ["promotion"], "expires_after_hours": 8}
    await admin.put("/api/v1/environments/Staging/approval-policy", json=policy)
    assert (await viewer.get("/api/v1/approval-policies")).json()["items"] == [{**policy, "environment": "Staging"}]
