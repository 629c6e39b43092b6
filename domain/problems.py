"""Problems of a plan: what prevents its execution, and what a person should know. Stored and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from domain.resources import ResourceId

CHANGED_MEANWHILE = "changed-meanwhile"
"""The code of an object that another writer changed between the plan and the write."""


class Severity(StrEnum):
    """A problem that `blocks` prevents execution; one that `warns` does not."""

    BLOCKS = "blocks"
    WARNS = "warns"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One problem: where it is, what it is, and what to do. `code` is stable, `detail` is for people.

    `cluster` and `resource` are None where it concerns all of them; `field` is a path into the resource, or the name
    of a container. `consent` is the one that lifts it, None where none does. `tool` is the one that delivers what the
    problem is about, as `Helm`; None where it is about no such ownership.
    """

    code: str
    severity: Severity
    detail: str
    cluster: str | None = None
    resource: ResourceId | None = None
    field: str | None = None
    consent: str | None = None
    tool: str | None = None

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKS

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "detail": self.detail,
            "cluster": self.cluster,
            "resource": self.resource.to_json() if self.resource else None,
            "field": self.field,
            **({"consent": self.consent} if self.consent is not None else {}),
            **({"tool": self.tool} if self.tool is not None else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `KeyError` and `ValueError` for what `to_json` did not write."""
        return cls(
            code=stored["code"],
            severity=Severity(stored["severity"]),
            detail=stored["detail"],
            cluster=stored.get("cluster"),
            resource=_resource(stored["resource"]),
            field=stored["field"],
            consent=stored.get("consent"),
            tool=stored.get("tool"),
        )


def _resource(stored: Mapping[str, Any] | str | None) -> ResourceId | None:
    if isinstance(stored, str):  # the first releases wrote `apps/v1/Deployment/web`, and no cluster
        return ResourceId.parse(stored)
    return ResourceId.from_json(stored) if stored is not None else None
