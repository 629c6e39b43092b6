"""The problems that a route can answer with, as the contract lists them.

They name the schema and give no `model`: for each model of each route, FastAPI would build a validator at start-up,
which nothing uses. `api.openapi` adds the schemas.
"""

from typing import Any

from api.schemas.problems import (
    PROBLEM_JSON,
    AcceptanceProblem,
    CopyProblem,
    LevelProblem,
    Problem,
    PromotionProblem,
    PromotionSetProblem,
)

_MEANINGS = {
    400: "The logout token was refused.",
    401: "No valid token or session.",
    403: "The caller's role does not allow it, or a session's write lacks its CSRF token.",
    404: "A resource that the request names does not exist.",
    409: "The current state does not allow it; `code` says why.",
    408: "The request body did not arrive in time.",
    413: "The request body is too large.",
    422: "The request is malformed.",
    429: "Too many requests; `Retry-After` says when to repeat it.",
    500: "An unexpected error of the service.",
    424: "A cluster or registry failed; `code` says how.",
    503: "The service is unavailable now.",
}
ALWAYS = (401, 403, 408, 422, 429, 500, 503)
SCHEMAS = (Problem, CopyProblem, PromotionProblem, PromotionSetProblem, LevelProblem, AcceptanceProblem)
"""Every schema that `problems` may name."""


def problems(*statuses: int, conflict: type[Problem] = Problem) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these statuses and those that every route has."""
    return {
        status: _response(status, conflict if status == 409 else Problem) for status in sorted({*ALWAYS, *statuses})
    }


def open_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The same for a route that needs no role."""
    return {status: _response(status, Problem) for status in sorted({408, 422, 500, 503, *statuses})}


def _response(status: int, schema: type[Problem]) -> dict[str, Any]:
    content = {PROBLEM_JSON: {"schema": {"$ref": f"#/components/schemas/{schema.__name__}"}}}
    return {"description": _MEANINGS[status], "content": content}
