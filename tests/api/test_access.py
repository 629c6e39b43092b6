"""Tokens and sessions: shown once, refused after their end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api import event_stream
from db.records.operations import EventRecord
from services.changes.operations import Operations
from tests.support.service import Json


async def _token(admin: httpx.AsyncClient, **fields: object) -> Json:
    answer = await admin.post("/api/v1/tokens", json={"name": "ci", "role": "operator"} | fields)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_a_token_is_shown_once(admin: httpx.AsyncClient):
    secret = (await _token(admin))["token"]
    assert secret.startswith("stg_")
    assert secret not in (await admin.get("/api/v1/tokens")).text


async def test_a_token_identifies_the_caller(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    secret = (await _token(admin))["token"]
    me = (await anonymous.get("/api/v1/me", headers=_bearer(secret))).json()
    assert (me["name"], me["role"], me["by"], me["csrf_token"]) == ("ci", "maintainer", "token", None)


async def test_the_database_holds_only_a_tokens_hash(admin: httpx.AsyncClient, raw):
    secret = (await _token(admin))["token"]
    assert secret not in str(await raw("SELECT * FROM tokens"))


async def test_a_revoked_token_is_refused_from_now_on(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    token = await _token(admin)
    assert (await admin.delete(f"/api/v1/tokens/{token['id']}")).status_code == 204
    answer = await anonymous.get("/api/v1/me", headers=_bearer(token["token"]))
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_an_expired_token_is_refused(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, raw):
    token = await _token(admin, expires_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert (await anonymous.get("/api/v1/me", headers=_bearer(token["token"]))).status_code == 200
    await raw("UPDATE tokens SET expires_at = now() - interval '1 second' WHERE name = 'ci' RETURNING id")
    async with asyncio.timeout(1.0):  # the service hears of what others change
        while (await anonymous.get("/api/v1/me", headers=_bearer(token["token"]))).status_code != 401:
            await asyncio.sleep(0.01)


async def test_a_token_cannot_be_created_expired(admin: httpx.AsyncClient):
    body = {"name": "ci", "role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}
    answer = await admin.post("/api/v1/tokens", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "body.expires_at")


async def test_the_name_of_a_valid_token_is_unique(admin: httpx.AsyncClient):
    await _token(admin)
    answer = await admin.post("/api/v1/tokens", json={"name": "CI", "role": "viewer"})
    assert (answer.status_code, answer.json()["code"]) == (409, "name-taken")


async def test_the_last_use_of_a_token_is_recorded(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    token = await _token(admin)
    await anonymous.get("/api/v1/me", headers=_bearer(token["token"]))
    listed = {each["name"]: each for each in (await admin.get("/api/v1/tokens")).json()["items"]}
    assert token["last_used_at"] is None
    assert listed["ci"]["last_used_at"] is not None


@pytest.mark.parametrize("header", ["Bearer", "Basic YTpi", "stg_x", "Bearer stg_x"])
async def test_a_foreign_token_is_refused(anonymous: httpx.AsyncClient, header: str):
    answer = await anonymous.get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_session_cookie_is_http_only_and_same_site(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    secret = (await _token(admin))["token"]
    answer = await anonymous.post("/api/v1/session", json={"token": secret})
    cookie = answer.headers["Set-Cookie"].lower()
    assert answer.status_code == 201
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert secret.lower() not in cookie


async def test_a_session_may_read(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    await anonymous.post("/api/v1/session", json={"token": (await _token(admin))["token"]})
    assert (await anonymous.get("/api/v1/me")).json()["by"] == "session"


async def test_who_is_signed_in_can_be_asked_without_a_refusal(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    before = await anonymous.get("/api/v1/session")
    await anonymous.post("/api/v1/session", json={"token": (await _token(admin))["token"]})
    after = await anonymous.get("/api/v1/session")
    assert (before.status_code, before.json()) == (200, {"me": None})
    assert (after.status_code, after.json()) == (200, {"me": (await anonymous.get("/api/v1/me")).json()})
    assert after.headers["Cache-Control"] == "no-store"


async def test_a_session_that_has_ended_is_nobody_s(anonymous: httpx.AsyncClient):
    answer = await anonymous.get("/api/v1/session", headers={"Cookie": "stagecoach_session=unknown"})
    assert (answer.status_code, answer.json()) == (200, {"me": None})


async def test_a_session_writes_only_with_its_csrf_token(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    signed_in = (await anonymous.post("/api/v1/session", json={"token": (await _token(admin))["token"]})).json()
    body = {"name": "shop"}
    without = await anonymous.post("/api/v1/applications", json=body)
    wrong = await anonymous.post("/api/v1/applications", json=body, headers={"X-CSRF-Token": "0" * 64})
    right = await anonymous.post("/api/v1/applications", json=body, headers={"X-CSRF-Token": signed_in["csrf_token"]})
    assert [without.status_code, wrong.status_code, right.status_code] == [403, 403, 201]


async def test_a_reloaded_page_gets_the_same_csrf_token(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    signed_in = (await anonymous.post("/api/v1/session", json={"token": (await _token(admin))["token"]})).json()
    assert (await anonymous.get("/api/v1/me")).json()["csrf_token"] == signed_in["csrf_token"]


async def test_a_code_signs_in_once(operator: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    code = (await operator.post("/api/v1/session/codes")).json()["code"]
    first = await anonymous.post("/api/v1/session", json={"code": code})
    second = await anonymous.post("/api/v1/session", json={"code": code})
    assert (first.status_code, first.json()["role"]) == (201, "maintainer")
    assert (second.status_code, second.json()["code"]) == (401, "unauthenticated")


async def test_a_code_is_no_session_and_a_session_no_token(operator: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    code = (await operator.post("/api/v1/session/codes")).json()["code"]
    as_session = await anonymous.get("/api/v1/me", headers={"Cookie": f"stagecoach_session={code}"})
    await anonymous.post("/api/v1/session", json={"code": code})
    session = anonymous.cookies["stagecoach_session"]
    anonymous.cookies.clear()
    as_token = await anonymous.get("/api/v1/me", headers=_bearer(session))
    assert (as_session.status_code, as_token.status_code) == (401, 401)


async def test_signing_out_ends_the_session_not_only_the_cookie(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    signed_in = (await anonymous.post("/api/v1/session", json={"token": (await _token(admin))["token"]})).json()
    kept = anonymous.cookies["stagecoach_session"]
    answer = await anonymous.delete("/api/v1/session", headers={"X-CSRF-Token": signed_in["csrf_token"]})
    assert answer.status_code == 204
    assert (await anonymous.get("/api/v1/me", headers={"Cookie": f"stagecoach_session={kept}"})).status_code == 401


async def test_revoking_a_token_ends_its_sessions(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    token = await _token(admin)
    await anonymous.post("/api/v1/session", json={"token": token["token"]})
    await admin.delete(f"/api/v1/tokens/{token['id']}")
    assert (await anonymous.get("/api/v1/me")).status_code == 401


async def test_a_session_lives_no_longer_than_its_token(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    end = (datetime.now(UTC) + timedelta(minutes=5)).replace(microsecond=0)
    token = await _token(admin, expires_at=end.isoformat())
    signed_in = (await anonymous.post("/api/v1/session", json={"token": token["token"]})).json()
    assert datetime.fromisoformat(signed_in["expires_at"]) == end


@pytest.mark.parametrize("body", [{}, {"token": "a", "code": "b"}, {"token": None}])
async def test_signing_in_takes_either_a_token_or_a_code(anonymous: httpx.AsyncClient, body: Json):
    assert (await anonymous.post("/api/v1/session", json=body)).status_code == 422


@pytest.fixture
def endless_operation(monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the events of an operation that never ends, and asks often whether its reader is still known."""

    async def require(*_: object, **__: object) -> None:
        return None

    async def follow(*_: object, **__: object) -> AsyncGenerator[tuple[EventRecord, ...]]:
        await asyncio.Event().wait()
        yield ()

    monkeypatch.setattr(Operations, "require", require)
    monkeypatch.setattr(Operations, "follow", follow)
    monkeypatch.setattr(event_stream, "ASK_SECONDS", 0.05)
    return "/api/v1/operations/0192f0c1-7a5e-7cc3-98c4-dc0c0c07398f/events"


async def _ends(client: httpx.AsyncClient, path: str, end: Callable[[], Awaitable[object]], **headers: str) -> bool:
    async with asyncio.timeout(20), client.stream("GET", path, headers=headers) as events:
        assert events.status_code == 200
        await end()
        async for _ in events.aiter_bytes():
            pass
    return True


async def test_an_event_stream_ends_when_its_token_is_revoked(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, endless_operation: str
):
    token = await _token(admin)
    assert await _ends(
        anonymous,
        endless_operation,
        lambda: admin.delete(f"/api/v1/tokens/{token['id']}"),
        **_bearer(token["token"]),
    )


async def test_an_event_stream_ends_when_its_session_does(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, endless_operation: str
):
    signed_in = (await anonymous.post("/api/v1/session", json={"token": (await _token(admin))["token"]})).json()
    csrf = {"X-CSRF-Token": signed_in["csrf_token"]}
    assert await _ends(anonymous, endless_operation, lambda: anonymous.delete("/api/v1/session", headers=csrf))


async def test_a_tokens_sessions_are_listed_and_ended(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    token = (await _token(admin))["token"]
    await anonymous.post("/api/v1/session", json={"token": token})
    (listed,) = (await anonymous.get("/api/v1/session/sessions")).json()["items"]
    by_token = (await anonymous.get("/api/v1/session/sessions", headers=_bearer(token))).json()["items"]
    assert (listed["present"], listed["provider"], by_token) == (True, None, [{**listed, "present": False}])
    ended = await anonymous.delete(f"/api/v1/session/sessions/{listed['id']}", headers=_bearer(token))
    assert (ended.status_code, (await anonymous.get("/api/v1/me")).status_code) == (204, 401)


async def test_a_code_ends_with_the_session_that_asked_for_it(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    signed_in = (await anonymous.post("/api/v1/session", json={"token": (await _token(admin))["token"]})).json()
    csrf = {"X-CSRF-Token": signed_in["csrf_token"]}
    code = (await anonymous.post("/api/v1/session/codes", headers=csrf)).json()["code"]
    await anonymous.delete("/api/v1/session", headers=csrf)
    assert (await anonymous.post("/api/v1/session", json={"code": code})).status_code == 401
