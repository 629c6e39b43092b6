"""Gives objects of Flux the images that were planned, and asks for their reconciliation. Converges.

ConfigMaps are written before the HelmRelease that reads them; the request is written last, so that whoever runs again
after a kill knows by it whether all was done.
"""

from collections.abc import Sequence

from domain.cluster_api import JsonPatchOperation
from domain.hand_overs import HandOver, OwnerAddress, OwnerEdit, OwnerProgress
from domain.resources import Kind, Manifest
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.kube.deadline import Deadline
from services.kube.errors import PatchTestFailedError
from services.planning.flux.owners import REQUESTED_AT, is_of, token
from services.planning.flux.progress import progress
from services.planning.flux.refusals import IN_GIT, refused_by_state, refused_outside
from services.planning.flux.values import ConfigMapKey
from services.planning.flux.writing import config_map_patch, of_config_maps, of_owner, owner_patch, value_of
from services.planning.images.hand_overs import capitalised
from services.planning.images.owner_refusals import missing
from services.reading.hand_overs.flux import CONFIG_MAPS, read_owner
from services.reading.hand_overs.planning import WorkloadPlace

_TRIES = 5


class FluxDeliverer:
    """`services.execution.handing_over.Deliverer` for HelmReleases and Kustomizations of Flux."""

    async def hand_over(self, work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> bool:
        """Raises `OwnerChangedError` and `ClusterError`s."""
        owner, asked = work.asked.owner, token(work.operation, work.edits)
        config_maps, written = of_config_maps(work.edits), False
        for name, edits in config_maps.items():
            written |= await _write_config_map(owner, name, edits, place, deadline=deadline)
        for _ in range(_TRIES):
            live = await _as_planned(owner, of_owner(work.edits), place, deadline=deadline)
            missing_edits = [edit for edit in of_owner(work.edits) if value_of(live, edit) != edit.after]
            requested = live.annotations.get(REQUESTED_AT, "")
            # A ConfigMap may have been changed and put back, and nothing asked for in between.
            untouched = work.back and not config_maps and not is_of(requested, work.operation)
            if not missing_edits and (untouched or requested == asked):
                return written
            patch = owner_patch(live, missing_edits, asked)
            if await _patch(live.kind, owner.name, patch, owner, place, deadline=deadline):
                return True
        raise OwnerChangedError(f"{capitalised(owner.title)} kept changing while it was written. Plan again.")

    async def look(
        self, handed: HandOver, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> OwnerProgress:
        """Raises `ClusterError`s."""
        owner, edits = handed.owner, handed.edits
        live = await read_owner(owner, place.gateway, deadline=deadline)
        has_edits = live is not None and all(value_of(live, edit) == edit.after for edit in of_owner(edits))
        for name, own in of_config_maps(edits).items():
            found = await place.gateway.get(CONFIG_MAPS, name, namespace=owner.namespace, deadline=deadline)
            has_edits = has_edits and all(_given(found, key) == edit.after for key, edit in own)
        requested = live.annotations.get(REQUESTED_AT, "") if live is not None else ""
        # Containers of one owner have edits of their own, and one request for all of them.
        ours = requested if is_of(requested, operation) else token(operation, edits)
        return progress(owner, live, ours, has_edits=has_edits)


async def _as_planned(
    owner: OwnerAddress, edits: Sequence[OwnerEdit], place: WorkloadPlace, *, deadline: Deadline
) -> Manifest:
    """The object, as the plan read it or as the edits leave it. Raises `OwnerChangedError`."""
    live = await read_owner(owner, place.gateway, deadline=deadline)
    if live is None:
        raise OwnerChangedError(missing(owner, IN_GIT).detail)
    refusal = refused_outside(owner, live, place.environment, place.namespace) or refused_by_state(owner, live)
    if refusal is not None:
        raise OwnerChangedError(refusal.detail)
    for edit in edits:
        _require_unchanged(owner, edit, value_of(live, edit))
    return live


async def _write_config_map(
    owner: OwnerAddress,
    name: str,
    edits: Sequence[tuple[ConfigMapKey, OwnerEdit]],
    place: WorkloadPlace,
    *,
    deadline: Deadline,
) -> bool:
    """False where it has the values already. Raises `OwnerChangedError`."""
    for _ in range(_TRIES):
        live = await place.gateway.get(CONFIG_MAPS, name, namespace=owner.namespace, deadline=deadline)
        for key, edit in edits:
            _require_unchanged(owner, edit, _given(live, key))
        left = [(key, edit) for key, edit in edits if _given(live, key) != edit.after]
        if live is None or not left:
            return False
        if await _patch(CONFIG_MAPS, name, config_map_patch(live, left), owner, place, deadline=deadline):
            return True
    raise OwnerChangedError(f"ConfigMap {name} kept changing while it was written. Plan again.")


async def _patch(
    kind: Kind,
    name: str,
    operations: Sequence[JsonPatchOperation],
    owner: OwnerAddress,
    place: WorkloadPlace,
    *,
    deadline: Deadline,
) -> bool:
    """False where somebody was faster: what they did is to be judged anew."""
    try:
        await place.gateway.patch_json(kind, name, operations, namespace=owner.namespace, deadline=deadline)
    except PatchTestFailedError:
        return False
    return True


def _given(config_map: Manifest | None, key: ConfigMapKey) -> str | None:
    data = (config_map.body.get("data") or {}) if config_map is not None else {}
    return str(data[key.key]) if key.key in data else None


def _require_unchanged(owner: OwnerAddress, edit: OwnerEdit, now: str | None) -> None:
    if now not in {edit.before, edit.after}:
        raise OwnerChangedError(
            f"{capitalised(owner.title)} is not as the plan read it at {edit.where}: somebody has changed it "
            "meanwhile. Plan again."
        )
