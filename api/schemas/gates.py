"""Freezes, holds, stops and closed gates in the contract."""

import re
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from api.schemas.actors import ActorRead
from api.schemas.base import ClusterName, Input, Moment, MomentInput, Name, Output, Text
from db.freezes import FreezeRecord
from db.holds import HoldRecord, StopRecord
from domain.gates import FreezeEffect, GateKind, Window
from domain.words import OperationKind
from services.people.freezing import CalendarEntry, FreezeText
from services.planning.people.closed_gates import ClosedGate

Reason = Annotated[
    Text, Field(min_length=1, max_length=500, pattern=r"\S", description="For people.", examples=["Black Friday"])
]

_WALL_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"


def _wall_clock(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(_WALL_PATTERN, value):
        raise ValueError("must be a time of the wall clock, as 2026-11-27T15:00: `zone` names the time zone")
    return value


WallClockInput = Annotated[
    datetime,
    BeforeValidator(_wall_clock),
    Field(
        description="What a clock on the wall shows in `zone`.",
        examples=["2026-11-27T15:00"],
        json_schema_extra={"format": "wall-clock", "pattern": _WALL_PATTERN},
    ),
]
WallClock = Annotated[
    datetime,
    PlainSerializer(lambda at: at.isoformat(), return_type=str, when_used="json"),
    Field(
        description="What a clock on the wall shows in `zone`.",
        json_schema_extra={"format": "wall-clock", "examples": ["2026-11-27T15:00:00"]},
    ),
]


class GateRead(Output):
    """A closed gate: what is in the way, until when, and who can open it."""

    kind: GateKind
    id: str | None = Field(description="Of the freeze, hold, stop or proposal, where there is one.")
    reason: str
    until: Moment | None = Field(description="When it opens by itself, as far as that is known.")
    opened_by: str = Field(description="For people: who can open it, and how.")


class ClosedGateRead(GateRead):
    """A closed gate, before a plan is made."""

    kinds: list[OperationKind] = Field(
        description="What it keeps from being started. Freezes let a roll-back with a reason pass: they do not name it."
    )

    @classmethod
    def of(cls, closed: ClosedGate) -> Self:
        return cls.model_validate({**vars(closed.gate), "kinds": closed.kinds})


class EnvironmentGatesRead(Output):
    """The gates that are closed for an application in an environment."""

    environment: str = Field(examples=["Production"])
    gates: list[ClosedGateRead]


class ClosedGateList(Output):
    """What is closed for an application, by the rank of environments. Holds keep off automation alone: see `/holds`."""

    items: list[EnvironmentGatesRead]


class BreakGlass(Input):
    """Start without the approvals that it takes. Takes the right to break the glass, is audited, and notified."""

    reason: Reason


BreakGlassMember = Annotated[
    BreakGlass | None, Field(description="For an environment whose approval policy concerns this, in an emergency.")
]


def reason_of(break_glass: BreakGlass | None) -> str | None:
    """Why the glass is broken, if it is."""
    return break_glass.reason if break_glass is not None else None


class FreezeInput(Input):
    """A freeze. Applications are chosen by name or by labels; what is left out is all of them."""

    name: Text = Field(min_length=1, max_length=100, pattern=r"\S", examples=["weekends"])
    effect: FreezeEffect = Field(
        description="`deny`: nothing is deployed while it is open. `allow`: something is deployed only while it, or "
        "another allow window of the same place, is open. An open deny window wins."
    )
    starts: WallClockInput
    ends: WallClockInput
    zone: Text = Field(max_length=64, description="An IANA time zone.", examples=["Europe/Berlin"])
    rrule: Text | None = Field(
        None,
        max_length=500,
        description="Repeats it as RFC 5545 has it, once a day at most; UNTIL is in UTC. Without it: once.",
        examples=["FREQ=WEEKLY;BYDAY=FR"],
    )
    reason: Reason
    applications: list[Name] | None = Field(None, min_length=1, max_length=1000, description="Null: all.")
    labels: dict[str, str] = Field(
        {},
        max_length=20,
        description="Only applications that bear all of them.",
        examples=[{"team": "shop"}],
    )
    environments: list[Name] | None = Field(None, min_length=1, max_length=1000, description="Null: all.")

    @model_validator(mode="after")
    def _one_selection(self) -> Self:
        if self.applications is not None and self.labels:
            raise ValueError("choose applications by name or by labels, not both")
        return self

    def to_text(self) -> FreezeText:
        return FreezeText(
            name=self.name,
            effect=self.effect,
            window=Window(starts=self.starts, ends=self.ends, zone=self.zone, rrule=self.rrule),
            reason=self.reason,
            applications=None if self.applications is None else tuple(self.applications),
            labels=tuple(sorted(self.labels.items())),
            environments=None if self.environments is None else tuple(self.environments),
        )


class FreezeRead(Output):
    """A freeze, with the names of applications and environments that the caller sees."""

    id: str
    name: str
    effect: FreezeEffect
    starts: WallClock
    ends: WallClock
    zone: str
    rrule: str | None
    reason: str
    applications: list[str] | None = Field(description="Null: all.")
    labels: dict[str, str]
    environments: list[str] | None = Field(description="Null: all.")
    created_by: ActorRead
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, record: FreezeRecord) -> Self:
        freeze, window = record.freeze, record.freeze.window
        return cls(
            id=freeze.id,
            name=freeze.name,
            effect=freeze.effect,
            starts=window.starts,
            ends=window.ends,
            zone=window.zone,
            rrule=window.rrule,
            reason=freeze.reason,
            applications=_names(record.applications),
            labels=dict(sorted(freeze.scope.labels)),
            environments=_names(record.environments),
            created_by=ActorRead.of(record.created_by),
            created_at=record.created_at,
            updated_at=record.updated_at,
        )


class FreezeList(Output):
    """All freezes that concern what the caller sees, by name."""

    items: list[FreezeRead]


class FreezeOccurrenceRead(Output):
    """One time that a freeze's window is open."""

    freeze: str = Field(description="The id of the freeze.")
    name: str
    effect: FreezeEffect
    starts: Moment
    ends: Moment
    reason: str
    applications: list[str] | None = Field(description="Null: all.")
    labels: dict[str, str]
    environments: list[str] | None = Field(description="Null: all.")

    @classmethod
    def of(cls, entry: CalendarEntry) -> Self:
        freeze = entry.freeze.freeze
        return cls(
            freeze=freeze.id,
            name=freeze.name,
            effect=freeze.effect,
            starts=entry.occurrence.starts,
            ends=entry.occurrence.ends,
            reason=freeze.reason,
            applications=_names(entry.freeze.applications),
            labels=dict(sorted(freeze.scope.labels)),
            environments=_names(entry.freeze.environments),
        )


class FreezeCalendar(Output):
    """When windows are open, by their start."""

    items: list[FreezeOccurrenceRead]


class HoldCreate(Input):
    """A hold on an application in an environment, or on a whole environment."""

    environment: Name
    application: Name | None = Field(None, description="Null: every application in the environment.")
    reason: Reason
    until: MomentInput | None = Field(None, description="When it ends by itself; null: when a person lifts it.")


class HoldRead(Output):
    """A hold: automation leaves this place alone."""

    id: str
    environment: str
    application: str | None = Field(description="Null: every application in the environment.")
    reason: str
    until: Moment | None
    operation: str | None = Field(description="The roll-back whose request set it.")
    by: ActorRead
    created_at: Moment

    @classmethod
    def of(cls, record: HoldRecord) -> Self:
        hold = record.hold
        return cls(
            id=hold.id,
            environment=record.environment.name,
            application=record.application.name if record.application else None,
            reason=hold.reason,
            until=hold.until,
            operation=hold.operation,
            by=ActorRead.of(hold.by),
            created_at=hold.created_at,
        )


class HoldList(Output):
    """The holds of places that the caller sees, the newest first."""

    items: list[HoldRead]


class StopCreate(Input):
    """What to stop: one environment, one cluster, or, without either, everything."""

    environment: Name | None = None
    cluster: Name | None = None
    reason: Reason

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        if self.environment is not None and self.cluster is not None:
            raise ValueError("name an environment or a cluster, not both")
        return self


class StopRead(Output):
    """A stop: Stagecoach writes to no cluster within it, in the middle of operations too."""

    id: str
    environment: str | None
    cluster: ClusterName | None
    reason: str
    by: ActorRead
    created_at: Moment

    @classmethod
    def of(cls, record: StopRecord) -> Self:
        return cls(
            id=record.stop.id,
            environment=record.environment,
            cluster=record.cluster,
            reason=record.stop.reason,
            by=ActorRead.of(record.stop.by),
            created_at=record.stop.created_at,
        )


class StopList(Output):
    """The stops that concern what the caller sees, the newest first."""

    items: list[StopRead]


def _names(refs: Any) -> list[str] | None:
    return None if refs is None else [each.name for each in refs]
