"""What clusters of an application's environments missed while they did not answer."""

from api.authentication import Viewer
from api.dependencies import ApplicationPath, CatchingUpDep
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.catching_up import CatchUpList, CatchUpRead

router = guarded_router(tags=["operations"])


@router.get(
    "/applications/{application}/catch-ups",
    operation_id="listCatchUps",
    summary="List the operations that clusters of an application missed, by environment",
    description="A cluster that did not answer during an operation gets it when it answers again, by a retry on it "
    "alone, unless something is in the way. Empty where no cluster missed anything.",
    responses=problems(404),
)
async def list_catch_ups(actor: Viewer, application: ApplicationPath, catching_up: CatchingUpDep) -> CatchUpList:
    return CatchUpList(items=[CatchUpRead.of(each) for each in await catching_up.of(application, actor=actor)])
