"""Errors become RFC 9457 problem documents here, and nowhere else.

A `StagecoachError` carries what a user may know. Malformed input is a 422 that names each member and never repeats a
value, which may be a secret. Any other exception is a 500 without details, with the request id to look it up by.

What a caller sends decides how much is wrong with it, but not how large the answer becomes: lists and texts end.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from api.logs import innermost_frames
from api.schemas.base import Output, PlanProblemRead
from api.schemas.copying import CopyPlanRead
from api.schemas.drift import AcceptancePlanRead
from api.schemas.gates import GateRead
from api.schemas.levels import LevelPlanRead
from api.schemas.problems import PROBLEM_JSON
from api.schemas.promotion_sets import PromotionSetPlanRead
from api.schemas.promotions import PromotionPlanRead, SkewRead
from db.errors import DatabaseUnreachableError
from domain.gates import Gate
from domain.problems import Problem
from services.errors import Category, StagecoachError, TooManyRequestsError
from services.planning.copying.plan import CopyPlan
from services.planning.drift.accepting import AcceptancePlan
from services.planning.images.promotion_plan import PromotionPlan
from services.planning.images.promotion_source import Skew
from services.planning.levels.plan import LevelPlan
from services.planning.sets.plan import SetPlan

_log = structlog.get_logger(__name__)

_MOST_ERRORS = 50  # of malformed members, and of any other list but a plan's
_MOST_PROBLEMS = 1000  # of a plan, over all clusters
_LONGEST_TEXT = 2000  # characters
_LONGEST_FIELD = 200  # a path names members as the caller wrote them
_STATUS: Mapping[Category, int] = {
    Category.INVALID: 422,
    Category.NOT_FOUND: 404,
    Category.CONFLICT: 409,
    Category.FORBIDDEN: 403,
    Category.UNAUTHENTICATED: 401,
    Category.TOO_LARGE: 413,
    Category.TOO_SLOW: 408,
    Category.TOO_MANY: 429,
    Category.UPSTREAM: 424,
    Category.UNAVAILABLE: 503,
}
# How the contract shows what errors carry: a plan looks in a problem document as it does in a preview.
_SCHEMAS: Mapping[type, type[Output]] = {
    CopyPlan: CopyPlanRead,
    PromotionPlan: PromotionPlanRead,
    AcceptancePlan: AcceptancePlanRead,
    SetPlan: PromotionSetPlanRead,
    LevelPlan: LevelPlanRead,
    Problem: PlanProblemRead,
    Skew: SkewRead,
    Gate: GateRead,
}


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""
    app.add_exception_handler(StagecoachError, _known)
    app.add_exception_handler(DatabaseUnreachableError, _database_away)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)


def problem(
    *, status: int, code: str, title: str, detail: str, request_id: str, members: Mapping[str, Any] | None = None
) -> Response:
    """A problem document as a response; `members` are those beyond the members of every problem."""
    body = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": _shortened(detail, _LONGEST_TEXT),
        "code": code,
        "request_id": request_id,
    }
    headers = {"WWW-Authenticate": 'Bearer realm="stagecoach"'} if status == 401 else None
    content = orjson.dumps({**(members or {}), **body})
    return Response(content, status_code=status, media_type=PROBLEM_JSON, headers=headers)


def unforeseen(error: Exception, request_id: str) -> Response:
    """A 500 without details. The log gets the frames but not the exception's text, which may quote a secret."""
    _log.error("unforeseen error", error=type(error).__qualname__, at=innermost_frames(error))
    return problem(
        status=500,
        code="internal-error",
        title="Internal error",
        detail=f"The service's log has the cause under the request id {request_id}.",
        request_id=request_id,
    )


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, StagecoachError)
    await _note_refusal(request, error)
    answer = problem(
        status=_STATUS[error.category],
        code=error.code,
        title=error.title,
        detail=error.detail,
        request_id=_request_id(request),
        members={name: _capped(_as_json(value)) for name, value in error.members().items()},
    )
    if isinstance(error, TooManyRequestsError):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    return answer


async def _note_refusal(request: Request, error: StagecoachError) -> None:
    """A read that conflicts changes nothing, so it is no entry."""
    caller, route = getattr(request.state, "caller", None), request.scope.get("route")
    if caller is None or route is None or (error.category is Category.CONFLICT and request.method == "GET"):
        return
    await request.state.container.refusals.note(caller, route.operation_id, request.path_params, error)


async def _database_away(request: Request, error: Exception) -> Response:
    _log.warning("the database does not answer", error=type(error.__cause__).__qualname__)
    return problem(
        status=503,
        code="database-away",
        title="Database unavailable",
        detail="The database does not answer. Try again; a request that starts an operation is safe to repeat with its "
        "Idempotency-Key.",
        request_id=_request_id(request),
    )


def _as_json(value: object) -> object:
    """A member of a problem document as JSON."""
    if isinstance(value, tuple):
        return [_as_json(item) for item in value]
    schema = _SCHEMAS.get(type(value))
    return value if schema is None else schema.model_validate(value).model_dump(mode="json")


def _capped(value: object) -> object:
    """Lists of plain JSON end at some length; a plan's problems (which are few words of many objects) later."""
    if not isinstance(value, list):
        return _shortened(value, _LONGEST_TEXT) if isinstance(value, str) else value
    return value[: _MOST_PROBLEMS if value and isinstance(value[0], dict) and "severity" in value[0] else _MOST_ERRORS]


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [
        {
            "field": _shortened(_path(each["loc"]), _LONGEST_FIELD),
            "code": each["type"],
            "message": _shortened(_message(each), _LONGEST_TEXT),
        }
        for each in error.errors()[:_MOST_ERRORS]
    ]
    return problem(
        status=422,
        code="invalid-request",
        title="The request is not valid",
        detail=f"{fields[0]['field']}: {fields[0]['message']}." if fields else "The request is not valid.",
        request_id=_request_id(request),
        members={"errors": fields, **({"field": fields[0]["field"]} if fields else {})},
    )


def _message(error: Mapping[str, Any]) -> str:
    """Pydantic's message, except for those that repeat the input."""
    match error["type"]:
        case "json_invalid":
            return "The body is not JSON"
        case "union_tag_invalid":
            return f"'{error['ctx']['discriminator'].strip(chr(39))}' must be one of {error['ctx']['expected_tags']}"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")


_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_OF_FILES = ("GET", "HEAD")


def _path(location: Sequence[int | str]) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, StagecoachError):  # FastAPI wraps whatever the reading of a body raises
        return await _known(request, error.__cause__)
    # FastAPI answers a body that it cannot decode with 400; to a client that is malformed input like any other.
    status = 422 if error.status_code == 400 else error.status_code
    allowed = _methods(request) if status in {404, 405} else []
    if allowed and request.method not in allowed:
        status = 405  # where the console is mounted, its 404 comes after the router's 405
    phrase = HTTPStatus(status).phrase
    details = {
        404: "The path does not exist.",
        405: "The path does not support this method; the header Allow lists those that it supports.",
    }
    response = problem(
        status=status,
        code="invalid-request" if status == 422 else phrase.lower().replace(" ", "-"),
        title="The request is not valid" if status == 422 else phrase,
        detail=details.get(status, "The request cannot be read."),
        request_id=_request_id(request),
    )
    response.headers.update(error.headers or {})
    if status == 405:
        response.headers["Allow"] = ", ".join(allowed or _OF_FILES)
    return response


def _methods(request: Request) -> list[str]:
    """All methods of the path: the router's own `Allow` names only those of the first matching route.

    The console's mount is left out: it matches every path and method.
    """
    routes = [route for route in request.app.router.routes if not isinstance(route, Mount)]
    scope = {**request.scope, "root_path": request.scope.get("app_root_path", request.scope.get("root_path", ""))}
    return [
        method
        for method in _METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]
