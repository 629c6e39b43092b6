"""Pages that everybody looks at all day cost nobody else anything: no query, and no request to a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import structlog
from sqlalchemy import event

from api.middleware import REQUEST_ID_HEADER
from db.transaction import Database
from services.kube.client import ClusterClient
from tests.support.eventually import eventually

OVERVIEW = "/api/v1/overview"
PAGE = "/api/v1/applications/shop/overview"
COMPARED = "/api/v1/applications/shop"  # the row itself, which is read each time


@contextmanager
def asked(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """By the id of the request that needed it: each statement to the database, and each request to a cluster."""
    found: list[tuple[str, str]] = []

    def note(what: str) -> None:
        found.append((structlog.contextvars.get_contextvars().get("request_id", ""), what))

    def statement(*given: object) -> None:
        note(str(given[2]))

    send = ClusterClient._send

    async def sending(self, api, request, limits):
        note(f"{request.method} {request.path}")
        return await send(self, api, request, limits)

    monkeypatch.setattr(ClusterClient, "_send", sending)
    event.listen(database.engine.sync_engine, "before_cursor_execute", statement)
    try:
        yield found
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", statement)


async def test_the_matrix_and_an_applications_page_ask_neither_the_database_nor_a_cluster_once_they_are_known(
    admin: httpx.AsyncClient,
    viewer: httpx.AsyncClient,
    environments: tuple[str, ...],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
):
    await admin.post("/api/v1/applications", json={"name": "shop"})
    answer = await admin.post("/api/v1/applications/shop/environments/Development/adopt", json={"namespace": "shop"})
    assert answer.is_success, answer.text

    async def is_known() -> bool | None:
        place = (await viewer.get(PAGE)).json()["environments"][0]
        return (place["health"] not in {"unknown", None} and not place["stale"]) or None

    await eventually(is_known)
    with asked(database, monkeypatch) as found:

        async def needed(path: str) -> list[str]:
            answer = await viewer.get(path)
            assert answer.is_success, answer.text
            return [what for request, what in found if request == answer.headers[REQUEST_ID_HEADER]]

        async def is_warm() -> bool | None:  # what the database tells of may be read once more, and so may who calls
            return not [*await needed(OVERVIEW), *await needed(PAGE)] or None

        assert await needed(COMPARED), "what requests need is counted"
        assert await eventually(is_warm)
        assert (await viewer.get("/api/v1/applications/no-such/overview")).status_code == 404
