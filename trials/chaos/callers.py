"""A client of several replicas, which asks the next one where one does not answer."""

import asyncio
import itertools
import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

import httpx

Document = dict[str, Any]
_PATIENCE = 180.0  # seconds
_AGAIN = 0.2  # seconds


class RefusedError(Exception):
    """The service refused a request: a 4xx, with its problem document."""

    def __init__(self, request: str, status: int, problem: Document) -> None:
        super().__init__(f"{request}: {status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.code = problem.get("code")


class Callers:
    """Sends each request until it is answered. One that starts something has an `Idempotency-Key`."""

    def __init__(self, addresses: Sequence[str], token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._clients = [
            httpx.AsyncClient(base_url=f"{each}/api/v1/", headers=headers, trust_env=False, timeout=60)
            for each in addresses
        ]
        self._turns = itertools.cycle(self._clients)
        self.faulty: list[str] = []
        """Answers of 500: whatever goes wrong below, the service has to say what it is."""

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()

    async def get(self, path: str, **query: str) -> Document:
        return await self._send("GET", path, params=query)

    async def post(self, path: str, body: Document | None = None) -> Document:
        return await self._send("POST", path, json=body or {}, headers={"Idempotency-Key": str(uuid.uuid4())})

    async def patch(self, path: str, body: Document) -> Document:
        return await self._send("PATCH", path, json=body)

    async def put(self, path: str, body: Document) -> Document:
        return await self._send("PUT", path, json=body)

    async def events(self, operation: str) -> list[str]:
        """The types of all events of an operation that has ended, in their order."""
        answer = await next(self._turns).get(f"operations/{operation}/events")
        answer.raise_for_status()
        told = [json.loads(line[5:]) for line in answer.text.splitlines() if line.startswith("data:")]
        return [each["type"] for each in told]

    async def everywhere(self, path: str) -> None:
        """A POST to every replica."""
        for client in self._clients:
            (await client.post(path)).raise_for_status()

    async def _send(self, method: str, path: str, **request: Any) -> Document:
        until = time.monotonic() + _PATIENCE
        last = "no answer"
        while time.monotonic() < until:
            try:
                answer = await next(self._turns).request(method, path, **request)
            except httpx.TransportError as error:
                last = type(error).__name__
            else:
                if answer.is_success:
                    return dict(answer.json()) if answer.content else {}
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    raise RefusedError(f"{method} {path}", answer.status_code, answer.json())
                last = f"{answer.status_code} {answer.text[:300]}"
                if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                    self.faulty.append(f"{method} {path}: {last}")
            await asyncio.sleep(_AGAIN)
        raise TimeoutError(f"{method} {path} was not answered within {_PATIENCE:.0f} s: {last}")
