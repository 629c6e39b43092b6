"""Authenticates callers by tokens and sessions, and tells what each of them holds. Knows no HTTP.

A caller authenticates with a secret that is shown once and stored as its SHA-256: 32 random bytes need no slow hash.
The API layer takes the secret from a header or a cookie and calls `Access.actor`.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

from db.errors import DuplicateNameError
from db.people import PersonRecord
from db.records.pages import Page
from db.records.sign_ins import TokenRecord
from db.transaction import Database, Transaction
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, Target
from domain.grants import Actor, Caller
from domain.rights import Holdings
from domain.words import Role, SignInKind
from services.errors import ForbiddenError, InvalidRequestError, NameTakenError, NotFoundError, UnauthenticatedError
from services.people.identities import Identities, Known
from services.people.refusals import Refusals
from services.people.token_actors import of_itself, token_actor
from services.people.tokens import IssuedTokenView, TokenView, require_name, token_views
from services.planning.people.token_text import FORMER_PREFIX, token_fault, token_hash

SESSION_LIFETIME = timedelta(hours=8)  # without a setting: a working day
CODE_LIFETIME = timedelta(minutes=10)
_NOBODY = "The token acts for somebody who was disabled or deleted, or for a trust that has expired."
# Who a refused sign-in is written as.
_BY_TOKEN = ActorRef(kind=ActorKind.SYSTEM, id="sign-in:token", name="sign-in by token")
_BY_CODE = ActorRef(kind=ActorKind.SYSTEM, id="sign-in:code", name="sign-in by code")
_UNKNOWN_ORIGIN = Origin(via=Via.TOKEN)  # until a request is known
_USE_RECORDED_EVERY = timedelta(minutes=1)  # at most: one write a minute, not one for each request


def automation_actor(name: str) -> Actor:
    """Stagecoach by itself, as it deploys what was pushed; `name` says who reported that."""
    ref = ActorRef(kind=ActorKind.AUTOMATION, id="auto-deploy", name=name)
    return Actor(
        caller=Caller(ref=ref, origin=Origin(via=Via.AUTOMATION)),
        holdings=Holdings(bindings=(of_itself(ref.id, Role.PROMOTER),)),
    )


def following_actor(holdings: Holdings) -> Actor:
    """Stagecoach by itself, as it promotes what an environment follows, with the rights of who switched that on."""
    ref = ActorRef(kind=ActorKind.AUTOMATION, id="follow", name="follow")
    return Actor(caller=Caller(ref=ref, origin=Origin(via=Via.AUTOMATION)), holdings=holdings)


def system_actor(name: str) -> Actor:
    """Whoever has a shell on the machine, as the command line: it may do everything."""
    ref = ActorRef(kind=ActorKind.SYSTEM, id=name, name=name)
    return Actor(
        caller=Caller(ref=ref, origin=Origin(via=Via.COMMAND_LINE)),
        holdings=Holdings(bindings=(of_itself(name, Role.ADMIN),)),
    )


@dataclass(frozen=True, kw_only=True)
class Proof:
    """The secret that a caller sent: of a token or of a session."""

    secret: str = field(repr=False)
    by: Literal["token", "session"]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The actor that a proof authenticates, and when the proof expires (UTC; None: never).

    `person`: who it is, where an OpenID provider signed it in.
    """

    actor: Actor
    expires_at: datetime | None
    person: PersonRecord | None = None


@dataclass(frozen=True, kw_only=True)
class IssuedToken(IssuedTokenView):
    """A new token that acts as itself."""

    record: TokenRecord


@dataclass(frozen=True, kw_only=True)
class SignInCode:
    """A code that signs one browser in, once, until it expires (UTC)."""

    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Session:
    """A new session with its secret, which is not stored; `seconds` until it expires."""

    identity: Identity
    secret: str = field(repr=False)
    seconds: int


class Access:
    """Issues, checks and revokes tokens and sessions."""

    def __init__(
        self,
        db: Database,
        *,
        session_lifetime: timedelta = SESSION_LIFETIME,
        identities: Identities | None = None,
    ) -> None:
        """`session_lifetime`: from sign-in to the end of a session, used or not.

        Without `identities` every proof is looked up whenever it comes.
        """
        self._db = db
        self._identities = identities
        self._session_lifetime = session_lifetime
        self._refusals = Refusals(db)

    async def actor(self, proof: Proof) -> Actor:
        """The actor of the proof. Raises `UnauthenticatedError` where it is unknown, expired or revoked."""
        return (await self.identity(proof)).actor

    async def identity(self, proof: Proof, *, address: str | None = None, request_id: str | None = None) -> Identity:
        """The actor of the proof and its expiry. Raises `UnauthenticatedError` as `actor` does.

        `address` and `request_id` say where the request came from, for the audit.
        """
        origin = Origin(via=Via(proof.by), address=address, request_id=request_id)
        known = await self._known(proof)
        await self._record_use(known)
        return Identity(actor=known.actor_from(origin), expires_at=known.expires_at, person=known.person)

    async def _known(self, proof: Proof) -> Known:
        """Whom the proof authenticates, from memory while that is sure."""
        read = self._known_session if proof.by == "session" else self._known_token
        if self._identities is None:
            return await read(proof)
        key = (proof.by, _hash(proof.secret))
        found = self._identities.find(key)
        if found is None:
            found = await self._identities.reading(key, read(proof))
        return found

    async def _known_token(self, proof: Proof) -> Known:
        async with self._db.autocommit_read() as tx:
            token = await tx.tokens.valid(_token_hash(proof.secret))
            if token is None:
                raise UnauthenticatedError("The token is unknown, has expired or was revoked.")
            actor = await token_actor(tx, token, _UNKNOWN_ORIGIN)
        if actor is None:
            raise UnauthenticatedError(_NOBODY)
        return Known(actor=actor, expires_at=token.expires_at, token=token, used_at=token.last_used_at)

    async def _known_session(self, proof: Proof) -> Known:
        """Of a session: the person's who signed in, or that of the token by which it began."""
        async with self._db.autocommit_read() as tx:
            session = await tx.sign_ins.valid_session(_hash(proof.secret))
            if session is None:
                raise UnauthenticatedError("The session is unknown, has expired or was ended.")
            token = session.token
            actor, person = await _owner(tx, token, session.person_id, _UNKNOWN_ORIGIN)
        used_at = person.last_seen_at if person else token.last_used_at if token else None
        return Known(
            actor=replace(actor, session_id=session.id),
            expires_at=session.expires_at,
            ends=(token.expires_at if token else None, session.parent_expires_at),
            token=token,
            person=person,
            used_at=used_at,
        )

    async def tokens(self, *, after: str | None, limit: int) -> Page[TokenView]:
        """A page of all tokens but those of CI jobs, the newest first."""
        async with self._db.read() as tx:
            return await token_views(tx, await tx.tokens.list(after=after, limit=limit))

    async def issue(self, *, name: str, role: Role, expires_at: datetime | None, actor: Actor) -> IssuedToken:
        """Create a token that acts as itself. It never expires where `expires_at` is None.

        Raises `InvalidRequestError` for a name that nothing may have or an expiry that has passed, `NameTakenError`,
        `ForbiddenError` for a role that the actor does not hold for so long.
        """
        require_name(name)
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise InvalidRequestError("The time of expiry is in the past.", field="body.expires_at")
        if not actor.holdings.include(replace(of_itself("", role), expires_at=expires_at)):
            raise ForbiddenError(
                f"The role '{role}' everywhere for so long is more than '{actor.name}' holds. Choose an earlier expiry."
            )
        secret = FORMER_PREFIX + secrets.token_urlsafe(32)
        try:
            async with self._db.begin() as tx:
                record = await tx.tokens.add(
                    name=name, role=role, hash=_hash(secret), created_by=actor.name, expires_at=expires_at
                )
                after = {"role": role.value, "expires_at": expires_at.isoformat() if expires_at else None}
                await tx.audit.add(AuditEntry.by(actor.caller, "token.created", _token_target(record), after=after))
                (view,) = (await token_views(tx, Page(items=(record,), next=None))).items
        except DuplicateNameError:
            raise NameTakenError("token", name) from None
        return IssuedToken(record=record, view=view, secret=secret)

    async def revoke(self, token_id: str, *, caller: Caller) -> None:
        """Revoke a token and its sessions; no effect on a revoked one. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            token = await tx.tokens.get(token_id)
            if token is None:
                raise NotFoundError("token", token_id)
            await tx.tokens.revoke(token_id)
            if token.revoked_at is None:
                await tx.audit.add(AuditEntry.by(caller, "token.revoked", _token_target(token)))

    async def sign_in_code(self, actor: Actor, *, lifetime: timedelta = CODE_LIFETIME) -> SignInCode:
        """Create a code that signs one browser in as the actor, once, within `lifetime`.

        The code, and the session that it becomes, end with the session that asked for it.
        """
        code, expires_at = secrets.token_urlsafe(32), datetime.now(UTC) + lifetime
        async with self._db.begin() as tx:
            await tx.sign_ins.add(
                kind=SignInKind.CODE,
                hash=_hash(code),
                token_id=actor.caller.token_id,
                person_id=None if actor.caller.token_id else _person_id(actor),
                parent_id=actor.session_id,
                expires_at=expires_at,
            )
            after = {"expires_at": expires_at.isoformat()}
            await tx.audit.add(AuditEntry.by(actor.caller, "sign-in-code.created", after=after))
        return SignInCode(code=code, expires_at=expires_at)

    async def sign_in(
        self,
        *,
        token: str | None,
        code: str | None,
        address: str | None = None,
        request_id: str | None = None,
        user_agent: str | None = None,
    ) -> Session:
        """Create a session for the owner of the token or code. Raises `UnauthenticatedError` for an invalid one.

        `address` and `request_id` are for the audit, `user_agent` is for lists of sessions.
        """
        origin = Origin(via=Via.SESSION, address=address, request_id=request_id)
        try:
            return await self._signed_in(token, code, origin, user_agent)
        except UnauthenticatedError as refused:
            await self._refusals.note_stranger(_BY_TOKEN if code is None else _BY_CODE, origin, why=refused.detail)
            raise

    async def _signed_in(self, token: str | None, code: str | None, origin: Origin, user_agent: str | None) -> Session:
        secret = secrets.token_urlsafe(32)
        async with self._db.begin() as tx:
            taken = await tx.sign_ins.take_code(_hash(code)) if code is not None else None
            if code is not None and taken is None:
                raise UnauthenticatedError("The code was used or has expired.")
            owner = taken.token if taken else await tx.tokens.valid(_token_hash(token or ""))
            if owner is None and taken is None:
                raise UnauthenticatedError("The token is unknown, has expired or was revoked.")
            person_id = taken.person_id if taken else None
            actor, person = await _owner(tx, owner, person_id, origin)
            end = datetime.now(UTC) + self._session_lifetime
            ends = (end, owner.expires_at if owner else None, taken.parent_expires_at if taken else None)
            expires_at = min(each for each in ends if each is not None)
            session_id = await tx.sign_ins.add(
                kind=SignInKind.SESSION,
                hash=_hash(secret),
                token_id=owner.id if owner else None,
                person_id=person_id,
                parent_id=taken.parent_id if taken else None,
                address=origin.address,
                user_agent=user_agent,
                expires_at=expires_at,
            )
            after = {"by": "token" if code is None else "code", "expires_at": expires_at.isoformat()}
            target = Target(kind="session", id=session_id, name=actor.name)
            await tx.audit.add(AuditEntry.by(actor.caller, "session.created", target, after=after))
        lifetime = expires_at - datetime.now(UTC)
        identity = Identity(actor=replace(actor, session_id=session_id), expires_at=expires_at, person=person)
        return Session(identity=identity, secret=secret, seconds=max(0, int(lifetime.total_seconds())))

    async def sign_out(self, proof: Proof, *, actor: Actor) -> str | None:
        """End the session of the proof; a token stays valid. Returns the OpenID provider at which it began, if any."""
        if proof.by != "session":
            return None
        async with self._db.begin() as tx:
            session = await tx.sign_ins.valid_session(_hash(proof.secret))
            if await tx.sign_ins.remove(_hash(proof.secret)):
                target = Target(kind="session", id=actor.session_id, name=actor.name)
                await tx.audit.add(AuditEntry.by(actor.caller, "session.ended", target))
        return session.provider if session else None

    async def _record_use(self, known: Known) -> None:
        """That its token was used, or that the person called."""
        now, former = datetime.now(UTC), known.used_at
        if former is not None and now - former < _USE_RECORDED_EVERY:
            return
        known.used_at = now  # requests that come at the same time need not record it too
        try:
            async with self._db.begin() as tx:
                if known.person is not None:
                    await tx.people.touch(known.person.id)
                elif known.token is not None:
                    await tx.tokens.touch(known.token.id)
        except BaseException:
            known.used_at = former
            raise


def _token_target(token: TokenRecord) -> Target:
    return Target(kind="token", id=token.id, name=token.name)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _token_hash(secret: str) -> bytes:
    """Raises `UnauthenticatedError` for what cannot be a token, so that the database is not asked."""
    if fault := token_fault(secret):
        raise UnauthenticatedError(fault)
    return token_hash(secret)


async def _owner(
    tx: Transaction, token: TokenRecord | None, person_id: str | None, origin: Origin
) -> tuple[Actor, PersonRecord | None]:
    """Who acts by a session of a token or of a person. Raises `UnauthenticatedError` for what may not act any more."""
    person = await tx.people.get(person_id) if person_id else None
    if person is not None:
        ref = ActorRef(kind=ActorKind.PERSON, id=person.id, name=person.name)
        holdings = Holdings(bindings=await tx.bindings.of(person.subjects))
        return Actor(caller=Caller(ref=ref, origin=origin), holdings=holdings), person
    actor = await token_actor(tx, token, origin) if token else None
    if actor is None:
        raise UnauthenticatedError(_NOBODY)
    return actor, None


def _person_id(actor: Actor) -> str | None:
    ref = actor.caller.ref
    return ref.id if ref.kind is ActorKind.PERSON else None
