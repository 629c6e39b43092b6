"""Registries that report pushed images, in a process of their own, so that the measurement excludes their cost.

Takes a job as JSON on standard input: the addresses to report to, each with its secret, how many reports each sends
and in how many seconds. Writes the number of responses by status, and their durations in seconds.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any

import httpx


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """All senders at once, each at even intervals: a late response does not delay the next report."""
    statuses: Counter[int] = Counter()
    seconds: list[float] = []
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:

        async def send(sender: dict[str, str], number: int) -> None:
            image = f"registry.example/bench/{sender['name']}:{number}"
            began = time.perf_counter()
            answer = await http.post(
                sender["address"], json={"image": image}, headers={"Authorization": f"Bearer {sender['secret']}"}
            )
            seconds.append(time.perf_counter() - began)
            statuses[answer.status_code] += 1

        async def report(sender: dict[str, str]) -> None:
            began = time.perf_counter()
            async with asyncio.TaskGroup() as sending:
                for number in range(job["reports"]):
                    due = began + number * job["seconds"] / job["reports"]
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    sending.create_task(send(sender, number))

        await asyncio.gather(*(report(sender) for sender in job["senders"]))
    return {"statuses": {str(status): count for status, count in statuses.items()}, "seconds": sorted(seconds)}


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.load(sys.stdin))), sys.stdout)
