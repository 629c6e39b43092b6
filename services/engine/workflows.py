"""The workflow of an operation: waves as steps.

One shape for all kinds. They differ in what is done to a cluster, which is their worker's; waves, watching, undoing and
concluding are the same for all, and one shape is one thing to keep replayable. The branches depend on nothing but what
steps gave, which is recorded, so a replay takes the same ones. Steps never run side by side (docs of the runtime).
"""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar

from services.engine.steps import Steps

P = ParamSpec("P")
R = TypeVar("R")


class StepRunner(Protocol):
    """Runs a step and keeps what it gave (services.engine.runtime.Runtime); tests run steps as they come."""

    async def step(self, name: str, call: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """What `call` gives, or gave before."""


async def carry_out(runner: StepRunner, steps: Steps, operation_id: str, waves: int) -> None:
    for wave in range(waves):
        state = await runner.step("act", steps.apply, operation_id, wave)
        if state["watching"]:
            state = await runner.step("watch", steps.watch, operation_id, wave)
        if state["undoing"]:
            state = await runner.step("undo", steps.undo, operation_id, wave)
        if not state["go_on"]:
            break
    await runner.step("conclude", steps.conclude, operation_id)
