"""Actors for tests that call use cases past the API."""

from typing import TypeVar

from db.records.inventory import AppEnvironmentRecord
from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.grants import SEAL, Actor, Caller, ViewGrant
from domain.rights import EVERYWHERE, Holdings, RoleBinding, Scope, Subject, SubjectKind
from domain.words import Role
from services.reading.permissions import Permissions, application_ref, environment_ref

Place = TypeVar("Place", bound=ViewGrant)
ORIGIN = Origin(via=Via.TOKEN)


def actor_with(role: Role, *, name: str = "ann", scope: Scope = EVERYWHERE) -> Actor:
    """An actor with this role, everywhere by default."""
    return Actor(
        caller=Caller(ref=ActorRef(kind=ActorKind.TOKEN, id=name, name=name), origin=ORIGIN),
        holdings=Holdings(
            bindings=(RoleBinding(id=None, subject=Subject(kind=SubjectKind.TOKEN, id=name), role=role, scope=scope),)
        ),
    )


ANN = actor_with(Role.ADMIN)  # the example holds what only an administrator allows: a login to a registry
BEN = actor_with(Role.MAINTAINER, name="ben")
ADMINISTRATOR = actor_with(Role.ADMIN, name="admin")
ADMINISTERS = Permissions.administration(ADMINISTRATOR)
SEES_ALL = Permissions.listing(ANN)


def granted(kind: type[Place], record: AppEnvironmentRecord) -> Place:
    """Ann's grant for an app environment, without a check."""
    return kind(
        actor=ANN,
        application=application_ref(record.application),
        environment=environment_ref(record.environment),
        seal=SEAL,
    )
