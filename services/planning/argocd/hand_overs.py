"""From an application, and the images that it is to bring, to the overrides that do. Pure."""

from collections.abc import Sequence

from domain.hand_overs import HandOver, OwnerEdit
from domain.images import ContainerKey, ImageChange
from domain.resources import Manifest
from services.planning.argocd.choosing import Choice, choices
from services.planning.argocd.refusals import IN_GIT, override_not_found, overrides_tie
from services.planning.argocd.sources import KUSTOMIZE, Source, given_by, sources_of
from services.planning.argocd.touches import touches
from services.planning.images.hand_overs import HandOvers, OwnerChanges, Refusal
from services.planning.images.one_name import DeliveredWorkloads, reaches
from services.planning.images.owner_refusals import images_differ, not_reached


def hand_overs(application: Manifest, asked: OwnerChanges, listed: DeliveredWorkloads) -> HandOvers | Refusal:
    """The overrides for each container, or why there are none."""
    edits: dict[ContainerKey, tuple[OwnerEdit, ...]] = {}
    for change in asked.changes:
        found = _chosen(sources_of(application), change, asked)
        if isinstance(found, Refusal):
            return found
        edits[change.key] = found.edits
    whole: dict[str, OwnerEdit] = {}
    for edit in (each for some in edits.values() for each in some):
        if whole.setdefault(edit.where, edit) != edit:
            return images_differ(asked.owner.title, edit.where, IN_GIT)
    told = tuple(touches(application, whole.values(), listed, frozenset(edits)))
    return {
        key: HandOver(delivery=asked.delivery, owner=asked.owner, edits=own, touches=told) for key, own in edits.items()
    }


def _chosen(sources: Sequence[Source], change: ImageChange, asked: OwnerChanges) -> Choice | Refusal:
    """The one choice that is certain; a guess only where a single source can be meant."""
    offered = [each for source in sources for each in _offered(source, change)]
    certain = [each for each in offered if each.certain]
    if len(certain) > 1:
        return overrides_tie(asked.owner, change, [each.label for each in certain])
    if certain:
        return certain[0]
    if len(offered) == 1 and sum(each.renders for each in sources) == 1:
        return offered[0]
    built = any(source.tool == KUSTOMIZE for source in sources)
    if built and not offered and not reaches(change, gives=None):
        return not_reached(asked.owner.title, change, "kustomize.images", IN_GIT)
    return override_not_found(asked.owner, change)


def _offered(source: Source, change: ImageChange) -> Sequence[Choice]:
    """What the source offers for the container, where its tool looks for images there."""
    found = choices(source, change.before.reference, change.after.reference)
    if source.tool != KUSTOMIZE:
        return found
    return [each for each in found if all(reaches(change, gives=_given(edit)) for edit in each.edits)]


def _given(edit: OwnerEdit) -> str | None:
    return given_by(edit.before) if edit.before is not None else None
