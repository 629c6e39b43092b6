"""Keeps the audit: seals what is complete, forgets what is old, verifies the chain.

Every process runs it; one at a time seals.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from db.audit_seals import Drawn
from db.transaction import Database, Transaction
from domain.audit import Seal
from services.planning.people.audit_chain import Broken, fault_of, seal_of

_RANGE = 1000  # entries of a seal at most
_FORGOTTEN_AT_ONCE = 50  # ranges in one transaction
_VERIFIED_AT_ONCE = 100  # seals of one query

_log = structlog.get_logger("stagecoach.audit")


class Settled:
    """Up to which number the audit is complete, as this process knows it."""

    def __init__(self) -> None:
        self.through = 0
        self._awaited: Drawn | None = None

    async def advance(self, tx: Transaction) -> int:
        """Look again; returns the number. What was drawn at one call is complete at a later one, at the earliest."""
        if self._awaited is not None and await tx.audit_seals.settled(self._awaited):
            self.through, self._awaited = self._awaited.seq, None
        if self._awaited is None:
            self._awaited = await tx.audit_seals.drawn(beyond=self.through)
        return self.through


@dataclass(frozen=True, kw_only=True)
class Verified:
    """The result of a verification: how much matches, the newest digest (`tip`), and the first range that does not.

    `unsealed` entries are newer than the last seal. `tip_found` says whether the expected tip is in the chain.
    """

    ranges: int
    entries: int
    forgotten: int
    unsealed: int
    tip: str | None
    broken: Broken | None
    tip_found: bool | None


class AuditKeeping:
    """`days`: for how long entries are kept."""

    def __init__(self, db: Database, *, days: int) -> None:
        self._db = db
        self._days = days

    async def seal(self, *, through: int) -> Seal | None:
        """Seal what is complete up to a number, in ranges; returns the last seal that was added, and logs its digest.

        The digest in the log is what shows that somebody who can write to the database replaced the whole chain.
        """
        added: Seal | None = None
        while True:
            async with self._db.begin() as tx:
                if not await tx.audit_seals.lock():
                    return added
                former = await tx.audit_seals.last()
                entries = await tx.audit.between(former.last_seq if former else 0, through, limit=_RANGE)
                if not entries:
                    return added
                added = seal_of(former, entries)
                await tx.audit_seals.add(added)
            _log.info("audit sealed", number=added.number, last=added.last_seq, digest=added.digest.hex())

    async def forget(self) -> int:
        """Delete ranges that are older than they are kept; returns how many."""
        before = datetime.now(UTC) - timedelta(days=self._days)
        forgotten = 0
        while True:
            async with self._db.begin() as tx:
                if not await tx.audit_seals.lock():
                    return forgotten
                number = await tx.audit_seals.forget(before=before, limit=_FORGOTTEN_AT_ONCE)
            if not number:
                return forgotten
            forgotten += number

    async def verify(self, *, tip: str | None = None) -> Verified:
        """Compute every digest anew, up to the first range that does not match. `tip`: a digest that was logged."""
        async with self._db.read() as tx:
            former: Seal | None = None
            ranges = entries = forgotten = 0
            found = False
            broken: Broken | None = None
            while broken is None and (
                seals := await tx.audit_seals.after(former.number if former else 0, limit=_VERIFIED_AT_ONCE)
            ):
                for seal in seals:
                    present = await tx.audit.between(
                        former.last_seq if former else -(2**63), seal.last_seq, limit=seal.entries + 1
                    )
                    broken = fault_of(former, seal, present)
                    if broken is not None:
                        break
                    found = found or seal.digest.hex() == tip
                    ranges, entries = ranges + 1, entries + len(present)
                    forgotten += seal.forgotten
                    former = seal
            unsealed = await tx.audit.count_after(former.last_seq if former else 0)
        return Verified(
            ranges=ranges,
            entries=entries,
            forgotten=forgotten,
            unsealed=unsealed,
            tip=former.digest.hex() if former else None,
            broken=broken,
            tip_found=None if tip is None else found,
        )
