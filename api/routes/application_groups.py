"""Named groups of applications."""

from typing import Annotated

from fastapi import Path

from api.authentication import Maintainer, Viewer
from api.dependencies import ApplicationGroupsDep
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.base import NAME_PATTERN
from api.schemas.promotion_sets import ApplicationGroupInput, ApplicationGroupList, ApplicationGroupRead
from db.records.promotion_sets import ApplicationGroupRecord

router = guarded_router(prefix="/application-groups", tags=["promotions"])

GroupPath = Annotated[
    str, Path(pattern=NAME_PATTERN, max_length=63, description="The name of the group; case does not matter.")
]


@router.get("", operation_id="listApplicationGroups", summary="List groups of applications", responses=problems())
async def list_application_groups(actor: Viewer, groups: ApplicationGroupsDep) -> ApplicationGroupList:
    return ApplicationGroupList(items=[_read(each) for each in await groups.list(actor=actor)])


@router.put(
    "/{group}",
    operation_id="setApplicationGroup",
    summary="Make a group of these applications",
    description="Takes the right to maintain all of them in every environment, and all that the group has now.",
    responses=problems(404, 413),
)
async def set_application_group(
    actor: Maintainer, group: GroupPath, body: ApplicationGroupInput, groups: ApplicationGroupsDep
) -> ApplicationGroupRead:
    return _read(await groups.put(group, body.applications, actor=actor))


@router.delete(
    "/{group}",
    operation_id="deleteApplicationGroup",
    summary="Delete a group",
    description="Its applications stay.",
    status_code=204,
    responses=problems(404),
)
async def delete_application_group(actor: Maintainer, group: GroupPath, groups: ApplicationGroupsDep) -> None:
    await groups.remove(group, actor=actor)


def _read(group: ApplicationGroupRecord) -> ApplicationGroupRead:
    return ApplicationGroupRead(name=group.name, applications=[each.name for each in group.applications])
