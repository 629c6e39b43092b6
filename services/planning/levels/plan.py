"""The plan of bringing a cluster level: the plans of all applications side by side, under one digest. Pure.

Each application's plan is that of an import onto this cluster alone, from another one of its environment.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from domain.cluster_api import ClusterFailure
from domain.resources import ResourceId
from services.planning.copying.plan import CopyPlan
from services.planning.plan import digest_of


class LevelState(StrEnum):
    """How a cluster stands with an application."""

    LEVEL = "level"
    LACKING = "lacking"
    BLOCKED = "blocked"  # it lacks something, and a problem of the plan is in the way
    UNKNOWN = "unknown"  # the cluster, or every other one of the environment, could not be read


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A resource that is not copied, why, and the consent that would allow it, if one does."""

    resource: ResourceId
    reason: str
    consent: str | None = None


@dataclass(frozen=True, kw_only=True)
class LevelMember:
    """What bringing it level does in one application. `plan` is None where `failure` says why there is none."""

    application: str
    plan: CopyPlan | None
    left_out: tuple[LeftOut, ...] = ()
    failure: ClusterFailure | None = None

    @property
    def state(self) -> LevelState:
        if self.plan is None or not all(each.reachable for each in self.plan.clusters):
            return LevelState.UNKNOWN
        if self.plan.blocked:
            return LevelState.BLOCKED
        return LevelState.LEVEL if self.plan.nothing_to_do else LevelState.LACKING

    @property
    def why_not(self) -> str:
        """Why it cannot be brought level now; empty where it can."""
        if self.failure is not None:
            return self.failure.detail
        if self.plan is None or self.state not in {LevelState.BLOCKED, LevelState.UNKNOWN}:
            return ""
        problems = self.plan.all_problems
        return next((each.detail for each in problems if each.blocks), problems[0].detail if problems else "")


@dataclass(frozen=True, kw_only=True)
class LevelPlan:
    """The whole plan. `not_permitted` are the applications that whoever asks sees there and may not import into."""

    environment: str
    cluster: str
    members: tuple[LevelMember, ...]
    not_permitted: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[LevelMember, ...]:
        """The members that are written."""
        return tuple(each for each in self.members if each.state is LevelState.LACKING)

    @property
    def hindered(self) -> tuple[LevelMember, ...]:
        """The members that cannot be brought level now."""
        return tuple(each for each in self.members if each.why_not)

    @property
    def blocked(self) -> bool:
        return bool(self.hindered)

    @property
    def nothing_to_do(self) -> bool:
        return not self.blocked and not self.lacking

    @cached_property
    def digest(self) -> str:
        """Of what is written: an application that is level already changes nothing of it."""
        written = [(each.application, each.plan.digest) for each in self.lacking if each.plan is not None]
        return digest_of({"environment": self.environment, "cluster": self.cluster, "members": written})
