"""Service accounts: programs that act by tokens of their own. An administrator makes them, an owner answers for them.

What an account may do is said by bindings, not here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from db.errors import DuplicateNameError
from db.records.pages import Page
from db.service_accounts import ServiceAccountRecord
from db.transaction import Database, Transaction
from domain.audit import AuditEntry, Target
from domain.grants import Actor, AdminGrant
from domain.rights import Right, Subject, SubjectKind
from services.errors import ForbiddenError, InvalidRequestError, NameTakenError, NotFoundError
from services.people.tokens import (
    IssuedTokenView,
    NewToken,
    TokenView,
    issue_token,
    require_name,
    revoke_token,
    token_views,
)
from services.planning.people.token_text import TokenPrefix


@dataclass(frozen=True, kw_only=True)
class AccountChanges:
    """What to change; None leaves a member as it is."""

    name: str | None = None
    description: str | None = None
    disabled: bool | None = None


class ServiceAccounts:
    """Administrators see and change all accounts, owners see theirs and issue their tokens."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, actor: Actor, *, after: str | None, limit: int) -> Page[ServiceAccountRecord]:
        """A page by name, of those that the actor sees."""
        owner = None if _administers(actor) else actor.caller.ref
        async with self._db.read() as tx:
            return await tx.service_accounts.list(after=after, limit=limit, owner=owner)

    async def get(self, actor: Actor, account_id: str) -> ServiceAccountRecord:
        """Raises `NotFoundError`."""
        async with self._db.read() as tx:
            return await _seen(tx, actor, account_id)

    async def create(self, grant: AdminGrant, *, name: str, description: str) -> ServiceAccountRecord:
        """An account whose owner is the caller. Raises `InvalidRequestError`, `NameTakenError`."""
        require_name(name)
        try:
            async with self._db.begin() as tx:
                account = await tx.service_accounts.add(name=name, description=description, owner=grant.caller.ref)
                await tx.audit.add(
                    AuditEntry.by(grant.caller, "service-account.created", _target(account), after=_facts(account))
                )
                return account
        except DuplicateNameError:
            raise NameTakenError("service account", name) from None

    async def change(self, grant: AdminGrant, account_id: str, changes: AccountChanges) -> ServiceAccountRecord:
        """Raises `NotFoundError`, `InvalidRequestError`, `NameTakenError`."""
        if changes.name is not None:
            require_name(changes.name)
        try:
            async with self._db.begin() as tx:
                former = await _seen(tx, grant.actor, account_id)
                disabled_at = former.disabled_at
                if changes.disabled is not None:
                    disabled_at = (disabled_at or datetime.now(UTC)) if changes.disabled else None
                changed = await tx.service_accounts.change(
                    account_id,
                    name=former.name if changes.name is None else changes.name,
                    description=former.description if changes.description is None else changes.description,
                    disabled_at=disabled_at,
                )
                await tx.audit.add(
                    AuditEntry.by(
                        grant.caller,
                        "service-account.changed",
                        _target(changed),
                        before=_facts(former),
                        after=_facts(changed),
                    )
                )
                return changed
        except DuplicateNameError:
            raise NameTakenError("service account", changes.name or "") from None

    async def delete(self, grant: AdminGrant, account_id: str) -> None:
        """Delete it with its bindings, and revoke its tokens. Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            account = await _seen(tx, grant.actor, account_id)
            subject = _subject(account)
            await tx.tokens.revoke_of(subject)
            await tx.bindings.remove_of(subject)
            await tx.service_accounts.remove(account.id)
            await tx.audit.add(
                AuditEntry.by(grant.caller, "service-account.deleted", _target(account), before=_facts(account))
            )

    async def tokens(self, actor: Actor, account_id: str, *, after: str | None, limit: int) -> Page[TokenView]:
        """A page of the account's tokens, the newest first. Raises `NotFoundError`."""
        async with self._db.read() as tx:
            account = await _seen(tx, actor, account_id)
            return await token_views(tx, await tx.tokens.list(after=after, limit=limit, subject=_subject(account)))

    async def issue_token(self, actor: Actor, account_id: str, new: NewToken) -> IssuedTokenView:
        """Raises `NotFoundError`, `ForbiddenError`, `InvalidRequestError` (as for a life that is too long),
        `NameTakenError`.
        """
        async with self._db.begin() as tx:
            account = await _seen(tx, actor, account_id)
            if actor.holdings.limit is not None and not _administers(actor):
                raise ForbiddenError("A token cannot issue others. Sign in, and create it there.")
            if account.disabled_at is not None:
                raise InvalidRequestError(f"The service account '{account.name}' is disabled. Enable it first.")
            await _require_within(tx, actor, account)
            return await issue_token(
                tx,
                _subject(account),
                new,
                prefix=TokenPrefix.SERVICE_ACCOUNT,
                actor=actor,
                by_administrator=_administers(actor),
            )

    async def revoke_token(self, actor: Actor, account_id: str, token_id: str) -> None:
        """Raises `NotFoundError`."""
        async with self._db.begin() as tx:
            subject = _subject(await _seen(tx, actor, account_id))
            await revoke_token(tx, subject, token_id, actor=actor)


def _administers(actor: Actor) -> bool:
    return actor.holdings.allow(Right.ADMINISTER)


async def _seen(tx: Transaction, actor: Actor, account_id: str) -> ServiceAccountRecord:
    """The account, if the actor administers or owns it. Raises `NotFoundError`."""
    account = await tx.service_accounts.get(account_id)
    if account is None or not (_administers(actor) or _owns(actor, account)):
        raise NotFoundError("service account", account_id)
    return account


async def _require_within(tx: Transaction, actor: Actor, account: ServiceAccountRecord) -> None:
    """Raises `ForbiddenError` for an owner who holds less than the account: a token of it would give them the rest.

    As where an owner who made the account as an administrator is none any more.
    """
    bindings = await tx.bindings.of([_subject(account)])
    if not (_administers(actor) or all(map(actor.holdings.include, bindings))):
        raise ForbiddenError(
            f"The service account '{account.name}' holds more than '{actor.name}' does. An administrator can issue its "
            "tokens, or take away a binding of the account."
        )


def _owns(actor: Actor, account: ServiceAccountRecord) -> bool:
    ref = actor.caller.ref
    return (ref.kind, ref.id) == (account.owner.kind, account.owner.id)


def _target(account: ServiceAccountRecord) -> Target:
    return Target(kind="service-account", id=account.id, name=account.name)


def _facts(account: ServiceAccountRecord) -> dict[str, object]:
    return {
        "name": account.name,
        "description": account.description,
        "owner": f"{account.owner.kind} {account.owner.name}",
        "disabled": account.disabled_at is not None,
    }


def _subject(account: ServiceAccountRecord) -> Subject:
    return Subject(kind=SubjectKind.SERVICE_ACCOUNT, id=account.id)
