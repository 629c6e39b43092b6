"""The workflow of an operation: waves as steps.

One shape for all kinds. They differ in what is done to a cluster, which is their worker's; waves, watching, undoing and
concluding are the same for all, and one shape is one thing to keep replayable. The branches depend on nothing but what
steps gave, which is recorded, so a replay takes the same ones. Steps never run side by side (docs of the runtime).
"""

from services.engine.runtime import Runtime
from services.engine.steps import Steps


async def carry_out(runtime: Runtime, steps: Steps, operation_id: str, waves: int) -> None:
    for wave in range(waves):
        state = await runtime.step("act", steps.act, operation_id, wave)
        if state["watching"]:
            state = await runtime.step("watch", steps.watch, operation_id, wave)
        if state["undoing"]:
            state = await runtime.step("undo", steps.undo, operation_id, wave)
        if not state["go_on"]:
            break
    await runtime.step("conclude", steps.conclude, operation_id)
