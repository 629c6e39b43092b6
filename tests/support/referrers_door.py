"""A registry that keeps a list of what is attached to each manifest, as most newer ones do: a door in front of one that
does not.

Answers as https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers says: a manifest with
a `subject` is listed from when it is pushed, and what nothing is attached to has an empty list.
"""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
from aiohttp import web

from services.registry.manifests import OCI_INDEX
from tests.support.registry import DockerRegistry

_OF_ONE_CONNECTION = frozenset({"transfer-encoding", "connection", "content-encoding", "content-length", "host"})
_MOST = 64 * 2**20  # bytes of a body


class _Door:
    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self._address = address
        self._session = session
        self._listed: dict[tuple[str, str], list[dict[str, Any]]] = {}  # by repository and digest

    async def referrers(self, request: web.Request) -> web.StreamResponse:
        listed = self._listed.get((request.match_info["name"], request.match_info["digest"]), [])
        body = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": listed}
        return web.json_response(body, content_type=OCI_INDEX)

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
        # By the name of the door: the registry names itself so in the addresses of uploads.
        headers["Host"] = request.host
        url = f"http://{self._address}{request.rel_url}"
        async with self._session.request(
            request.method, url, data=body, headers=headers, allow_redirects=False, skip_auto_headers=("Content-Type",)
        ) as answer:
            answered = await answer.read()
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OF_ONE_CONNECTION}
            if request.method == "PUT" and "/manifests/" in request.path and answer.status == 201:
                self._list(request.path.removeprefix("/v2/").partition("/manifests/")[0], body)
            if request.method == "HEAD":
                kept["Content-Length"] = answer.headers.get("Content-Length", "0")
            return web.Response(status=answer.status, body=answered, headers=kept)

    def _list(self, repository: str, body: bytes) -> None:
        manifest = json.loads(body)
        if "subject" not in manifest:
            return
        listed = self._listed.setdefault((repository, manifest["subject"]["digest"]), [])
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        if digest not in [each["digest"] for each in listed]:
            kind = manifest.get("artifactType") or manifest["config"]["mediaType"]
            described = {"mediaType": manifest["mediaType"], "digest": digest, "size": len(body), "artifactType": kind}
            listed.append(described)


@asynccontextmanager
async def referrers_door(registry: DockerRegistry) -> AsyncIterator[DockerRegistry]:
    """The registry behind such a door, as a registry of its own."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        door = _Door(registry.address, session)
        app = web.Application(client_max_size=_MOST)
        app.router.add_get("/v2/{name:.+}/referrers/{digest}", door.referrers)
        app.router.add_route("*", "/{path:.*}", door.pass_on)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        try:
            async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False) as client:
                yield DockerRegistry(f"{host}:{port}", client)
        finally:
            await runner.cleanup()
