"""The worker of image pushes: in one process at a time, from rows alone, so it continues where a killed one stopped.

It wakes on new image pushes, on ended operations, and at an interval.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from db.events import Notifier
from db.records.inventory import AppEnvironmentRecord
from db.records.registries import PollRecord
from db.transaction import Database, Transaction
from domain.actors import ActorKind
from domain.words import OperationKind
from services.changes.catching_up import CatchingUp
from services.changes.push_proposals import is_settled
from services.people.approvals import policy_for
from services.people.gates import change_of, closed_gates
from services.planning.releases.catching_up import CAUGHT_UP_FOR
from services.pushes.automation.auto_deploy import AutoDeploy
from services.pushes.automation.index_backfill import IndexBackfill
from services.pushes.automation.leading import Leading
from services.pushes.automation.polling import Polling
from services.pushes.automation.ready_pushes import ReadyPushes
from services.pushes.automation.tag_resolution import TagResolution
from services.pushes.automation.work_queue import BackOff, WorkQueue
from services.reading.registry_access import split_repository

_BREATH = 0.2  # seconds from one pass to the next: in a flood, a pass takes all pushes that came since the last one
_REST = 2  # as much time at least passes after a pass as this many passes take: others need the machine, too
_SLACK = timedelta(seconds=10)  # clock skew between processes, and the time that a commit takes
_INDEX_EVERY = timedelta(minutes=5)
_TIDY_EVERY = timedelta(hours=1)
_KEPT = timedelta(days=90)  # image pushes that are not needed any more
_POLLS_AT_ONCE = 20  # polls of one registry
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_ROLL_OUT, _CATCH_UP, _TRY_BLOCKED = "roll out ", "catch up ", "try blocked "


class ImagePushWorker(Leading):
    """Runs while its context is open and this process holds the lock."""

    # The former name of the table of image pushes: a process of the former release competes for the same lock.
    _lock = "arrivals"

    def __init__(
        self,
        *,
        database: Database,
        url: str,
        notifier: Notifier,
        tag_resolution: TagResolution,
        polling: Polling,
        auto_deploy: AutoDeploy,
        catching_up: CatchingUp,
        index_backfill: IndexBackfill,
        back_off: BackOff,
    ) -> None:
        super().__init__(url=url, notifier=notifier, back_off=back_off)
        self._database = database
        self._tag_resolution = tag_resolution
        self._polling = polling
        self._auto_deploy = auto_deploy
        self._catching_up = catching_up
        self._index_backfill = index_backfill
        self._ready_pushes = ReadyPushes(database)
        self._unindexed = False

    async def _work(self, queue: WorkQueue) -> None:
        self._unindexed = not await self._index_backfill.fill()
        ended_since = tidied = tried = _ANY_TIME
        indexed = datetime.now(UTC)
        while True:
            began = time.monotonic()
            if not await self._still_leads():
                return
            now = datetime.now(UTC)
            while await self._ready_pushes.judge():
                pass
            await self._ready_pushes.judge_again(since=ended_since)
            ended_since = now - _SLACK
            if self._unindexed or now - indexed >= _INDEX_EVERY:
                indexed = now
                queue.start("index", self._index)  # not before its back-off has passed
            if now - tidied >= _TIDY_EVERY:
                tidied = now
                queue.start("tidy", self._tidy)
            if (now - tried).total_seconds() >= self._back_off.turn:
                tried = now
                await self._try_blocked(queue)
            seconds = await self._start_due(queue)
            took = time.monotonic() - began
            await self._rest(queue, seconds=seconds)
            rested_at = began + max(_BREATH, took + min(took * _REST, self._back_off.turn))
            await asyncio.sleep(max(0.0, rested_at - time.monotonic()))

    async def _start_due(self, queue: WorkQueue) -> float:
        """Start everything that is due; returns the seconds until something may be due next."""
        async with self._database.read() as tx:
            hosts = await tx.lookups.due_hosts()
            pending = await tx.verdicts.pending()
            targets = await _open(tx, await tx.app_environments.some(pending), pending)
            late = await tx.missed_operations.answering(since=datetime.now(UTC) - CAUGHT_UP_FOR)
            polls = await tx.polls.due(of_each=_POLLS_AT_ONCE)
            # By the clock and in the snapshot of the queries above: what becomes due during them is not overlooked.
            due_in = [await tx.lookups.next_due_in(), await tx.polls.next_due_in()]
        for host in hosts:
            queue.start(f"look up at {host}", partial(self._tag_resolution.resolve_due, host))
        for host, polls_there in _by_host(polls).items():
            queue.start(f"poll {host}", partial(self._polling.poll, polls_there))
        for target_id, target in targets.items():
            if target.active_operation is None:
                queue.start(f"{_ROLL_OUT}{target_id}", partial(self._auto_deploy.roll_out, target_id))
        for place in late:
            queue.start(f"{_CATCH_UP}{place}", partial(self._catching_up.bring_level, place))
        queue.keep({f"{_ROLL_OUT}{target_id}" for target_id in targets}, kind=_ROLL_OUT)
        queue.keep({f"{_CATCH_UP}{place}" for place in late}, kind=_CATCH_UP)
        waits = [each.total_seconds() for each in due_in if each is not None]
        return min([self._back_off.turn, queue.seconds_to_next(), *waits]) + 0.01

    async def _try_blocked(self, queue: WorkQueue) -> None:
        async with self._database.read() as tx:
            blocked = await tx.verdicts.blocked()
        for target_id in blocked:
            queue.start(f"{_TRY_BLOCKED}{target_id}", partial(self._auto_deploy.try_blocked, target_id))
        queue.keep({f"{_TRY_BLOCKED}{target_id}" for target_id in blocked}, kind=_TRY_BLOCKED)

    async def _index(self) -> bool:
        """Pushes to what is not indexed yet are not rolled out, so a cluster that was away is read again soon."""
        self._unindexed = not await self._index_backfill.fill()
        return not self._unindexed

    async def _tidy(self) -> bool:
        async with self._database.begin() as tx:
            await tx.proposals.expire()
            await tx.image_pushes.forget(before=datetime.now(UTC) - _KEPT)
        return True


async def _open(
    tx: Transaction, targets: Mapping[str, AppEnvironmentRecord], pending: Mapping[str, Collection[int]]
) -> dict[str, AppEnvironmentRecord]:
    """Those that automation may change now, or propose to. What is pushed meanwhile waits, then the newest of it goes.

    A gate that a person opens wakes the worker; one that opens by itself is noticed a turn later at most.
    """
    found = {}
    for each, target in targets.items():
        change = change_of(target, OperationKind.DEPLOY, actor=ActorKind.AUTOMATION)
        takes_approvals = await policy_for(tx, target.environment.id, change.kind) is not None
        proposed = takes_approvals and await is_settled(tx, each, pending[each])
        if not proposed and not await closed_gates(tx, change):
            found[each] = target
    return found


def _by_host(polls: tuple[PollRecord, ...]) -> dict[str, list[PollRecord]]:
    found: dict[str, list[PollRecord]] = {}
    for poll in polls:
        found.setdefault(split_repository(poll.repository)[0], []).append(poll)
    return found
