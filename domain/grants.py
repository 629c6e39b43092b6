"""Grants: proofs that a right was checked. `services.people.permissions` alone makes them.

A use case takes a grant instead of names and a caller: one that forgets the check does not type-check, and one that was
checked for an application cannot work on another. Making a grant takes the seal, which no other module imports; a test
holds that.
"""

from dataclasses import InitVar, dataclass
from typing import Final, final

from domain.actors import ActorRef, Origin
from domain.rights import ApplicationRef, EnvironmentRef, Scope


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
class Grant:
    """The caller has the right that the class names, on what the members name."""

    caller: Caller
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not SEAL:
            raise TypeError("services.people.permissions makes grants.")


@dataclass(frozen=True, kw_only=True)
class ViewGrant(Grant):
    """The caller sees the app environment."""

    application: ApplicationRef
    environment: EnvironmentRef


@dataclass(frozen=True, kw_only=True)
class ApproveGrant(ViewGrant):
    """The caller decides about proposals for the app environment."""


@dataclass(frozen=True, kw_only=True)
class PromoteGrant(ViewGrant):
    """The caller changes images in the app environment."""


@dataclass(frozen=True, kw_only=True)
class MaintainGrant(PromoteGrant):
    """The caller changes resources and settings of the app environment. Every role that maintains also promotes."""


@dataclass(frozen=True, kw_only=True)
class ApplicationViewGrant(Grant):
    """The caller sees the application in at least one environment; `visible` are the environments, None for all."""

    application: ApplicationRef
    visible: frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class ApplicationMaintainGrant(ApplicationViewGrant):
    """The caller maintains the application in every environment, so may rename, label and delete it."""


@dataclass(frozen=True, kw_only=True)
class EnvironmentViewGrant(Grant):
    """The caller sees the environment, because of at least one application."""

    environment: EnvironmentRef


@dataclass(frozen=True, kw_only=True)
class AdminGrant(Grant):
    """The caller administers the installation."""


@dataclass(frozen=True, kw_only=True)
class ListGrant(Grant):
    """The caller sees, in lists, what belongs to one of the scopes; everything where one of them is everywhere."""

    scopes: tuple[Scope, ...]

    @property
    def everything(self) -> bool:
        return any(scope.everywhere for scope in self.scopes)
