"""Plans the image delivery `flux`: what a HelmRelease or Kustomization has to say for a new image. Reads only.

For a HelmRelease the values are found as for any Helm release, by trial renders; they are set where the HelmRelease
keeps them. For a Kustomization the entry of an image is.
"""

from domain.cluster_api import Right
from domain.hand_overs import HandOver, OwnerAddress, OwnerEdit
from domain.images import ContainerKey
from domain.resources import Kind, Manifest
from services.concurrency import gather_settled
from services.helm.releases import HelmReleases
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterGateway
from services.planning.flux.images import changed_alike, image_edit
from services.planning.flux.marks import without_marks
from services.planning.flux.owners import applied_by, has_in_inventory, is_from_git, release_of
from services.planning.flux.refusals import (
    IN_GIT,
    from_git,
    key_missing,
    refused_by_git,
    refused_by_place,
    refused_by_state,
    refused_outside,
)
from services.planning.flux.values import ConfigMapKey, can_make, config_map_keys, owner_edits
from services.planning.images.hand_overs import HandOvers, OwnerChanges, Refusal
from services.planning.images.one_name import reaches
from services.planning.images.owner_refusals import images_differ, missing, not_of, not_reached, rights_lack
from services.planning.objects.workload_owners import HELM_RELEASE, KUSTOMIZATION
from services.reading.hand_overs.delivered_workloads import read_delivered
from services.reading.hand_overs.helm_renders import FoundValues, Rules, trial_renders
from services.reading.hand_overs.planning import WorkloadPlace
from services.reading.hand_overs.rights import lacking_rights

CONFIG_MAPS = Kind(group="", version="v1", name="ConfigMap")
_KINDS = {HELM_RELEASE.name: HELM_RELEASE, KUSTOMIZATION.name: KUSTOMIZATION}


async def read_owner(owner: OwnerAddress, gateway: ClusterGateway, *, deadline: Deadline) -> Manifest | None:
    """The object of Flux. Raises `ClusterError`s."""
    kind = _KINDS[owner.kind or ""]
    return await gateway.get(kind, owner.name, namespace=owner.namespace, deadline=deadline)


class FluxPlanner:
    """`services.reading.hand_overs.planning.HandOverPlanner` for objects of Flux."""

    def __init__(self, releases: HelmReleases) -> None:
        self._releases = releases

    async def plan(self, asked: OwnerChanges, place: WorkloadPlace, *, deadline: Deadline) -> HandOvers | Refusal:
        """Raises `ClusterError`s, `HelmMissingError`, `HelmFailedError`."""
        owner = asked.owner
        live = await read_owner(owner, place.gateway, deadline=deadline)
        if live is None:
            return missing(owner, IN_GIT)
        refusal = refused_outside(owner, live, place.environment, place.namespace) or refused_by_state(owner, live)
        if refusal is not None:
            return refusal
        if live.kind.name == KUSTOMIZATION.name:
            return await _of_kustomization(asked, live, place, deadline=deadline)
        return await self._of_release(asked, live, place, deadline=deadline)

    async def _of_release(
        self, asked: OwnerChanges, live: Manifest, place: WorkloadPlace, *, deadline: Deadline
    ) -> HandOvers | Refusal:
        found = await self._values(asked, live, place, deadline=deadline)
        if isinstance(found, Refusal):
            return found
        given = await _given(live, place, deadline=deadline)
        edits = {key: owner_edits(live, given, own) for key, own in found.edits.items()}
        absent = next((each for own in edits.values() for each in own if _is_absent(each)), None)
        if absent is not None:
            return key_missing(asked.owner, absent.where)
        lacking = await _lacking(asked.owner, live, edits, place.gateway, deadline=deadline)
        return lacking or _handed(asked, edits, found.touches)

    async def _values(
        self, asked: OwnerChanges, live: Manifest, place: WorkloadPlace, *, deadline: Deadline
    ) -> FoundValues | Refusal:
        """Those of its Helm release that it can set."""
        owner, git = asked.owner, is_from_git(live)
        if refusal := refused_by_place(owner, live, place.namespace):
            return refusal
        if git and not config_map_keys(live):
            return from_git(owner)
        rules = Rules(allows=lambda edits: can_make(live, edits, from_git=git), bare=without_marks, retried=True)
        renders = await trial_renders(self._releases, release_of(live), place, rules=rules, deadline=deadline)
        found = renders if isinstance(renders, Refusal) else await renders.values_for(asked)
        unset = git and isinstance(found, Refusal) and found.code == "helm-value-not-found"
        return from_git(owner) if unset else found


async def _of_kustomization(
    asked: OwnerChanges, live: Manifest, place: WorkloadPlace, *, deadline: Deadline
) -> HandOvers | Refusal:
    owner = asked.owner
    if refusal := refused_by_git(owner, live):
        return refusal
    stray = next((each for each in asked.changes if not has_in_inventory(live, each.workload, place.namespace)), None)
    if stray is not None:
        return not_of(owner.title, stray.workload.label, "Flux")
    edits = _entries(asked, live)
    if isinstance(edits, Refusal):
        return edits
    if refusal := await _lacking(owner, live, edits, place.gateway, deadline=deadline):
        return refusal
    delivered = await read_delivered(
        place.gateway, applied_by(live), place.namespace, place.target.declared, deadline=deadline
    )
    whole = dict.fromkeys(edit for own in edits.values() for edit in own)
    touches = changed_alike(tuple(whole), delivered, frozenset(edits))
    return _handed(asked, edits, tuple(touches))


def _entries(asked: OwnerChanges, live: Manifest) -> dict[ContainerKey, tuple[OwnerEdit, ...]] | Refusal:
    """The entry of each container in `spec.images`."""
    owner = asked.owner
    edits: dict[ContainerKey, tuple[OwnerEdit, ...]] = {}
    whole: dict[str, OwnerEdit] = {}
    for change in asked.changes:
        edit = image_edit(live, change.before.reference, change.after.reference)
        if edit is None:
            return not_of(owner.title, change.workload.label, "Flux")
        if not reaches(change, gives=edit.before):
            return not_reached(owner.title, change, "spec.images", IN_GIT)
        if whole.setdefault(edit.where, edit) != edit:
            return images_differ(owner.title, edit.where, IN_GIT)
        edits[change.key] = (edit,)
    return edits


def _handed(
    asked: OwnerChanges, edits: dict[ContainerKey, tuple[OwnerEdit, ...]], touches: tuple[str, ...]
) -> HandOvers:
    return {
        key: HandOver(delivery=asked.delivery, owner=asked.owner, edits=own, touches=touches)
        for key, own in edits.items()
    }


def _is_absent(edit: OwnerEdit) -> bool:
    return edit.before is None and ConfigMapKey.of(edit.where) is not None


async def _given(live: Manifest, place: WorkloadPlace, *, deadline: Deadline) -> dict[ConfigMapKey, str]:
    """What the ConfigMaps have that give values by their paths."""
    keys = frozenset(config_map_keys(live).values())
    names = sorted({each.name for each in keys})
    found = await gather_settled(
        [place.gateway.get(CONFIG_MAPS, each, namespace=live.namespace, deadline=deadline) for each in names]
    )
    data = {name: one.body.get("data") or {} for name, one in zip(names, found, strict=True) if one is not None}
    return {each: str(data[each.name][each.key]) for each in keys if each.key in data.get(each.name, {})}


async def _lacking(
    owner: OwnerAddress,
    live: Manifest,
    edits: dict[ContainerKey, tuple[OwnerEdit, ...]],
    gateway: ClusterGateway,
    *,
    deadline: Deadline,
) -> Refusal | None:
    plural = f"{live.kind.name.lower()}s"
    needed = {Right(verb="patch", group=live.kind.group, resource=plural, namespace=owner.namespace)}
    if any(ConfigMapKey.of(edit.where) is not None for own in edits.values() for edit in own):
        needed.add(Right(verb="patch", group="", resource="configmaps", namespace=owner.namespace))
    return rights_lack(owner.title, await lacking_rights(gateway, needed, deadline=deadline), IN_GIT)
