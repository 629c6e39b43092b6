"""Gives and takes away roles, and says who may do what, and by which binding.

A maintainer of a scope gives there what they hold there, and takes it away again; no person gives more than they hold
(as Kargo: pkg/server/rbac, and Kubernetes: RBAC's privilege escalation prevention).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from db.bindings import BindingRecord
from db.records.pages import Page
from db.transaction import Database, Transaction
from domain.actors import ActorRef
from domain.audit import AuditEntry, Chosen, Target
from domain.grants import Actor
from domain.rights import Holdings, Right, RoleBinding, Scope, Subject, SubjectKind
from domain.words import Role
from services.errors import ForbiddenError, InvalidRequestError, NotFoundError
from services.planning.people.groups import group_name
from services.reading.permissions import lacking


@dataclass(frozen=True, kw_only=True)
class NewBinding:
    """A binding to make; applications and environments are names, None for all."""

    subject: Subject
    role: Role
    applications: tuple[str, ...] | None = None
    labels: Mapping[str, str] | None = None
    environments: tuple[str, ...] | None = None
    break_glass: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ScopeView:
    """A scope by the names of what still exists of it; None for all."""

    applications: tuple[str, ...] | None
    labels: dict[str, str] | None
    environments: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class BindingView:
    """A binding with names. `subject_name` is the id where the subject has no name of its own, as a group."""

    id: str
    subject: Subject
    subject_name: str
    role: Role
    break_glass: bool
    scope: ScopeView
    expires_at: datetime | None
    created_by: ActorRef
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class HeldRight:
    """A right and where it is held; a scope for each binding that gives it."""

    right: Right
    scopes: tuple[ScopeView, ...]


@dataclass(frozen=True, kw_only=True)
class ExplainedRight:
    """Whether a right is held in one place, and the bindings that give it there."""

    right: Right
    held: bool
    because_of: tuple[BindingView, ...]


class Bindings:
    """Bindings as administrators and maintainers see and change them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(
        self, actor: Actor, *, subject: Subject | None = None, after: str | None, limit: int
    ) -> Page[BindingView]:
        """A page of those that the actor might take away, the newest first. It may be shorter than `limit`."""
        async with self._db.read() as tx:
            page = await tx.bindings.list(limit=limit, after=after, subject=subject)
            mine = [each for each in page.items if _governs(actor, each.binding.scope)]
            return Page(items=await _views(tx, mine), next=page.next)

    async def give(self, actor: Actor, new: NewBinding) -> BindingView:
        """Make a binding.

        Raises `NotFoundError` for an unknown subject, application or environment, `InvalidRequestError` for an expiry
        in the past or a scope by names and labels both, `ForbiddenError` for more than the actor holds.
        """
        if new.expires_at is not None and new.expires_at <= datetime.now(UTC):
            raise InvalidRequestError("The time of expiry is in the past.", field="body.expires_at")
        if new.applications is not None and new.labels:
            detail = "A binding selects applications either by their names or by labels."
            raise InvalidRequestError(detail, field="body.labels")
        async with self._db.begin() as tx:
            binding = RoleBinding(
                id=None,
                subject=await _existing(tx, new.subject),
                role=new.role,
                scope=await _scope(tx, actor, new),
                break_glass=new.break_glass,
                expires_at=new.expires_at,
            )
            _require_governing(actor, binding)
            view = await _view(tx, await tx.bindings.add(binding, created_by=actor.caller.ref))
            await tx.audit.add(_entry(actor, "binding.created", view, after=_said(view)))
            return view

    async def take(self, actor: Actor, binding_id: str) -> None:
        """Delete a binding. Raises `NotFoundError`, `ForbiddenError` for more than the actor holds."""
        async with self._db.begin() as tx:
            record = await tx.bindings.get(binding_id)
            if record is None or not _governs(actor, record.binding.scope):
                raise NotFoundError("binding", binding_id)
            _require_governing(actor, record.binding)
            view = await _view(tx, record)
            await tx.bindings.remove(binding_id)
            await tx.audit.add(_entry(actor, "binding.deleted", view, before=_said(view)))

    async def own(self, actor: Actor) -> tuple[HeldRight, ...]:
        """Where the actor holds each right."""
        scopes = {right: actor.holdings.scopes(right) for right in Right}
        async with self._db.read() as tx:
            names = await _Names.of(tx, [scope for found in scopes.values() for scope in found])
        return tuple(
            HeldRight(right=right, scopes=tuple(map(names.view, found))) for right, found in scopes.items() if found
        )

    async def explain(
        self, actor: Actor, subject: Subject, *, application: str, environment: str
    ) -> tuple[ExplainedRight, ...]:
        """What a subject may do in one place, and why: for a person, also by their groups as they were told last.

        For actors who maintain that place. Raises `NotFoundError`, `ForbiddenError`.
        """
        async with self._db.read() as tx:
            found, place = await tx.bindings.target(application=application, environment=environment)
            if found is None or not actor.holdings.allow_on(Right.VIEW, found):
                raise NotFoundError("application", application)
            if place is None or not actor.holdings.allow(Right.VIEW, application=found, environment=place):
                raise NotFoundError("environment", environment)
            if not actor.holdings.allow(Right.MAINTAIN, application=found, environment=place):
                raise ForbiddenError(lacking(actor, Right.MAINTAIN, f"'{found.name}' in '{place.name}'"))
            acting = await tx.token_subjects.acting(subject)
            bindings = await tx.bindings.of(acting.subjects if acting else (subject,))
            records = [record for each in bindings if each.id and (record := await tx.bindings.get(each.id))]
            views = dict(zip((each.binding.id for each in records), await _views(tx, records, actor), strict=True))
        explained = []
        for right in Right:
            giving = [
                each
                for each in bindings
                if Holdings(bindings=(each,)).allow(right, application=found, environment=place)
            ]
            why = tuple(views[each.id] for each in giving if each.id in views)
            explained.append(ExplainedRight(right=right, held=bool(giving), because_of=why))
        return tuple(explained)


def _governs(actor: Actor, scope: Scope) -> bool:
    """Whether the actor maintains all of the scope."""
    return any(held.includes(scope) for held in actor.holdings.scopes(Right.MAINTAIN))


def _require_governing(actor: Actor, binding: RoleBinding) -> None:
    if not _governs(actor, binding.scope):
        raise ForbiddenError(lacking(actor, Right.MAINTAIN, "all that the binding covers"))
    if not actor.holdings.include(binding):
        raise ForbiddenError(
            f"The role '{binding.role}' there, or for so long, is more than '{actor.name}' holds. Nobody gives or "
            "takes away more than they hold; an administrator can."
        )


async def _existing(tx: Transaction, subject: Subject) -> Subject:
    """Raises `NotFoundError` for a subject that does not exist, `InvalidRequestError` for one that cannot be bound."""
    if subject.kind is SubjectKind.GROUP:
        provider, _, group = subject.id.partition(":")
        if not provider or not group:
            raise InvalidRequestError(
                "A group is named by its provider, a colon, and its name there, as 'keycloak:platform'.",
                field="body.subject.id",
            )
        return Subject(kind=SubjectKind.GROUP, id=f"{provider}:{group_name(group)}")
    if subject.kind is SubjectKind.TOKEN:
        raise InvalidRequestError(
            "A token that acts as itself has the role with which it was created. Bind a service account instead.",
            field="body.subject.kind",
        )
    if not await tx.token_subjects.exists(subject):
        raise NotFoundError(subject.kind.value.replace("-", " "), subject.id)
    return subject


async def _scope(tx: Transaction, actor: Actor, new: NewBinding) -> Scope:
    """Raises `NotFoundError` for what does not exist, or is not seen by the actor: the two cannot be told apart."""
    applications, environments = None, None
    if new.applications is not None:
        applications = [await _application(tx, actor, each) for each in new.applications]
    if new.environments is not None:
        environments = [await _environment(tx, actor, each) for each in new.environments]
    return Scope(
        applications=None if applications is None else frozenset(applications),
        labels=frozenset((new.labels or {}).items()),
        environments=None if environments is None else frozenset(environments),
    )


async def _application(tx: Transaction, actor: Actor, name: str) -> str:
    found, _ = await tx.bindings.target(application=name)
    if found is None or not actor.holdings.allow_on(Right.VIEW, found):
        raise NotFoundError("application", name)
    return found.id


async def _environment(tx: Transaction, actor: Actor, name: str) -> str:
    _, found = await tx.bindings.target(environment=name)
    if found is None or not actor.holdings.allow_in(Right.VIEW, found):
        raise NotFoundError("environment", name)
    return found.id


@dataclass(frozen=True, kw_only=True)
class _Names:
    """The names of what scopes cover, by id."""

    applications: Mapping[str, str]
    environments: Mapping[str, str]

    @classmethod
    async def of(cls, tx: Transaction, scopes: Iterable[Scope], seen_by: Actor | None = None) -> "_Names":
        """Of what one actor sees, where one is named."""
        listed = tuple(scopes)
        applications = await tx.bindings.applications({each for scope in listed for each in scope.applications or ()})
        environments = await tx.bindings.environments({each for scope in listed for each in scope.environments or ()})
        seen = None if seen_by is None else seen_by.holdings
        return cls(
            applications={each.id: each.name for each in applications if not seen or seen.allow_on(Right.VIEW, each)},
            environments={each.id: each.name for each in environments if not seen or seen.allow_in(Right.VIEW, each)},
        )

    def view(self, scope: Scope) -> ScopeView:
        return ScopeView(
            applications=_sorted(scope.applications, self.applications),
            labels=dict(sorted(scope.labels)) or None,
            environments=_sorted(scope.environments, self.environments),
        )


def _sorted(ids: frozenset[str] | None, names: Mapping[str, str]) -> tuple[str, ...] | None:
    return None if ids is None else tuple(sorted(names[each] for each in ids if each in names))


async def _view(tx: Transaction, record: BindingRecord) -> BindingView:
    (view,) = await _views(tx, [record])
    return view


async def _views(
    tx: Transaction, records: Iterable[BindingRecord], seen_by: Actor | None = None
) -> tuple[BindingView, ...]:
    """With the names of what the bindings cover: of that which one actor sees, where one is named."""
    listed = tuple(records)
    names = await _Names.of(tx, [each.binding.scope for each in listed], seen_by)
    subjects = await tx.token_subjects.named([each.binding.subject for each in listed])
    return tuple(
        BindingView(
            id=each.binding.id or "",
            subject=each.binding.subject,
            subject_name=subjects[each.binding.subject].name,
            role=each.binding.role,
            break_glass=each.binding.break_glass,
            scope=names.view(each.binding.scope),
            expires_at=each.binding.expires_at,
            created_by=each.created_by,
            created_at=each.created_at,
        )
        for each in listed
    )


def _entry(
    actor: Actor, action: str, view: BindingView, *, before: Chosen | None = None, after: Chosen | None = None
) -> AuditEntry:
    return AuditEntry.by(
        actor.caller,
        action,
        Target(kind="binding", id=view.id, name=f"{view.role} for {view.subject_name}"),
        Target(kind=view.subject.kind.value, id=view.subject.id, name=view.subject_name),
        before=before,
        after=after,
    )


def _said(view: BindingView) -> dict[str, object]:
    return {
        "subject": {"kind": view.subject.kind.value, "id": view.subject.id, "name": view.subject_name},
        "role": view.role.value,
        "break_glass": view.break_glass,
        "applications": None if view.scope.applications is None else list(view.scope.applications),
        "labels": view.scope.labels,
        "environments": None if view.scope.environments is None else list(view.scope.environments),
        "expires_at": view.expires_at.isoformat() if view.expires_at else None,
    }
