"""The errors of the API server: each is a Status with a code, a reason and its causes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One field that is wrong; `field` is a path such as `spec.ports[0].port`."""

    reason: str
    message: str
    field: str | None = None

    def as_json(self) -> dict[str, Any]:
        cause = {"reason": self.reason, "message": self.message}
        return cause if self.field is None else cause | {"field": self.field}


_ALWAYS_DETAILED = frozenset({"NotFound", "MethodNotAllowed", "UnsupportedMediaType", "Invalid"})
"""Reasons whose Status has `details` even when there are none to tell."""


class StatusError(Exception):
    """A request is refused; `as_json` is the Status to answer with."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        name: str = "",
        group: str = "",
        kind: str = "",
        uid: str = "",
        causes: Iterable[Cause] = (),
        retry_after: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = tuple(causes)
        self._details: dict[str, Any] = {
            k: v for k, v in (("name", name), ("group", group), ("kind", kind), ("uid", uid)) if v
        }
        self.retry_after = retry_after

    def as_json(self) -> dict[str, Any]:
        """A `v1` Status, its members in the order in which a real server writes them."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        details = dict(self._details)
        if self.causes:
            details["causes"] = [cause.as_json() for cause in self.causes]
        if self.retry_after:
            details["retryAfterSeconds"] = self.retry_after
        if details or self.reason in _ALWAYS_DETAILED:
            status["details"] = details
        return status | {"code": self.code}


def not_found(resource: str, name: str, *, group: str = "") -> StatusError:
    qualified = f"{resource}.{group}" if group else resource
    return StatusError(404, "NotFound", f'{qualified} "{name}" not found', name=name, group=group, kind=resource)


def already_exists(resource: str, name: str, *, group: str = "") -> StatusError:
    qualified = f"{resource}.{group}" if group else resource
    return StatusError(
        409, "AlreadyExists", f'{qualified} "{name}" already exists', name=name, group=group, kind=resource
    )


def modified(resource: str, name: str, *, group: str = "") -> StatusError:
    """An optimistic write lost: the resourceVersion it names is not the current one."""
    qualified = f"{resource}.{group}" if group else resource
    return StatusError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {qualified} "{name}": the object has been modified; '
        "please apply your changes to the latest version and try again",
        name=name,
        group=group,
        kind=resource,
    )


def bad_request(message: str) -> StatusError:
    return StatusError(400, "BadRequest", message)
