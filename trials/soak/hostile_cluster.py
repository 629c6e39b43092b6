"""A cluster in the wrong hands: an API server whose lists are small on the wire and huge once they are decompressed."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_ITEM = b'{"metadata":{"name":"a","labels":{}}},'
_ITEMS = 1_500_000  # about 57 MB of JSON, and more than half a gigabyte of objects


def _bomb() -> bytes:
    page = b'{"kind":"NamespaceList","metadata":{},"items":[' + _ITEM * _ITEMS + b"{}]}"
    return gzip.compress(page, 6)


_SMALL = {
    "/version": {"gitVersion": "v1.36.2", "platform": "linux/amd64"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [{"name": "namespaces", "kind": "Namespace", "namespaced": False, "verbs": ["get", "list"]}],
    },
}
_ALLOWED = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "status": {"allowed": True}}


@asynccontextmanager
async def hostile_cluster() -> AsyncIterator[str]:
    """Yields its address."""
    bomb = await asyncio.to_thread(_bomb)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *lines = head.decode("latin-1").split("\r\n")
                method, target, _ = line.split(" ")
                lengths = [int(each.partition(":")[2]) for each in lines if each.lower().startswith("content-length")]
                await reader.readexactly(sum(lengths))
                path = target.partition("?")[0]
                answer = _ALLOWED if method == "POST" else _SMALL.get(path)
                body = bomb if answer is None else gzip.compress(json.dumps(answer).encode())
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body)
                )
                writer.write(body)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # it has heard enough
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
