"""Tokens that act for somebody: personal ones, and those of service accounts. Their secrets are shown once."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from db.errors import DuplicateNameError
from db.records.pages import Page
from db.records.sign_ins import TokenRecord
from db.transaction import Database, Transaction
from domain.actors import ActorKind, ActorRef
from domain.audit import AuditEntry, Target
from domain.grants import Actor
from domain.rights import Right, Scope, Subject, SubjectKind
from domain.words import Role
from services.errors import ForbiddenError, InvalidRequestError, NameTakenError, NotFoundError
from services.planning.people.names import name_fault
from services.planning.people.token_lifetimes import lifetime_fault
from services.planning.people.token_text import RANDOM_BYTES, TokenPrefix, token_hash, token_text


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """A token to issue: at most this role, on these applications and environments (by name; None: all).

    `expires_at` is None for a token that never expires.
    """

    name: str
    role: Role
    expires_at: datetime | None
    applications: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class TokenView:
    """A token as people see it. `acts_for` is None where it acts as itself; scopes are by name, None for all."""

    id: str
    name: str
    role: Role
    acts_for: ActorRef | None
    applications: tuple[str, ...] | None
    environments: tuple[str, ...] | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class IssuedTokenView:
    """A new token with its secret, which is not stored: this is the only time that it is known."""

    view: TokenView
    secret: str = field(repr=False)


class PersonalTokens:
    """The tokens of people, each by itself. They hold what their owner holds, within their own role and scope."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, actor: Actor, *, after: str | None, limit: int) -> Page[TokenView]:
        """A page of the actor's own tokens, the newest first; an actor that is no person has none.

        By a token, itself alone: a token that leaked must not tell what else its owner has.
        """
        subject = _person(actor)
        if subject is None:
            return Page(items=(), next=None)
        async with self._db.read() as tx:
            if actor.caller.token_id is None:
                return await token_views(tx, await tx.tokens.list(after=after, limit=limit, subject=subject))
            itself = await tx.tokens.get(actor.caller.token_id)
            items = (itself,) if itself is not None and after is None else ()
            return await token_views(tx, Page(items=items, next=None))

    async def issue(self, actor: Actor, new: NewToken) -> IssuedTokenView:
        """Raises `ForbiddenError`, `InvalidRequestError`, `NotFoundError` for an unknown scope, `NameTakenError`."""
        subject = _person(actor)
        if subject is None:
            raise ForbiddenError(
                f"Only people have personal tokens, and '{actor.name}' is none. An administrator issues tokens for "
                "programs."
            )
        if actor.caller.token_id is not None:
            raise ForbiddenError("A token cannot issue others. Sign in, and create it there.")
        async with self._db.begin() as tx:
            return await issue_token(tx, subject, new, prefix=TokenPrefix.PERSON, actor=actor, by_administrator=False)

    async def revoke(self, actor: Actor, token_id: str) -> None:
        """Revoke one of the actor's own tokens; by a token, itself alone. Raises `NotFoundError`."""
        subject = _person(actor)
        if subject is None or actor.caller.token_id not in {None, token_id}:
            raise NotFoundError("token", token_id)
        async with self._db.begin() as tx:
            await revoke_token(tx, subject, token_id, actor=actor)


async def issue_token(
    tx: Transaction, subject: Subject, new: NewToken, *, prefix: TokenPrefix, actor: Actor, by_administrator: bool
) -> IssuedTokenView:
    """Issue a token for a subject. Raises as `PersonalTokens.issue`."""
    require_name(new.name)
    now = datetime.now(UTC)
    if fault := lifetime_fault(new.expires_at, now=now, by_administrator=by_administrator):
        raise InvalidRequestError(fault, field="body.expires_at")
    scope = Scope(
        applications=await _applications(tx, new.applications, actor),
        environments=await _environments(tx, new.environments, actor),
    )
    secret = token_text(prefix, secrets.token_bytes(RANDOM_BYTES))
    try:
        record = await tx.tokens.add(
            name=new.name,
            role=new.role,
            hash=token_hash(secret),
            created_by=actor.name,
            expires_at=new.expires_at,
            subject=subject,
            scope=scope,
        )
    except DuplicateNameError:
        raise NameTakenError("token", new.name) from None
    (view,) = (await token_views(tx, Page(items=(record,), next=None))).items
    await tx.audit.add(AuditEntry.by(actor.caller, "token.created", token_target(record), after=token_facts(view)))
    return IssuedTokenView(view=view, secret=secret)


def token_target(token: TokenRecord) -> Target:
    """A token as the audit names it."""
    return Target(kind="token", id=token.id, name=token.name)


def token_facts(view: TokenView) -> dict[str, object]:
    """What the audit keeps of a token."""
    return {
        "role": view.role.value,
        "acts_for": None if view.acts_for is None else f"{view.acts_for.kind} {view.acts_for.name}",
        "applications": None if view.applications is None else list(view.applications),
        "environments": None if view.environments is None else list(view.environments),
        "expires_at": None if view.expires_at is None else view.expires_at.isoformat(),
    }


async def revoke_token(tx: Transaction, subject: Subject, token_id: str, *, actor: Actor) -> None:
    """Revoke a token of a subject, and its sessions; no effect on a revoked one. Raises `NotFoundError`."""
    token = await tx.tokens.get(token_id)
    if token is None or token.subject != subject:
        raise NotFoundError("token", token_id)
    if await tx.tokens.revoke(token_id):
        await tx.audit.add(AuditEntry.by(actor.caller, "token.revoked", token_target(token)))


async def token_views(tx: Transaction, page: Page[TokenRecord]) -> Page[TokenView]:
    """The same page, with names in place of ids."""
    subjects = {each.subject for each in page.items if each.subject is not None}
    acting = await tx.token_subjects.named(subjects)
    applications = await tx.token_subjects.application_names(_ids(each.scope.applications for each in page.items))
    environments = await tx.token_subjects.environment_names(_ids(each.scope.environments for each in page.items))
    return Page(
        items=tuple(
            TokenView(
                id=each.id,
                name=each.name,
                role=each.role,
                acts_for=None if each.subject is None else acting[each.subject],
                applications=_names(each.scope.applications, applications),
                environments=_names(each.scope.environments, environments),
                created_by=each.created_by,
                created_at=each.created_at,
                expires_at=each.expires_at,
                last_used_at=each.last_used_at,
                revoked_at=each.revoked_at,
            )
            for each in page.items
        ),
        next=page.next,
    )


def require_name(name: str) -> None:
    """Raises `InvalidRequestError` for a name that nothing may have."""
    if fault := name_fault(name):
        raise InvalidRequestError(fault, field="body.name")


def _person(actor: Actor) -> Subject | None:
    ref = actor.caller.ref
    return Subject(kind=SubjectKind.PERSON, id=ref.id) if ref.kind is ActorKind.PERSON else None


async def _applications(tx: Transaction, names: Sequence[str] | None, actor: Actor) -> frozenset[str] | None:
    if names is None:
        return None
    found: list[str] = []
    for name in names:
        application, _ = await tx.bindings.target(application=name)
        if application is None or not actor.holdings.allow_on(Right.VIEW, application):
            raise NotFoundError("application", name)
        found.append(application.id)
    return frozenset(found)


async def _environments(tx: Transaction, names: Sequence[str] | None, actor: Actor) -> frozenset[str] | None:
    if names is None:
        return None
    found: list[str] = []
    for name in names:
        _, environment = await tx.bindings.target(environment=name)
        if environment is None or not actor.holdings.allow_in(Right.VIEW, environment):
            raise NotFoundError("environment", name)
        found.append(environment.id)
    return frozenset(found)


def _ids(scopes: Iterable[frozenset[str] | None]) -> frozenset[str]:
    return frozenset().union(*(each for each in scopes if each is not None))


def _names(ids: frozenset[str] | None, names: dict[str, str]) -> tuple[str, ...] | None:
    """What was deleted meanwhile has no name, and gives nothing."""
    return None if ids is None else tuple(sorted(names[each] for each in ids if each in names))
