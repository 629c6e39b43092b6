"""Actors with what they hold, and grants: proofs that a right was checked.

`services.reading.permissions` alone makes grants. What reads or changes an app environment takes one, so a use case
that forgets the check does not type-check, and one that was checked for an application cannot work on another. Making a
grant takes the seal, which no other module imports; a test holds that.
"""

from dataclasses import InitVar, dataclass
from typing import ClassVar, Final, final

from domain.actors import ActorRef, Origin
from domain.rights import ROLE_RIGHTS, ApplicationRef, EnvironmentRef, Holdings, Right, Scope
from domain.words import Role


@final
class Seal:
    """What only the check hands over."""


SEAL: Final = Seal()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """For whom something is done: who, by what means, from where. It is what rows and the audit say."""

    ref: ActorRef
    origin: Origin
    token_id: str | None = None

    @property
    def name(self) -> str:
        return self.ref.name


@dataclass(frozen=True, kw_only=True)
class Actor:
    """An authenticated caller, and what it holds. `session_id` is of the session that it called by, if it did."""

    caller: Caller
    holdings: Holdings
    session_id: str | None = None

    @property
    def name(self) -> str:
        return self.caller.name

    @property
    def role(self) -> Role | None:
        """The highest role that the actor has everywhere; None where its bindings depend on the place."""
        return next((role for role in _BY_RIGHTS if self._everywhere(role)), None)

    def _everywhere(self, role: Role) -> bool:
        return all(self.holdings.allow(right) for right in ROLE_RIGHTS[role])


# The one with the most rights first.
_BY_RIGHTS = sorted(Role, key=lambda role: -len(ROLE_RIGHTS[role]))


@dataclass(frozen=True, kw_only=True)
class Grant:
    """The actor has the right that the class names, on what the members name."""

    right: ClassVar[Right]
    actor: Actor
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not SEAL:
            raise TypeError("services.reading.permissions makes grants.")

    @property
    def caller(self) -> Caller:
        return self.actor.caller


@dataclass(frozen=True, kw_only=True)
class ViewGrant(Grant):
    """The actor sees the app environment."""

    right = Right.VIEW

    application: ApplicationRef
    environment: EnvironmentRef


@dataclass(frozen=True, kw_only=True)
class ApproveGrant(ViewGrant):
    """The actor decides about proposals for the app environment."""

    right = Right.APPROVE


@dataclass(frozen=True, kw_only=True)
class PromoteGrant(ViewGrant):
    """The actor changes images in the app environment."""

    right = Right.PROMOTE


@dataclass(frozen=True, kw_only=True)
class MaintainGrant(PromoteGrant):
    """The actor changes resources and settings of the app environment. Every role that maintains also promotes."""

    right = Right.MAINTAIN


@dataclass(frozen=True, kw_only=True)
class AdminHereGrant(MaintainGrant):
    """The actor allows in the app environment what is dangerous, and gives consents for good."""

    right = Right.ADMINISTER


@dataclass(frozen=True, kw_only=True)
class ApplicationViewGrant(Grant):
    """The actor sees the application, in the environments that `sees` tells."""

    right = Right.VIEW
    application: ApplicationRef

    def sees(self, environment: EnvironmentRef) -> bool:
        return self.actor.holdings.allow(Right.VIEW, application=self.application, environment=environment)


@dataclass(frozen=True, kw_only=True)
class ApplicationMaintainGrant(ApplicationViewGrant):
    """The actor maintains the application in every environment, so may rename, label and delete it."""

    right = Right.MAINTAIN


@dataclass(frozen=True, kw_only=True)
class EnvironmentViewGrant(Grant):
    """The actor sees the environment, because of at least one application."""

    right = Right.VIEW

    environment: EnvironmentRef


@dataclass(frozen=True, kw_only=True)
class EnvironmentMaintainGrant(EnvironmentViewGrant):
    """The actor maintains all applications in the environment, so may hold or stop it as a whole."""

    right = Right.MAINTAIN


@dataclass(frozen=True, kw_only=True)
class AdminGrant(Grant):
    """The actor administers the installation."""

    right = Right.ADMINISTER


@dataclass(frozen=True, kw_only=True)
class ListGrant(Grant):
    """The actor sees, in lists, what belongs to one of the scopes."""

    right = Right.VIEW
    scopes: tuple[Scope, ...]

    @property
    def everything(self) -> bool:
        """Whether what belongs to no application is seen as well."""
        return any(scope.everywhere for scope in self.scopes)

    @property
    def environments(self) -> frozenset[str] | None:
        """The ids of the environments that are seen; None for all."""
        if any(scope.environments is None for scope in self.scopes):
            return None
        return frozenset().union(*(scope.environments or () for scope in self.scopes))

    def sees(self, environment: EnvironmentRef) -> bool:
        """Whether the environment is seen, because of at least one application."""
        return any(scope.covers_environment(environment) for scope in self.scopes)
