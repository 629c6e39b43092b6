"""Strategies: how a change travels over the clusters of an environment, ring by ring, and what a failure means.

Environments keep one as their default, and operations the one by which they were started.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from domain.stored.checks import Check
from domain.stored.hooks import Hook, check_bounds
from domain.stored.versions import check_version
from domain.words import FailurePolicy, OnFailure

MAX_RINGS = 100
MAX_SOAK_SECONDS = 7 * 24 * 60 * 60
_PERCENT = re.compile(r"([0-9]{1,3})%")


@dataclass(frozen=True, kw_only=True)
class Amount:
    """A number of clusters, or a percentage of them: what Kubernetes calls IntOrString, as in `maxSurge`.

    Raises `ValueError` below 1 and above 100 %.
    """

    value: int
    percent: bool = False

    def __post_init__(self) -> None:
        most = 100 if self.percent else 100_000
        check_bounds("An amount of clusters", self.value, least=1, most=most, unit="%" if self.percent else "")

    def of(self, total: int) -> int:
        """How many of `total` that is, rounded up as `maxSurge` is, and never more than there are."""
        wanted = -(-total * self.value // 100) if self.percent else self.value
        return min(wanted, total)

    def to_json(self) -> int | str:
        return f"{self.value}%" if self.percent else self.value

    @classmethod
    def from_json(cls, stored: int | str) -> Self:
        """Raises `ValueError` for what is neither a number nor a percentage."""
        if isinstance(stored, int):
            return cls(value=stored)
        found = _PERCENT.fullmatch(stored)
        if found is None:
            raise ValueError(f"'{stored[:20]}' is neither a number of clusters nor a percentage, as 3 or 25%.")
        return cls(value=int(found[1]), percent=True)


@dataclass(frozen=True, kw_only=True)
class ByNames:
    """The clusters with these names, whatever their case."""

    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ByLabels:
    """The clusters that bear all of these labels, and that no earlier ring has."""

    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class BySize:
    """So many of the operation's clusters, in the environment's order, of those that no ring has by another way."""

    size: Amount


@dataclass(frozen=True, kw_only=True)
class Remaining:
    """All clusters that no other ring has."""


Selector = ByNames | ByLabels | BySize | Remaining


@dataclass(frozen=True, kw_only=True)
class Ring:
    """Clusters that are changed at the same time, and what has to hold before the next ring begins.

    For `soak_seconds` after its rollouts, the health of all clusters changed so far is watched. Then the `checks` have
    to pass, and with `pauses` a person has to continue. Raises `ValueError` for a soak out of bounds.
    """

    selector: Selector
    soak_seconds: int = 0
    checks: tuple[Check, ...] = ()
    pauses: bool = False

    def __post_init__(self) -> None:
        check_bounds("A ring's soak", self.soak_seconds, least=0, most=MAX_SOAK_SECONDS, unit="seconds")

    def to_json(self) -> dict[str, Any]:
        return {
            **_selector_to_json(self.selector),
            "soak_seconds": self.soak_seconds,
            "checks": [each.to_json() for each in self.checks],
            "pauses": self.pauses,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError` for a check of a newer release, and `ValueError` for a ring of no clusters."""
        return cls(
            selector=_selector_from_json(stored),
            soak_seconds=stored["soak_seconds"],
            checks=tuple(map(Check.from_json, stored["checks"])),
            pauses=stored["pauses"],
        )


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """How an operation goes over its clusters: all at once (neither waves nor rings), or ring by ring.

    `waves` are rings by names, which name every cluster. Without a `failure` policy, `on_failure` says what happens on
    a cluster that failed, and the next ring does not begin; with one, what failed is undone. `quorum` belongs to the
    policy of that name. A `fallback` is asked for only where the environment has none; what is stored never is one.

    Raises `ValueError` for members that contradict each other.
    """

    VERSION: ClassVar[int] = 1

    on_failure: OnFailure = OnFailure.STAY
    waves: tuple[tuple[str, ...], ...] | None = None
    rings: tuple[Ring, ...] | None = None
    failure: FailurePolicy | None = None
    quorum: Amount | None = None
    hooks: tuple[Hook, ...] = ()
    fallback: bool = False

    def __post_init__(self) -> None:
        if self.failure is not None:
            object.__setattr__(self, "on_failure", OnFailure.ROLL_BACK)
        if (self.failure is FailurePolicy.QUORUM) != (self.quorum is not None):
            raise ValueError("The failure policy 'quorum' needs a quorum, as 3 or 80%, and no other policy has one.")
        if self.waves is not None and self.rings is not None:
            raise ValueError("Give either rings or waves, which are rings by names.")
        if self.rings is not None and not 1 <= len(self.rings) <= MAX_RINGS:
            raise ValueError(f"A strategy has 1 to {MAX_RINGS} rings.")
        named: dict[str, Check] = {}
        # The same check may follow several rings.
        repeated = [
            each.name
            for each in (check for ring in self.rings or () for check in ring.checks)
            if named.setdefault(each.name, each) != each
        ]
        hooks = [each.name for each in self.hooks]
        repeated += [name for name in hooks if hooks.count(name) > 1 or name in named]
        if repeated:
            raise ValueError(f"Two hooks or checks are named '{repeated[0]}'. Name each of them differently.")

    @property
    def in_rings(self) -> tuple[Ring, ...]:
        """Its rings, waves as rings by names; one of all clusters where it has none."""
        if self.waves is not None:
            return tuple(Ring(selector=ByNames(names=names)) for names in self.waves)
        return self.rings or (Ring(selector=Remaining()),)

    @property
    def plain(self) -> bool:
        """Whether it asks for nothing that the former release did not know: waves and `on_failure`."""
        return self.rings is None and self.failure is None and not self.hooks

    def beside(self, own: "Strategy | None") -> "Strategy | None":
        """What is asked for by this, where the environment's `own` is that: None for a fallback that does not count."""
        if not self.fallback:
            return self
        return None if own is not None else replace(self, fallback=False)

    def to_json(self) -> dict[str, Any]:
        waves = [list(wave) for wave in self.waves] if self.waves is not None else None
        former = {"on_failure": self.on_failure.value, "waves": waves}
        if self.plain:
            return former
        # A process of the former release reads the two members that it knows, and the waves of the operation's rows.
        return {
            **former,
            "version": self.VERSION,
            "rings": [ring.to_json() for ring in self.rings] if self.rings is not None else None,
            "failure": self.failure.value if self.failure is not None else None,
            "quorum": self.quorum.to_json() if self.quorum is not None else None,
            "hooks": [hook.to_json() for hook in self.hooks],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Raises `UnknownVersionError`."""
        check_version(stored, form="strategy", newest=cls.VERSION)
        waves, rings = stored.get("waves"), stored.get("rings")
        failure, quorum = stored.get("failure"), stored.get("quorum")
        return cls(
            on_failure=OnFailure(stored["on_failure"]),
            waves=tuple(tuple(wave) for wave in waves) if waves is not None else None,
            rings=tuple(map(Ring.from_json, rings)) if rings is not None else None,
            failure=FailurePolicy(failure) if failure is not None else None,
            quorum=Amount.from_json(quorum) if quorum is not None else None,
            hooks=tuple(map(Hook.from_json, stored.get("hooks") or ())),
        )


def _selector_to_json(selector: Selector) -> dict[str, Any]:
    match selector:
        case ByNames():
            return {"clusters": list(selector.names)}
        case ByLabels():
            return {"labels": dict(selector.labels)}
        case BySize():
            return {"size": selector.size.to_json()}
        case Remaining():
            return {"remaining": True}


def _selector_from_json(stored: Mapping[str, Any]) -> Selector:
    match stored:
        case {"clusters": names}:
            return ByNames(names=tuple(names))
        case {"labels": labels}:
            return ByLabels(labels=dict(labels))
        case {"size": size}:
            return BySize(size=Amount.from_json(size))
        case {"remaining": True}:
            return Remaining()
        case _:
            raise ValueError("A stored ring selects no clusters.")
