"""Errors become RFC 9457 problem documents here, and nowhere else.

A `StagecoachError` says what a user may know. Malformed input is a 422 that names each member, and never repeats a value:
it may be a secret. Whatever else is raised is our mistake: a bland 500, with the request's id to look it up by.
"""

import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from services.planning.copy_plan import CopyPlan
from starlette.exceptions import HTTPException

from api.schemas.base import PlanProblemRead
from api.schemas.copying import CopyPlanRead
from api.schemas.promotions import PromotionPlanRead, SkewRead
from services.errors import Category, StagecoachError

_log = structlog.get_logger(__name__)

PROBLEM_JSON = "application/problem+json"
_STATUS: Mapping[Category, int] = {
    Category.INVALID: 422,
    Category.NOT_FOUND: 404,
    Category.CONFLICT: 409,
    Category.FORBIDDEN: 403,
    Category.UNAUTHENTICATED: 401,
    Category.TOO_LARGE: 413,
    Category.UPSTREAM: 502,
    Category.UNAVAILABLE: 503,
}


def install(app: FastAPI) -> None:
    """Answer all errors of `app` with problem documents."""
    app.add_exception_handler(StagecoachError, _known)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)


def problem(
    *, status: int, code: str, title: str, detail: str, request_id: str, extra: Mapping[str, Any] | None = None
) -> Response:
    """A problem document as a response."""
    body = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }
    headers = {"WWW-Authenticate": 'Bearer realm="stagecoach"'} if status == 401 else None
    content = orjson.dumps({**(extra or {}), **body})
    return Response(content, status_code=status, media_type=PROBLEM_JSON, headers=headers)


def unforeseen(error: Exception, request_id: str) -> Response:
    """The answer to a mistake of ours. The log gets where it happened, but not what it said: that may quote a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    _log.error(
        "unforeseen error",
        error=type(error).__qualname__,
        at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    )
    return problem(
        status=500,
        code="internal-error",
        title="Something went wrong on our side",
        detail=f"The service's log tells more under the request id {request_id}.",
        request_id=request_id,
    )


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, StagecoachError)
    return problem(
        status=_STATUS[error.category],
        code=error.code,
        title=error.title,
        detail=error.detail,
        request_id=_request_id(request),
        extra={name: _plain(name, value) for name, value in error.extra.items()},
    )


def _plain(name: str, value: Any) -> Any:
    """A further member of a problem document as JSON: plans look as in a preview."""
    match name, value:
        case "plan", CopyPlan():
            return CopyPlanRead.model_validate(value).model_dump(mode="json")
        case "plan", _:
            return PromotionPlanRead.model_validate(value).model_dump(mode="json")
        case "problems", _:
            return [PlanProblemRead.model_validate(each).model_dump(mode="json") for each in value]
        case "skew", _:
            return [SkewRead.model_validate(each).model_dump(mode="json") for each in value]
        case _:
            return value


async def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [{"field": _path(each["loc"]), "code": each["type"], "message": _message(each)} for each in error.errors()]
    return problem(
        status=422,
        code="invalid-request",
        title="The request is not valid",
        detail=f"{fields[0]['field']}: {fields[0]['message']}." if fields else "The request is not valid.",
        request_id=_request_id(request),
        extra={"errors": fields, **({"field": fields[0]["field"]} if fields else {})},
    )


def _message(error: Mapping[str, Any]) -> str:
    """Pydantic's own sentence. It repeats no input, except for what our validators and JSON's parser say."""
    if error["type"] == "json_invalid":
        return "The body is not JSON"
    return str(error["msg"]).removeprefix("Value error, ")


def _path(location: Sequence[int | str]) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # FastAPI answers a body that it cannot decode with 400; to a client that is malformed input like any other.
    status = 422 if error.status_code == 400 else error.status_code
    phrase = HTTPStatus(status).phrase
    response = problem(
        status=status,
        code="invalid-request" if status == 422 else phrase.lower().replace(" ", "-"),
        title="The request is not valid" if status == 422 else phrase,
        detail={404: "There is nothing at this address.", 405: "This address does not take this method."}.get(
            status, "The body cannot be read."
        ),
        request_id=_request_id(request),
    )
    response.headers.update(error.headers or {})
    return response
