"""Environments that follow another one: the setting, what it waits for, and how that is stored. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from domain.rights import EnvironmentRef
from domain.stored.versions import check_version

MAX_HEALTHY_MINUTES = 7 * 24 * 60
MAX_CHECKS = 20


class FollowCode(StrEnum):
    """How it stands with an app environment that follows another one, its source: what it waits for, if anything."""

    UP_TO_DATE = "up-to-date"  # it runs what the source runs
    PROVING = "proving"  # the source is healthy, and has not been for long enough
    OPERATION_UNDERWAY = "operation-underway"  # in the environment itself: the promotion, or something else
    APPROVAL = "approval"  # a proposal waits for votes
    PROPOSAL_REFUSED = "proposal-refused"  # people did not approve it
    GATE_CLOSED = "gate-closed"  # a hold, a freeze or a stop
    NOT_CONFIGURED = "not-configured"
    SOURCE_NOT_CONFIGURED = "source-not-configured"
    SOURCE_UNKNOWN = "source-unknown"  # a cluster of the source cannot be read now
    SOURCE_UNHEALTHY = "source-unhealthy"
    SOURCE_SKEW = "source-skew"  # its clusters, or the pods of one workload, run different images
    SOURCE_OPERATION = "source-operation"  # an operation is under way there
    SOURCE_FAILED = "source-failed"  # the operation that brought the images failed there, as by a check
    CHECK_MISSING = "check-missing"  # a check that has to be passed did not run there on these images
    NOTHING_IN_COMMON = "nothing-in-common"  # no container is in both
    CLUSTER_UNKNOWN = "cluster-unknown"  # a cluster of the environment itself cannot be read now
    ROLLED_BACK = "rolled-back"  # a person rolled an image of the set back here
    REPLACED = "replaced"  # a person deployed something else in its place here
    FAILED = "failed"  # the operation that was to bring it failed here
    CHANGED_SINCE = "changed-since"  # it was brought here, and something else changed it
    PLAN_BLOCKED = "plan-blocked"  # the plan has problems
    WITHOUT_RIGHT = "without-right"  # who switched it on may not promote here any more


@dataclass(frozen=True, kw_only=True)
class FollowStanding:
    """How it stands, as rows keep it.

    `images` is the digest of the set of images that the source was seen to run, and `healthy_since` since when (UTC)
    all of them have been healthy and the same; both None while that is not so. `due_at` is when that will have been
    long enough. `operation` and `proposal` are the ids of what `code` speaks of. `detail` may name the source.
    """

    VERSION: ClassVar[int] = 1

    code: FollowCode
    detail: str
    images: str | None = None
    healthy_since: datetime | None = None
    due_at: datetime | None = None
    operation: str | None = None
    proposal: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.VERSION,
            "code": self.code.value,
            "detail": self.detail,
            "images": self.images,
            "healthy_since": _to_json(self.healthy_since),
            "due_at": _to_json(self.due_at),
            "operation": self.operation,
            "proposal": self.proposal,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="standing of a following environment", newest=cls.VERSION)
        return cls(
            code=FollowCode(stored["code"]),
            detail=stored["detail"],
            images=stored["images"],
            healthy_since=_from_json(stored["healthy_since"]),
            due_at=_from_json(stored["due_at"]),
            operation=stored["operation"],
            proposal=stored["proposal"],
        )


@dataclass(frozen=True, kw_only=True)
class FollowTerms:
    """What has to hold before an image is taken over, and since when (UTC) these terms are set.

    `checks` are the names of checks that the operation which brought the images to the source has to have passed.
    """

    VERSION: ClassVar[int] = 1

    healthy_minutes: int
    set_at: datetime
    checks: tuple[str, ...] = ()

    @property
    def healthy_for(self) -> timedelta:
        return timedelta(minutes=self.healthy_minutes)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.VERSION,
            "healthy_minutes": self.healthy_minutes,
            "set_at": self.set_at.isoformat(),
            "checks": list(self.checks),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="terms of a following environment", newest=cls.VERSION)
        return cls(
            healthy_minutes=stored["healthy_minutes"],
            set_at=datetime.fromisoformat(stored["set_at"]),
            checks=tuple(stored["checks"]),
        )


@dataclass(frozen=True, kw_only=True)
class Follow:
    """An app environment follows its application in `source`. `standing` is None before the first look."""

    source: EnvironmentRef
    terms: FollowTerms
    standing: FollowStanding | None = field(default=None)


def _to_json(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _from_json(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored is not None else None
