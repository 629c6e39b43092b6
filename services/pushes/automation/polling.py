"""Polls repositories: for registries that send no deliveries, and for deliveries that were lost.

The first poll stores the tags that exist; they are no news. Later polls take new tags as pushed. Whether a known tag
has moved is checked only for tags that run here, that image policies name, and that were discovered last, since each
check is a request. What a poll finds is handled like a delivery.
"""

import asyncio
import contextlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.image_pushes import TAG_UNKNOWN, NewImagePush
from db.known_tags import KnownTag
from db.records.registries import PollRecord, RegistryRecord
from db.transaction import Database, Transaction
from domain.words import ImagePushOrigin, ImagePushState
from services.planning.policies.parsing import PolicyError, parse_stored
from services.planning.policies.tag_order import natural
from services.planning.policies.tags import Exact
from services.pushes.automation.tag_resolution import is_of_whole_registry
from services.pushes.judging import running_in
from services.reading.registry_access import access_to, split_repository
from services.registry.credentials import RegistryAccess
from services.registry.errors import (
    OF_THE_REPOSITORY,
    CredentialNotAskedError,
    NotAnImageError,
    RegistryError,
    RegistryNameError,
)
from services.registry.names import is_artefact_tag, looks_like_digest
from services.registry.oci import RegistryClients, Resolved

_LATELY = 20  # tags that were discovered last
_MOST = 60  # tags that are resolved in one poll
_AT_ONCE = 500  # new tags that one poll takes
_SLICE = 500  # rows that one statement writes
_NAMED = 3  # broken tags that a poll's error describes
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What is known of a repository before it is polled."""

    poll: PollRecord
    record: RegistryRecord | None
    known: Mapping[str, KnownTag]
    watched: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """What the registry answered about tags. `broken` it cannot serve; `later` could not be asked for now."""

    resolved: Mapping[str, Resolved]
    broken: Mapping[str, RegistryError]
    later: Mapping[str, RegistryError]
    none: bool  # it could be asked for none of them: it is overloaded or away

    @property
    def error(self) -> str | None:
        """The tags that could not be read, and why; None if all could."""
        failed = {**self.broken, **self.later}
        if not failed:
            return None
        shown = " ".join(error.detail for error in [*failed.values()][:_NAMED])
        more = f" And {len(failed) - _NAMED} more." if len(failed) > _NAMED else ""
        return f"{_counted(len(failed))} could not be read; the others were. {shown}{more}"


class Polling:
    """Polls repositories that are due."""

    def __init__(self, db: Database, clients: RegistryClients, *, chance: random.Random | None = None) -> None:
        self._db = db
        self._clients = clients
        self._chance = chance or random.Random()  # noqa: S311  jitter, not cryptography

    async def poll(self, polls: Sequence[PollRecord]) -> bool:
        """Poll repositories of one registry, one after the other. Always True: the row says when each is due again.

        Each row is read again when it is its turn: a record may be older than the end of the first poll, and by it what
        was pushed since then would be no news.
        """
        for poll in polls:
            async with self._db.read() as tx:
                now = await tx.polls.if_due(poll.id)
                before = await _known(tx, now) if now is not None else None
            if before is None:
                continue
            try:
                await self._poll_one(before)
            except RegistryError as error:
                await self._put_off(before.poll, error)
        return True

    async def _poll_one(self, before: _Known) -> None:
        poll = before.poll
        host, path = split_repository(poll.repository)
        access = access_to(host, before.record)
        listed = await self._clients.tags(access, path)
        new, old = await asyncio.to_thread(_sorted_out, listed, before)  # seconds for a large repository
        first = poll.last_at is None
        if not first:
            new = new[:_AT_ONCE]  # the next poll takes the others
        asked = [tag for tag in new if not first or tag in before.watched][-_MOST:]  # the last, as a rule the newest
        answers = await self._resolve(access, path, [*asked, *old])
        if answers.none and not first:
            raise next(iter(answers.later.values()))
        async with self._db.begin() as tx:
            unchanged = await tx.polls.unchanged(poll)
            if unchanged is None:
                return  # it was deleted, or polled by another process; if it is due, the next turn polls it
            now = await tx.known_tags.all(poll.repository)
            changed = {tag for tag, known in now.items() if known != before.known.get(tag)}  # reported meanwhile
            new = [tag for tag in new if tag not in changed]
            if first:  # all of them: what is left out now would be news at the next poll
                await _learn(tx, poll.repository, new, answers.resolved)
            else:
                taken = [tag for tag in new if tag not in answers.later]
                await _take_new(tx, poll.repository, taken, answers.resolved)
            await _take_moved(tx, before, [tag for tag in old if tag not in changed], answers.resolved)
            await tx.polls.polled(poll.id, error=answers.error, looked=True, again_in=self._again(unchanged))
            await tx.registries.seen(host)
            await tx.image_pushes.notify()

    async def _resolve(self, access: RegistryAccess, path: str, tags: Sequence[str]) -> _Answers:
        """The digests of these tags, without tags that are no images or were deleted meanwhile.

        A tag that the registry cannot serve costs itself alone.
        """

        async def ask(tag: str) -> Resolved | RegistryError | None:
            try:
                return await self._clients.resolve(access, path, tag)
            except (NotAnImageError, RegistryNameError, CredentialNotAskedError):
                return None
            except RegistryError as error:
                return error

        answers = dict(zip(tags, await asyncio.gather(*(ask(tag) for tag in tags)), strict=True))
        failed = {tag: answer for tag, answer in answers.items() if isinstance(answer, RegistryError)}
        later = {tag: error for tag, error in failed.items() if is_of_whole_registry(error)}
        return _Answers(
            resolved={tag: answer for tag, answer in answers.items() if isinstance(answer, Resolved)},
            broken={tag: error for tag, error in failed.items() if tag not in later},
            later=later,
            none=bool(later) and len(later) == len(tags),
        )

    async def _put_off(self, poll: PollRecord, error: RegistryError) -> None:
        host, _ = split_repository(poll.repository)
        async with self._db.begin() as tx:
            unchanged = await tx.polls.unchanged(poll)
            if unchanged is None:
                return
            again = self._again(unchanged)
            if error.retry_at is not None:
                again = max(again, error.retry_at - datetime.now(UTC))
            await tx.polls.polled(poll.id, error=error.detail, looked=False, again_in=again)
            if not isinstance(error, OF_THE_REPOSITORY):
                await tx.registries.missed(host, error=error.detail)

    def _again(self, poll: PollRecord) -> timedelta:
        """The interval with jitter, so that polls spread out."""
        return timedelta(seconds=poll.seconds * self._chance.uniform(0.9, 1.1))


async def _known(tx: Transaction, poll: PollRecord) -> _Known:
    host, _ = split_repository(poll.repository)
    known = await tx.known_tags.all(poll.repository)
    targets = await tx.running_images.taking_any_of([poll.repository])
    named: set[str] = set()
    for target in (await tx.app_environments.some(targets)).values():
        for running in await running_in(tx, target):
            if poll.repository in running.repositories and running.tag:
                named.add(running.tag)
        with contextlib.suppress(PolicyError):  # judging reports it
            for _, policy in parse_stored(target.image_policies).rules:
                named.update(policy.select.tags if isinstance(policy.select, Exact) else ())
    lately = sorted(known, key=lambda tag: known[tag].push, reverse=True)[:_LATELY]
    return _Known(
        poll=poll,
        record=await tx.registries.find(host),
        known=known,
        watched=frozenset(sorted(named)[:_MOST]) | frozenset(lately),
    )


def _sorted_out(tags: Iterable[str], before: _Known) -> tuple[list[str], list[str]]:
    """The new tags, in the order of the numbers in them, and the known ones whose digest is to be checked."""
    images = [tag for tag in tags if not is_artefact_tag(tag) and not looks_like_digest(tag)]
    new = {tag for tag in images if _is_new(before.known.get(tag))}
    return sorted(new, key=lambda tag: (natural(tag), tag)), [
        tag for tag in images if tag in before.watched and tag not in new
    ]


def _counted(tags: int) -> str:
    return "One tag" if tags == 1 else f"{tags} tags"


def _is_new(known: KnownTag | None) -> bool:
    """Never discovered, or reported when its registry did not have it."""
    return known is None or (known.state is ImagePushState.VOID and known.code == TAG_UNKNOWN)


async def _learn(tx: Transaction, repository: str, tags: Sequence[str], resolved: Mapping[str, Resolved]) -> None:
    for start in range(0, len(tags), _SLICE):  # a statement of all rows of a large repository would hold up the loop
        await tx.image_pushes.add(
            [
                NewImagePush(
                    repository=repository,
                    tag=tag,
                    digest=resolved[tag].digest if tag in resolved else None,
                    origin=ImagePushOrigin.BASELINE,
                    state=ImagePushState.DECIDED,
                )
                for tag in tags[start : start + _SLICE]
            ]
        )


async def _take_new(tx: Transaction, repository: str, tags: Iterable[str], resolved: Mapping[str, Resolved]) -> None:
    """Add them in the order in which they were built, as far as that is known: registries report no order of pushes."""
    built = {tag: one.built_at or _LONG_AGO for tag, one in resolved.items()}
    await tx.image_pushes.add(
        [_pushed(repository, tag, resolved) for tag in sorted(tags, key=lambda tag: built.get(tag, _LONG_AGO))]
    )


async def _take_moved(tx: Transaction, before: _Known, tags: Iterable[str], resolved: Mapping[str, Resolved]) -> None:
    moved = []
    for tag in tags:
        known, found = before.known[tag], resolved.get(tag)
        if found is None or known.state in {ImagePushState.WAITING, ImagePushState.READY}:
            continue  # a push of the tag is under way and is resolved by itself
        if known.digest is None:
            await tx.known_tags.learn_digest(known.push, found.digest)
        elif known.digest != found.digest:
            moved.append(_pushed(before.poll.repository, tag, resolved))
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
