"""Upgrades Helm releases for the images that were handed over to them. Converges, whoever was killed in the middle.

The values that people gave stay, but for those that the plan named: a later `helm upgrade` that reuses values keeps the
image, and one with a values file brings that file's. Health is followed by our own look, so nothing is waited for here
but the hooks.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from domain.hand_overs import HandOver, OwnerEdit, OwnerProgress, OwnerState
from services.execution.handing_over import OwnerChangedError, OwnerWork
from services.helm.releases import HelmReleases
from services.kube.deadline import Deadline
from services.planning.helm.records import DEPLOYED, HelmHistory, Revision
from services.planning.helm.refusals import title_of
from services.planning.helm.values import edited, path_of, value_at
from services.planning.objects.helm_records import ReleaseName
from services.reading.credentials import credential_of
from services.reading.hand_overs.helm_history import read_history
from services.reading.hand_overs.planning import WorkloadPlace

_LOOK_EVERY = 1.0  # seconds, while a Helm that an earlier process started is at work


class HelmDeliverer:
    """`services.execution.handing_over.Deliverer` for releases of Helm."""

    def __init__(self, releases: HelmReleases, *, abandoned_after: timedelta = timedelta(minutes=10)) -> None:
        """`abandoned_after`: for how long a Helm may be at work that a killed process of ours has started."""
        self._releases = releases
        self._abandoned_after = abandoned_after

    async def hand_over(self, work: OwnerWork, place: WorkloadPlace, *, deadline: Deadline) -> bool:
        """Raises `OwnerChangedError`, `ClusterError`s, `HelmMissingError`, `HelmFailedError`."""
        release = ReleaseName(namespace=work.asked.owner.namespace, name=work.asked.owner.name)
        history = await self._settled(release, work.operation, place, deadline=deadline)
        base = history.deployed
        if base is None:
            raise OwnerChangedError(f"{title_of(release)} has no revision any more that is deployed.")
        there = [_is_there(base, edit) for edit in work.edits]
        if all(there) and history.newest.status == DEPLOYED:
            return False
        for edit, done in zip(work.edits, there, strict=True):
            if not done and value_at(base.config, path_of(edit.where)) != edit.before:
                raise OwnerChangedError(
                    f"{title_of(release)} has another value at '{edit.where}' than the plan read: somebody has "
                    "upgraded it meanwhile. Plan again."
                )
        await place.gateway.before_write()
        await self._releases.upgrade(
            release,
            base,
            edited(base.config, work.edits),
            credential_of(place.cluster),
            operation=work.operation,
            deadline=deadline,
        )
        return True

    async def look(
        self, handed: HandOver, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> OwnerProgress:
        """Whether the release still has what was handed over to it."""
        del operation  # a revision inherits the label of the one before, whoever makes it
        release = ReleaseName(namespace=handed.owner.namespace, name=handed.owner.name)
        history = await read_history(place.gateway, release, deadline=deadline)
        title = title_of(release)
        if history is None or history.deployed is None:
            return OwnerProgress(
                state=OwnerState.FAILED, reason="ReleaseGone", message=f"{title} has no revision that is deployed."
            )
        if not history.newest.pending and not all(_is_there(history.deployed, edit) for edit in handed.edits):
            return OwnerProgress(
                state=OwnerState.FAILED,
                reason="ReleaseChanged",
                message=f"{title} has other values at revision {history.newest.number}: somebody else has upgraded it.",
            )
        return OwnerProgress(
            state=OwnerState.HANDED_OVER,
            reason="Upgraded",
            message=f"{title} is {history.newest.status} at revision {history.newest.number}; the workload has not got "
            "its image yet.",
        )

    async def _settled(
        self, release: ReleaseName, operation: str, place: WorkloadPlace, *, deadline: Deadline
    ) -> HelmHistory:
        """The release when nobody is at work on it. One that a killed Helm of this operation has left is freed.

        Raises `OwnerChangedError` where somebody else is at work, or it takes too long.
        """
        while True:
            history = await read_history(place.gateway, release, deadline=deadline)
            if history is None:
                raise OwnerChangedError(f"{title_of(release)} is gone.")
            newest = history.newest
            if not newest.pending:
                return history
            ours = newest.operation == operation
            if not ours or history.deployed is None or deadline.passed:
                raise OwnerChangedError(
                    f"{title_of(release)} is {newest.status} at revision {newest.number}: Helm is at work on it, or "
                    f"was killed over it. If it stays so, free it with 'helm rollback {release.name}'."
                )
            if newest.began is None or datetime.now(UTC) - newest.began >= self._abandoned_after:
                await place.gateway.before_write()
                await self._releases.free(release, history.deployed, credential_of(place.cluster), deadline=deadline)
            else:
                await asyncio.sleep(_LOOK_EVERY)


def _is_there(revision: Revision, edit: OwnerEdit) -> bool:
    return value_at(revision.config, path_of(edit.where)) == edit.after
