"""Sessions as people and administrators see them: listed, and ended one by one or all of a person at once.

A session's secret is only in the browser; here a session is known by its id.
"""

from db.people import PersonRecord
from db.records.pages import Page
from db.records.sign_ins import SessionRecord
from db.transaction import Database
from domain.actors import ActorKind
from domain.audit import AuditEntry, Target
from domain.grants import Actor, AdminGrant
from services.errors import NotFoundError


class Sessions:
    """The sessions of callers, and the people whom OpenID providers have signed in."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def own(self, actor: Actor) -> list[SessionRecord]:
        """The caller's sessions, the newest first; `actor.session_id` is the one that calls, if one does."""
        owner = _owner(actor)
        if owner == {}:
            return []
        async with self._db.read() as tx:
            return await tx.sign_ins.list_sessions(**owner)

    async def end_own(self, session_id: str, *, actor: Actor) -> None:
        """End a session of the caller, and those that codes of it have made. Raises `NotFoundError`."""
        owner = _owner(actor)
        async with self._db.begin() as tx:
            if owner == {} or not await tx.sign_ins.remove_session(session_id, **owner):
                raise NotFoundError("session", session_id)
            target = Target(kind="session", id=session_id, name=f"session of {actor.name}")
            await tx.audit.add(AuditEntry.by(actor.caller, "session.ended", target))

    async def people(self, _: AdminGrant, /, *, after: str | None, limit: int) -> Page[PersonRecord]:
        """A page of people, the newest first."""
        async with self._db.read() as tx:
            return await tx.people.list(after=after, limit=limit)

    async def person(self, _: AdminGrant, person_id: str) -> PersonRecord:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            person = await tx.people.get(person_id)
        if person is None:
            raise NotFoundError("person", person_id)
        return person

    async def of_person(self, _: AdminGrant, person_id: str) -> list[SessionRecord]:
        """A person's sessions, the newest first. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            person = await tx.people.get(person_id)
            if person is None:
                raise NotFoundError("person", person_id)
            return await tx.sign_ins.list_sessions(person_id=person.id)

    async def end_of_person(self, grant: AdminGrant, person_id: str) -> None:
        """End all sessions of a person, who may sign in again. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            person = await tx.people.get(person_id)
            if person is None:
                raise NotFoundError("person", person_id)
            count = await tx.sign_ins.remove_of_person(person.id)
            await tx.audit.add(AuditEntry.by(grant.caller, "session.ended", _target(person), after={"sessions": count}))

    async def set_disabled(self, grant: AdminGrant, person_id: str, *, disabled: bool) -> PersonRecord:
        """Disable a person, which ends all sessions, or enable one again. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            person = await tx.people.set_disabled(person_id, disabled=disabled)
            if person is None:
                raise NotFoundError("person", person_id)
            if disabled:
                await tx.sign_ins.remove_of_person(person.id)
            action = "person.disabled" if disabled else "person.enabled"
            await tx.audit.add(AuditEntry.by(grant.caller, action, _target(person)))
        return person


def _target(person: PersonRecord) -> Target:
    return Target(kind="person", id=person.id, name=person.name)


def _owner(actor: Actor) -> dict[str, str]:
    """Whose sessions the caller's are: its token's, or the person's own; nobody's for Stagecoach itself."""
    if actor.caller.token_id is not None:
        return {"token_id": actor.caller.token_id}
    ref = actor.caller.ref
    return {"person_id": ref.id} if ref.kind is ActorKind.PERSON else {}
