"""Which problems a route can answer with, as its contract lists them."""

from typing import Any

from api.schemas.problems import Problem

_MEANINGS = {
    401: "No valid token or session.",
    403: "The role does not suffice, or a session's write lacks its CSRF token.",
    404: "Something named in the request is not there.",
    409: "The state does not allow it.",
    413: "The body is too long.",
    422: "The request is malformed.",
    429: "Too many of them; `Retry-After` says when to come again.",
    500: "A mistake of the service's own.",
    424: "A cluster did not do its part.",
    503: "The service cannot do it now.",
}
ALWAYS = (401, 403, 422, 500, 503)


def problems(*statuses: int, conflict: type[Problem] = Problem) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these statuses and those that every route may answer with."""
    return {
        status: {"model": conflict if status == 409 else Problem, "description": _MEANINGS[status]}
        for status in sorted({*ALWAYS, *statuses})
    }


def open_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The same for a route that asks for no role."""
    return {
        status: {"model": Problem, "description": _MEANINGS[status]} for status in sorted({422, 500, 503, *statuses})
    }
