"""Which change a changed row is to viewers: the ids of the row, looked up among the places that are known. Pure.

None where a place is not known (any more): then nobody can be told whether he sees it.
"""

from collections.abc import Callable, Iterable, Mapping

from domain.changed_rows import ChangedRow, KnownPlaces
from services.planning.live.change_events import ChangeEvent, ChangeTopic

# Rows that say what places there are, and who sees them.
PLACE_TABLES = frozenset(
    {"applications", "environments", "environment_clusters", "clusters", "app_environments", "freezes"}
)


def events_of(row: ChangedRow, *known: KnownPlaces) -> tuple[ChangeEvent, ...]:
    """The change, as each of the former and present places name it."""
    of_table = _OF_TABLES.get(row.table)
    if of_table is None:
        return ()
    return tuple(event for each in known if (event := of_table(row, each)) is not None)


def overview_events(places: Iterable[tuple[str, str]], known: KnownPlaces) -> tuple[ChangeEvent, ...]:
    """That places look different: by the ids of their application and environment."""
    found = (_place(ChangeTopic.OVERVIEW, known, *each) for each in places)
    return tuple(each for each in found if each is not None)


def _place(
    topic: ChangeTopic, known: KnownPlaces, application_id: str, environment_id: str, *, key: str | None = None
) -> ChangeEvent | None:
    application = known.applications.get(application_id)
    environment = known.environments.get(environment_id)
    if application is None or environment is None:
        return None
    places = ((application, environment),)
    return ChangeEvent(topic=topic, application=application.name, environment=environment.name, id=key, places=places)


def _here(topic: ChangeTopic) -> Callable[[ChangedRow, KnownPlaces], ChangeEvent | None]:
    """Of the app environment that the row names."""

    def event(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
        place = known.app_environments.get(row.app_environment or "")
        return None if place is None else _place(topic, known, *place, key=row.id)

    return event


def _application(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
    found = known.applications.get(row.application or "")
    if found is None:
        return None
    return ChangeEvent(topic=ChangeTopic.APPLICATION, application=found.name, places=((found, None),))


def _in_environment(topic: ChangeTopic) -> Callable[[ChangedRow, KnownPlaces], ChangeEvent | None]:
    """Of the environment that the row names, for all applications."""

    def event(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
        found = known.environments.get(row.environment or "")
        if found is None:
            return None
        return ChangeEvent(topic=topic, environment=found.name, id=row.id, places=((None, found),))

    return event


def _on_cluster(topic: ChangeTopic) -> Callable[[ChangedRow, KnownPlaces], ChangeEvent | None]:
    """Whoever sees an environment that has the cluster is told; of a cluster that none has, who sees everything."""

    def event(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
        name = known.clusters.get(row.cluster or "")
        if name is None:
            return None
        holders = (known.environments.get(each) for each in known.holders.get(row.cluster or "", ()))
        places = tuple((None, each) for each in holders if each is not None)
        return ChangeEvent(topic=topic, cluster=name, id=row.id, places=places)

    return event


def _hold(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
    if row.application is None:
        return _in_environment(ChangeTopic.HOLD)(row, known)
    return _place(ChangeTopic.HOLD, known, row.application, row.environment or "", key=row.id)


def _stop(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
    """A stop of everything concerns everybody."""
    if row.environment is not None:
        return _in_environment(ChangeTopic.STOP)(row, known)
    if row.cluster is not None:
        return _on_cluster(ChangeTopic.STOP)(row, known)
    return ChangeEvent(topic=ChangeTopic.STOP, id=row.id, places=((None, None),))


def _freeze(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
    scope = known.freezes.get(row.id or "")
    return None if scope is None else ChangeEvent(topic=ChangeTopic.FREEZE, id=row.id, scopes=(scope,))


def _of_application(topic: ChangeTopic) -> Callable[[ChangedRow, KnownPlaces], ChangeEvent | None]:
    """Whoever sees the application anywhere is told; of what is for all applications, who sees everything."""

    def event(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
        if row.application is None:
            return ChangeEvent(topic=topic, id=row.id)
        found = known.applications.get(row.application)
        if found is None:
            return None
        return ChangeEvent(topic=topic, application=found.name, id=row.id, places=((found, None),))

    return event


def _expected_difference(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
    """Whoever sees the application in one of the two environments is told, by that environment's name alone."""
    return _place(ChangeTopic.EXPECTED_DIFFERENCE, known, row.application or "", row.environment or "")


def _group(row: ChangedRow, known: KnownPlaces) -> ChangeEvent | None:
    """Whoever sees a member is told that groups have changed. Which, the list says to those who see all members."""
    found = known.applications.get(row.application or "")
    return None if found is None else ChangeEvent(topic=ChangeTopic.APPLICATION_GROUP, places=((found, None),))


def _for_who_sees_everything(topic: ChangeTopic) -> Callable[[ChangedRow, KnownPlaces], ChangeEvent | None]:
    return lambda row, known: ChangeEvent(topic=topic)  # noqa: ARG005 - as the others are called


def _of_administration(topic: ChangeTopic) -> Callable[[ChangedRow, KnownPlaces], ChangeEvent | None]:
    """Administrators are told, and whose own it is. Whose it is, they are not told: they read that in the list."""

    def event(row: ChangedRow, _: KnownPlaces) -> ChangeEvent | None:
        owners = frozenset(each for each in (row.subject, row.owner) if each is not None)
        return ChangeEvent(topic=topic, id=row.id, administration=True, owners=owners)

    return event


_OF_TABLES: Mapping[str, Callable[[ChangedRow, KnownPlaces], ChangeEvent | None]] = {
    "applications": _application,
    "environments": _in_environment(ChangeTopic.ENVIRONMENT),
    "environment_clusters": _in_environment(ChangeTopic.ENVIRONMENT),
    "environment_namespaces": _in_environment(ChangeTopic.ENVIRONMENT),
    "clusters": _on_cluster(ChangeTopic.CLUSTER),
    "app_environments": _here(ChangeTopic.APPLICATION),
    "app_environment_resources": _here(ChangeTopic.APPLICATION),
    "operations": _here(ChangeTopic.OPERATION),
    "operation_events": _here(ChangeTopic.PROGRESS),
    "releases": _here(ChangeTopic.RELEASE),
    "image_push_verdicts": _here(ChangeTopic.IMAGE),
    "image_pushes": _here(ChangeTopic.IMAGE),
    "proposals": _here(ChangeTopic.PROPOSAL),
    "proposal_votes": _here(ChangeTopic.PROPOSAL),
    "holds": _hold,
    "stops": _stop,
    "freezes": _freeze,
    "approval_policies": _in_environment(ChangeTopic.APPROVAL_POLICY),
    "divergences": _here(ChangeTopic.DRIFT),
    "receivers": _of_application(ChangeTopic.RECEIVER),
    "deliveries": _of_application(ChangeTopic.DELIVERY),
    "registries": _for_who_sees_everything(ChangeTopic.REGISTRY),
    "polls": _for_who_sees_everything(ChangeTopic.POLL),
    "channels": _of_administration(ChangeTopic.CHANNEL),
    "notification_routes": _of_administration(ChangeTopic.CHANNEL),
    "outbox": _of_administration(ChangeTopic.NOTIFICATION),
    "people": _of_administration(ChangeTopic.PERSON),
    "sign_ins": _of_administration(ChangeTopic.SESSION),
    "tokens": _of_administration(ChangeTopic.TOKEN),
    "service_accounts": _of_administration(ChangeTopic.SERVICE_ACCOUNT),
    "trusts": _of_administration(ChangeTopic.TRUST),
    "bindings": _of_administration(ChangeTopic.BINDING),
    "app_environment_events": _here(ChangeTopic.TIMELINE),
    "git_repositories": _for_who_sees_everything(ChangeTopic.GIT_REPOSITORY),
    "declared_kinds": _for_who_sees_everything(ChangeTopic.DECLARED_KIND),
    "expected_differences": _expected_difference,
    "application_group_members": _group,
    "promotion_sets": _here(ChangeTopic.PROMOTION_SET),
}
