"""Bad input gets a problem document with a stable code that repeats no value, and changes nothing."""

import httpx
import orjson
import pytest
import structlog
from fastapi import FastAPI, Request

from api import errors
from api.metrics import Requests
from api.middleware import AccessLog, RequestId, Unforeseen
from db.errors import DatabaseUnreachableError
from tests.support.service import Json

CANARY = "canary-5d1f0c"


def _is_problem(answer: httpx.Response, status: int, code: str) -> Json:
    problem: Json = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/problems/{code}")
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    return problem


async def test_an_unknown_name_is_named(viewer: httpx.AsyncClient):
    problem = _is_problem(await viewer.get("/api/v1/clusters/nowhere"), 404, "not-found")
    assert (problem["what"], problem["name"]) == ("cluster", "nowhere")


async def test_a_malformed_name_is_malformed_input(viewer: httpx.AsyncClient):
    problem = _is_problem(await viewer.get("/api/v1/clusters/-x-"), 422, "invalid-request")
    assert problem["field"] == "path.cluster"


async def test_an_unknown_address_is_a_problem_document_too(viewer: httpx.AsyncClient):
    _is_problem(await viewer.get("/api/v1/nothing"), 404, "not-found")


async def test_an_unsupported_method_is_a_405_with_the_supported_ones(viewer: httpx.AsyncClient):
    answer = await viewer.put("/api/v1/clusters")
    _is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET, POST"


async def test_every_invalid_member_is_named(admin: httpx.AsyncClient):
    body = {"name": "-", "clusters": [], "surprise": 1}
    problem = _is_problem(await admin.post("/api/v1/environments", json=body), 422, "invalid-request")
    assert {each["field"] for each in problem["errors"]} == {"body.name", "body.clusters", "body.surprise"}


async def test_a_refused_value_is_not_repeated(admin: httpx.AsyncClient):
    body = {"name": "x", "credential": {"type": CANARY, "kubeconfig": CANARY}, "labels": {"a": f"{CANARY}!"}}
    assert CANARY not in (await admin.post("/api/v1/clusters", json=body)).text
    kubeconfig = {"type": "kubeconfig", "kubeconfig": f"users: [{{user: {{password: {CANARY}}}}}]"}
    assert CANARY not in (await admin.post("/api/v1/clusters", json={"name": "x", "credential": kubeconfig})).text


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1,", b'{"name": "\\ud800"}', b"null", b"", b"[" * 10_000])
async def test_a_body_that_is_no_json_object_is_malformed_input(admin: httpx.AsyncClient, body: bytes):
    answer = await admin.post("/api/v1/applications", content=body, headers={"Content-Type": "application/json"})
    _is_problem(answer, 422, "invalid-request")


async def test_a_nul_character_is_refused(admin: httpx.AsyncClient):
    answer = await admin.post("/api/v1/applications", json={"name": "shop", "description": "a\x00b"})
    _is_problem(answer, 422, "invalid-request")


async def test_a_body_whose_declared_length_exceeds_the_limit_is_not_read(admin: httpx.AsyncClient):
    answer = await admin.post("/api/v1/applications", json={"name": "shop", "description": "x" * 5_000_000})
    _is_problem(answer, 413, "body-too-large")


async def test_a_chunked_body_is_cut_off_at_the_limit(admin: httpx.AsyncClient):
    async def chunks():
        yield b'{"name": "shop", "description": "'
        for _ in range(50):
            yield b"x" * 100_000
        yield b'"}'

    answer = await admin.post("/api/v1/applications", content=chunks(), headers={"Content-Type": "application/json"})
    _is_problem(answer, 413, "body-too-large")
    assert (await admin.get("/api/v1/applications")).json()["items"] == []


async def test_responses_of_the_api_are_not_cached(viewer: httpx.AsyncClient):
    answer = await viewer.get("/api/v1/me")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_callers_well_formed_request_id_is_kept(viewer: httpx.AsyncClient):
    own = await viewer.get("/api/v1/me", headers={"X-Request-ID": "deploy-4711-a"})
    odd = await viewer.get("/api/v1/me", headers={"X-Request-ID": "a\tb <script>"})
    assert own.headers["X-Request-ID"] == "deploy-4711-a"
    assert "script" not in odd.headers["X-Request-ID"]


def _broken_app() -> FastAPI:
    app = FastAPI()

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError(CANARY)

    @app.post("/body")
    async def body(request: Request) -> None:
        await request.body()

    @app.get("/away")
    async def away() -> None:
        raise DatabaseUnreachableError from OSError(CANARY)

    errors.install(app)
    app.add_middleware(Unforeseen)
    app.add_middleware(AccessLog, requests=Requests())
    app.add_middleware(RequestId)
    return app


async def test_an_unexpected_exception_is_a_plain_500_and_located_in_the_log():
    transport = httpx.ASGITransport(_broken_app())
    with structlog.testing.capture_logs() as lines:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/broken")
    problem = _is_problem(answer, 500, "internal-error")
    assert CANARY not in orjson.dumps(problem).decode()
    (line,) = [each for each in lines if each["event"] == "unforeseen error"]
    assert (line["error"], line["at"][-1].rpartition(" ")[2]) == ("RuntimeError", "broken")
    assert CANARY not in str(lines)


async def test_a_database_that_does_not_answer_is_a_503():
    transport = httpx.ASGITransport(_broken_app())
    with structlog.testing.capture_logs() as lines:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/away")
    _is_problem(answer, 503, "database-away")
    assert CANARY not in answer.text + str(lines)


async def test_a_client_that_leaves_before_its_request_is_read_is_no_error_of_the_service():
    scope: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": "/body",
        "query_string": b"",
        "headers": [],
        "client": None,
    }

    async def left() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def nowhere(message: object) -> None:
        raise AssertionError(f"nobody is there who reads {message}")

    with structlog.testing.capture_logs() as lines:
        await _broken_app()(scope, left, nowhere)
    assert [each["event"] for each in lines] == ["request"]
