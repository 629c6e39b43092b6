"""Rights, the roles that hold them, the bindings that give roles, and what an actor may do by them. Pure.

A binding says: this subject has this role on these applications in these environments. Bindings only allow; there is
no binding that denies. Each counts as a whole: the role of one never meets the scope of another
(https://github.com/OctopusDeploy/Issues/issues/4474).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from domain.words import Role


class Right(StrEnum):
    """What a request needs."""

    VIEW = "view"
    PROMOTE = "promote"  # promote, deploy, roll back, cancel, retry
    APPROVE = "approve"  # vote on proposals
    MAINTAIN = "maintain"  # adopt, configure, import, settings, policies, holds
    ADMINISTER = "administer"  # clusters, environments, registries, people, and what is dangerous
    BREAK_GLASS = "break-glass"  # start without the approvals that an environment asks for, with a reason


ROLE_RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Right.VIEW}),
        Role.PROMOTER: frozenset({Right.VIEW, Right.PROMOTE}),
        Role.APPROVER: frozenset({Right.VIEW, Right.APPROVE}),
        Role.MAINTAINER: frozenset({Right.VIEW, Right.PROMOTE, Right.MAINTAIN}),
        Role.ADMIN: frozenset(Right),
    }
)


class SubjectKind(StrEnum):
    """Whom a binding gives a role."""

    PERSON = "person"
    GROUP = "group"
    SERVICE_ACCOUNT = "service-account"
    TRUST = "trust"
    TOKEN = "token"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, kw_only=True)
class Subject:
    """`id` is the id of the row; of a group it is `<provider>:<group>`, as that provider names the group."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, kw_only=True)
class ApplicationRef:
    """An application as far as rights depend on it."""

    id: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EnvironmentRef:
    """An environment as far as rights depend on it."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Applications in environments, by their ids; None stands for all, also for those that do not exist yet.

    Only applications that bear all the `labels` belong to it.
    """

    applications: frozenset[str] | None = None
    labels: frozenset[tuple[str, str]] = frozenset()
    environments: frozenset[str] | None = None

    @property
    def everywhere(self) -> bool:
        return self == EVERYWHERE

    def covers_application(self, application: ApplicationRef | None) -> bool:
        """Whether the application belongs to it; None asks whether all do."""
        if application is None:
            return self.applications is None and not self.labels
        return (
            self.applications is None or application.id in self.applications
        ) and self.labels <= application.labels.items()

    def covers_environment(self, environment: EnvironmentRef | None) -> bool:
        """Whether the environment belongs to it; None asks whether all do."""
        if self.environments is None:
            return True
        return environment is not None and environment.id in self.environments

    def includes(self, other: Scope) -> bool:
        """Whether all that belongs to the other one belongs to this one, whatever applications there will be."""
        return (
            _within(other.applications, self.applications)
            and _within(other.environments, self.environments)
            and self.labels <= other.labels
        )

    def meet(self, other: Scope) -> Scope | None:
        """What belongs to both; None where nothing does, whatever labels applications have."""
        applications = _meet(self.applications, other.applications)
        environments = _meet(self.environments, other.environments)
        if applications == frozenset() or environments == frozenset():
            return None
        return Scope(applications=applications, labels=self.labels | other.labels, environments=environments)


def _within(inner: frozenset[str] | None, outer: frozenset[str] | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)


def _meet(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other


EVERYWHERE = Scope()


@dataclass(frozen=True, kw_only=True)
class RoleBinding:
    """A subject's role on a scope, until `expires_at` (UTC; None: for good).

    `break_glass` adds that right to the role's. `id` is None where the role comes with the token itself.
    """

    id: str | None
    subject: Subject
    role: Role
    scope: Scope = field(default=EVERYWHERE)
    break_glass: bool = False
    expires_at: datetime | None = None

    @property
    def rights(self) -> frozenset[Right]:
        return ROLE_RIGHTS[self.role] | ({Right.BREAK_GLASS} if self.break_glass else frozenset())


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """What an actor holds: the bindings in force, and the limit that its token sets to them (None: no limit).

    A personal token carries its owner's bindings, and a role and scope of its own as the limit: both have to allow.
    """

    bindings: tuple[RoleBinding, ...] = ()
    limit: RoleBinding | None = None

    def allow(
        self, right: Right, *, application: ApplicationRef | None = None, environment: EnvironmentRef | None = None
    ) -> bool:
        """Whether one binding gives the right here. None for the application or environment asks for all of them."""
        return any(
            scope.covers_application(application) and scope.covers_environment(environment)
            for scope in self.scopes(right)
        )

    def allow_on(self, right: Right, application: ApplicationRef) -> bool:
        """Whether a binding gives the right on the application in at least one environment."""
        return any(scope.covers_application(application) for scope in self.scopes(right))

    def allow_in(self, right: Right, environment: EnvironmentRef) -> bool:
        """Whether a binding gives the right in the environment for at least one application."""
        return any(scope.covers_environment(environment) for scope in self.scopes(right))

    def scopes(self, right: Right) -> tuple[Scope, ...]:
        """Where the right is held; of several that say the same, one."""
        return self._scopes(each for each in self.bindings if right in each.rights) if self._within(right) else ()

    def _within(self, right: Right) -> bool:
        return self.limit is None or right in self.limit.rights

    def _scopes(self, bindings: Iterable[RoleBinding]) -> tuple[Scope, ...]:
        scopes = dict.fromkeys(each.scope for each in bindings)
        if self.limit is None:
            return tuple(scopes)
        return tuple(dict.fromkeys(met for each in scopes if (met := each.meet(self.limit.scope)) is not None))

    def include(self, binding: RoleBinding) -> bool:
        """Whether whoever holds this may give it: each right of the binding is held on the binding's whole scope, and
        for as long. Else a role for an hour would last for good.

        Two bindings that cover a scope only together do not count: each counts as a whole.
        """
        lasting = [each for each in self.bindings if _outlasts(each.expires_at, binding.expires_at)]
        return all(
            self._within(right)
            and any(
                held.includes(binding.scope) for held in self._scopes(each for each in lasting if right in each.rights)
            )
            for right in sorted(binding.rights)
        )


def _outlasts(end: datetime | None, other: datetime | None) -> bool:
    return end is None or (other is not None and other <= end)


def in_force(bindings: Iterable[RoleBinding], at: datetime) -> tuple[RoleBinding, ...]:
    """Those that have not expired at this time (UTC)."""
    return tuple(each for each in bindings if each.expires_at is None or each.expires_at > at)
