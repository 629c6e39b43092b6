"""The workflow of an operation: its waves as steps.

All kinds of operations have one workflow, so that one order of steps has to stay replayable. What differs is what a
kind does to a cluster, which its worker decides. The branches depend only on the results of steps, which dbos records,
so a replay takes the same branches. Steps never run concurrently (see services.engine.runtime).
"""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar

from services.engine.set_steps import SetSteps
from services.engine.steps import Steps

P = ParamSpec("P")
R = TypeVar("R")


class StepRunner(Protocol):
    """Runs a step and records its result (services.engine.runtime.Runtime); tests run steps without recording."""

    async def step(self, name: str, call: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of `call`, or its recorded result where the step ran before."""


# dbos records each step of a running operation under its name and refuses to replay one that has another name by now
# (DBOSUnexpectedStepError). So these names stay as the first release gave them, "act" for applying among them.
_APPLY = "act"
_WATCH = "watch"
_UNDO = "undo"
_PROVE = "prove"
_CONCLUDE = "conclude"
_OUTLINE = "outline"  # these two of sets alone
_ADMIT = "admit"


async def execute(runner: StepRunner, steps: Steps, operation_id: str, waves: int) -> None:
    """Execute an operation of so many waves, from wherever its recorded steps end."""
    for wave in range(waves):
        state = await runner.step(_APPLY, steps.apply, operation_id, wave)
        if state["watching"]:
            state = await runner.step(_WATCH, steps.watch, operation_id, wave)
        if state["undoing"]:
            state = await runner.step(_UNDO, steps.undo, operation_id, wave)
        # Only where the strategy has a soak, checks or hooks: the states that the former release recorded say nothing.
        if state.get("proving"):
            state = await runner.step(_PROVE, steps.prove, operation_id, wave)
            if state["undoing"]:
                state = await runner.step(_UNDO, steps.undo, operation_id, wave)
        if not state["go_on"]:
            break
    await runner.step(_CONCLUDE, steps.conclude, operation_id)


async def execute_set(runner: StepRunner, steps: SetSteps, set_id: str) -> None:
    """Execute a promotion set, ring by ring and in each ring stage by stage, from wherever its recorded steps end."""
    outline = await runner.step(_OUTLINE, steps.outline, set_id)
    for wave in range(outline["waves"]):
        state = await runner.step(_ADMIT, steps.admit, set_id, wave)
        stage = 0
        while state["go_on"] and stage < outline["stages"]:
            state = await _stage(runner, steps, set_id, wave, stage)
            stage += 1
        if state.get("proving"):
            state = await runner.step(_PROVE, steps.prove, set_id, wave)
        if state["undoing"]:
            state = await runner.step(_UNDO, steps.undo, set_id, wave, outline["stages"] - 1)
        if not state["go_on"]:
            break
    await runner.step(_CONCLUDE, steps.conclude, set_id)


async def _stage(runner: StepRunner, steps: SetSteps, set_id: str, wave: int, stage: int) -> dict[str, bool]:
    state = await runner.step(_APPLY, steps.apply, set_id, wave, stage)
    if state["watching"]:
        state = await runner.step(_WATCH, steps.watch, set_id, wave, stage)
    if state["undoing"]:
        state = await runner.step(_UNDO, steps.undo, set_id, wave, stage)
    return state
