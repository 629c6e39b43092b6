"""Hooks: Jobs from a template that run before a change and after it, as strategies and operations keep them.

A template names its images outright, or as placeholders that get the new image: `services.planning.rings.job_template`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from domain.resources import Manifest
from domain.stored.versions import check_version

MAX_HOOKS = 10
MAX_TEMPLATE_BYTES = 64 * 1024
MAX_JOB_SECONDS = 6 * 60 * 60
JOB_SECONDS = 10 * 60
# A part of names and labels of Jobs, whose own names may have 63 characters.
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,28}[a-z0-9])?")


class HookMoment(StrEnum):
    """When a hook runs: before the first change of what it is for, or after the last one has proved itself."""

    BEFORE = "before"
    AFTER = "after"


class JobScope(StrEnum):
    """Where a Job runs: once for the environment, on its first cluster, or on every cluster."""

    ENVIRONMENT = "environment"
    CLUSTER = "cluster"


@dataclass(frozen=True, kw_only=True)
class JobTemplate:
    """A Job as people write it, and for how long it may take (seconds, the pulling of its image included).

    Raises `ValueError` for a template that is too large, or a time out of bounds. What the manifest says is checked by
    `services.planning.rings.job_template`.
    """

    manifest: Manifest
    seconds: int = JOB_SECONDS

    def __post_init__(self) -> None:
        size = len(json.dumps(self.manifest.body, separators=(",", ":")).encode())
        if size > MAX_TEMPLATE_BYTES:
            raise ValueError(f"The Job's template has {size} bytes; at most {MAX_TEMPLATE_BYTES} are allowed.")
        check_bounds("A Job's time", self.seconds, least=1, most=MAX_JOB_SECONDS, unit="seconds")

    def to_json(self) -> dict[str, Any]:
        return {"manifest": self.manifest.body, "seconds": self.seconds}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(manifest=Manifest(dict(stored["manifest"])), seconds=stored["seconds"])


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A Job before or after the change. `name` names it among the hooks and checks of its strategy.

    Raises `ValueError` for a name that cannot be part of a Job's name.
    """

    VERSION: ClassVar[int] = 1

    name: str
    when: HookMoment
    scope: JobScope
    job: JobTemplate

    def __post_init__(self) -> None:
        check_name(self.name)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.VERSION,
            "name": self.name,
            "when": self.when.value,
            "scope": self.scope.value,
            "job": self.job.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="hook", newest=cls.VERSION)
        return cls(
            name=stored["name"],
            when=HookMoment(stored["when"]),
            scope=JobScope(stored["scope"]),
            job=JobTemplate.from_json(stored["job"]),
        )


def check_name(name: str) -> None:
    """Raises `ValueError` unless the name of a hook or check can be a part of a Job's name and of a label."""
    if NAME.fullmatch(name) is None:
        raise ValueError(
            f"'{name[:60]}' cannot name a hook or a check: write 1 to 30 small letters, digits and hyphens, with a "
            "letter or digit first and last."
        )


def check_bounds(what: str, value: float, *, least: float, most: float, unit: str) -> None:
    """Raises `ValueError` where a number is out of its bounds."""
    if not least <= value <= most:
        raise ValueError(f"{what} is {value} {unit}; it may be {least} to {most}.")
