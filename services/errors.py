"""The errors that a user can see, as values that a program can act on and a person can read.

A `StagecoachError` has a stable `code`, a `title` that is the same at every occurrence, and a `detail` that says what
happened, where, and what to do. What else a caller may want to know is a typed attribute, and `members()` says which
attributes enter the problem document. Nothing here knows HTTP: `api.errors` maps the `Category` to a status. A `detail`
carries neither a Secret's value nor text of an API server that may quote one.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import ClassVar


class Category(StrEnum):
    """The class of an error; `api.errors` gives each one its HTTP status."""

    INVALID = "invalid"  # the request is malformed: 422
    NOT_FOUND = "not-found"  # 404
    CONFLICT = "conflict"  # the request is fine, the state does not allow it: 409
    FORBIDDEN = "forbidden"  # 403
    UNAUTHENTICATED = "unauthenticated"  # 401
    TOO_LARGE = "too-large"  # 413
    TOO_SLOW = "too-slow"  # the request did not arrive in time: 408
    TOO_MANY = "too-many"  # 429, see `TooManyRequestsError`
    UPSTREAM = "upstream"  # a cluster or registry failed: 424
    UNAVAILABLE = "unavailable"  # Stagecoach itself cannot answer now: 503


class StagecoachError(Exception):
    """The root of all errors that a user can see."""

    code: ClassVar[str]
    title: ClassVar[str]
    category: ClassVar[Category]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def members(self) -> Mapping[str, object]:
        """The problem document's members beyond those of every problem, by name.

        Values are plain JSON, or plans and their parts, which `api.errors` renders as the contract does.
        """
        return {}


class NotFoundError(StagecoachError):
    """No `what` (as "cluster") has the name `name`."""

    code = "not-found"
    title = "Not found"
    category = Category.NOT_FOUND

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"There is no {what} named '{name}'.")
        self.what = what
        self.name = name

    def members(self) -> Mapping[str, object]:
        return {"what": self.what, "name": self.name}


class InvalidRequestError(StagecoachError):
    """The request is malformed; `field` is the JSON path of the member that is wrong, None where it is not one."""

    code = "invalid-request"
    title = "The request is not valid"
    category = Category.INVALID

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.field = field

    def members(self) -> Mapping[str, object]:
        return {"field": self.field} if self.field else {}


class NameTakenError(StagecoachError):
    """Another `what` has the name `name` already."""

    code = "name-taken"
    title = "The name is taken"
    category = Category.CONFLICT

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"There is already {'an' if what[0] in 'aeiou' else 'a'} {what} named '{name}'.")
        self.what = what
        self.name = name

    def members(self) -> Mapping[str, object]:
        return {"what": self.what, "name": self.name}


class InUseError(StagecoachError):
    """Something cannot be deleted because `users`, as "environment Production", still use it.

    `way_out` is what to do, where it is not to remove it there.
    """

    code = "in-use"
    title = "Still in use"
    category = Category.CONFLICT

    def __init__(self, what: str, name: str, users: Sequence[str], *, way_out: str | None = None) -> None:
        super().__init__(f"The {what} '{name}' is used by {', '.join(users)}. {way_out or _way_out(users)}")
        self.what = what
        self.name = name
        self.users = tuple(users)

    def members(self) -> Mapping[str, object]:
        return {"what": self.what, "name": self.name, "used_by": list(self.users)}


def _way_out(users: Sequence[str]) -> str:
    if all(user.startswith("operation ") for user in users):
        return "Wait until that has ended, or cancel it."
    return "Remove it there first."


class UnauthenticatedError(StagecoachError):
    """The request proves no identity."""

    code = "unauthenticated"
    title = "Authentication required"
    category = Category.UNAUTHENTICATED


class ForbiddenError(StagecoachError):
    """The caller's role does not allow the request."""

    code = "forbidden"
    title = "Not allowed"
    category = Category.FORBIDDEN


class TooManyRequestsError(StagecoachError):
    """The caller exceeded a rate limit; the same request is admitted after `retry_after_seconds`."""

    code = "too-many-requests"
    title = "Too many requests"
    category = Category.TOO_MANY

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds

    def members(self) -> Mapping[str, object]:
        return {"retry_after_seconds": self.retry_after_seconds}


class OtherOperationError(StagecoachError):
    """Refused because of another operation, which `operation` names."""

    category = Category.CONFLICT

    def __init__(self, detail: str, *, operation: str | None) -> None:
        super().__init__(detail)
        self.operation = operation

    def members(self) -> Mapping[str, object]:
        return {"operation": self.operation} if self.operation else {}


class OperationUnderwayError(OtherOperationError):
    """An app environment takes one operation at a time.

    `operation` is the id of the one under way, None where it ended before it could be read.
    """

    code = "operation-underway"
    title = "Another operation is under way"


class DeployModeAutoError(StagecoachError):
    """Nothing can be promoted into `environment`, because it deploys pushed images automatically."""

    code = "deploy-mode-auto"
    title = "The target deploys automatically"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, environment: str) -> None:
        super().__init__(detail)
        self.environment = environment

    def members(self) -> Mapping[str, object]:
        return {"environment": self.environment}


class NotConfiguredError(StagecoachError):
    """The application is not configured in `environment`."""

    code = "not-configured"
    title = "The application is not configured here"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, environment: str) -> None:
        super().__init__(detail)
        self.environment = environment

    def members(self) -> Mapping[str, object]:
        return {"environment": self.environment}


class AlreadyConfiguredError(StagecoachError):
    """The application is configured in the environment already, in `namespace`."""

    code = "already-configured"
    title = "The application is configured here already"
    category = Category.CONFLICT

    def __init__(self, detail: str, *, namespace: str | None = None) -> None:
        super().__init__(detail)
        self.namespace = namespace

    def members(self) -> Mapping[str, object]:
        return {"namespace": self.namespace} if self.namespace else {}


class IdempotencyMismatchError(OtherOperationError):
    """The caller used the idempotency key for another request, which started `operation`."""

    code = "idempotency-mismatch"
    title = "The idempotency key was used for another request"


class NamespaceNotGivenError(StagecoachError):
    """The application may not use `namespace` in `environment`: no administrator has given it."""

    code = "namespace-not-given"
    title = "The namespace is not given to the application"
    category = Category.FORBIDDEN

    def __init__(self, *, application: str, environment: str, namespace: str) -> None:
        super().__init__(
            f"Namespace '{namespace}' is not given to '{application}' in '{environment}'. An administrator can give "
            f"it, in the settings of '{environment}'."
        )
        self.environment = environment
        self.namespace = namespace

    def members(self) -> Mapping[str, object]:
        return {"environment": self.environment, "namespace": self.namespace}
