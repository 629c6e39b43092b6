"""A server on loopback that takes notifications by HTTP, and answers as a test tells it to."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, kw_only=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Hooks:
    """`replies` are given in turn, then the last one; `requests` are what came."""

    address: str = ""
    requests: list[Request] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=lambda: [Reply()])

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Request(path=request.path_qs, headers=dict(request.headers), body=await request.read()))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return web.json_response(reply.body, status=reply.status, headers=reply.headers)


@asynccontextmanager
async def hooks_server() -> AsyncIterator[Hooks]:
    hooks = Hooks()
    app = web.Application()
    app.router.add_post("/{path:.*}", hooks.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hooks.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield hooks
    finally:
        await runner.cleanup()
