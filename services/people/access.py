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
from db.records import Page, TokenRecord
from db.transaction import Database
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.audit import AuditEntry, Target
from domain.grants import Actor, Caller
from domain.rights import Holdings
from domain.words import Role, SignInKind
from services.errors import InvalidRequestError, NameTakenError, NotFoundError, UnauthenticatedError
from services.people.token_actors import of_itself, token_actor
from services.people.tokens import IssuedTokenView, TokenView, require_name, token_views
from services.planning.people.token_text import FORMER_PREFIX, token_fault, token_hash

SESSION_LIFETIME = timedelta(hours=12)
CODE_LIFETIME = timedelta(minutes=10)
_NOBODY = "The token acts for somebody who was disabled or deleted, or for a trust that has expired."
_USE_RECORDED_EVERY = timedelta(minutes=1)  # at most: one write a minute, not one for each request


def automation_actor(name: str) -> Actor:
    """Stagecoach by itself, as it deploys what was pushed; `name` says who reported that."""
    ref = ActorRef(kind=ActorKind.AUTOMATION, id="auto-deploy", name=name)
    return Actor(
        caller=Caller(ref=ref, origin=Origin(via=Via.AUTOMATION)),
        holdings=Holdings(bindings=(of_itself(ref.id, Role.PROMOTER),)),
    )


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
    """The actor that a proof authenticates, and when the proof expires (UTC; None: never)."""

    actor: Actor
    expires_at: datetime | None


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

    def __init__(self, db: Database) -> None:
        self._db = db

    async def actor(self, proof: Proof) -> Actor:
        """The actor of the proof. Raises `UnauthenticatedError` where it is unknown, expired or revoked."""
        return (await self.identity(proof)).actor

    async def identity(self, proof: Proof, *, address: str | None = None, request_id: str | None = None) -> Identity:
        """The actor of the proof and its expiry. Raises `UnauthenticatedError` as `actor` does.

        `address` and `request_id` say where the request came from, for the audit.
        """
        origin = Origin(via=Via(proof.by), address=address, request_id=request_id)
        async with self._db.autocommit_read() as tx:
            if proof.by == "token":
                token = await tx.tokens.valid(_token_hash(proof.secret))
                session = None
            else:
                session = await tx.sign_ins.valid_session(_hash(proof.secret))
                token = session.token if session else None
            if token is None:
                raise UnauthenticatedError(f"The {proof.by} is unknown, has expired or was revoked.")
            actor = await token_actor(tx, token, origin, session_id=session.id if session else None)
        if actor is None:
            raise UnauthenticatedError(_NOBODY)
        await self._record_use(token)
        return Identity(actor=actor, expires_at=session.expires_at if session else token.expires_at)

    async def tokens(self, *, after: str | None, limit: int) -> Page[TokenView]:
        """A page of all tokens but those of CI jobs, the newest first."""
        async with self._db.read() as tx:
            return await token_views(tx, await tx.tokens.list(after=after, limit=limit))

    async def issue(self, *, name: str, role: Role, expires_at: datetime | None, actor: Actor) -> IssuedToken:
        """Create a token that acts as itself. It never expires where `expires_at` is None.

        Raises `InvalidRequestError` for a name that nothing may have or an expiry that has passed, `NameTakenError`.
        """
        require_name(name)
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise InvalidRequestError("The time of expiry is in the past.", field="body.expires_at")
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
        """Create a code that signs one browser in as the actor, once, within `lifetime`."""
        code, expires_at = secrets.token_urlsafe(32), datetime.now(UTC) + lifetime
        async with self._db.begin() as tx:
            await tx.sign_ins.add(
                kind=SignInKind.CODE,
                hash=_hash(code),
                token_id=actor.caller.token_id,
                parent_id=actor.session_id,
                expires_at=expires_at,
            )
            after = {"expires_at": expires_at.isoformat()}
            await tx.audit.add(AuditEntry.by(actor.caller, "sign-in-code.created", after=after))
        return SignInCode(code=code, expires_at=expires_at)

    async def sign_in(
        self, *, token: str | None, code: str | None, address: str | None = None, request_id: str | None = None
    ) -> Session:
        """Create a session for the owner of the token or code. Raises `UnauthenticatedError` for an invalid one.

        `address` and `request_id` say where the request came from, for the audit.
        """
        secret = secrets.token_urlsafe(32)
        async with self._db.begin() as tx:
            if code is not None:
                taken = await tx.sign_ins.take_code(_hash(code))
                owner = taken.token if taken else None
            else:
                owner = await tx.tokens.valid(_token_hash(token or ""))
            if owner is None:
                what = (
                    "token is unknown, has expired or was revoked" if code is None else "code was used or has expired"
                )
                raise UnauthenticatedError(f"The {what}.")
            origin = Origin(via=Via.SESSION, address=address, request_id=request_id)
            actor = await token_actor(tx, owner, origin)
            if actor is None:
                raise UnauthenticatedError(_NOBODY)
            end = datetime.now(UTC) + SESSION_LIFETIME
            expires_at = end if owner.expires_at is None else min(end, owner.expires_at)
            session_id = await tx.sign_ins.add(
                kind=SignInKind.SESSION, hash=_hash(secret), token_id=owner.id, expires_at=expires_at
            )
            after = {"by": "token" if code is None else "code", "expires_at": expires_at.isoformat()}
            target = Target(kind="session", id=session_id, name=actor.name)
            await tx.audit.add(AuditEntry.by(actor.caller, "session.created", target, after=after))
        lifetime = expires_at - datetime.now(UTC)
        return Session(
            identity=Identity(actor=replace(actor, session_id=session_id), expires_at=expires_at),
            secret=secret,
            seconds=max(0, int(lifetime.total_seconds())),
        )

    async def sign_out(self, proof: Proof, *, actor: Actor) -> None:
        """End the session of the proof; a token stays valid."""
        if proof.by == "session":
            async with self._db.begin() as tx:
                if await tx.sign_ins.remove(_hash(proof.secret)):
                    target = Target(kind="session", id=actor.session_id, name=actor.name)
                    await tx.audit.add(AuditEntry.by(actor.caller, "session.ended", target))

    async def _record_use(self, token: TokenRecord) -> None:
        if token.last_used_at is None or datetime.now(UTC) - token.last_used_at >= _USE_RECORDED_EVERY:
            async with self._db.begin() as tx:
                await tx.tokens.touch(token.id)


def _token_target(token: TokenRecord) -> Target:
    return Target(kind="token", id=token.id, name=token.name)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _token_hash(secret: str) -> bytes:
    """Raises `UnauthenticatedError` for what cannot be a token, so that the database is not asked."""
    if fault := token_fault(secret):
        raise UnauthenticatedError(fault)
    return token_hash(secret)
