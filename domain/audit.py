"""What the audit says of a change: who, by what means, from where, what, before and after. Values only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from domain.actors import ActorRef, Origin

if TYPE_CHECKING:
    from domain.grants import Caller

# JSON of members that were chosen one by one. Never a whole record, request or object: those may hold secrets.
Chosen = Mapping[str, Any]

FORM = 1  # of the line of an entry


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


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    """A written entry. Its words are plain text: a newer release may have written one that this one does not know."""

    seq: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_name: str
    via: str
    address: str | None
    request_id: str | None
    action: str
    targets: tuple[Target, ...]
    application_id: str | None
    environment_id: str | None
    outcome: str
    reason: str | None
    before: Chosen | None
    after: Chosen | None

    def document(self) -> Mapping[str, Any]:
        """The entry as JSON has it: what is exported, streamed and sealed.

        Seals are digests of it, so this form never changes: a new one gets a new number (`FORM`).
        """
        return {
            "seq": self.seq,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "actor": {"kind": self.actor_kind, "id": self.actor_id, "name": self.actor_name},
            "origin": {"via": self.via, "address": self.address, "request_id": self.request_id},
            "action": self.action,
            "targets": [{"kind": each.kind, "id": each.id, "name": each.name} for each in self.targets],
            "application_id": self.application_id,
            "environment_id": self.environment_id,
            "outcome": self.outcome,
            "reason": self.reason,
            "before": self.before,
            "after": self.after,
        }

    def line(self) -> bytes:
        """The document as one line, without the line's end."""
        return json.dumps(self.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True, kw_only=True)
class Seal:
    """The digest of a complete range of entries, on top of the digest of the range before it."""

    number: int
    first_seq: int
    last_seq: int
    entries: int
    form: int
    digest: bytes
    newest_at: datetime
    forgotten: bool
