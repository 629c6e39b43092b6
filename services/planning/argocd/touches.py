"""What an override and its sync change beside the images that they are made for, in sentences. Pure."""

from collections.abc import Iterable, Iterator

from domain.hand_overs import OwnerEdit
from domain.images import ContainerKey
from domain.resources import Manifest
from services.planning.argocd.sources import Field, given_by, override_at
from services.planning.images.one_name import DeliveredWorkloads, of_one_name, without_version

_MOST_NAMED = 5


def touches(
    application: Manifest, edits: Iterable[OwnerEdit], listed: DeliveredWorkloads, wanted: frozenset[ContainerKey]
) -> Iterator[str]:
    """`wanted` are the containers that the edits are made for."""
    for edit in edits:
        override = override_at(application, edit.where)
        if override is not None and override.field is Field.IMAGES and edit.after is not None:
            names = {override.name} | ({without_version(given_by(edit.before))} if edit.before else set())
            yield from of_one_name(names, given_by(edit.after), listed, wanted)
        elif override is not None:
            yield (
                f"What else the chart makes of the parameter {override.name} is not known here: it is rendered by Argo "
                "CD alone."
            )
    yield from _out_of_sync(application, listed.namespace)


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
