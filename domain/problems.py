"""Problems of a plan: what prevents its execution, and what a person should know. Stored and shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from domain.resources import ResourceId

CHANGED_MEANWHILE = "changed-meanwhile"
"""The code of an object that another writer changed between the plan and the write."""


class Severity(StrEnum):
    """A problem that `blocks` prevents execution; one that `warns` does not; one that `tells` asks for nothing."""

    BLOCKS = "blocks"
    WARNS = "warns"
    TELLS = "tells"


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What one click, or one request, does about a problem: the plan is asked for again with more in its request.

    `title` is what a button says, as `Bring 3 keys`. `request` are the members to add to the request of the plan: a
    list is appended to the list that is there, anything else takes its place. It holds no Secret's value.
    """

    code: str
    title: str
    request: Mapping[str, Any] = field(hash=False)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "title": self.title, "request": dict(self.request)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(code=stored["code"], title=stored["title"], request=stored["request"])


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem: where it is, what it is, and what to do. `code` is stable, `detail` is for people.

    `cluster` and `resource` are None where it concerns all of them; `field` is a path into the resource, or the name
    of a container. `consent` is the one that lifts it, None where none does. `tool` is the one that delivers what the
    problem is about, as `Helm`; None where it is about no such ownership. `remedy` is None where there is none that one
    request makes.
    """

    code: str
    severity: Severity
    detail: str
    cluster: str | None = None
    resource: ResourceId | None = None
    field: str | None = None
    consent: str | None = None
    tool: str | None = None
    remedy: Remedy | None = None

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKS

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            # A process of the former release knows no severity but these two, and reads this one as the milder.
            "severity": (Severity.WARNS if self.severity is Severity.TELLS else self.severity).value,
            "detail": self.detail,
            "cluster": self.cluster,
            "resource": self.resource.to_json() if self.resource else None,
            "field": self.field,
            **({"consent": self.consent} if self.consent is not None else {}),
            **({"tool": self.tool} if self.tool is not None else {}),
            **({"tells": True} if self.severity is Severity.TELLS else {}),
            **({"remedy": self.remedy.to_json()} if self.remedy is not None else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `KeyError` and `ValueError` for what `to_json` did not write."""
        return cls(
            code=stored["code"],
            severity=Severity.TELLS if stored.get("tells") else Severity(stored["severity"]),
            detail=stored["detail"],
            cluster=stored.get("cluster"),
            resource=_resource(stored["resource"]),
            field=stored["field"],
            consent=stored.get("consent"),
            tool=stored.get("tool"),
            remedy=Remedy.from_json(remedy) if (remedy := stored.get("remedy")) is not None else None,
        )


def _resource(stored: Mapping[str, Any] | str | None) -> ResourceId | None:
    if isinstance(stored, str):  # the first releases wrote `apps/v1/Deployment/web`, and no cluster
        return ResourceId.parse(stored)
    return ResourceId.from_json(stored) if stored is not None else None
