"""Sessions of people: listed, ended by themselves, by administrators and by the provider."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any

import httpx

from services.planning.people.logout_token import EVENT
from tests.support.openid import Browser, Issuer, problem_in
from tests.support.signing import signed


async def _csrf(browser: Browser) -> dict[str, str]:
    return {"X-CSRF-Token": (await browser.me())["csrf_token"]}


async def _sessions(browser: Browser) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await browser.client.get(f"{browser.home}/api/v1/session/sessions")).json()["items"]
    return items


async def _person(admin: httpx.AsyncClient) -> str:
    (person,) = (await admin.get("/api/v1/people")).json()["items"]
    return str(person["id"])


async def test_a_session_lasts_as_long_as_the_settings_say_and_no_longer(browser: Browser):
    await browser.sign_in("corp")
    end = datetime.fromisoformat((await browser.me())["expires_at"])
    assert 7.9 * 3600 < (end - datetime.now(UTC)).total_seconds() <= 8 * 3600


async def test_a_person_lists_sessions_and_ends_another_one(browser: Browser, home: str):
    browser.client.headers["User-Agent"] = "Firefox at home"
    await browser.sign_in("corp")
    office = Browser(home)
    office.client.headers["User-Agent"] = "Chrome in the office"
    await office.sign_in("corp")
    listed = await _sessions(browser)
    assert [(each["user_agent"], each["present"], each["provider"], each["address"]) for each in listed] == [
        ("Chrome in the office", False, "corp", "127.0.0.1"),
        ("Firefox at home", True, "corp", "127.0.0.1"),
    ]
    path = f"{home}/api/v1/session/sessions/{listed[0]['id']}"
    ended = await browser.client.delete(path, headers=await _csrf(browser))
    again = await browser.client.delete(path, headers=await _csrf(browser))
    assert (ended.status_code, again.status_code) == (204, 404)
    assert await office.me() is None
    assert await browser.me() is not None
    await office.client.aclose()


async def test_nobody_lists_or_ends_the_session_of_another(browser: Browser, home: str):
    await browser.sign_in("corp", "ada")
    (own,) = await _sessions(browser)
    other = Browser(home)
    await other.sign_in("corp", "grace")
    assert own["id"] not in [each["id"] for each in await _sessions(other)]
    answer = await other.client.delete(f"{home}/api/v1/session/sessions/{own['id']}", headers=await _csrf(other))
    assert answer.status_code == 404
    assert await browser.me() is not None
    await other.client.aclose()


async def test_signing_out_leads_to_the_providers_page_and_back(browser: Browser):
    await browser.sign_in("corp")
    answer = await browser.client.post(f"{browser.home}/api/v1/session/sign-out", headers=await _csrf(browser))
    assert await browser.me() is None
    assert await browser.sign_out_at_provider(answer.json()["provider_url"]) == f"{browser.home}/sign-in"
    # The provider has forgotten the person, too: it asks who it is.
    begun = await browser.client.get(f"{browser.home}/api/v1/session/oidc/corp")
    asked = await browser.client.get(begun.headers["Location"])
    assert "/interaction/" in asked.headers["Location"]


async def test_a_tokens_session_has_no_provider_to_sign_out_at(browser: Browser, admin: httpx.AsyncClient):
    token = admin.headers["Authorization"].removeprefix("Bearer ")
    await browser.client.post(f"{browser.home}/api/v1/session", json={"token": token})
    answer = await browser.client.post(f"{browser.home}/api/v1/session/sign-out", headers=await _csrf(browser))
    assert (answer.json(), await browser.me()) == ({"provider_url": None}, None)


async def test_the_provider_ends_its_own_session_alone_when_the_person_signs_out_elsewhere(
    browser: Browser, home: str, raw
):
    await browser.sign_in("corp")
    office = Browser(home)
    await office.sign_in("corp")
    provider_url = (await office.client.post(f"{home}/api/v1/session/sign-out", headers=await _csrf(office))).json()
    await office.sign_in("corp")  # the provider still knows this browser
    await office.sign_out_at_provider(provider_url["provider_url"])
    async with asyncio.timeout(10):
        while await office.me() is not None:  # the provider calls in its own time
            await asyncio.sleep(0.05)
    assert await browser.me() is not None
    ended = "SELECT after FROM audit WHERE actor_id = 'provider:corp' AND action = 'session.ended'"
    assert ({"subject": "ada", "sessions": 1},) in await raw(ended)
    await office.client.aclose()


async def test_what_is_no_logout_token_of_the_provider_ends_nothing(browser: Browser, corp: Issuer):
    await browser.sign_in("corp")
    path = f"{browser.home}/api/v1/session/oidc/corp/back-channel-logout"
    now = datetime.now(UTC).timestamp()
    forged = signed(
        {"iss": corp.url, "aud": "stagecoach-corp", "iat": now, "exp": now + 60, "sub": "ada", "events": {EVENT: {}}}
    )
    statuses = []
    for form in ({"logout_token": forged}, {"logout_token": "x"}, {}, {"logout_token": "a.b.c"}):
        answer = await browser.client.post(path, data=form)
        assert re.search("no-store", answer.headers["Cache-Control"])
        statuses.append(answer.status_code)
    assert statuses == [400, 400, 400, 400]
    assert await browser.me() is not None


async def test_an_administrator_ends_all_sessions_of_a_person_who_may_sign_in_again(
    browser: Browser, admin: httpx.AsyncClient, raw
):
    await browser.sign_in("corp")
    path = f"/api/v1/people/{await _person(admin)}/sessions"
    assert len((await admin.get(path)).json()["items"]) == 1
    assert (await admin.delete(path)).status_code == 204
    assert await browser.me() is None
    assert await browser.sign_in("corp") == "/"
    assert ("session.ended", {"sessions": 1}) in await raw("SELECT action, after FROM audit")


async def test_a_disabled_person_is_signed_out_and_refused_until_enabled(browser: Browser, admin: httpx.AsyncClient):
    await browser.sign_in("corp")
    path = f"/api/v1/people/{await _person(admin)}"
    disabled = await admin.post(f"{path}/disable")
    assert disabled.json()["disabled_at"] is not None
    assert await browser.me() is None
    assert problem_in(await browser.sign_in("corp")) == "person-disabled"
    assert (await admin.post(f"{path}/enable")).json()["disabled_at"] is None
    assert await browser.sign_in("corp") == "/"


async def test_people_are_administrators_business(browser: Browser, admin: httpx.AsyncClient):
    await browser.sign_in("corp")
    path = f"{browser.home}/api/v1/people/{await _person(admin)}"
    csrf = await _csrf(browser)
    statuses = [
        (await browser.client.get(f"{browser.home}/api/v1/people")).status_code,
        (await browser.client.get(path)).status_code,
        (await browser.client.get(f"{path}/sessions")).status_code,
        (await browser.client.delete(f"{path}/sessions", headers=csrf)).status_code,
        (await browser.client.post(f"{path}/disable", headers=csrf)).status_code,
    ]
    assert statuses == [403] * 5


async def test_a_code_and_what_it_becomes_end_with_the_session_that_asked_for_it(browser: Browser, home: str):
    await browser.sign_in("corp")
    codes = [
        (await browser.client.post(f"{home}/api/v1/session/codes", headers=await _csrf(browser))).json()["code"]
        for _ in range(2)
    ]
    async with httpx.AsyncClient(base_url=home, trust_env=False) as phone:
        signed_in = (await phone.post("/api/v1/session", json={"code": codes[0]})).json()
        assert (signed_in["name"], signed_in["kind"]) == ("Ada Lovelace", "person")
        assert signed_in["expires_at"] <= (await browser.me())["expires_at"]
        further = (await phone.post("/api/v1/session/codes", headers={"X-CSRF-Token": signed_in["csrf_token"]})).json()[
            "code"
        ]
        await browser.client.delete(f"{home}/api/v1/session", headers=await _csrf(browser))
        assert (await phone.get("/api/v1/me")).status_code == 401
        statuses = [
            (await phone.post("/api/v1/session", json={"code": each})).status_code for each in (codes[1], further)
        ]
    assert statuses == [401, 401]
