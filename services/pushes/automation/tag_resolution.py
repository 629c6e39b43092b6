"""Resolves pushed tags to digests at their registries: batch by batch at one registry, all registries concurrently.

A delivery is a hint; the registry is the truth. Without a stored registry, the reported digest is used.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from db.image_pushes import TAG_UNKNOWN
from db.records import ImagePushRecord, RegistryRecord
from db.transaction import Database, Transaction
from services.pushes.automation.delivery_fates import settle_deliveries
from services.pushes.automation.work_queue import BackOff
from services.pushes.codes import NO_NEWS, PUSHED_AGAIN
from services.pushes.judging import DIGEST_UNKNOWN
from services.pushes.registries import access_to, split_repository
from services.registry.errors import (
    NotAnImageError,
    RegistryBusyError,
    RegistryDeniedError,
    RegistryError,
    RegistryNameError,
)
from services.registry.oci import RegistryClients, Resolved

_AT_ONCE = 40
_CHANCES = 4  # attempts before a reported tag counts as unknown: registries can be eventually consistent
_SECONDS = 30.0

_Answer = Resolved | RegistryError | None


class TagResolution:
    """Asks registries, and writes their answers tag by tag."""

    def __init__(self, db: Database, clients: RegistryClients, back_off: BackOff) -> None:
        self._db = db
        self._clients = clients
        self._back_off = back_off

    async def resolve_due(self, host: str) -> bool:
        """Resolve what is due at this registry, until nothing is, or the registry fails and has to be left alone.

        Always True: what was put off has its own time in its row.
        """
        while True:
            async with self._db.read() as tx:
                record = await tx.registries.find(host)
                due = await tx.lookups.due_at(host, limit=_AT_ONCE)
            if not due:
                return True
            if record is None:
                await self._accept_as_reported(host, due)
            elif not await self._ask(record, due):
                return True

    async def _accept_as_reported(self, host: str, due: Sequence[ImagePushRecord]) -> None:
        reason = f"No registry is stored for {host}, and the delivery reported no digest."
        async with self._db.begin() as tx:
            still = await tx.lookups.still_due(due)
            if await tx.registries.find(host) is not None:
                return  # it was stored meanwhile, so the next turn asks it
            for image_push in due:
                if image_push.push not in still:
                    continue
                if image_push.digest is None:
                    await tx.lookups.unresolved([image_push.push], code=DIGEST_UNKNOWN, reason=reason)
                elif not await _void_if_unchanged(tx, image_push, image_push.digest):
                    await tx.lookups.unresolved([image_push.push], code=None, reason=None)
            await settle_deliveries(tx, (each.delivery_id for each in due))
            await tx.image_pushes.notify()

    async def _ask(self, record: RegistryRecord, due: Sequence[ImagePushRecord]) -> bool:
        """Ask the registry and write its answers. False if it failed and has to be left alone for now."""
        by_tag: dict[tuple[str, str], list[ImagePushRecord]] = {}
        for image_push in due:
            by_tag.setdefault((image_push.repository, image_push.tag), []).append(image_push)
        answers = await asyncio.gather(*(self._resolve(record, repository, tag) for repository, tag in by_tag))
        goes_on = True
        async with self._db.begin() as tx:
            still = await tx.lookups.still_due(due)
            for image_pushes, answer in zip(by_tag.values(), answers, strict=True):
                if any(each.push not in still for each in image_pushes):
                    continue  # it was pushed again, or the credential changed: the next turn asks again
                if isinstance(answer, RegistryError) and _is_of_whole_registry(answer):
                    until = self._until(answer, image_pushes[-1].attempts)
                    await tx.lookups.put_off_host(record.host, until=until, code=answer.code, reason=answer.detail)
                    await tx.registries.missed(record.host, error=answer.detail)
                    goes_on = False
                else:
                    await self._write(tx, image_pushes, answer)
            if goes_on and any(isinstance(answer, Resolved) for answer in answers):
                await tx.registries.seen(record.host)
            await settle_deliveries(tx, (each.delivery_id for each in due))
            await tx.image_pushes.notify()
        return goes_on

    async def _resolve(self, record: RegistryRecord, repository: str, tag: str) -> _Answer:
        host, path = split_repository(repository)
        try:
            return await self._clients.resolve(access_to(host, record), path, tag, deadline_seconds=_SECONDS)
        except RegistryError as error:
            return error

    async def _write(self, tx: Transaction, image_pushes: list[ImagePushRecord], answer: _Answer) -> None:
        """Write the answer for the pushes of one tag: the registry has answered about the newest of them."""
        newest = {image_push.application_id: image_push for image_push in image_pushes}
        older = [each.push for each in image_pushes if newest[each.application_id] is not each]
        if isinstance(answer, Resolved) and older:
            reason = "The tag was pushed again before its registry could be asked."
            await tx.image_pushes.void(older, code=PUSHED_AGAIN, reason=reason)
        for image_push in newest.values() if isinstance(answer, Resolved) else image_pushes:
            await self._write_one(tx, image_push, answer)

    async def _write_one(self, tx: Transaction, image_push: ImagePushRecord, answer: _Answer) -> None:
        match answer:
            case Resolved():
                if not await _void_if_unchanged(tx, image_push, answer.digest):
                    await tx.lookups.resolved(image_push.push, **vars(answer))
            case NotAnImageError() | RegistryNameError():
                await tx.image_pushes.void([image_push.push], code=answer.code, reason=answer.detail)
            case RegistryError():
                until = self._until(answer, image_push.attempts)
                await tx.lookups.put_off(image_push.push, until=until, code=answer.code, reason=answer.detail)
            case None:
                reason = f"The registry has no {image_push.reference}."
                if image_push.attempts + 1 >= _CHANCES:
                    await tx.image_pushes.void([image_push.push], code=TAG_UNKNOWN, reason=reason)
                else:
                    until = self._until(None, image_push.attempts)
                    await tx.lookups.put_off(image_push.push, until=until, code=TAG_UNKNOWN, reason=reason)

    def _until(self, error: RegistryError | None, attempts: int) -> datetime:
        pause = datetime.now(UTC) + timedelta(seconds=self._back_off.pause(attempts))
        asked = error.retry_at if error is not None else None
        return max(pause, asked) if asked is not None else pause


def _is_of_whole_registry(error: RegistryError) -> bool:
    """Whether the registry as a whole fails, and not only for this image."""
    if isinstance(error, RegistryBusyError):
        return True
    return not error.terminal and not isinstance(error, RegistryDeniedError)


async def _void_if_unchanged(tx: Transaction, image_push: ImagePushRecord, digest: str) -> bool:
    """Void the push if its tag had the same digest before. True if so."""
    if await tx.known_tags.previous_digest(image_push) != digest:
        return False
    reason = f"{image_push.tag} has the same digest as before."
    await tx.image_pushes.void([image_push.push], code=NO_NEWS, reason=reason)
    return True
