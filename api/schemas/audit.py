"""Entries of the audit."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from api.schemas.base import Moment, Output, PageRead
from domain.audit import AuditRecord


class AuditActorRead(Output):
    """Who it was. The kind and the id identify an actor; the name is the one that it had then."""

    kind: str = Field(examples=["person"], description="`person`, `service-account`, `ci-job`, `token`, `automation` …")
    id: str
    name: str = Field(examples=["Ada"])


class AuditOriginRead(Output):
    """By what means, and from where."""

    via: str = Field(examples=["session"], description="`token`, `session`, `exchange`, `webhook`, `automation` …")
    address: str | None = Field(description="The caller's address, as far as trusted proxies tell it.")
    request_id: str | None = Field(description="As in the response and the log.")


class AuditTargetRead(Output):
    """What an entry speaks of, with the name that it had then. It may be gone."""

    kind: str = Field(examples=["cluster"])
    id: str | None
    name: str = Field(examples=["eu-1"])


Members = Annotated[dict[str, Any] | None, Field(description="Chosen members; no secrets, no credentials.")]


class AuditEntryRead(Output):
    """One entry: who did what, by what means, from where, and what came of it."""

    seq: int = Field(description="Counts up, with gaps.")
    at: Moment
    actor: AuditActorRead
    origin: AuditOriginRead
    action: str = Field(examples=["cluster.removed"])
    targets: list[AuditTargetRead]
    application_id: str | None
    environment_id: str | None
    outcome: str = Field(examples=["done"], description="`done`, `failed`, `refused`.")
    reason: str | None = Field(description="Why it failed or was refused, or why the actor did it.")
    before: Members
    after: Members

    @model_validator(mode="before")
    @classmethod
    def _from_record(cls, value: object) -> object:
        if not isinstance(value, AuditRecord):
            return value
        return {
            "seq": value.seq,
            "at": value.at,
            "actor": {"kind": value.actor_kind, "id": value.actor_id, "name": value.actor_name},
            "origin": {"via": value.via, "address": value.address, "request_id": value.request_id},
            "action": value.action,
            "targets": value.targets,
            "application_id": value.application_id,
            "environment_id": value.environment_id,
            "outcome": value.outcome,
            "reason": value.reason,
            "before": value.before,
            "after": value.after,
        }


class AuditPage(PageRead[AuditEntryRead]):
    """Entries, the newest first."""
