"""Strategies in the contract: how a change goes over the clusters of an environment."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from api.schemas.base import Input, Moment, Name, Output
from api.schemas.checks import CheckInput, CheckRead, HookInput, HookRead
from domain.stored import hooks, strategies
from domain.stored.ring_runs import RingRun
from domain.words import FailurePolicy, OnFailure

Size = Annotated[
    int | str,
    Field(description="A number, or a percentage, which is rounded up.", examples=[1, "25%"]),
]
Labels = Annotated[dict[str, str], Field(min_length=1, max_length=20, examples=[{"region": "eu"}])]


class RingInput(Input):
    """Clusters that are changed at the same time: one of `clusters`, `labels`, `size` and `remaining`.

    Each cluster is in one ring: names come first, then the rings choose in their order. What no ring has goes last.
    """

    clusters: list[Name] | None = Field(None, min_length=1, max_length=1000, description="By name.")
    labels: Labels | None = Field(None, description="The clusters that bear all of these labels.")
    size: Size | None = Field(None, description="So many of the environment's clusters, in its order: 1, or `25%`.")
    remaining: Literal[True] | None = Field(None, description="All that no other ring has.")
    soak_seconds: int = Field(
        0,
        ge=0,
        le=strategies.MAX_SOAK_SECONDS,
        description="For how long the health of all clusters changed so far is watched before the next ring begins.",
    )
    checks: list[CheckInput] = Field(default_factory=list, max_length=10, description="They have to pass then.")
    pauses: bool = Field(default=False, description="Whether a person has to continue before the next ring begins.")

    @model_validator(mode="after")
    def _holds(self) -> Self:
        self.to_ring()
        return self

    def to_ring(self) -> strategies.Ring:
        """Raises `ValueError` for a ring that selects by none or by several ways."""
        selectors: list[strategies.Selector] = []
        if self.clusters is not None:
            selectors.append(strategies.ByNames(names=tuple(self.clusters)))
        if self.labels is not None:
            selectors.append(strategies.ByLabels(labels=self.labels))
        if self.size is not None:
            selectors.append(strategies.BySize(size=strategies.Amount.from_json(self.size)))
        if self.remaining:
            selectors.append(strategies.Remaining())
        if len(selectors) != 1:
            raise ValueError("give one of clusters, labels, size and remaining")
        return strategies.Ring(
            selector=selectors[0],
            soak_seconds=self.soak_seconds,
            checks=tuple(each.to_check() for each in self.checks),
            pauses=self.pauses,
        )


class Strategy(Input):
    """How an operation goes over its clusters: all at once, unless `rings` or `waves` are given."""

    on_failure: OnFailure | None = Field(
        None, description="Without a failure policy: what happens on a cluster that failed; if left out, it stays."
    )
    waves: list[Annotated[list[Name], Field(min_length=1)]] | None = Field(
        None,
        min_length=1,
        max_length=strategies.MAX_RINGS,
        description="Rings by names: the clusters in groups, one group after the other; all of them, each once.",
        examples=[[["prod-eu"], ["prod-us"]]],
    )
    rings: list[RingInput] | None = Field(
        None,
        min_length=1,
        max_length=strategies.MAX_RINGS,
        examples=[[{"size": 1, "soak_seconds": 600}, {"size": "25%"}, {"remaining": True}]],
    )
    failure: FailurePolicy | None = Field(
        None, description="What a failure on some clusters means for the others. What failed is undone under each."
    )
    quorum: Size | None = Field(None, description="Of the policy `quorum`: how many clusters have to be good.")
    hooks: list[HookInput] = Field(default_factory=list, max_length=10, description="Jobs before and after the change.")

    fallback: bool = Field(
        default=False, description="Only where the environment has no strategy; where it has one, that one counts."
    )

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if self.failure is not None and self.on_failure is OnFailure.STAY:
            raise ValueError("a failure policy undoes what failed: leave on_failure out")
        self.to_strategy()
        return self

    def to_strategy(self) -> strategies.Strategy:
        """Raises `ValueError` for members that contradict each other."""
        return strategies.Strategy(
            on_failure=self.on_failure or OnFailure.STAY,
            waves=tuple(tuple(wave) for wave in self.waves) if self.waves is not None else None,
            rings=tuple(each.to_ring() for each in self.rings) if self.rings is not None else None,
            failure=self.failure,
            quorum=strategies.Amount.from_json(self.quorum) if self.quorum is not None else None,
            hooks=tuple(each.to_hook() for each in self.hooks),
            fallback=self.fallback,
        )


class RingRead(Output):
    """Clusters that are changed at the same time, by one of `clusters`, `labels`, `size` and `remaining`."""

    clusters: list[str] | None
    labels: dict[str, str] | None
    size: int | str | None = Field(description="A number, or a percentage, which is rounded up.", examples=["25%"])
    remaining: bool
    soak_seconds: int
    checks: list[CheckRead]
    pauses: bool

    @model_validator(mode="before")
    @classmethod
    def _of(cls, value: Any) -> Any:
        if not isinstance(value, strategies.Ring):
            return value
        selects = {"clusters": None, "labels": None, "size": None, "remaining": False}
        return {**selects, **value.to_json(), "checks": list(value.checks)}


class StrategyRead(Output):
    """How an operation goes over its clusters."""

    on_failure: OnFailure = Field(description="What happens on a cluster that failed.")
    waves: list[list[str]] | None = Field(description="Rings by names; null where there are none.")
    rings: list[RingRead] | None = Field(description="Null, as are waves: all clusters at once.")
    failure: FailurePolicy | None = Field(description="Null: `on_failure` says it, and the next ring does not begin.")
    quorum: int | str | None
    hooks: list[HookRead]

    @model_validator(mode="before")
    @classmethod
    def _of(cls, value: Any) -> Any:
        if not isinstance(value, strategies.Strategy):
            return value
        return {**vars(value), "quorum": value.quorum.to_json() if value.quorum is not None else None}


class OperationRingRead(Output):
    """A ring of an operation, and how far it has come. Its clusters are those of the `wave` of its position."""

    left_over: bool = Field(description="Whether no ring of the strategy has its clusters.")
    soak_seconds: int
    soak_began_at: Moment | None
    soak_ends_at: Moment | None = Field(description="Null before it begins.")
    soaked_at: Moment | None = Field(description="When its soak had passed.")
    checks: list[str] = Field(description="By name.")
    proven_at: Moment | None = Field(description="When its soak and its checks had passed.")
    pauses: bool = Field(description="Whether a person continues after it.")
    continued_by: str | None

    @model_validator(mode="before")
    @classmethod
    def _of(cls, value: Any) -> Any:
        if not isinstance(value, RingRun):
            return value
        ring = value.ring
        members = {name: getattr(value, name) for name in cls.model_fields if hasattr(value, name)}
        return {
            **members,
            "soak_seconds": ring.soak_seconds,
            "checks": [check.name for check in ring.checks],
            "pauses": ring.pauses,
        }


class OperationHookRead(Output):
    """A Job before or after the change."""

    name: str
    when: hooks.HookMoment
    scope: hooks.JobScope


class OperationRingsRead(Output):
    """The rings of an operation, in their order, and what a failure means."""

    rings: list[OperationRingRead]
    failure: FailurePolicy | None
    quorum: int | None = Field(description="How many clusters have to be good.")
    hooks: list[OperationHookRead]
