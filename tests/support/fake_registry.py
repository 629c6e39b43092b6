"""A scripted image registry over real HTTP, for answers that a real one does not give, malformed ones included."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from services.registry.credentials import Credential, RegistryAccess
from services.registry.manifests import OCI_MANIFEST
from tests.support.fake_api_server import FakeApiServer, Reply, Seen

IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
REPOSITORY = "shop/web"
TAG = "1.4.2"
MANIFEST_OF_TAG = f"/v2/{REPOSITORY}/manifests/{TAG}"


def says(status: int = 200, body: bytes = b"", **headers: str) -> Reply:
    """A fixed answer; `Retry_After` is the header `Retry-After`."""

    async def reply(request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return reply


def in_turn(*replies: Reply) -> Reply:
    """Answers each call with the next of `replies`, then with the last one."""
    left = list(replies)

    async def reply(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return reply


def after_event(event: asyncio.Event, then: Reply) -> Reply:
    """Answers with `then` once the event is set."""

    async def reply(request: web.Request) -> web.StreamResponse:
        await event.wait()
        return await then(request)

    return reply


@dataclass(frozen=True)
class Pushed:
    """The digests of the manifest and of the config blob that `holds` made."""

    digest: str
    config: str


class FakeRegistry:
    """Holds images in `REPOSITORY`, and records the requests and their credentials."""

    def __init__(self, server: FakeApiServer) -> None:
        self.server = server
        self.host = server.url.partition("://")[2]

    def access(self, credential: Credential | None = None) -> RegistryAccess:
        plain = self.server.url.startswith("http:")
        if credential is None:
            return RegistryAccess(host=self.host, plain_http=plain)
        return RegistryAccess(host=self.host, plain_http=plain, credential=credential)

    def on(self, path: str, reply: Reply, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> None:
        for method in methods:
            self.server.on(method, path, reply)

    def asked(self, path: str = "", *, method: str | None = None) -> list[Seen]:
        return [
            seen
            for seen in self.server.seen
            if seen.path.startswith(path) and (method is None or seen.method == method)
        ]

    def proofs(self, path: str = "") -> list[str | None]:
        return [seen.headers.get("authorization") for seen in self.asked(path)]

    def holds(
        self,
        *,
        tag: str = TAG,
        config: Mapping[str, Any] | None = None,
        manifest: Mapping[str, Any] | None = None,
        guard: Callable[[Reply], Reply] = lambda reply: reply,
    ) -> Pushed:
        """Adds an image with a tag; `manifest` adds or overrides members of its manifest."""
        blob = json.dumps(config or {"os": "linux", "architecture": "amd64"}).encode()
        described = {"mediaType": IMAGE_CONFIG, "digest": digest(blob), "size": len(blob)}
        body = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": OCI_MANIFEST,
                "config": described,
                "layers": [{"mediaType": LAYER, "digest": digest(b""), "size": 0}],
                **(manifest or {}),
            }
        ).encode()
        reply = guard(says(body=body, Docker_Content_Digest=digest(body), Content_Type=OCI_MANIFEST))
        for reference in (tag, digest(body)):
            self.on(f"/v2/{REPOSITORY}/manifests/{reference}", reply)
        self.on(f"/v2/{REPOSITORY}/blobs/{digest(blob)}", guard(says(body=blob)))
        return Pushed(digest(body), digest(blob))

    def guarded(self, challenge: str, *proofs: str) -> Callable[[Reply], Reply]:
        """A guard that lets only requests with one of the `Authorization` headers in `proofs` through."""

        def guard(reply: Reply) -> Reply:
            async def guarded(request: web.Request) -> web.StreamResponse:
                if request.headers.get("Authorization") in proofs:
                    return await reply(request)
                return await says(401, b'{"errors":[]}', WWW_Authenticate=challenge)(request)

            return guarded

        return guard


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
