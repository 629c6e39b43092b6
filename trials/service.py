"""A client of Stagecoach's public API over HTTP, which follows operations by their event stream."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

Document = dict[str, Any]


class ServiceError(Exception):
    """The service answered with a problem document, `problem`; `status` is the HTTP status."""

    def __init__(self, status: int, problem: Document) -> None:
        self.status = status
        self.problem = problem
        listed = "".join(f"\n  - {_where(entry)}{entry.get('detail')}" for entry in problem.get("problems", []))
        super().__init__(f"{problem.get('title')} ({problem.get('code')}): {problem.get('detail')}{listed}")


def _where(entry: Document) -> str:
    return f"{entry['cluster']}: " if entry.get("cluster") else ""


class Service:
    """The API at one address, with one token."""

    def __init__(self, address: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{address.rstrip('/')}/api/v1/",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(60, read=None),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, **query: str) -> Document:
        return _answer(await self._http.get(path, params=query))

    async def post(self, path: str, body: Document | None = None) -> Document:
        return _answer(await self._http.post(path, json=body or {}))

    async def patch(self, path: str, body: Document) -> Document:
        return _answer(await self._http.patch(path, json=body))

    async def delete(self, path: str) -> None:
        _answer(await self._http.delete(path))

    async def find(self, path: str) -> Document | None:
        """The resource at this path, or None if it does not exist."""
        try:
            return await self.get(path)
        except ServiceError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    async def events(self, operation: str) -> AsyncIterator[Document]:
        """The operation's events, from the first to the last, as they are written."""
        async with self._http.stream("GET", f"operations/{operation}/events") as stream:
            if stream.status_code != httpx.codes.OK:
                await stream.aread()
                _answer(stream)
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])


def _answer(response: httpx.Response) -> Document:
    if response.is_success:
        return response.json() if response.content else {}
    try:
        problem = response.json()
    except ValueError:
        problem = {"title": f"HTTP {response.status_code}", "code": "no-problem", "detail": response.text[:300]}
    raise ServiceError(response.status_code, problem)
