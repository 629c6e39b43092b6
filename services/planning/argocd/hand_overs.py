"""From an application, and the images that it is to bring, to the overrides that do. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from domain.hand_overs import HandOver, OwnerEdit
from domain.images import ContainerKey, ImageChange, container_key
from domain.resources import Manifest
from services.planning.argocd.choosing import Choice, choices
from services.planning.argocd.refusals import images_differ, out_of_sync, override_not_found, overrides_tie
from services.planning.argocd.sources import Field, Source, override_at, sources_of, without_version
from services.planning.images.hand_overs import HandOvers, OwnerChanges, Refusal
from services.planning.objects.workloads import containers


def hand_overs(
    application: Manifest, asked: OwnerChanges, workloads: Sequence[Manifest], *, namespace: str
) -> HandOvers | Refusal:
    """The overrides for each container, or why there are none.

    `workloads` are all of the application, of which those in `namespace` may be among those that are asked for.
    """
    edits: dict[ContainerKey, tuple[OwnerEdit, ...]] = {}
    for change in asked.changes:
        found = _chosen(sources_of(application), change, asked)
        if isinstance(found, Refusal):
            return found
        edits[change.key] = found.edits
    whole: dict[str, OwnerEdit] = {}
    for edit in (each for some in edits.values() for each in some):
        if whole.setdefault(edit.where, edit) != edit:
            return images_differ(asked.owner, edit.where)
    wanted = frozenset(edits)
    touches = tuple(_touches(application, whole.values(), workloads, wanted, namespace))
    return {
        key: HandOver(delivery=asked.delivery, owner=asked.owner, edits=own, touches=touches)
        for key, own in edits.items()
    }


def _chosen(sources: Sequence[Source], change: ImageChange, asked: OwnerChanges) -> Choice | Refusal:
    """The one choice that is certain; a guess only where a single source can be meant."""
    offered = [each for source in sources for each in choices(source, change.before.reference, change.after.reference)]
    certain = [each for each in offered if each.certain]
    if len(certain) > 1:
        return overrides_tie(asked.owner, change, [each.label for each in certain])
    if certain:
        return certain[0]
    if len(offered) == 1 and sum(each.renders for each in sources) == 1:
        return offered[0]
    return override_not_found(asked.owner, change)


def _touches(
    application: Manifest,
    edits: Iterable[OwnerEdit],
    workloads: Sequence[Manifest],
    wanted: frozenset[ContainerKey],
    namespace: str,
) -> Iterator[str]:
    """Sentences about what else the overrides and the sync change."""
    for edit in edits:
        override = override_at(application, edit.where)
        if override is not None and override.field is Field.IMAGES and edit.after is not None:
            image = edit.after.partition("=")[2]
            names = {override.name, without_version((edit.before or "").partition("=")[2] or edit.before or "")}
            yield from _same_name(names, image, workloads, wanted, namespace)
        elif override is not None:
            yield (
                f"What else the chart makes of the parameter {override.name} is not known here: it is rendered by Argo "
                "CD alone."
            )
    beside = out_of_sync(application)
    if beside is not None:
        yield beside


def _same_name(
    names: set[str], image: str, workloads: Sequence[Manifest], wanted: frozenset[ContainerKey], namespace: str
) -> Iterator[str]:
    """Kustomize changes every container whose image has the name, wherever it is in the application."""
    for workload in workloads:
        for container in containers(workload):
            is_wanted = workload.namespace == namespace and container_key(workload.id, container.name) in wanted
            if not is_wanted and without_version(container.image) in names and container.image != image:
                elsewhere = "" if workload.namespace == namespace else f" in namespace {workload.namespace}"
                yield (
                    f"{workload.id.label}{elsewhere}, container {container.name}, gets {image}, too, in place of "
                    f"{container.image}."
                )
