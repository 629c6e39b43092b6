"""Holds, and the emergency stop: list, set, lift. What is closed for an application."""

from fastapi import Response

from api.authentication import Maintainer, Viewer
from api.dependencies import ApplicationPath, ClosedGatesDep, HoldingDep, IdPath, StoppingDep
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.gates import (
    ClosedGateList,
    ClosedGateRead,
    EnvironmentGatesRead,
    HoldCreate,
    HoldList,
    HoldRead,
    StopCreate,
    StopList,
    StopRead,
)

router = guarded_router(tags=["gates"])


@router.get(
    "/applications/{application}/gates",
    operation_id="listClosedGates",
    summary="List the gates that are closed for an application, by environment",
    description="What previews say of a plan, before one is made: which kinds of operations cannot be started now.",
    responses=problems(404),
)
async def list_closed_gates(actor: Viewer, application: ApplicationPath, gates: ClosedGatesDep) -> ClosedGateList:
    found = await gates.of(application, actor=actor)
    return ClosedGateList(
        items=[
            EnvironmentGatesRead(environment=each.environment, gates=[ClosedGateRead.of(gate) for gate in each.gates])
            for each in found
        ]
    )


@router.get("/holds", operation_id="listHolds", summary="List holds, the newest first", responses=problems())
async def list_holds(actor: Viewer, holding: HoldingDep) -> HoldList:
    return HoldList(items=[HoldRead.of(each) for each in await holding.list(actor)])


@router.post(
    "/holds",
    operation_id="createHold",
    summary="Hold an environment, or an application in it",
    description="Automation leaves the place alone until the hold is lifted or ends; people go on. A person who "
    "requests a roll-back sets one; deploying the newest images lifts that again.",
    status_code=201,
    responses=problems(404, 413),
)
async def create_hold(actor: Maintainer, body: HoldCreate, holding: HoldingDep, response: Response) -> HoldRead:
    added = await holding.add(
        environment=body.environment, application=body.application, reason=body.reason, until=body.until, actor=actor
    )
    response.headers["Location"] = f"/api/v1/holds/{added.hold.id}"
    return HoldRead.of(added)


@router.delete(
    "/holds/{hold}", operation_id="liftHold", summary="Lift a hold", status_code=204, responses=problems(404)
)
async def lift_hold(actor: Maintainer, hold: IdPath, holding: HoldingDep) -> None:
    await holding.lift(hold, actor=actor)


@router.get("/stops", operation_id="listStops", summary="List stops, the newest first", responses=problems())
async def list_stops(actor: Viewer, stopping: StoppingDep) -> StopList:
    return StopList(items=[StopRead.of(each) for each in await stopping.list(actor)])


@router.post(
    "/stops",
    operation_id="createStop",
    summary="Stop all writes to clusters",
    description="Takes effect within a second, on every replica and in the middle of operations: they pause before "
    "their next write. What is read goes on. One environment takes the right to maintain all applications there; one "
    "cluster, or everything, an administrator.",
    status_code=201,
    responses=problems(404, 413),
)
async def create_stop(actor: Maintainer, body: StopCreate, stopping: StoppingDep, response: Response) -> StopRead:
    added = await stopping.add(environment=body.environment, cluster=body.cluster, reason=body.reason, actor=actor)
    response.headers["Location"] = f"/api/v1/stops/{added.stop.id}"
    return StopRead.of(added)


@router.delete(
    "/stops/{stop}",
    operation_id="liftStop",
    summary="Lift a stop",
    description="Operations that it has paused wait for a person, who continues, undoes or cancels them.",
    status_code=204,
    responses=problems(404),
)
async def lift_stop(actor: Maintainer, stop: IdPath, stopping: StoppingDep) -> None:
    await stopping.lift(stop, actor=actor)
