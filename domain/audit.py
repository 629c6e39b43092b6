"""What the audit says of a change: who, by what means, from where, what, before and after. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from domain.actors import ActorRef, Origin

if TYPE_CHECKING:
    from domain.grants import Caller

# JSON of members that were chosen one by one. Never a whole record, request or object: those may hold secrets.
Chosen = Mapping[str, Any]


class AuditOutcome(StrEnum):
    """What became of what the actor asked for."""

    DONE = "done"
    FAILED = "failed"  # it was begun, and did not succeed everywhere
    REFUSED = "refused"  # the actor may not, or a rule forbids it


@dataclass(frozen=True, kw_only=True)
class Target:
    """What an entry speaks of. Its name is the one that it had then: the entry outlives it."""

    kind: str
    id: str | None
    name: str


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One entry. `action` is `<thing>.<past participle>`, as `cluster.removed`.

    The ids of an application and an environment decide who else than an administrator may read it; an entry with
    neither is administrators' alone.
    """

    actor: ActorRef
    origin: Origin
    action: str
    targets: tuple[Target, ...] = ()
    application_id: str | None = None
    environment_id: str | None = None
    outcome: AuditOutcome = AuditOutcome.DONE
    reason: str | None = None
    before: Chosen | None = None
    after: Chosen | None = None

    @classmethod
    def by(
        cls,
        caller: Caller,
        action: str,
        *targets: Target,
        application_id: str | None = None,
        environment_id: str | None = None,
        outcome: AuditOutcome = AuditOutcome.DONE,
        reason: str | None = None,
        before: Chosen | None = None,
        after: Chosen | None = None,
    ) -> AuditEntry:
        """The entry of what a caller did."""
        return cls(
            actor=caller.ref,
            origin=caller.origin,
            action=action,
            targets=targets,
            application_id=application_id,
            environment_id=environment_id,
            outcome=outcome,
            reason=reason,
            before=before,
            after=after,
        )
