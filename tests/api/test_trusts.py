"""Trusts, their test bench, and the exchange of tokens, over HTTP and with keys that are fetched over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from domain.trusts import TrustKind
from tests.support.ci_tokens import AUDIENCE, claims_of, rsa_key, signed
from tests.support.service import Json
from tests.support.token_issuer import TokenIssuer, token_issuer

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_JWT = "urn:ietf:params:oauth:token-type:jwt"
_CLAIMS = {"repository_id": ["74"], "repository_owner_id": ["65"], "ref": ["refs/heads/main"]}


@pytest.fixture
async def issuer() -> AsyncIterator[TokenIssuer]:
    async with token_issuer() as opened:
        yield opened


async def _trust(admin: httpx.AsyncClient, issuer: TokenIssuer, **changes: object) -> Json:
    body = {"name": "shop", "kind": "github", "issuer": issuer.url, "audience": AUDIENCE, "claims": _CLAIMS} | changes
    answer = await admin.post("/api/v1/trusts", json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def _form(token: str, **changes: str) -> dict[str, str]:
    return {"grant_type": _EXCHANGE, "subject_token_type": _JWT, "subject_token": token} | changes


def _token(issuer: TokenIssuer, **changes: object) -> str:
    return signed(claims_of(TrustKind.GITHUB, iss=issuer.url, **changes))


async def test_a_job_gets_a_token_that_its_bindings_fill_and_that_ends_with_the_trust(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, issuer: TokenIssuer
):
    trust = await _trust(admin, issuer)
    answer = await anonymous.post("/api/v1/token", data=_form(_token(issuer)))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), answer.text
    body = answer.json()
    assert (body["issued_token_type"], body["token_type"], body["expires_in"]) == (
        "urn:ietf:params:oauth:token-type:access_token",
        "Bearer",
        900,
    )
    bearer = {"Authorization": f"Bearer {body['access_token']}"}
    assert (await anonymous.get("/api/v1/session", headers=bearer)).json()["me"]["kind"] == "ci-job"
    assert (await anonymous.get("/api/v1/tokens", headers=bearer)).status_code == 403
    assert (await admin.get(f"/api/v1/trusts/{trust['id']}")).json()["last_used_at"] is not None
    assert "shop: octo-org/octo-repo run" not in (await admin.get("/api/v1/tokens")).text
    assert (await admin.delete(f"/api/v1/trusts/{trust['id']}")).status_code == 204
    assert (await anonymous.get("/api/v1/session", headers=bearer)).json()["me"] is None


async def test_a_refusal_looks_as_oauth_has_it_and_tells_strangers_nothing(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, issuer: TokenIssuer
):
    await _trust(admin, issuer)
    token = _token(issuer, jti="replayed")
    assert (await anonymous.post("/api/v1/token", data=_form(token))).status_code == 200
    refused = {
        "replayed": token,
        "another repository": _token(issuer, repository_id="75", jti="1"),
        "another key": signed(claims_of(TrustKind.GITHUB, iss=issuer.url, jti="2"), key=rsa_key("stranger")),
        "two audiences": _token(issuer, aud=[AUDIENCE, "https://other.example"], jti="3"),
        "pull_request_target": _token(issuer, event_name="pull_request_target", jti="4"),
        "nonsense": "x",
    }
    answers = {why: await anonymous.post("/api/v1/token", data=_form(each)) for why, each in refused.items()}
    assert {answer.status_code for answer in answers.values()} == {400}
    assert len({answer.text for answer in answers.values()}) == 1
    assert answers["replayed"].json()["error"] == "invalid_grant"
    assert answers["replayed"].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (_form("x", grant_type="password"), "unsupported_grant_type"),
        (_form("x", subject_token_type="urn:ietf:params:oauth:token-type:saml2"), "invalid_request"),
        (_form(""), "invalid_request"),
        (_form("x", requested_token_type="urn:ietf:params:oauth:token-type:refresh_token"), "invalid_request"),
        (_form("x", actor_token="y"), "invalid_request"),
        ({}, "unsupported_grant_type"),
    ],
)
async def test_what_is_no_exchange_is_refused(anonymous: httpx.AsyncClient, form: dict[str, str], error: str):
    answer = await anonymous.post("/api/v1/token", content=httpx.QueryParams(form).__str__(), headers=_FORM)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_an_exchange_is_a_form(anonymous: httpx.AsyncClient):
    as_json = await anonymous.post("/api/v1/token", json=_form("x"))
    twice = await anonymous.post("/api/v1/token", content="grant_type=a&grant_type=b", headers=_FORM)
    assert (as_json.status_code, as_json.json()["error"]) == (400, "invalid_request")
    assert "more than once" in twice.json()["error_description"]


async def test_an_issuer_that_cannot_be_reached_is_answered_503_without_a_reason(
    admin: httpx.AsyncClient, anonymous: httpx.AsyncClient, issuer: TokenIssuer
):
    await _trust(admin, issuer)
    issuer.server.replies.clear()
    answer = await anonymous.post("/api/v1/token", data=_form(_token(issuer)))
    assert (answer.status_code, answer.json()["code"]) == (503, "token-not-verifiable")
    assert "127.0.0.1" not in answer.text


async def test_the_bench_says_claim_by_claim_what_fits(admin: httpx.AsyncClient, issuer: TokenIssuer):
    trust = await _trust(admin, issuer)
    fits = (await admin.post("/api/v1/trusts/test", json={"token": _token(issuer)})).json()
    assert (fits["chosen"], fits["trials"][0]["signature"]) == (trust["id"], "verified")
    token = _token(issuer, ref="refs/heads/feature")
    answer = await admin.post("/api/v1/trusts/test", json={"token": token})
    rows = {row["claim"]: row for row in answer.json()["trials"][0]["rows"]}
    assert rows["ref"] == {
        "claim": "ref",
        "required": "refs/heads/main",
        "found": "refs/heads/feature",
        "fits": False,
        "detail": None,
    }
    assert answer.json()["chosen"] is None
    assert token not in answer.text
    assert (await admin.post("/api/v1/trusts/test", json={"token": "x"})).status_code == 422


async def test_a_trust_is_made_changed_and_listed(admin: httpx.AsyncClient, issuer: TokenIssuer):
    trust = await _trust(admin, issuer)
    claims = {**_CLAIMS, "environment": ["production"]}
    changed = await admin.put(
        f"/api/v1/trusts/{trust['id']}", json={"name": "shop 2", "kind": "github", "claims": claims}
    )
    assert (changed.status_code, changed.json()["claims"], changed.json()["issuer"]) == (200, claims, issuer.url)
    listed = (await admin.get("/api/v1/trusts")).json()["items"]
    assert [each["name"] for each in listed] == ["shop 2"]
    again = await admin.post("/api/v1/trusts", json={**_BARE, "name": "Shop 2"})
    assert (again.status_code, again.json()["code"]) == (409, "name-taken")


_BARE = {"name": "shop", "kind": "github", "audience": AUDIENCE, "claims": _CLAIMS}


async def test_terms_that_admit_strangers_are_refused_at_the_member_that_is_wrong(admin: httpx.AsyncClient):
    wrong = {
        "body.claims": {**_BARE, "claims": {"ref": ["refs/heads/main"]}},
        "body.claims.sub": {**_BARE, "claims": {**_CLAIMS, "sub": ["repo:a/b:ref:refs/heads/main"]}},
        "body.claims.ref": {**_BARE, "claims": {**_CLAIMS, "ref": ["*"]}},
        "body.issuer": {**_BARE, "issuer": "https://evil.example"},
        "body.audience": {name: value for name, value in _BARE.items() if name != "audience"},  # no public address
        "body.name": {**_BARE, "name": "poll"},
        "body.expires_at": {**_BARE, "expires_at": "2020-01-01T00:00:00Z"},
    }
    answers = {field: await admin.post("/api/v1/trusts", json=body) for field, body in wrong.items()}
    assert {field: (answer.status_code, answer.json().get("field")) for field, answer in answers.items()} == {
        field: (422, field) for field in wrong
    }
    unknown = await admin.post("/api/v1/trusts", json={**_KUBERNETES, "cluster": "nowhere"})
    assert (unknown.status_code, unknown.json()["what"]) == (404, "cluster")


_KUBERNETES = {
    "name": "ci pods",
    "kind": "kubernetes",
    "audience": AUDIENCE,
    "claims": {"sub": ["system:serviceaccount:ci:deployer"]},
}
