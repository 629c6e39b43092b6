"""Where the audit is streamed to. A position in the database says what has arrived; one replica at a time sends."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from db.transaction import Database
from domain.audit import AuditRecord

_AT_ONCE = 100  # entries of one sending
_SENDINGS = 10  # in a row
_LEASE = timedelta(minutes=2)  # longer than a sending takes; a process that dies leaves it to the next one
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=10)

_log = structlog.get_logger("stagecoach.audit")


class NotTakenError(Exception):
    """The other side did not take the entries; the text tells an administrator why, and holds no secret.

    `asked`: how long it asked to wait.
    """

    def __init__(self, detail: str, *, asked: timedelta | None = None) -> None:
        super().__init__(detail)
        self.asked = asked or timedelta(0)


class Taker(Protocol):
    """Sends entries, in their order. Raises `NotTakenError`."""

    async def __call__(self, entries: Sequence[AuditRecord], /) -> None: ...


class AuditStream:
    """Sends all entries to one place, in their order, each at least once; what was not taken is sent again."""

    def __init__(self, db: Database, name: str, taker: Taker) -> None:
        self._db = db
        self._name = name
        self._taker = taker

    async def send(self, *, through: int) -> None:
        """Send those that are complete up to this number and were not sent yet; of many, some, so that all else that
        the loop does is done in time.
        """
        for _ in range(_SENDINGS):
            async with self._db.begin() as tx:
                if await tx.audit_outputs.position(self._name) >= through:
                    return
                lease = await tx.audit_outputs.lease(self._name, lasts=_LEASE)
                if lease is None:
                    return
                entries = await tx.audit.between(lease.position, through, limit=_AT_ONCE)
            try:
                if entries:
                    await self._taker(entries)
            except NotTakenError as error:
                wait = min(max(_FIRST_WAIT * 2 ** min(lease.failures, 10), error.asked), _LONGEST_WAIT)
                _log.warning("the audit was not taken", output=self._name, error=str(error))
                async with self._db.begin() as tx:
                    await tx.audit_outputs.failed(lease, error=str(error), wait=wait)
                return
            # Fewer than were asked for: there are none up to `through`, whose numbers may be gaps.
            position = entries[-1].seq if len(entries) == _AT_ONCE else through
            async with self._db.begin() as tx:
                await tx.audit_outputs.sent(lease, position)


def to_lines(write: Callable[[str], object]) -> Taker:
    """Writes each entry as a line of JSON, all of them at once, so that no line of a log gets into one."""

    async def take(entries: Sequence[AuditRecord]) -> None:
        write("".join(f"{each.line().decode()}\n" for each in entries))

    return take
