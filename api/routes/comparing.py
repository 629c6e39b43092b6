"""Comparisons of an application in two places, and the differences that are expected there."""

from typing import Annotated

from fastapi import Header, Query, Response
from fastapi.responses import PlainTextResponse

from api.authentication import Maintainer, Viewer
from api.dependencies import ApplicationPath, ComparingDep, ExpectedDifferencesDep, IdPath
from api.guarded_route import guarded_router
from api.responses import problems
from api.schemas.base import NAME_PATTERN
from api.schemas.comparing import (
    ComparisonFormat,
    ComparisonRead,
    ExpectedDifferenceList,
    ExpectedDifferenceRead,
    ExpectedDifferencesCreate,
)
from services.planning.comparing.text import as_text
from services.reading.comparing import ComparedPlace

router = guarded_router(prefix="/applications/{application}", tags=["comparing"])

_TEXT = "text/plain"


def _name(description: str) -> object:
    return Query(pattern=NAME_PATTERN, description=description)


def _release(side: str) -> object:
    return Query(ge=1, le=2**31 - 1, description=f"A release of the {side} environment, instead of what there is now.")


@router.get(
    "/comparison",
    operation_id="compare",
    summary="Compare an application in two places",
    description="Two environments, two clusters of one, an environment and one of its releases, or two releases. The "
    "clusters themselves are read, all at once; one that cannot be read is said, and the rest is compared. Of Secrets, "
    "only whether values are the same. With `Accept: text/plain` the answer is text, for CI jobs: its first line "
    "begins with `same`, or says how many differences there are.",
    response_model=ComparisonRead,
    responses={**problems(404, 409), 200: {"content": {_TEXT: {"schema": {"type": "string"}}}}},
)
async def compare(
    actor: Viewer,
    application: ApplicationPath,
    comparing: ComparingDep,
    left: Annotated[str, _name("An environment.")],
    right: Annotated[str, _name("The other environment; or the same one, with another cluster or release.")],
    left_cluster: Annotated[str | None, _name("One cluster of the left environment; by default, all.")] = None,
    right_cluster: Annotated[str | None, _name("One cluster of the right environment; by default, all.")] = None,
    left_release: Annotated[int | None, _release("left")] = None,
    right_release: Annotated[int | None, _release("right")] = None,
    format: Annotated[  # noqa: A002 - the name of the parameter
        ComparisonFormat | None, Query(description="By default, what the header `Accept` asks for.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> ComparisonRead | Response:
    found = await comparing.compare(
        application,
        ComparedPlace(environment=left, cluster=left_cluster, release=left_release),
        ComparedPlace(environment=right, cluster=right_cluster, release=right_release),
        actor=actor,
    )
    if format is ComparisonFormat.TEXT or (format is None and accept.strip().lower().startswith(_TEXT)):
        return PlainTextResponse(as_text(found))
    return ComparisonRead.of(found)


@router.get(
    "/expected-differences",
    operation_id="listExpectedDifferences",
    summary="List the differences that are expected",
    responses=problems(404),
)
async def list_expected_differences(
    actor: Viewer, application: ApplicationPath, expected: ExpectedDifferencesDep
) -> ExpectedDifferenceList:
    found = await expected.list(application, actor=actor)
    return ExpectedDifferenceList(items=[ExpectedDifferenceRead.of(each) for each in found])


@router.post(
    "/expected-differences",
    operation_id="markExpectedDifferences",
    summary="Mark fields as expected to differ between two environments",
    description="Comparisons of the two count them apart from then on. Takes the right to maintain the application in "
    "both. Answers with all marks of the pair.",
    status_code=201,
    responses=problems(404, 413),
)
async def mark_expected_differences(
    actor: Maintainer, application: ApplicationPath, body: ExpectedDifferencesCreate, expected: ExpectedDifferencesDep
) -> ExpectedDifferenceList:
    one, other = body.environments
    found = await expected.mark(
        application, (one, other), [each.to_field() for each in body.fields], reason=body.reason, actor=actor
    )
    return ExpectedDifferenceList(items=[ExpectedDifferenceRead.of(each) for each in found])


@router.delete(
    "/expected-differences/{expected_difference}",
    operation_id="unmarkExpectedDifference",
    summary="Take the mark of an expected difference back",
    status_code=204,
    responses=problems(404),
)
async def unmark_expected_difference(
    actor: Maintainer, application: ApplicationPath, expected_difference: IdPath, expected: ExpectedDifferencesDep
) -> None:
    await expected.unmark(application, expected_difference, actor=actor)
