"""The rings of one operation and how far each has come, as the operation's row keeps them.

What the engine has to know after a crash is here: when a soak began, which ring has proved itself, who continued.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from domain.stored.hooks import Hook, HookMoment, JobScope
from domain.stored.strategies import Ring
from domain.stored.versions import check_version
from domain.words import FailurePolicy


@dataclass(frozen=True, kw_only=True)
class RingRun:
    """A ring of an operation; its position is the `wave` of its clusters. Times are UTC.

    `left_over`: no ring of the strategy has its clusters. `proven_at` is when its soak and its checks had passed.
    """

    ring: Ring
    left_over: bool = False
    soak_began_at: datetime | None = None
    soaked_at: datetime | None = None
    proven_at: datetime | None = None
    continued_by: str | None = None

    @property
    def soak_ends_at(self) -> datetime | None:
        """When the soak that has begun ends; None before it begins."""
        return None if self.soak_began_at is None else self.soak_began_at + timedelta(seconds=self.ring.soak_seconds)

    def anew(self) -> Self:
        """The ring as before its first cluster was changed."""
        return replace(self, soak_began_at=None, soaked_at=None, proven_at=None, continued_by=None)

    def to_json(self) -> dict[str, Any]:
        return {
            "ring": self.ring.to_json(),
            "left_over": self.left_over,
            "soak_began_at": _text(self.soak_began_at),
            "soaked_at": _text(self.soaked_at),
            "proven_at": _text(self.proven_at),
            "continued_by": self.continued_by,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            ring=Ring.from_json(stored["ring"]),
            left_over=stored["left_over"],
            soak_began_at=_moment(stored["soak_began_at"]),
            soaked_at=_moment(stored["soaked_at"]),
            proven_at=_moment(stored["proven_at"]),
            continued_by=stored["continued_by"],
        )


@dataclass(frozen=True, kw_only=True)
class RingRuns:
    """All rings of an operation, what a failure means, and how many clusters a quorum needs to be good."""

    VERSION: ClassVar[int] = 1

    rings: tuple[RingRun, ...]
    failure: FailurePolicy | None = None
    quorum: int | None = None
    hooks: tuple[Hook, ...] = ()

    def has_to_prove(self, wave: int) -> bool:
        """Whether the ring has not proved itself yet, and something has to hold after its rollouts."""
        run = self.rings[wave]
        last = wave == len(self.rings) - 1
        after = any(hook.when is HookMoment.AFTER and (last or hook.scope is JobScope.CLUSTER) for hook in self.hooks)
        return run.proven_at is None and bool(run.ring.soak_seconds or run.ring.checks or after)

    def with_ring(self, wave: int, **changes: Any) -> Self:
        """The same, with changes to one ring."""
        rings = tuple(replace(run, **changes) if number == wave else run for number, run in enumerate(self.rings))
        return replace(self, rings=rings)

    def anew(self, waves: Collection[int]) -> Self:
        """The same, with these rings as before their first cluster was changed."""
        rings = tuple(run.anew() if number in waves else run for number, run in enumerate(self.rings))
        return replace(self, rings=rings)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": self.VERSION,
            "rings": [run.to_json() for run in self.rings],
            "failure": self.failure.value if self.failure is not None else None,
            "quorum": self.quorum,
            "hooks": [hook.to_json() for hook in self.hooks],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="list of rings", newest=cls.VERSION)
        failure = stored["failure"]
        return cls(
            rings=tuple(map(RingRun.from_json, stored["rings"])),
            failure=FailurePolicy(failure) if failure is not None else None,
            quorum=stored["quorum"],
            hooks=tuple(map(Hook.from_json, stored["hooks"])),
        )


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
