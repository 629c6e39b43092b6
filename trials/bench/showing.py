"""How soon a person sees what happened on a cluster: of two processes, the one that watches and the other one.

Changes are made past Stagecoach, as with kubectl. Each one is made in quiet: the next event of the stream is its own.
The latest of all counts, which is more than the 99th percentile asks for. How far one process is behind the other has
no limit here: each of them collects what changes for a tenth of a second before it tells of it. `following` measures
that from record to record.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from trials.bench.figures import Figure
from trials.chaos.applications import give_images
from trials.chaos.callers import Callers, Document
from trials.chaos.run import Run
from trials.chaos.scenarios import prepare_both
from trials.chaos.stage import SOURCE, TARGETS, open_stage

_TOLD_WITHIN, _BEHIND, _TAKEN_OVER_WITHIN = 0.3, 0.05, 12.0  # seconds
_CHANGES = 8  # a round
_QUIET = 1.5  # seconds without an event, before a change
_DOWN = 30.0  # seconds until a killed process is started again: longer than a takeover takes
_PATIENCE = 120.0  # seconds
_LOOK_EVERY, _BEAT = 0.1, 0.002  # seconds
_ALL = (SOURCE, *TARGETS)


class _Told:
    """Follows the stream of changes of one process, as a browser does: when it was told of the run's application."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._at = [time.monotonic()]

    @property
    def last(self) -> float:
        return self._at[-1]

    async def first_after(self, moment: float) -> float:
        await _until(lambda: self.last > moment, every=_BEAT)
        return next(each for each in self._at if each > moment)

    @asynccontextmanager
    async def following(self, address: str) -> AsyncIterator[None]:
        headers = {"Authorization": f"Bearer {self._run.stage.token}"}
        async with (
            httpx.AsyncClient(headers=headers, trust_env=False, timeout=None) as client,  # noqa: S113  it waits
            client.stream("GET", f"{address}/api/v1/events") as stream,
        ):
            stream.raise_for_status()
            reading = asyncio.create_task(self._read(stream))
            try:
                yield
            finally:
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading

    async def _read(self, stream: httpx.Response) -> None:
        async for line in stream.aiter_lines():
            told = json.loads(line[5:])["changes"] if line.startswith("data:") else []
            if any(each["application"] == self._run.name for each in told):
                self._at.append(time.monotonic())


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """The figures; `folder` is for what the two processes and their database keep."""
    async with open_stage(folder) as stage:
        run = Run(name="shown", stage=stage)
        await prepare_both(run)
        for replica in stage.replicas.values():
            await _until_shown(run, replica.address, "1.0.0")
        took = [each for number in range(rounds) for each in await _told(run, number)]
        gone = [await _taken_over(run, number) for number in range(rounds)]
    first = [min(each) for each in took]
    behind = [max(each) - min(each) for each in took]
    return [
        _of("change on a cluster to event at a browser", list(map(max, took)), _TOLD_WITHIN),
        _of("the same, of the process that watches it", first, None, against=_TOLD_WITHIN),
        _of("the other process after the one that watches", behind, None, against=_BEHIND),
        _of("kill -9 of a process until all is shown as it is", gone, _TAKEN_OVER_WITHIN),
    ]


def _of(name: str, taken: list[float], limit: float | None, *, against: float | None = None) -> Figure:
    """The worst, to what is allowed."""
    allowed = limit or against
    assert allowed is not None
    return Figure(
        name=f"{name}, worst of {len(taken)} / {allowed:g} s",
        ratio=max(taken) / allowed,
        limit=1.0 if limit else None,
        seconds=max(taken),
        against=allowed,
    )


async def _told(run: Run, number: int) -> list[list[float]]:
    """Seconds until each process has told of a change, for some changes."""
    stage, took = run.stage, []
    told = [_Told(run) for _ in stage.replicas]
    async with AsyncExitStack() as stack:
        for each, replica in zip(told, stage.replicas.values(), strict=True):
            await stack.enter_async_context(each.following(replica.address))
        for change in range(_CHANGES):
            cluster = stage.clusters[_ALL[change % len(_ALL)]]
            await _until(lambda: time.monotonic() - max(each.last for each in told) > _QUIET)
            began = time.monotonic()
            rolling_out = asyncio.create_task(give_images(cluster, run.namespace, f"1.1.{number * _CHANGES + change}"))
            seen = [await each.first_after(began) for each in told]
            await rolling_out
            took.append([each - began for each in seen])
    return took


async def _taken_over(run: Run, number: int) -> float:
    """Seconds from the kill of one process until the other one shows what is on all clusters, as of now.

    They share the clusters, and who is killed next has those that were taken over last.
    """
    killed, other = list(run.stage.replicas.values())[:: 1 if number % 2 else -1]
    tag = f"1.2.{number}"
    began = time.monotonic()
    down = asyncio.create_task(killed.kill(down_for=_DOWN))
    changing = asyncio.gather(*(give_images(run.stage.clusters[each], run.namespace, tag) for each in _ALL))
    await _until_shown(run, other.address, tag)
    took = time.monotonic() - began
    await asyncio.gather(down, changing)
    await killed.ready()
    await _until_shown(run, killed.address, tag)
    return took


async def _until_shown(run: Run, address: str, tag: str) -> None:
    """Return once this process shows the tag on all clusters, and changes there arrive by themselves."""
    caller = Callers([address], run.stage.token)
    try:
        while not _shows(  # noqa: ASYNC110  what is asked is another process
            await caller.get(f"applications/{run.name}/overview"), tag
        ):
            await asyncio.sleep(_LOOK_EVERY)
    finally:
        await caller.close()


def _shows(overview: Document, tag: str) -> bool:
    environments = overview["environments"]
    live = {each["cluster"] for environment in environments for each in environment["clusters"] if each["live"]}
    images = [
        image
        for environment in environments
        for workload in environment["workloads"]
        for container in workload["containers"]
        for image in container["images"]
    ]
    return live == {each["cluster"] for each in images} == set(_ALL) and all(
        each["image"]["tag"] == tag for each in images
    )


async def _until(holds: Callable[[], bool], *, every: float = _LOOK_EVERY) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not holds():  # noqa: ASYNC110  it is a matter of time
            await asyncio.sleep(every)
