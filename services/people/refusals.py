"""Writes refusals into the audit: what a known caller may not do, what a rule or the present state forbids, and who
was not signed in.

A caller that repeats what was refused gets one entry a minute for it, and each caller and all together a bounded
number, so that a flood costs no table, and one caller does not crowd out what others were refused. The limits are of
one process and one instance: strangers have one of their own, by which they cannot crowd out the entries of known
callers.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping

import structlog

from db.errors import DatabaseUnreachableError
from db.transaction import Database
from domain.actors import ActorRef, Origin
from domain.audit import AuditEntry, AuditOutcome, Target
from domain.grants import Caller
from services.errors import Category, StagecoachError
from services.net.rate_limit import sender_of

_ONE_IN = 60.0  # seconds
_MOST = 120  # entries of all callers in that time
_MOST_OF_ONE = 30  # of one caller, or of one stranger's address
_REMEMBERED = 2000  # callers with what they were refused
_KINDS = frozenset({Category.FORBIDDEN, Category.CONFLICT})

_log = structlog.get_logger("stagecoach.audit")


class Refusals:
    """The refusals of this process."""

    def __init__(self, db: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._last: OrderedDict[Hashable, float] = OrderedDict()
        self._written: deque[tuple[float, Hashable]] = deque()  # when, and whose

    async def note(self, caller: Caller, operation: str, names: Mapping[str, str], error: StagecoachError) -> None:
        """Write that `operation` (of the contract) was refused; `names` are those in its path. Never raises for it."""
        who = (caller.ref.kind, caller.ref.id)
        if error.category not in _KINDS or not self._may(who, (operation, error.code), self._clock()):
            return
        entry = AuditEntry.by(
            caller,
            "request.refused",
            *(Target(kind=kind.replace("_", "-"), id=None, name=name) for kind, name in names.items()),
            outcome=AuditOutcome.REFUSED,
            reason=error.detail,
            after={"operation": operation, "code": error.code},
        )
        await self._write(entry)

    async def note_stranger(
        self, door: ActorRef, origin: Origin, *, why: str, action: str = "sign-in.refused", at: Target | None = None
    ) -> None:
        """Write that a caller was not let in. Who it is was not proved, so the actor is the door at which it was tried.

        `why` repeats nothing of what was presented: a wrong secret is often another one's, or one with a slip.
        """
        if not self._may(sender_of(origin.address), (door.kind, door.id, action, why), self._clock()):
            return
        entry = AuditEntry(
            actor=door,
            origin=origin,
            action=action,
            targets=() if at is None else (at,),
            outcome=AuditOutcome.REFUSED,
            reason=why,
        )
        await self._write(entry)

    async def _write(self, entry: AuditEntry) -> None:
        try:
            async with self._db.begin() as tx:
                await tx.audit.add(entry)
        except DatabaseUnreachableError:
            _log.warning("a refusal was not written: the database does not answer", action=entry.action)

    def _may(self, who: Hashable, what: Hashable, now: float) -> bool:
        while self._written and now - self._written[0][0] >= _ONE_IN:
            self._written.popleft()
        key = (who, what)
        last = self._last.get(key)
        if len(self._written) >= _MOST or (last is not None and now - last < _ONE_IN):
            return False
        if sum(each == who for _, each in self._written) >= _MOST_OF_ONE:
            return False
        self._last[key] = now
        self._last.move_to_end(key)
        if len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)
        self._written.append((now, who))
        return True
