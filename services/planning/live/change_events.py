"""What viewers are told of a change: what it is, where, and who of them is told at all. Pure.

Whoever does not see a place is told nothing of it, not even that something changed: so a change is told by the scopes
in which a viewer sees something, as lists are. What administrators alone see is told to them, and to whom it belongs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.rights import EVERYWHERE, ApplicationRef, EnvironmentRef, Scope


class ChangeTopic(StrEnum):
    """What kind of thing has changed."""

    OVERVIEW = "overview"  # how an app environment looks: what runs there, its health, whether it is known now
    APPLICATION = "application"  # an application, or its settings and resources in an environment
    ENVIRONMENT = "environment"  # an environment, its clusters and the namespaces that it gives
    CLUSTER = "cluster"  # a cluster, and whether it is reached
    OPERATION = "operation"
    PROGRESS = "progress"  # an operation under way has come further: told at most once a second
    RELEASE = "release"
    IMAGE = "image"  # a pushed image, or the verdict on it
    PROPOSAL = "proposal"
    PROMOTION_SET = "promotion-set"
    APPROVAL_POLICY = "approval-policy"
    HOLD = "hold"
    STOP = "stop"
    FREEZE = "freeze"
    DRIFT = "drift"  # drift or skew opened, closed, or is otherwise than it was
    RECEIVER = "receiver"
    DELIVERY = "delivery"
    REGISTRY = "registry"
    POLL = "poll"
    CHANNEL = "channel"  # a channel, or a route to one
    NOTIFICATION = "notification"  # one in the outbox
    PERSON = "person"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    SERVICE_ACCOUNT = "service-account"
    TRUST = "trust"
    BINDING = "binding"
    GIT_REPOSITORY = "git-repository"
    DECLARED_KIND = "declared-kind"
    EXPECTED_DIFFERENCE = "expected-difference"
    APPLICATION_GROUP = "application-group"  # which applications are promoted together
    TIMELINE = "timeline"  # what was seen to happen in an app environment


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who follows the stream, as far as it decides what it is told.

    `seen` are the scopes in which it sees something. `own` are the ids of what it is and acts by: a person, a service
    account, a token.
    """

    seen: tuple[Scope, ...] = ()
    administers: bool = False
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ChangeEvent:
    """A change, by names. `id` is of the operation, release, proposal, hold, stop, freeze or receiver; for progress of
    the operation, and for a notification and a delivery of the channel or receiver that has it.

    A viewer who sees one of the `places` is told: an application in an environment, or with None for one of them, the
    other anywhere; (None, None) is everybody. Or one who sees a part of one of the `scopes`. Where it is of the
    `administration`, administrators are told instead, and whose own it is: one of the `owners`.
    """

    topic: ChangeTopic
    application: str | None = None
    environment: str | None = None
    cluster: str | None = None
    id: str | None = None
    places: tuple[tuple[ApplicationRef | None, EnvironmentRef | None], ...] = ()
    scopes: tuple[Scope, ...] = ()
    administration: bool = False
    owners: frozenset[str] = frozenset()

    def is_told(self, viewer: Viewer) -> bool:
        """Whether the viewer is told. Who sees everything is told of everything that is not of the administration."""
        if self.administration:
            return viewer.administers or not self.owners.isdisjoint(viewer.own)
        if EVERYWHERE in viewer.seen:
            return True
        return any(_is_seen(application, environment, viewer.seen) for application, environment in self.places) or any(
            scope.meet(each) is not None for scope in self.scopes for each in viewer.seen
        )

    @property
    def told(self) -> tuple[object, ...]:
        """What a viewer learns of it."""
        return self.topic, self.application, self.environment, self.cluster, self.id


def _is_seen(application: ApplicationRef | None, environment: EnvironmentRef | None, seen: Sequence[Scope]) -> bool:
    if application is None and environment is None:
        return True
    return any(
        (application is None or scope.covers_application(application))
        and (environment is None or scope.covers_environment(environment))
        for scope in seen
    )


def merged(events: Iterable[ChangeEvent]) -> tuple[ChangeEvent, ...]:
    """Each change once, for all who are told of it. What was renamed meanwhile is told by both names."""
    found: dict[tuple[object, ...], ChangeEvent] = {}
    for each in events:
        former = found.get(each.told)
        found[each.told] = each if former is None else _together(former, each)
    return tuple(found.values())


def _together(one: ChangeEvent, other: ChangeEvent) -> ChangeEvent:
    if (one.places, one.scopes, one.owners) == (other.places, other.scopes, other.owners):
        return one
    return replace(
        one,
        places=(*one.places, *(each for each in other.places if each not in one.places)),
        scopes=(*one.scopes, *(each for each in other.scopes if each not in one.scopes)),
        owners=one.owners | other.owners,
    )
