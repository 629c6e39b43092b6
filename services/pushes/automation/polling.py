"""Looking at repositories from time to time: for registries that report nothing, and for reports that were lost.

The first look learns what is there, and that is no news. Later ones take new tags as pushed. Whether an old tag means
another image than before is asked of few tags only, for a registry has to be asked tag by tag: of those that run here,
those that policies name, and those that came last. What is found goes the way of a report.
"""

import asyncio
import contextlib
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from db.image_pushes import TAG_UNKNOWN, NewImagePush
from db.known_tags import KnownTag
from db.records import PollRecord, RegistryRecord
from db.transaction import Database, Transaction
from domain.image_references import try_parse_image
from domain.words import ImagePushOrigin, ImagePushState
from services.planning.policies.parsing import PolicyError, parse_policies
from services.planning.policies.tags import Exact
from services.pushes.registries import access_to, split_repository
from services.registry.credentials import RegistryAccess
from services.registry.errors import NotAnImageError, RegistryError, RegistryNameError
from services.registry.oci import RegistryClients, Resolved

_ARTEFACT = re.compile(r"sha256-[0-9a-f]{64}(?:\.[a-z]+)?")  # signatures and their like
_DIGITS = re.compile(r"([0-9]+)")
_LATELY = 20  # tags that came last
_MOST = 60  # tags that are asked for at one look
_AT_ONCE = 500  # tags that are taken as new at one look
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What is known of a repository before it is looked at."""

    poll: PollRecord
    record: RegistryRecord | None
    known: Mapping[str, KnownTag]
    watched: frozenset[str]


class Polling:
    """Looks at repositories whose time has come."""

    def __init__(self, db: Database, clients: RegistryClients, *, chance: random.Random | None = None) -> None:
        self._db = db
        self._clients = clients
        self._chance = chance or random.Random()  # noqa: S311  jitter, not cryptography

    async def look(self, polls: Sequence[PollRecord]) -> bool:
        """One after the other: they are of one registry."""
        for poll in polls:
            try:
                await self._look_at(poll)
            except RegistryError as error:
                await self._note(poll, error)
        return True

    async def _look_at(self, poll: PollRecord) -> None:
        host, path = split_repository(poll.repository)
        async with self._db.read() as tx:
            look = await _look(tx, poll, host)
        access = access_to(host, look.record)
        tags = [tag for tag in await self._clients.tags(access, path) if not _ARTEFACT.fullmatch(tag)]
        new = sorted((tag for tag in tags if _is_new(look.known.get(tag))), key=_by_numbers)
        old = [tag for tag in tags if tag in look.watched and tag not in new]
        first = poll.last_at is None
        if not first:
            new = new[:_AT_ONCE]  # the others come after them, at the next look
        asked = [tag for tag in new if not first or tag in look.watched][-_MOST:]  # the last, as a rule the newest
        resolved = await self._resolve(access, path, [*asked, *old])
        async with self._db.begin() as tx:
            now = await tx.known_tags.all(poll.repository)
            changed = {tag for tag, known in now.items() if known != look.known.get(tag)}  # reported meanwhile
            new = [tag for tag in new if tag not in changed]
            if first:
                await _learn(tx, poll.repository, new, resolved)
            else:
                await _take_new(tx, poll.repository, new, resolved)
            await _take_moved(tx, look, [tag for tag in old if tag not in changed], resolved)
            await tx.polls.looked(poll.id, error=None, again_in=self._again(poll))
            await tx.registries.seen(host)
            await tx.image_pushes.ring()

    async def _resolve(self, access: RegistryAccess, path: str, tags: Sequence[str]) -> dict[str, Resolved]:
        """What these tags mean; those that are no images, or have just gone, are left out."""

        async def ask(tag: str) -> Resolved | None:
            try:
                return await self._clients.resolve(access, path, tag)
            except (NotAnImageError, RegistryNameError):
                return None

        answers = await asyncio.gather(*(ask(tag) for tag in tags), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return {tag: answer for tag, answer in zip(tags, answers, strict=True) if isinstance(answer, Resolved)}

    async def _note(self, poll: PollRecord, error: RegistryError) -> None:
        again = self._again(poll)
        if error.retry_at is not None:
            again = max(again, error.retry_at - datetime.now(UTC))
        host, _ = split_repository(poll.repository)
        async with self._db.begin() as tx:
            await tx.polls.looked(poll.id, error=error.detail, again_in=again)
            await tx.registries.missed(host, error=error.detail)

    def _again(self, poll: PollRecord) -> timedelta:
        """Not all at the same moment, however they began."""
        return timedelta(seconds=poll.seconds * self._chance.uniform(0.9, 1.1))


async def _look(tx: Transaction, poll: PollRecord, host: str) -> _Look:
    known = await tx.known_tags.all(poll.repository)
    targets = await tx.running_images.running_any_of([poll.repository])
    named: set[str] = set()
    for target_id, target in (await tx.app_environments.some(targets)).items():
        for row in await tx.running_images.of(target_id):
            parsed = try_parse_image(row.reference)
            if parsed is not None and row.repository == poll.repository and parsed.effective_tag:
                named.add(parsed.effective_tag)
        with contextlib.suppress(PolicyError):  # whoever decides by them says so
            for _, policy in parse_policies(target.image_policies).rules:
                named.update(policy.select.tags if isinstance(policy.select, Exact) else ())
    lately = sorted(known, key=lambda tag: known[tag].push, reverse=True)[:_LATELY]
    return _Look(
        poll=poll,
        record=await tx.registries.find(host),
        known=known,
        watched=frozenset(sorted(named)[:_MOST]) | frozenset(lately),
    )


def _by_numbers(tag: str) -> list[Any]:
    """For sorting as people count, v9 before v10: registries list tags in whatever order."""
    return [int(part) if number % 2 else part for number, part in enumerate(_DIGITS.split(tag))]


def _is_new(known: KnownTag | None) -> bool:
    """Never heard of, or heard of when its registry did not know it."""
    return known is None or (known.state is ImagePushState.VOID and known.code == TAG_UNKNOWN)


async def _learn(tx: Transaction, repository: str, tags: Iterable[str], resolved: Mapping[str, Resolved]) -> None:
    await tx.image_pushes.add(
        [
            NewImagePush(
                repository=repository,
                tag=tag,
                digest=resolved[tag].digest if tag in resolved else None,
                origin=ImagePushOrigin.BASELINE,
                state=ImagePushState.DECIDED,
            )
            for tag in tags
        ]
    )


async def _take_new(tx: Transaction, repository: str, tags: Iterable[str], resolved: Mapping[str, Resolved]) -> None:
    """In the order in which they were built, as far as that is known: the registry tells no other."""
    built = {tag: one.built_at or _LONG_AGO for tag, one in resolved.items()}
    await tx.image_pushes.add(
        [_pushed(repository, tag, resolved) for tag in sorted(tags, key=lambda tag: built.get(tag, _LONG_AGO))]
    )


async def _take_moved(tx: Transaction, look: _Look, tags: Iterable[str], resolved: Mapping[str, Resolved]) -> None:
    moved = []
    for tag in tags:
        known, found = look.known[tag], resolved.get(tag)
        if found is None or known.state in {ImagePushState.WAITING, ImagePushState.READY}:
            continue  # what is on its way is looked up by itself
        if known.digest is None:
            await tx.known_tags.learn_digest(known.push, found.digest)
        elif known.digest != found.digest:
            moved.append(_pushed(look.poll.repository, tag, resolved))
    await tx.image_pushes.add(moved)


def _pushed(repository: str, tag: str, resolved: Mapping[str, Resolved]) -> NewImagePush:
    found = resolved.get(tag)
    return NewImagePush(
        repository=repository,
        tag=tag,
        digest=found.digest if found else None,
        media_type=found.media_type if found else None,
        origin=ImagePushOrigin.POLL,
    )
