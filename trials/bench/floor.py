"""The floor: the same requests, sent by plain aiohttp and orjson at the same concurrency, and nothing else.

Reads a job from standard input and prints `{"wall": seconds, "cpu": seconds}`. A job is

    {"concurrency": 8, "clusters": [{"kubeconfig": PATH, "requests": [[METHOD, PATH, CONTENT_TYPE, BODY], …]}, …]}

Sessions are opened and one request is answered before the clock starts: the service too has its connections open.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from trials.direct import DirectCluster


async def _send(cluster: DirectCluster, requests: Iterator[list[Any]]) -> None:
    for method, path, content_type, body in requests:
        await cluster.call(method, path, body, content_type=content_type)


async def _run(job: dict[str, Any]) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        work = []
        for entry in job["clusters"]:
            cluster = await stack.enter_async_context(DirectCluster(Path(entry["kubeconfig"])))
            await cluster.call("GET", "/version")
            work.append((cluster, iter(entry["requests"])))
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(_send(cluster, rest) for cluster, rest in work for _ in range(job["concurrency"])))
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(json.load(sys.stdin)))))  # noqa: T201
