"""Decides what an actor may do: pure functions of bindings, an application, an environment and the time.

All is decided by comparing a few sets, without a cache and without a policy language: some hundred bindings cost
microseconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.rights import ApplicationRef, EnvironmentRef, Right, RoleBinding, Scope


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
        scopes = dict.fromkeys(each.scope for each in self.bindings if right in each.rights)
        if self.limit is None:
            return tuple(scopes)
        if right not in self.limit.rights:
            return ()
        return tuple(dict.fromkeys(met for each in scopes if (met := each.meet(self.limit.scope)) is not None))

    def include(self, binding: RoleBinding) -> bool:
        """Whether whoever holds this may give it: each right of the binding is held on the binding's whole scope.

        Two bindings that cover a scope only together do not count: each counts as a whole.
        """
        return all(
            any(_includes(held, binding.scope) for held in self.scopes(right)) for right in sorted(binding.rights)
        )


def in_force(bindings: Iterable[RoleBinding], at: datetime) -> tuple[RoleBinding, ...]:
    """Those that have not expired at this time (UTC)."""
    return tuple(each for each in bindings if each.expires_at is None or each.expires_at > at)


def _includes(held: Scope, given: Scope) -> bool:
    applications = held.applications is None or (
        given.applications is not None and given.applications <= held.applications
    )
    environments = held.environments is None or (
        given.environments is not None and given.environments <= held.environments
    )
    return applications and environments and held.labels <= given.labels
