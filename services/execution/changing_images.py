"""Gives workloads their new images on one cluster, and only where their images are those that the plan read.

Converges: a workload that has its new images counts as done. One JSON patch a workload: its `test` operations (RFC
6902) make the API server refuse it where another writer was faster. A workload that somebody applies is written in that
manager's name instead (`writing_as_owner`), and one whose owner is to bring the images is not written at all
(`handing_over`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.image_references import same_image
from domain.images import ImageChange
from domain.resources import Manifest, ResourceId
from domain.stored.rollouts import ExpectedRollout
from domain.words import EventType, Outcome
from services.concurrency import gather_settled
from services.errors import StagecoachError
from services.execution.changed_meanwhile import ChangedMeanwhileError
from services.execution.handing_over import HandingOver, hand_images_over
from services.execution.image_work import Changed, ImageWork, WorkloadImages
from services.execution.progress import ClusterResult, Progress
from services.execution.writing_as_owner import OwnerWriteRefusedError, apply_images, try_to_apply_images
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError, ClusterUnreachableError, PatchTestFailedError, ResourceGoneError
from services.kube.gateway import ClusterGateway
from services.planning.images.patch import image_patch
from services.planning.objects.declared_images import containers_of
from services.planning.objects.workloads import Container

# How often a patch is rebuilt because containers only moved within the list.
_TRIES = 3


async def change_images(
    work: ImageWork,
    gateway: ClusterGateway,
    log: Progress,
    *,
    deadline: Deadline,
    handing_over: HandingOver | None = None,
) -> ClusterResult:
    """Write every workload of `work` or its owner, all at once; then the rollouts in `expected` have to be watched.

    `unchanged` where there is nothing to change; `failed` or `unreachable` where one workload could not be changed,
    after all were tried. `handing_over`: None where no image is handed over.
    """
    if not work.workloads:
        return ClusterResult(outcome=Outcome.UNCHANGED)
    await log.store_undo(work.to_undo())
    calls = [_attempt(one, work.namespace, gateway, deadline=deadline) for one in work.direct]
    if handing_over is not None:
        calls += [hand_images_over(asked, handing_over, deadline=deadline) for asked in work.owners]
    results = await gather_settled(calls)
    by_workload = {workload: result for found in results for workload, result in found.items()}
    failures: list[tuple[ResourceId, StagecoachError]] = []
    expected = []
    for one in work.workloads:
        result = by_workload[one.workload]
        if isinstance(result, StagecoachError):
            failures.append((one.workload, result))
        else:
            expected.append(result.expected)
            if result.written:
                await log.report(
                    EventType.IMAGES_CHANGED,
                    resource=one.workload,
                    containers=[
                        {
                            "container": change.container,
                            "before": change.before.reference,
                            "after": change.after.reference,
                        }
                        for change in one.changes
                    ],
                    **({"owner": one.handed_over.owner.title} if one.handed_over is not None else {}),
                )
    return _result(failures, tuple(expected))


async def try_images(
    work: ImageWork, gateway: ClusterGateway, *, deadline: Deadline
) -> tuple[tuple[ResourceId, StagecoachError], ...]:
    """The writes that the cluster refuses in a dry run: workload and error of each. Changes nothing.

    An image that has changed since the plan read it is no refusal: a new plan is made before the execution. What is
    handed over is not tried: its owner was asked when it was planned.
    """
    refusals = await gather_settled([_try(one, work.namespace, gateway, deadline=deadline) for one in work.direct])
    return tuple(
        (one.workload, refusal)
        for one, refusal in zip(work.direct, refusals, strict=True)
        if refusal is not None and not isinstance(refusal, PatchTestFailedError)
    )


async def _try(
    work: WorkloadImages, namespace: str, gateway: ClusterGateway, *, deadline: Deadline
) -> StagecoachError | None:
    try:
        if work.applied_by is not None:
            await try_to_apply_images(
                work.workload, work.applied_by, work.changes, gateway, namespace=namespace, deadline=deadline
            )
            return None
        await gateway.patch_json(
            work.workload.kind,
            work.workload.name,
            image_patch(work.changes),
            namespace=namespace,
            dry_run=True,
            field_manager=work.patched_by,
            deadline=deadline,
        )
    except (ClusterError, OwnerWriteRefusedError) as refusal:
        return refusal
    return None


async def _attempt(
    work: WorkloadImages, namespace: str, gateway: ClusterGateway, *, deadline: Deadline
) -> dict[ResourceId, Changed | StagecoachError]:
    """One workload's change, or the error that prevented it, which does not affect the other workloads."""
    try:
        return {work.workload: await _change(work, namespace, gateway, deadline=deadline)}
    except StagecoachError as error:
        return {work.workload: error}


async def _change(work: WorkloadImages, namespace: str, gateway: ClusterGateway, *, deadline: Deadline) -> Changed:
    """Change one workload. Raises `ChangedMeanwhileError`, `OwnerWriteRefusedError` and `ClusterError`."""
    if work.applied_by is not None:
        applied, written = await apply_images(
            work.workload,
            work.applied_by,
            lambda live: _remaining(work, live, gateway.cluster),
            gateway,
            namespace=namespace,
            deadline=deadline,
        )
        return Changed(expected=_expected(work, applied, written=written), written=written)
    changes: Sequence[ImageChange] = work.changes
    for _ in range(_TRIES):
        try:
            manifest = await gateway.patch_json(
                work.workload.kind,
                work.workload.name,
                image_patch(changes),
                namespace=namespace,
                field_manager=work.patched_by,
                deadline=deadline,
            )
        except PatchTestFailedError:
            live = await _live(work.workload, gateway, namespace=namespace, deadline=deadline)
            changes = _remaining(work, live, gateway.cluster)
            if not changes:
                return _unwritten(work, live)
        except ClusterUnreachableError:
            raise
        except ClusterError:
            # The way back from a write that was refused is refused as well, and has nothing to restore.
            live = await _live(work.workload, gateway, namespace=namespace, deadline=deadline)
            if _remaining(work, live, gateway.cluster):
                raise
            return _unwritten(work, live)
        else:
            return Changed(expected=_expected(work, manifest, written=True), written=True)
    raise _changed_meanwhile(
        work, gateway.cluster, f"{work.workload.label} kept changing while its images were set. Retry it."
    )


async def _live(workload: ResourceId, gateway: ClusterGateway, *, namespace: str, deadline: Deadline) -> Manifest:
    """Raises `ResourceGoneError` where it is not there."""
    live = await gateway.get(workload.kind, workload.name, namespace=namespace, deadline=deadline)
    if live is None:
        raise _gone(workload, gateway) from None
    return live


def _unwritten(work: WorkloadImages, live: Manifest) -> Changed:
    return Changed(expected=_expected(work, live, written=False), written=False)


def _remaining(work: WorkloadImages, live: Manifest, cluster: str) -> tuple[ImageChange, ...]:
    """The changes that are left, with the pointers of the live object; raises `ChangedMeanwhileError`."""
    live_containers: dict[str, Container] = {each.name: each for each in containers_of(live, work.declared)}
    remaining = []
    for change in work.changes:
        container = live_containers.get(change.container)
        if container is None:
            detail = f"{work.workload.label} no longer has container {change.container}."
            raise _changed_meanwhile(work, cluster, detail)
        if container.image == change.after.reference or same_image(container.image, change.after.reference):
            continue
        if container.image != change.before.reference:
            detail = (
                f"Another writer gave {work.workload.label}, container {change.container}, the image "
                f"{container.image}; the plan read {change.before.reference}."
            )
            raise _changed_meanwhile(work, cluster, detail)
        remaining.append(replace(change, pointer=container.pointer))
    return tuple(remaining)


def _changed_meanwhile(work: WorkloadImages, cluster: str, detail: str) -> ChangedMeanwhileError:
    return ChangedMeanwhileError(detail, resource=work.workload, cluster=cluster)


def _expected(work: WorkloadImages, manifest: Manifest, *, written: bool) -> ExpectedRollout:
    changed = {change.container for change in work.changes}
    return ExpectedRollout(
        resource=work.workload,
        uid=manifest.uid or "",
        generation=manifest.generation if written else None,
        images={each.name: each.image for each in containers_of(manifest, work.declared) if each.name in changed},
        since=datetime.now(UTC),
        # Also where the environment writes tags alone: the digest is that which a registry or a pod has reported.
        proven=tuple(change.container for change in work.changes if change.after.digest is not None),
        declared=work.declared,
    )


def _gone(workload: ResourceId, gateway: ClusterGateway) -> ResourceGoneError:
    return ResourceGoneError(
        f"{workload.label} was deleted from the cluster after the plan was made.",
        cluster=gateway.cluster,
        resource=workload,
    )


def _result(
    failures: Sequence[tuple[ResourceId, StagecoachError]], expected: tuple[ExpectedRollout, ...]
) -> ClusterResult:
    if not failures:
        return ClusterResult(outcome=None, expected=expected)
    workload, first = failures[0]
    further = f" ({len(failures) - 1} more workloads could not be changed.)" if len(failures) > 1 else ""
    outcome = Outcome.UNREACHABLE if first.code == "cluster-unreachable" else Outcome.FAILED
    return ClusterResult(
        outcome=outcome,
        code=first.code,
        detail=f"{first.detail}{further}",
        resource=workload,
        expected=expected,
    )
