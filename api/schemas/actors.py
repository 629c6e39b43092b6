"""Actors in the contract."""

from typing import Self

from api.schemas.base import Output
from domain.actors import ActorKind, ActorRef


class ActorRead(Output):
    """Who did it. `id` identifies within `kind`; a name is what the actor was called then."""

    kind: ActorKind
    id: str
    name: str

    @classmethod
    def of(cls, ref: ActorRef) -> Self:
        return cls(kind=ref.kind, id=ref.id, name=ref.name)
