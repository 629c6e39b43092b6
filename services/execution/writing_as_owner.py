"""Writes images by an apply in the name of the manager that applies the object, so that its next apply does not fail.

Converges: each try reads the object anew, gives back what an earlier version took, and applies what is left to change.
"""

from collections.abc import Callable, Iterable

from domain.images import ImageChange
from domain.resources import Manifest, ResourceId
from services.errors import Category, StagecoachError
from services.execution.giving_back import give_back
from services.kube.deadline import Deadline
from services.kube.errors import ResourceGoneError, WriteConflictError
from services.kube.gateway import ClusterGateway
from services.planning.images.owner_write import (
    OwnerApply,
    applying_entry,
    changed_beside_images,
    owner_apply,
)

# How often the object is read again because something, mostly its status, was written meanwhile.
_TRIES = 10
_NAMED = 3

Remaining = Callable[[Manifest], tuple[ImageChange, ...]]
"""The changes that are left on the live object. Raises where another writer changed an image."""


class OwnerWriteRefusedError(StagecoachError):
    """The object cannot be applied in its owner's name without changing more than images."""

    code = "owner-write-refused"
    title = "The workload cannot be written in its owner's name"
    category = Category.CONFLICT


async def apply_images(
    workload: ResourceId,
    manager: str,
    remaining: Remaining,
    gateway: ClusterGateway,
    *,
    namespace: str,
    deadline: Deadline,
) -> tuple[Manifest, bool]:
    """The object with its new images, and whether it was written. Raises `OwnerWriteRefusedError`, `ClusterError`s."""
    for last in (*([False] * (_TRIES - 1)), True):
        live = await _read(workload, manager, gateway, namespace=namespace, deadline=deadline)
        changes = remaining(live)
        if not changes:
            return live, False
        try:
            live = await give_back(live, gateway, namespace=namespace, deadline=deadline)
            write = _prepared(live, manager, changes, gateway)
            await _try(write, live, changes, gateway, namespace=namespace, deadline=deadline)
            return await _apply(write, gateway, namespace=namespace, dry_run=False, deadline=deadline), True
        except WriteConflictError:
            if last:
                raise
    raise AssertionError  # unreachable: the loop returns or raises


async def try_to_apply_images(
    workload: ResourceId,
    manager: str,
    changes: Iterable[ImageChange],
    gateway: ClusterGateway,
    *,
    namespace: str,
    deadline: Deadline,
) -> None:
    """The same as a dry run. Raises what `apply_images` raises."""
    live = await _read(workload, manager, gateway, namespace=namespace, deadline=deadline)
    changes = tuple(changes)
    await _try(
        _prepared(live, manager, changes, gateway), live, changes, gateway, namespace=namespace, deadline=deadline
    )


async def _read(
    workload: ResourceId, manager: str, gateway: ClusterGateway, *, namespace: str, deadline: Deadline
) -> Manifest:
    live = await gateway.get(workload.kind, workload.name, namespace=namespace, deadline=deadline)
    entry = applying_entry(live, manager) if live is not None else None
    if live is not None and entry is not None and entry.kind_of(live) != live.kind:
        # The entry names fields of another version, in which the object has to be read as well.
        live = await gateway.get(entry.kind_of(live), workload.name, namespace=namespace, deadline=deadline)
    if live is None:
        raise ResourceGoneError(
            f"{workload.label} was deleted from the cluster after the plan was made.",
            cluster=gateway.cluster,
            resource=workload,
        )
    return live


def _prepared(live: Manifest, manager: str, changes: Iterable[ImageChange], gateway: ClusterGateway) -> OwnerApply:
    entry = applying_entry(live, manager)
    if entry is None:
        raise OwnerWriteRefusedError(
            f"{live.id.label} on {gateway.cluster} is no longer applied by {manager}, as the plan assumed. Plan again.",
        )
    return owner_apply(live, entry, changes)


async def _try(
    write: OwnerApply,
    live: Manifest,
    changes: Iterable[ImageChange],
    gateway: ClusterGateway,
    *,
    namespace: str,
    deadline: Deadline,
) -> None:
    outcome = await _apply(write, gateway, namespace=namespace, dry_run=True, deadline=deadline)
    beside = changed_beside_images(live, outcome, changes)
    if beside:
        more = f" and {len(beside) - _NAMED} more" if len(beside) > _NAMED else ""
        raise OwnerWriteRefusedError(
            f"Applied in the name of {write.manager}, {live.id.label} on {gateway.cluster} would change in "
            f"{', '.join(beside[:_NAMED])}{more} as well, so it was not written. Change the image through its owner.",
        )


async def _apply(
    write: OwnerApply, gateway: ClusterGateway, *, namespace: str, dry_run: bool, deadline: Deadline
) -> Manifest:
    return await gateway.apply(
        write.configuration,
        namespace=namespace,
        force=write.force,
        dry_run=dry_run,
        field_manager=write.manager,
        deadline=deadline,
    )
