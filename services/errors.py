"""What can go wrong, as values a program can act on and a person can read.

Every error that a user is meant to see is a `StagecoachError`: a stable `code`, a `title` that is the same for every
occurrence, and a `detail` that says what happened, where, and what to do. Nothing here knows HTTP: the edge maps the
`Category` to a status. A `detail` never carries a Secret's value, nor text of an API server that may quote one.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar


class Category(StrEnum):
    """What kind of answer an error is; `api.errors` gives each a status."""

    INVALID = "invalid"  # the request is malformed: 422
    NOT_FOUND = "not-found"  # 404
    CONFLICT = "conflict"  # the request is fine, the state does not allow it: 409
    FORBIDDEN = "forbidden"  # 403
    UNAUTHENTICATED = "unauthenticated"  # 401
    TOO_LARGE = "too-large"  # 413
    TOO_MANY = "too-many"  # 429; `extra.retry_after_seconds` says when to come again
    UPSTREAM = "upstream"  # a cluster or registry did not do its part: 424
    UNAVAILABLE = "unavailable"  # we cannot now: 503


class StagecoachError(Exception):
    """The root of everything a user may be told.

    `extra` holds further members of the problem document (`cluster`, `resource`, `field`, `operation`, `plan`, …):
    plain JSON values only.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    category: ClassVar[Category]

    def __init__(self, detail: str, *, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra: dict[str, Any] = dict(extra or {})


class NotFoundError(StagecoachError):
    """A name that nothing bears."""

    code = "not-found"
    title = "Not found"
    category = Category.NOT_FOUND

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"There is no {what} named '{name}'.", extra={"what": what, "name": name})


class InvalidRequestError(StagecoachError):
    """Input that cannot be meant; `field` is the JSON path of what is wrong with it."""

    code = "invalid-request"
    title = "The request is not valid"
    category = Category.INVALID

    def __init__(self, detail: str, *, field: str | None = None, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail, extra={**(extra or {}), **({"field": field} if field else {})})


class NameTakenError(StagecoachError):
    code = "name-taken"
    title = "The name is taken"
    category = Category.CONFLICT

    def __init__(self, what: str, name: str) -> None:
        super().__init__(
            f"There is already {'an' if what[0] in 'aeiou' else 'a'} {what} named '{name}'.",
            extra={"what": what, "name": name},
        )


class InUseError(StagecoachError):
    """Something cannot be deleted because `users` (names, with what they are) still need it."""

    code = "in-use"
    title = "Still in use"
    category = Category.CONFLICT

    def __init__(self, what: str, name: str, users: list[str]) -> None:
        super().__init__(
            f"The {what} '{name}' is used by {', '.join(users)}. {_way_out(users)}",
            extra={"what": what, "name": name, "used_by": users},
        )


def _way_out(users: list[str]) -> str:
    if all(user.startswith("operation ") for user in users):
        return "Wait until that has ended, or cancel it."
    return "Remove it there first."


class UnauthenticatedError(StagecoachError):
    code = "unauthenticated"
    title = "Who are you?"
    category = Category.UNAUTHENTICATED


class ForbiddenError(StagecoachError):
    code = "forbidden"
    title = "Not allowed"
    category = Category.FORBIDDEN


class OperationUnderwayError(StagecoachError):
    """One operation at a time in an app environment; `extra.operation` is the id of the one under way."""

    code = "operation-underway"
    title = "Another operation is under way"
    category = Category.CONFLICT


class PlanOutdatedError(StagecoachError):
    """Source or target changed since the plan was looked at; `extra.plan` is the plan as it is now."""

    code = "plan-outdated"
    title = "The plan is outdated"
    category = Category.CONFLICT


class DeployModeAutoError(StagecoachError):
    code = "deploy-mode-auto"
    title = "The target deploys by itself"
    category = Category.CONFLICT


class NotConfiguredError(StagecoachError):
    code = "not-configured"
    title = "The application is not configured here"
    category = Category.CONFLICT


class AlreadyConfiguredError(StagecoachError):
    code = "already-configured"
    title = "The application is configured here already"
    category = Category.CONFLICT


class PlanBlockedError(StagecoachError):
    """The plan has problems that forbid to carry it out; `extra.problems` lists all of them, over all clusters."""

    code = "plan-blocked"
    title = "The plan has problems"
    category = Category.CONFLICT


class SkewError(StagecoachError):
    """The source's clusters run different images; `extra.skew` says which. A source cluster must be named."""

    code = "source-skew"
    title = "The source clusters run different images"
    category = Category.CONFLICT


class IdempotencyMismatchError(StagecoachError):
    code = "idempotency-mismatch"
    title = "The idempotency key was used for another request"
    category = Category.CONFLICT
