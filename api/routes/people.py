"""People whom OpenID providers have signed in, for administrators: list, end sessions, disable."""

from api.authentication import Admin
from api.dependencies import IdPath, SessionsDep
from api.guarded_route import guarded_router
from api.pagination import Page, PagingDep, answered
from api.responses import problems
from api.schemas.people import PersonPage, PersonRead, SessionList
from db.people import PersonRecord

router = guarded_router(prefix="/people", tags=["access"])


@router.get(
    "",
    operation_id="listPeople",
    summary="List people who have signed in, the newest first",
    response_model=PersonPage,
    responses=problems(),
)
async def list_people(grant: Admin, sessions: SessionsDep, paging: PagingDep) -> Page[PersonRecord]:
    return answered(await sessions.people(grant, after=paging.after, limit=paging.limit))


@router.get(
    "/{person}", operation_id="getPerson", summary="Get a person", response_model=PersonRead, responses=problems(404)
)
async def get_person(grant: Admin, person: IdPath, sessions: SessionsDep) -> PersonRecord:
    return await sessions.person(grant, person)


@router.get(
    "/{person}/sessions",
    operation_id="listSessionsOfPerson",
    summary="List a person's sessions, the newest first",
    responses=problems(404),
)
async def list_sessions_of_person(grant: Admin, person: IdPath, sessions: SessionsDep) -> SessionList:
    return SessionList.of(await sessions.of_person(grant, person), present=grant.actor.session_id)


@router.delete(
    "/{person}/sessions",
    operation_id="endSessionsOfPerson",
    summary="End all sessions of a person",
    description="The person may sign in again, which renews the groups.",
    status_code=204,
    responses=problems(404),
)
async def end_sessions_of_person(grant: Admin, person: IdPath, sessions: SessionsDep) -> None:
    await sessions.end_of_person(grant, person)


@router.post(
    "/{person}/disable",
    operation_id="disablePerson",
    summary="Disable a person: all sessions end, and signing in is refused",
    response_model=PersonRead,
    responses=problems(404),
)
async def disable_person(grant: Admin, person: IdPath, sessions: SessionsDep) -> PersonRecord:
    return await sessions.set_disabled(grant, person, disabled=True)


@router.post(
    "/{person}/enable",
    operation_id="enablePerson",
    summary="Enable a person who was disabled",
    response_model=PersonRead,
    responses=problems(404),
)
async def enable_person(grant: Admin, person: IdPath, sessions: SessionsDep) -> PersonRecord:
    return await sessions.set_disabled(grant, person, disabled=False)
