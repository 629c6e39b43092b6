"""Actors for tests that call use cases past the API."""

from domain.actors import ActorKind, ActorRef, Origin, Via
from domain.grants import Actor, Caller
from domain.rights import Holdings, RoleBinding, Subject, SubjectKind
from domain.words import Role

ORIGIN = Origin(via=Via.TOKEN)


def actor_with(role: Role, *, name: str = "ann") -> Actor:
    """An actor with this role everywhere."""
    return Actor(
        caller=Caller(ref=ActorRef(kind=ActorKind.TOKEN, id=name, name=name), origin=ORIGIN),
        holdings=Holdings(
            bindings=(RoleBinding(id=None, subject=Subject(kind=SubjectKind.TOKEN, id=name), role=role),)
        ),
    )


ANN = actor_with(Role.ADMIN)  # the example holds what only an administrator allows: a login to a registry
BEN = actor_with(Role.MAINTAINER, name="ben")
