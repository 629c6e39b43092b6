"""Resolves pushed tags to digests at their registries: batch by batch at one registry, all registries concurrently.

A delivery is a hint; the registry is the truth. A registry that is not stored is asked without a credential: charts and
other artefacts are reported like images, and only the manifest tells them apart. What no registry confirms can be
offered to a person, and is not deployed automatically.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from db.image_pushes import TAG_UNKNOWN, UNVERIFIED
from db.records.images import ImagePushRecord
from db.records.registries import RegistryRecord
from db.transaction import Database, Transaction
from services.pushes.automation.delivery_fates import settle_deliveries
from services.pushes.automation.work_queue import BackOff
from services.pushes.codes import AS_REPORTED, NO_NEWS, PUSHED_AGAIN
from services.pushes.judging import DIGEST_UNKNOWN
from services.reading.registry_access import access_to, split_repository
from services.registry.credentials import RegistryAccess
from services.registry.errors import (
    CredentialNotAskedError,
    NotAnImageError,
    RegistryBusyError,
    RegistryDeniedError,
    RegistryError,
    RegistryNameError,
    RegistryUnreachableError,
)
from services.registry.oci import RegistryClients, Resolved

_AT_ONCE = 40
_CHANCES = 10  # attempts before a reported tag counts as unknown, over 13 minutes: replicas and mirrors need minutes
_CHANCES_UNSTORED = 8  # attempts, over four minutes, before a registry that is not stored counts as out of reach
_SECONDS = 30.0
_BELIEVED = "Reports of its registry are believed without asking it."

_Answer = Resolved | RegistryError | None


class TagResolution:
    """Asks registries, and writes their answers tag by tag."""

    def __init__(
        self, db: Database, clients: RegistryClients, back_off: BackOff, *, believed: frozenset[str] = frozenset()
    ) -> None:
        """`believed`: hosts whose reports are used as they are while no registry is stored for them."""
        self._db = db
        self._believed = believed
        self._clients = clients
        self._back_off = back_off

    async def resolve_due(self, host: str) -> bool:
        """Resolve what is due at this registry, until fewer are than one turn takes, or the registry fails and has to
        be left alone. What became due meanwhile waits for the worker's next pass: in a flood, a turn each would cost
        more than the pushes themselves.

        Always True: what was put off has its own time in its row.
        """
        while True:
            async with self._db.read() as tx:
                record = await tx.registries.find(host)
                due = await tx.lookups.due_at(host, limit=_AT_ONCE)
                asked = due if record is not None else await self._to_ask(tx, host, due)
            if not due:
                return True
            if len(asked) < len(due):
                await self._accept_unasked(host, [each for each in due if each not in asked])
            if asked and not await self._ask(host, record, asked):
                return True
            if len(due) < _AT_ONCE:
                return True

    async def _to_ask(self, tx: Transaction, host: str, due: Sequence[ImagePushRecord]) -> tuple[ImagePushRecord, ...]:
        """What a registry that is not stored is asked for: senders must not make requests to hosts of their choice."""
        if host in self._believed:
            return ()
        running = await tx.running_images.taking_any_of(list({each.repository for each in due}))
        wanted = frozenset[str]().union(*running.values())
        return tuple(each for each in due if each.repository in wanted)

    async def _accept_unasked(self, host: str, due: Sequence[ImagePushRecord]) -> None:
        """Have those judged of which no registry is asked: the settings believe the reports, or nothing runs them."""
        code, why = (AS_REPORTED, _BELIEVED) if host in self._believed else (None, None)
        reason = f"No registry is stored for {host}, and the delivery reported no digest."
        async with self._db.begin() as tx:
            still = await tx.lookups.still_due(due)
            if await tx.registries.find(host) is not None:
                return  # it was stored meanwhile, so the next turn asks it
            # In the order of their numbers: what an earlier push brought may be what makes a later one no news.
            for digest, pushes in groupby((each for each in due if each.push in still), key=attrgetter("digest")):
                if digest is None:
                    found = [each.push for each in pushes]
                    await tx.lookups.unresolved(found, code=code or DIGEST_UNKNOWN, reason=reason)
                    continue
                for image_push in pushes:
                    if not await _void_if_unchanged(tx, image_push, digest):
                        await tx.lookups.unresolved([image_push.push], code=code, reason=why)
            await settle_deliveries(tx, (each.delivery_id for each in due))
            await tx.image_pushes.notify()

    async def _ask(self, host: str, record: RegistryRecord | None, due: Sequence[ImagePushRecord]) -> bool:
        """Ask the registry and write its answers. False if it failed and has to be left alone for now."""
        access = access_to(host, record)
        by_tag: dict[tuple[str, str], list[ImagePushRecord]] = {}
        for image_push in due:
            by_tag.setdefault((image_push.repository, image_push.tag), []).append(image_push)
        answers = await asyncio.gather(*(self._resolve(access, repository, tag) for repository, tag in by_tag))
        goes_on = True
        async with self._db.begin() as tx:
            still = await tx.lookups.still_due(due)
            for image_pushes, answer in zip(by_tag.values(), answers, strict=True):
                if any(each.push not in still for each in image_pushes):
                    continue  # it was pushed again, or the credential changed: the next turn asks again
                if record is None and isinstance(answer, RegistryError):
                    doubtful = [each for each in image_pushes if _is_in_doubt(answer, each)]
                    image_pushes = [each for each in image_pushes if each not in doubtful]  # noqa: PLW2901
                    await _leave_in_doubt(tx, doubtful, answer)
                if image_pushes and isinstance(answer, RegistryError) and is_of_whole_registry(answer):
                    until = self._until(answer, image_pushes[-1].attempts)
                    await tx.lookups.put_off_host(host, until=until, code=answer.code, reason=answer.detail)
                    await tx.registries.missed(host, error=answer.detail)
                    goes_on = False
                else:
                    await self._write(tx, image_pushes, answer)
            if goes_on and any(isinstance(answer, Resolved) for answer in answers):
                await tx.registries.seen(host)
            await settle_deliveries(tx, (each.delivery_id for each in due))
            await tx.image_pushes.notify()
        return goes_on

    async def _resolve(self, access: RegistryAccess, repository: str, tag: str) -> _Answer:
        _, path = split_repository(repository)
        try:
            return await self._clients.resolve(access, path, tag, deadline_seconds=_SECONDS)
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
            case RegistryError() if not isinstance(answer, CredentialNotAskedError):
                until = self._until(answer, image_push.attempts)
                await tx.lookups.put_off(image_push.push, until=until, code=answer.code, reason=answer.detail)
            case CredentialNotAskedError() | None:
                reason = answer.detail if answer else f"The registry has no {image_push.reference}."
                if image_push.attempts + 1 >= _CHANCES:
                    await tx.image_pushes.void([image_push.push], code=TAG_UNKNOWN, reason=reason)
                else:
                    until = self._until(None, image_push.attempts)
                    await tx.lookups.put_off(image_push.push, until=until, code=TAG_UNKNOWN, reason=reason)

    def _until(self, error: RegistryError | None, attempts: int) -> datetime:
        pause = datetime.now(UTC) + timedelta(seconds=self._back_off.pause(attempts))
        asked = error.retry_at if error is not None else None
        return max(pause, asked) if asked is not None else pause


def is_of_whole_registry(error: RegistryError) -> bool:
    """Whether the registry as a whole fails, and not only for this image."""
    if isinstance(error, RegistryBusyError):
        return True
    return isinstance(error, RegistryUnreachableError) and not error.terminal


def _is_in_doubt(error: RegistryError, image_push: ImagePushRecord) -> bool:
    """Whether a registry that is not stored will not tell what was pushed, however often it is asked."""
    if isinstance(error, RegistryDeniedError):
        return True
    if isinstance(error, RegistryUnreachableError) and error.terminal:
        return True
    if isinstance(error, NotAnImageError | RegistryNameError | CredentialNotAskedError):
        return False
    return image_push.attempts + 1 >= _CHANCES_UNSTORED


async def _leave_in_doubt(tx: Transaction, image_pushes: Sequence[ImagePushRecord], error: RegistryError) -> None:
    """Have them judged as unverified; storing the registry has them asked for again."""
    reason = f"Nothing but its report says that it is an image: {error.detail}"
    for image_push in image_pushes:
        digest = image_push.digest
        if digest is None or not await _void_if_unchanged(tx, image_push, digest):
            await tx.lookups.unresolved([image_push.push], code=UNVERIFIED, reason=reason)


async def _void_if_unchanged(tx: Transaction, image_push: ImagePushRecord, digest: str) -> bool:
    """Void the push if its tag had the same digest before. True if so."""
    if await tx.known_tags.previous_digest(image_push) != digest:
        return False
    reason = f"{image_push.tag} has the same digest as before."
    await tx.image_pushes.void([image_push.push], code=NO_NEWS, reason=reason)
    return True
