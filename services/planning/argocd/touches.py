"""What an override and its sync change beside the images that they are made for, in sentences. Pure.

Of other namespaces nothing is named: who may change this one need not see those.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.hand_overs import OwnerEdit
from domain.images import ContainerKey, container_key
from domain.resources import Manifest
from services.planning.argocd.sources import Field, given_by, override_at, without_version
from services.planning.objects.workloads import containers

_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class ListedWorkloads:
    """The workloads that an application lists: in the app environment's namespace, and in all others.

    `unread`: some of the others may not be read.
    """

    namespace: str
    here: Sequence[Manifest] = ()
    elsewhere: Sequence[Manifest] = ()
    unread: bool = False


def touches(
    application: Manifest, edits: Iterable[OwnerEdit], listed: ListedWorkloads, wanted: frozenset[ContainerKey]
) -> Iterator[str]:
    """`wanted` are the containers that the edits are made for."""
    for edit in edits:
        override = override_at(application, edit.where)
        if override is not None and override.field is Field.IMAGES and edit.after is not None:
            names = {override.name} | ({without_version(given_by(edit.before))} if edit.before else set())
            yield from _of_one_name(names, given_by(edit.after), listed, wanted)
        elif override is not None:
            yield (
                f"What else the chart makes of the parameter {override.name} is not known here: it is rendered by Argo "
                "CD alone."
            )
    yield from _out_of_sync(application, listed.namespace)


def _of_one_name(
    names: set[str], image: str, listed: ListedWorkloads, wanted: frozenset[ContainerKey]
) -> Iterator[str]:
    """Kustomize changes every container whose image has the name, wherever it is in the application."""
    for workload in listed.here:
        for name, former in _changed(workload, names, image):
            if container_key(workload.id, name) not in wanted:
                yield f"{workload.id.label}, container {name}, gets {image}, too, in place of {former}."
    count = sum(1 for workload in listed.elsewhere for _ in _changed(workload, names, image))
    if count:
        yield f"In other namespaces, containers of the application that get it as well: {count}."
    if listed.unread:
        yield "What the application has in other namespaces may not be read: images of the same name change there, too."


def _changed(workload: Manifest, names: set[str], image: str) -> Iterator[tuple[str, str]]:
    """The containers that the override gives the image, with the one that they have."""
    for container in containers(workload):
        if without_version(container.image) in names and container.image != image:
            yield container.name, container.image


def _out_of_sync(application: Manifest, namespace: str) -> Iterator[str]:
    """All that differs from the source now is written by the sync as well."""
    differing = [each for each in application.status.get("resources") or () if each.get("status") == "OutOfSync"]
    named = [f"{each.get('kind')} {each.get('name')}" for each in differing if each.get("namespace") == namespace]
    named = named[:_MOST_NAMED]
    more = len(differing) - len(named)
    if more:
        named.append(f"{more} more" if named else f"{more} objects elsewhere")
    if named:
        yield f"The sync also brings what is out of sync now: {', '.join(named)}."
