"""A thousand reports in ten seconds from four registries: whether all are accepted, and how they slow other requests.

The ratios compare the median and the 99th percentile of other clients' requests during the reports with the same
requests without reports, measured on one machine one after the other.
"""

import asyncio
import json
import sys
import time

from trials.bench.figures import Figure
from trials.service import Service

SENDERS, REPORTS, SECONDS = 4, 250, 10.0  # REPORTS of each sender
_A_SECOND = 50  # requests of other clients a second
_LIMIT = 5.0


async def measure(service: Service, address: str, *, tag: str) -> list[Figure]:
    """Raises RuntimeError if a report was not accepted, or not stored exactly once."""
    senders = []
    for number in range(SENDERS):
        name = f"bench-{tag}-{number}"
        created = await service.post("receivers", {"name": name, "provider": "ci"})
        senders.append({"name": name, "address": f"{address}/webhooks/{created['id']}", "secret": created["secret"]})
    await _others(service, 1.0)  # warms connections up
    idle = await _others(service, SECONDS)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trials.bench.senders"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    job = json.dumps({"senders": senders, "reports": REPORTS, "seconds": SECONDS}).encode()
    (written, _), busy = await asyncio.gather(process.communicate(job), _others(service, SECONDS))
    sent = json.loads(written)
    if sent["statuses"] != {"202": SENDERS * REPORTS}:
        raise RuntimeError(f"not every report was accepted: {sent['statuses']}")
    for sender in senders:
        await _stored_once(service, sender)
    what, answers = f"{SENDERS * REPORTS} reports in {SECONDS:.0f} s", sent["seconds"]
    return [
        _ratio(f"{what}: others' median / when idle", _median(busy), _median(idle), limit=_LIMIT),
        _ratio(f"{what}: others' p99 / when idle", _p99(busy), _p99(idle), limit=_LIMIT),
        _ratio(f"{what}: answers' p99 / median", _p99(answers), _median(answers)),
    ]


async def _others(service: Service, seconds: float) -> list[float]:
    """The durations in seconds of evenly spaced requests for a list that the console shows, sorted."""
    took: list[float] = []

    async def request() -> None:
        began = time.perf_counter()
        await service.get("applications")
        took.append(time.perf_counter() - began)

    async with asyncio.TaskGroup() as requests:
        began = time.perf_counter()
        for number in range(int(seconds * _A_SECOND)):
            await asyncio.sleep(max(0.0, began + number / _A_SECOND - time.perf_counter()))
            requests.create_task(request())
    return sorted(took)


async def _stored_once(service: Service, sender: dict[str, str]) -> None:
    path = f"receivers/{sender['address'].rpartition('/')[2]}/deliveries"
    images: list[str] = []
    page = await service.get(path, limit="200")
    while True:
        images += [image for each in page["items"] for image in each["images"]]
        if page["next_cursor"] is None:
            break
        page = await service.get(path, limit="200", cursor=page["next_cursor"])
    if len(images) != REPORTS or len(set(images)) != REPORTS:
        raise RuntimeError(f"{len(images)} reports of {sender['name']} are stored, {len(set(images))} different ones")


def _ratio(name: str, ours: float, theirs: float, *, limit: float | None = None) -> Figure:
    return Figure(name=name, ratio=ours / theirs, limit=limit, seconds=ours, against=theirs)


def _median(seconds: list[float]) -> float:
    return seconds[len(seconds) // 2]


def _p99(seconds: list[float]) -> float:
    return seconds[len(seconds) * 99 // 100]
