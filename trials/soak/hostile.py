"""Callers that mean harm, in a process of their own. Each kind does one thing, over and over, until it is stopped.

Takes a job as JSON on standard input: the service's host and port, an administrator's and a viewer's token, paths, and
the seconds. None of the kinds needs a right beyond those of its token; most have none.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

_HELD = 15.0  # seconds that a connection is kept without doing anything more
_PAUSE = 0.05

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Target:
    """The service, and what was attempted on it."""

    host: str
    port: int
    admin: str
    viewer: str
    paths: dict[str, str]
    attempts: Counter[str] = field(default_factory=Counter)

    def head(self, method: str, path: str, token: str | None = None, *lines: str) -> bytes:
        proof = [f"Authorization: Bearer {token}"] if token else []
        listed = [f"{method} {path} HTTP/1.1", "Host: soak", "Content-Type: application/json", *proof, *lines]
        return ("\r\n".join(listed) + "\r\n\r\n").encode()

    async def send(self, *pieces: bytes, answer: bool = True, held: float = 0.0) -> None:
        """Send the pieces on a new connection; read the whole answer, or none of it and keep the connection."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await asyncio.wait_for(writer.drain(), 30)
            if answer:
                await asyncio.wait_for(reader.read(), 30)
            await asyncio.sleep(held)
        finally:
            writer.transport.abort()


def _close(body: bytes) -> tuple[str, ...]:
    return (f"Content-Length: {len(body)}", "Connection: close")


@cache
def _members(number: int) -> bytes:
    return json.dumps({f"k{each}": each for each in range(number)}).encode()


async def unknown_keys(target: Target) -> None:
    """Sign-in with hundreds of thousands of unknown members."""
    body = _members(300_000)
    await target.send(target.head("POST", "/api/v1/session", None, *_close(body)), body)


async def wrong_values(target: Target) -> None:
    """The largest body, of values that are all wrong, by a caller who may send it."""
    body = _members(250_000)
    await target.send(target.head("POST", "/api/v1/manifests/validate", target.viewer, *_close(body)), body)


async def deep_json(target: Target) -> None:
    body = b"[" * 2_000_000
    await target.send(target.head("POST", "/api/v1/manifests/validate", target.viewer, *_close(body)), body)


async def unfinished_bodies(target: Target) -> None:
    """Bodies that are nearly whole, of a known caller and of a stranger, and are never finished."""
    body = b'"' + b"x" * 3_900_000
    for path, token in (("/api/v1/manifests/validate", target.viewer), (target.paths["webhook"], None)):
        await target.send(target.head("POST", path, token, "Content-Length: 4000000"), body, answer=False, held=_HELD)


async def unfinished_heads(target: Target) -> None:
    await target.send(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000, answer=False, held=_HELD)


async def endless_heads(target: Target) -> None:
    await target.send(b"GET / HTTP/1.1\r\n", *[b"X: " + b"x" * 60_000 + b"\r\n"] * 500, answer=False)


async def pipelines(target: Target) -> None:
    """Thousands of requests at once on one connection."""
    await target.send(target.head("GET", "/healthz") * 20_000, answer=False, held=1.0)


async def deaf_readers(target: Target) -> None:
    """Requests for the longest pages, whose answers are never read."""
    ask = target.head("GET", target.paths["page"], target.viewer)
    await target.send(*[ask] * 20, answer=False, held=_HELD)


async def hoarded_streams(target: Target) -> None:
    """Two hundred and fifty event streams of one caller."""
    ask = target.head("GET", target.paths["events"], target.viewer, "Accept: text/event-stream")
    streams = [target.send(ask, answer=False, held=_HELD) for _ in range(250)]
    await asyncio.gather(*streams, return_exceptions=True)


async def parallel_reads(target: Target) -> None:
    """Thirty of the dearest reads at once, by one caller."""
    ask = target.head("GET", target.paths["overview"], target.viewer, "Connection: close")
    await asyncio.gather(*(target.send(ask) for _ in range(30)), return_exceptions=True)


async def bombs(target: Target) -> None:
    """Reads of a cluster whose answers are thousands of times as large as they are on the wire."""
    ask = target.head("GET", target.paths["hostile_cluster"], target.admin, "Connection: close")
    await asyncio.gather(*(target.send(ask) for _ in range(4)), return_exceptions=True)


KINDS: dict[str, tuple[Callable[[Target], Awaitable[None]], int]] = {
    "unknown keys": (unknown_keys, 2),
    "wrong values": (wrong_values, 2),
    "deep JSON": (deep_json, 1),
    "unfinished bodies": (unfinished_bodies, 40),
    "unfinished heads": (unfinished_heads, 40),
    "endless heads": (endless_heads, 2),
    "pipelines": (pipelines, 1),
    "deaf readers": (deaf_readers, 8),
    "hoarded streams": (hoarded_streams, 1),
    "parallel reads": (parallel_reads, 1),
    "bombs": (bombs, 1),
}
"""What each kind does, and how many do it at once."""


async def _again_and_again(target: Target, kind: str, until: float) -> None:
    act, _ = KINDS[kind]
    while time.monotonic() < until:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):  # it is refused or cut off
            await act(target)
        target.attempts[kind] += 1
        await asyncio.sleep(_PAUSE)


async def run(job: dict[str, Any]) -> dict[str, int]:
    """These kinds, or all, at once; the number of attempts by kind."""
    seconds, kinds = job.pop("seconds"), job.pop("kinds") or list(KINDS)
    target, until = Target(**job), time.monotonic() + seconds
    tasks = [_again_and_again(target, kind, until) for kind in kinds for _ in range(KINDS[kind][1])]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds + 5):
            await asyncio.gather(*tasks)
    return dict(target.attempts)


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.load(sys.stdin))), sys.stdout)
