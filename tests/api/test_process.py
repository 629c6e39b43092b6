"""Liveness, readiness, metrics and the console."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from api.main import create_app
from api.settings import Settings

_PRODUCTION = Path(__file__).parents[2] / "docs" / "production.md"


async def test_liveness_needs_no_authentication(anonymous: httpx.AsyncClient):
    assert (await anonymous.get("/healthz")).json() == {"status": "ok"}


async def test_it_is_ready_with_its_parts(anonymous: httpx.AsyncClient):
    answer = await anonymous.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": True, "migrations": True, "engine": True}


async def test_metrics_count_responses(viewer: httpx.AsyncClient, clusters):
    await viewer.get("/api/v1/clusters/nowhere")
    text = (await viewer.get("/metrics")).text
    assert 'stagecoach_requests_total{method="GET",status="404"}' in text
    assert 'stagecoach_clusters{reachability="reachable"} 2' in text
    assert "stagecoach_engine_ready 1" in text
    assert 'stagecoach_divergences{kind="image-drift"} 0' in text
    assert "stagecoach_event_streams 0" in text
    assert 'stagecoach_live_clusters{state="unreachable"} 0' in text


async def test_each_metric_is_in_the_documentation_and_no_other_one(viewer: httpx.AsyncClient):
    types = re.findall(r"^# TYPE (\w+) (\w+)$", (await viewer.get("/metrics")).text, flags=re.MULTILINE)
    table = re.findall(r"^\| `(stagecoach_\w+)` \| (\w+) \|", _PRODUCTION.read_text(), flags=re.MULTILINE)
    assert types == table


async def test_without_a_build_a_notice_says_how_to_get_the_console(anonymous: httpx.AsyncClient):
    answer = await anonymous.get("/")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "make run" in answer.text


def _console(folder: Path, *, cors_origins: tuple[str, ...] = ()) -> httpx.AsyncClient:
    """A caller of an app that serves a built console; nothing that needs a container is asked of it."""
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html>the console")
    (folder / "assets" / "index-1a2b.js").write_text("1")
    app = create_app(Settings(console=folder, database_url=SecretStr("postgresql://unused"), cors_origins=cors_origins))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture(scope="module")
async def console(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with _console(tmp_path_factory.mktemp("console")) as client:
        yield client


async def test_a_path_of_the_console_answers_its_page(console: httpx.AsyncClient):
    answer = await console.get("/applications/shop", headers={"Accept": "text/html"})
    assert "the console" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_files_with_a_hash_in_their_name_are_kept_by_browsers(console: httpx.AsyncClient):
    answer = await console.get("/assets/index-1a2b.js")
    assert "immutable" in answer.headers["Cache-Control"]


async def test_an_unknown_address_of_the_api_is_no_page(console: httpx.AsyncClient):
    answer = await console.get("/api/v1/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/clusters/x", "GET, PATCH, DELETE"),
        ("GET", "/api/v1/operations/x/cancel", "POST"),
        ("PUT", "/assets/index-1a2b.js", "GET, HEAD"),
    ],
)
async def test_with_the_console_mounted_a_405_names_the_routes_methods(
    console: httpx.AsyncClient, method: str, path: str, allowed: str
):
    answer = await console.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


async def test_a_console_hosted_elsewhere_may_call_from_its_origin_only(tmp_path: Path):
    async with _console(tmp_path, cors_origins=("https://console.example",)) as client:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-csrf-token"}
        own = await client.options("/api/v1/applications", headers=asks | {"Origin": "https://console.example"})
        other = await client.options("/api/v1/applications", headers=asks | {"Origin": "https://evil.example"})
    assert own.headers["Access-Control-Allow-Origin"] == "https://console.example"
    assert "Access-Control-Allow-Origin" not in other.headers
