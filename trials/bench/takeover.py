"""How long an operation stands still whose process is killed: until another process goes on with it."""

import asyncio
import statistics
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from trials.bench.figures import Figure
from trials.chaos.callers import Callers
from trials.chaos.run import Run
from trials.chaos.scenarios import prepare_both
from trials.chaos.stage import Stage, open_stage
from trials.service import Service

_ALLOWED = 5.0  # seconds
_SOAKS = 60  # seconds: the operation is met in the middle of it
_DOWN = 15.0  # seconds until the killed process is started again: longer than a takeover takes
_PATIENCE = 60.0  # seconds


async def measure(folder: Path, *, rounds: int) -> list[Figure]:
    """Kill the process that executes an operation `rounds` times; the worst may take five seconds."""
    async with open_stage(folder) as stage:
        first = Callers([stage.replicas["first"].address], stage.token)
        took = [await _taken_over(replace(stage, callers=first), number) for number in range(rounds)]
        await first.close()
    name = "from kill -9 to the operation going on in another process"
    worst, median = max(took), statistics.median(took)
    return [
        Figure(
            name=f"{name}: worst of {rounds} / 5 s",
            ratio=worst / _ALLOWED,
            limit=1.0,
            seconds=worst,
            against=_ALLOWED,
        ),
        Figure(name=f"{name}: median / 5 s", ratio=median / _ALLOWED, limit=None, seconds=median, against=_ALLOWED),
    ]


async def _taken_over(stage: Stage, number: int) -> float:
    """Seconds, for an operation that the first replica has begun and that soaks."""
    run = Run(name=f"taken-over-{number}", stage=stage)
    await prepare_both(run)
    operation = await run.deploy("1.1.0", rings=[{"size": 1, "soak_seconds": _SOAKS}, {"remaining": True}])
    await run.until(operation, lambda found: found["rings"]["rings"][0]["soak_began_at"] is not None)
    killed = time.time()
    down = asyncio.create_task(stage.replicas["first"].kill(down_for=_DOWN))
    second = Service(stage.replicas["second"].address, stage.token)
    async with asyncio.timeout(_PATIENCE):
        resumed = await _resumed(second, operation)
    await second.post(f"operations/{operation}/cancel")
    await second.close()
    await down
    await stage.replicas["first"].ready()
    await run.ended(operation)
    return resumed - killed


async def _resumed(service: Service, operation: str) -> float:
    """When the operation went on, as its timeline says, in seconds of this machine's clock."""
    async for event in service.events(operation):
        if event["type"] == "operation.resumed":
            return datetime.fromisoformat(event["at"]).timestamp()
    raise RuntimeError("the measured operation ended before another process took it over")
