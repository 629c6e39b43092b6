"""A registry that says what a test tells it to, well-behaved or not, over real HTTP."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from services.registry.credentials import Credential, RegistryAccess
from services.registry.manifests import OCI_MANIFEST
from tests.support.stand_in import Reply, Seen, StandIn

IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
REPOSITORY = "shop/web"
TAG = "1.4.2"
MANIFEST_OF_TAG = f"/v2/{REPOSITORY}/manifests/{TAG}"


def says(status: int = 200, body: bytes = b"", **headers: str) -> Reply:
    """`Retry_After` is the header `Retry-After`."""

    async def reply(request: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return reply


def in_turn(*replies: Reply) -> Reply:
    """Each call the next; the last one again and again."""
    left = list(replies)

    async def reply(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return reply


def once_told(told: asyncio.Event, then: Reply) -> Reply:
    async def reply(request: web.Request) -> web.StreamResponse:
        await told.wait()
        return await then(request)

    return reply


@dataclass(frozen=True)
class Pushed:
    """What `holds` made: the digest of the manifest and of its config blob."""

    digest: str
    config: str


class Pretend:
    """Holds images in `REPOSITORY`, and takes note of who asked for what with which proof."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.host = stand_in.url.partition("://")[2]

    def access(self, credential: Credential | None = None) -> RegistryAccess:
        plain = self.stand_in.url.startswith("http:")
        if credential is None:
            return RegistryAccess(host=self.host, plain_http=plain)
        return RegistryAccess(host=self.host, plain_http=plain, credential=credential)

    def on(self, path: str, reply: Reply, *, methods: tuple[str, ...] = ("GET", "HEAD")) -> None:
        for method in methods:
            self.stand_in.on(method, path, reply)

    def asked(self, path: str = "", *, method: str | None = None) -> list[Seen]:
        return [
            seen
            for seen in self.stand_in.seen
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
        """An image under `tag`; `manifest` says more of it, or other than usual."""
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
        """Answers those alone who show one of `proofs`."""

        def guard(reply: Reply) -> Reply:
            async def guarded(request: web.Request) -> web.StreamResponse:
                if request.headers.get("Authorization") in proofs:
                    return await reply(request)
                return await says(401, b'{"errors":[]}', WWW_Authenticate=challenge)(request)

            return guarded

        return guard


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
