"""Service accounts, their tokens and personal tokens: whose rights they have, how long they live, when they end."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from db.transaction import Database
from domain.rights import RoleBinding, Subject, SubjectKind
from domain.words import Role
from tests.support.actors import ANN
from tests.support.service import Json


async def _made(admin: httpx.AsyncClient, **fields: object) -> Json:
    answer = await admin.post("/api/v1/service-accounts", json={"name": "deployer"} | fields)
    assert answer.status_code == 201, answer.text
    account: Json = answer.json()
    return account


async def _token(client: httpx.AsyncClient, account: Json, **fields: object) -> Json:
    answer = await client.post(
        f"/api/v1/service-accounts/{account['id']}/tokens", json={"name": "job", "role": "admin"} | fields
    )
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def _bind(database: Database, account: Json, role: Role) -> None:
    subject = Subject(kind=SubjectKind.SERVICE_ACCOUNT, id=account["id"])
    async with database.begin() as tx:
        await tx.bindings.add(RoleBinding(id=None, subject=subject, role=role), created_by=ANN.caller.ref)


def _bearer(token: Json) -> dict[str, str]:
    return {"Authorization": f"Bearer {token['token']}"}


async def test_a_token_of_an_account_has_what_is_bound_within_its_own_role(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, database: Database
):
    account = await _made(admin)
    wide, narrow = await _token(admin, account), await _token(admin, account, name="reader", role="viewer")
    assert wide["token"].startswith("stgs_")
    assert (await anonymous.get("/api/v1/tokens", headers=_bearer(wide))).status_code == 403
    await _bind(database, account, Role.ADMIN)
    me = (await anonymous.get("/api/v1/me", headers=_bearer(wide))).json()
    assert (me["kind"], me["name"], me["role"]) == ("service-account", "deployer", "admin")
    assert (await anonymous.get("/api/v1/me", headers=_bearer(narrow))).json()["role"] == "viewer"
    assert (await anonymous.get("/api/v1/tokens", headers=_bearer(narrow))).status_code == 403


async def test_a_token_is_for_the_applications_and_environments_that_it_names(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, database: Database, environments: tuple[str, ...]
):
    await admin.post("/api/v1/applications", json={"name": "shop"})
    account = await _made(admin)
    await _bind(database, account, Role.ADMIN)
    token = await _token(admin, account, applications=["SHOP"], environments=["Staging"])
    assert (token["applications"], token["environments"]) == (["shop"], ["Staging"])
    assert (await anonymous.get("/api/v1/session", headers=_bearer(token))).json()["me"]["role"] is None
    path = f"/api/v1/service-accounts/{account['id']}/tokens"
    unknown = await admin.post(path, json={"name": "x", "role": "viewer", "applications": ["nowhere"]})
    empty = await admin.post(path, json={"name": "x", "role": "viewer", "applications": []})
    assert (unknown.status_code, empty.status_code) == (404, 422)


async def test_an_account_that_is_disabled_or_deleted_acts_no_more(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, database: Database, raw
):
    account = await _made(admin)
    await _bind(database, account, Role.VIEWER)
    token, path = await _token(admin, account), f"/api/v1/service-accounts/{account['id']}"

    async def status() -> int:
        return (await anonymous.get("/api/v1/me", headers=_bearer(token))).status_code

    assert await status() == 200
    assert (await admin.patch(path, json={"disabled": True})).json()["disabled_at"] is not None
    assert await status() == 401
    assert (await admin.post(f"{path}/tokens", json={"name": "y", "role": "viewer"})).status_code == 422
    await admin.patch(path, json={"disabled": False})
    assert await status() == 200
    assert (await admin.delete(path)).status_code == 204
    assert await status() == 401
    assert await raw("SELECT 1 FROM bindings") == []
    assert (await admin.get(path)).status_code == 404


async def test_a_token_lives_for_ninety_days_unless_something_else_is_said(admin: httpx.AsyncClient):
    account, now = await _made(admin), datetime.now(UTC)
    default, forever = await _token(admin, account), await _token(admin, account, name="b", expires_at=None)
    assert abs(datetime.fromisoformat(default["expires_at"]) - now - timedelta(days=90)) < timedelta(minutes=5)
    assert forever["expires_at"] is None
    own = (await admin.post("/api/v1/tokens", json={"name": "c", "role": "viewer"})).json()
    never = (await admin.post("/api/v1/tokens", json={"name": "d", "role": "viewer", "expires_at": None})).json()
    assert abs(datetime.fromisoformat(own["expires_at"]) - now - timedelta(days=90)) < timedelta(minutes=5)
    assert never["expires_at"] is None


async def test_an_owner_issues_tokens_of_its_own_accounts_for_a_year_and_sees_no_other(
    admin: httpx.AsyncClient, viewer: httpx.AsyncClient, raw
):
    account, other = await _made(admin), await _made(admin, name="other")
    own_id = (await viewer.get("/api/v1/session")).json()["me"]["name"]
    ((token_id,),) = await raw(f"SELECT id FROM tokens WHERE name = '{own_id}'")
    await raw(f"UPDATE service_accounts SET owner_id = '{token_id}' WHERE name = 'deployer' RETURNING 1")
    assert [each["name"] for each in (await viewer.get("/api/v1/service-accounts")).json()["items"]] == ["deployer"]
    assert (await viewer.get(f"/api/v1/service-accounts/{other['id']}")).status_code == 404
    made = await _token(viewer, account)
    later = (datetime.now(UTC) + timedelta(days=366)).isoformat()
    path = f"/api/v1/service-accounts/{account['id']}/tokens"
    for expires_at in (later, None):
        answer = await viewer.post(path, json={"name": "x", "role": "viewer", "expires_at": expires_at})
        assert (answer.status_code, answer.json()["field"]) == (422, "body.expires_at")
    assert (await viewer.delete(f"{path}/{made['id']}")).status_code == 204
    assert (await viewer.delete(f"/api/v1/service-accounts/{other['id']}/tokens/{made['id']}")).status_code == 404
    assert (await viewer.patch(f"/api/v1/service-accounts/{account['id']}", json={"disabled": True})).status_code == 403


async def test_a_mistyped_token_is_refused_with_a_sentence(admin: httpx.AsyncClient, anonymous: httpx.AsyncClient):
    token = (await _token(admin, await _made(admin)))["token"]
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    answer = await anonymous.get("/api/v1/me", headers={"Authorization": f"Bearer {wrong}"})
    assert (answer.status_code, "checksum" in answer.json()["detail"]) == (401, True)
    signed_in = await anonymous.post("/api/v1/session", json={"token": wrong})
    assert (signed_in.status_code, "checksum" in signed_in.json()["detail"]) == (401, True)


@pytest.mark.parametrize("name", ["poll", "receiver 7", "ci ", "a\nb", "a\u202eb"])
async def test_names_that_would_forge_history_are_refused(admin: httpx.AsyncClient, name: str):
    for path, body in {"/api/v1/tokens": {"role": "viewer"}, "/api/v1/service-accounts": {}}.items():
        answer = await admin.post(path, json={"name": name, **body})
        assert (answer.status_code, answer.json()["field"]) == (422, "body.name")


async def test_a_token_that_is_no_persons_has_no_personal_tokens(admin: httpx.AsyncClient):
    assert (await admin.get("/api/v1/me/tokens")).json()["items"] == []
    answer = await admin.post("/api/v1/me/tokens", json={"name": "x", "role": "viewer"})
    assert (answer.status_code, "Only people" in answer.json()["detail"]) == (403, True)
