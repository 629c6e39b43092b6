"""The images that an operation copies to another registry before it changes a cluster.

A copy converges, so a step that runs again after a crash goes on with it. Later waves do without: their images came
before the first one.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from db.events import NewEvent
from domain.stored.image_copies import ImageCopy
from domain.words import ClusterPhase, EventType, Outcome
from services.engine.phases import ended
from services.engine.step_run import StepRun
from services.errors import StagecoachError
from services.execution.progress import ClusterResult

NOT_COPIED = "image-not-copied"
_TOLD_EVERY = 10.0  # seconds between two entries in the timeline about one copy
_ASKED_EVERY = 1.0  # seconds between two looks at whether a person has cancelled


class CopiedSoFar(Protocol):
    """How much of what the registry lacked has come."""

    @property
    def blobs(self) -> int: ...
    @property
    def blobs_done(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def bytes_done(self) -> int: ...


class ImageCopies(Protocol):
    """Copies images between registries."""

    async def copy(self, image: ImageCopy, *, tell: Callable[[CopiedSoFar], None]) -> CopiedSoFar:
        """Copy what the target lacks of the image. Raises `StagecoachError`s."""
        ...


class NoImageCopies:
    """For processes without registries: no plan that they make has copies."""

    async def copy(self, image: ImageCopy, *, tell: Callable[[CopiedSoFar], None]) -> CopiedSoFar:
        raise NotImplementedError


class CopyingImages:
    """The copies of one operation, in one run of a step."""

    def __init__(self, run: StepRun, copies: ImageCopies) -> None:
        self._run = run
        self._copies = copies

    async def before(self, wave: int) -> bool:
        """Copy what the plan says before the first wave, if it has not begun. Returns whether that took any time.

        Where it fails, every cluster that has not begun fails with the reason: none of them could pull the image.
        """
        plan = self._run.snapshot.spec.plan
        waiting = self._run.phases.in_phases(ClusterPhase.WAITING, wave=wave)
        if not plan.copies or not waiting or self._copied_before(wave):
            return False
        for image in plan.copies:
            if await self._run.cancelled():
                break
            failure = await self._unless_cancelled(image)
            if failure is not None:
                for cluster in self._run.phases.in_phases(ClusterPhase.WAITING):
                    self._run.record(cluster, ended(cluster, failure))
                break
        return True

    def _copied_before(self, wave: int) -> bool:
        """Whether a cluster of an earlier wave was admitted: a source that has lost the image since is not missed."""
        not_admitted = {None, Outcome.SKIPPED}
        return any(each.wave < wave and each.outcome not in not_admitted for each in self._run.phases.clusters)

    async def _unless_cancelled(self, image: ImageCopy) -> ClusterResult | None:
        """Why the copy failed; None where it was done, and where a person cancelled meanwhile."""
        copying = asyncio.create_task(self._copy(image), name=f"copy {image.target}")
        try:
            while not copying.done() and not await self._run.cancelled():
                await asyncio.wait((copying,), timeout=_ASKED_EVERY)
            return await copying if copying.done() else None
        finally:
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)

    async def _copy(self, image: ImageCopy) -> ClusterResult | None:
        told_at: float | None = None

        def tell(so_far: CopiedSoFar) -> None:
            """At once how much it will be, later how far it has come."""
            nonlocal told_at
            if so_far.blobs and (told_at is None or time.monotonic() - told_at >= _TOLD_EVERY):
                told_at = time.monotonic()
                self._add(EventType.IMAGE_COPY_PROGRESSED, image, so_far)

        self._add(EventType.IMAGE_COPY_STARTED, image)
        try:
            copied = await self._copies.copy(image, tell=tell)
        except StagecoachError as error:
            detail = f"{image.source} could not be copied to {image.target}: {error.detail}"
            return ClusterResult(outcome=Outcome.FAILED, code=NOT_COPIED, detail=detail)
        self._add(EventType.IMAGE_COPY_ENDED, image, copied)
        return None

    def _add(self, event: EventType, image: ImageCopy, so_far: CopiedSoFar | None = None) -> None:
        data = {"source": image.source, "target": image.target, "digest": image.digest}
        if so_far is not None:
            amounts = {
                "blobs": so_far.blobs,
                "blobs_done": so_far.blobs_done,
                "bytes": so_far.bytes,
                "bytes_done": so_far.bytes_done,
            }
            self._run.journal.add(NewEvent(type=event, data={**data, **amounts}))
        else:
            self._run.journal.add(NewEvent(type=event, data=data))
