"""Who is calling and what they may do: tokens, sessions and roles.

A caller proves itself with a secret that is shown once and stored as its SHA-256: 32 random bytes need no slow hash.
Nothing here knows HTTP: the edge finds the secret in a header or a cookie and asks `Access.actor`.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

from db.errors import DuplicateNameError
from db.records import Page, TokenRecord
from db.transaction import Database
from domain.words import Role, SignInKind
from services.errors import InvalidRequestError, NameTakenError, NotFoundError, UnauthenticatedError

TOKEN_PREFIX = "stg_"  # noqa: S105 - so that scanners recognise a leaked one
SESSION_LIFETIME = timedelta(hours=12)
CODE_LIFETIME = timedelta(minutes=10)
_USE_NOTED_EVERY = timedelta(minutes=1)  # not at each request: that would be a write for every read


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who asks, by name, and what they may; `token_id` is None for Stagecoach itself."""

    name: str
    role: Role
    token_id: str | None = None

    def may(self, role: Role) -> bool:
        """Whether the actor's role includes everything that `role` may do."""
        return self.role.rank >= role.rank


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a caller sent: the secret of a token or of a session."""

    secret: str = field(repr=False)
    by: Literal["token", "session"]


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a proof proves, and until when."""

    actor: Actor
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A new token with its secret, the only time that it is known."""

    record: TokenRecord
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SignInCode:
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Session:
    """A new session with its secret, the only time that it is known."""

    identity: Identity
    secret: str = field(repr=False)
    seconds: int


class Access:
    """Tokens and sessions."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def actor(self, proof: Proof) -> Actor:
        """Who sent the proof; raises `UnauthenticatedError` for one that is unknown, expired or revoked."""
        return (await self.identity(proof)).actor

    async def identity(self, proof: Proof) -> Identity:
        """Who sent the proof, and until when it is good; raises `UnauthenticatedError` as `actor` does."""
        async with self._db.autocommit_read() as tx:
            if proof.by == "token":
                token = await tx.tokens.valid(_hash(proof.secret))
                expires_at = token.expires_at if token else None
            else:
                session = await tx.sign_ins.valid_session(_hash(proof.secret))
                token, expires_at = (session.token, session.expires_at) if session else (None, None)
        if token is None:
            raise UnauthenticatedError(f"The {proof.by} is not known, has expired or has been revoked.")
        await self._note_use(token)
        return Identity(actor=_actor(token), expires_at=expires_at)

    async def tokens(self, *, after: str | None, limit: int) -> Page[TokenRecord]:
        """All tokens, the newest first."""
        async with self._db.read() as tx:
            return await tx.tokens.list(after=after, limit=limit)

    async def issue(self, *, name: str, role: Role, expires_at: datetime | None, actor: Actor) -> IssuedToken:
        """A new token. Raises `InvalidRequestError` where it would be expired already, `NameTakenError`."""
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise InvalidRequestError("The moment of expiry has passed.", field="body.expires_at")
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        try:
            async with self._db.begin() as tx:
                record = await tx.tokens.add(
                    name=name, role=role, hash=_hash(secret), created_by=actor.name, expires_at=expires_at
                )
        except DuplicateNameError:
            raise NameTakenError("token", name) from None
        return IssuedToken(record=record, secret=secret)

    async def revoke(self, token_id: str) -> None:
        """Refuse it, and its sessions, from now on. One that is revoked already stays so. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            if await tx.tokens.get(token_id) is None:
                raise NotFoundError("token", token_id)
            await tx.tokens.revoke(token_id)

    async def sign_in_code(self, actor: Actor, *, lifetime: timedelta = CODE_LIFETIME) -> SignInCode:
        """A code that signs one browser in as the actor, once, while it lives."""
        assert actor.token_id is not None, "only who has a token asks over HTTP"
        code, expires_at = secrets.token_urlsafe(32), datetime.now(UTC) + lifetime
        async with self._db.begin() as tx:
            await tx.sign_ins.add(
                kind=SignInKind.CODE, hash=_hash(code), token_id=actor.token_id, expires_at=expires_at
            )
        return SignInCode(code=code, expires_at=expires_at)

    async def sign_in(self, *, token: str | None, code: str | None) -> Session:
        """A session for the owner of the token or code; raises `UnauthenticatedError`."""
        secret = secrets.token_urlsafe(32)
        async with self._db.begin() as tx:
            if code is not None:
                taken = await tx.sign_ins.take_code(_hash(code))
                owner = taken.token if taken else None
            else:
                owner = await tx.tokens.valid(_hash(token or ""))
            if owner is None:
                what = "token is not known, has expired or has been revoked" if code is None else "code is used up"
                raise UnauthenticatedError(f"The {what}.")
            end = datetime.now(UTC) + SESSION_LIFETIME
            expires_at = end if owner.expires_at is None else min(end, owner.expires_at)
            await tx.sign_ins.add(kind=SignInKind.SESSION, hash=_hash(secret), token_id=owner.id, expires_at=expires_at)
        lifetime = expires_at - datetime.now(UTC)
        return Session(
            identity=Identity(actor=_actor(owner), expires_at=expires_at),
            secret=secret,
            seconds=max(0, int(lifetime.total_seconds())),
        )

    async def sign_out(self, proof: Proof) -> None:
        """End the session; a token stays valid."""
        if proof.by == "session":
            async with self._db.begin() as tx:
                await tx.sign_ins.remove(_hash(proof.secret))

    async def _note_use(self, token: TokenRecord) -> None:
        if token.last_used_at is None or datetime.now(UTC) - token.last_used_at >= _USE_NOTED_EVERY:
            async with self._db.begin() as tx:
                await tx.tokens.touch(token.id)


def _hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _actor(token: TokenRecord) -> Actor:
    return Actor(name=token.name, role=token.role, token_id=token.id)
