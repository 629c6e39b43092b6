"""Questions about pushed images: what came, how far it is, what is known of a repository.

Whatever grows here rings the bell under `ARRIVALS` when its transaction commits, for the one process that looks after
arrivals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import models
from db.arrival_retention import is_spent
from db.events import CHANNEL
from db.records import ArrivalRecord
from db.words import ArrivalOrigin, ArrivalState

ARRIVALS = "arrivals"  # what the bell rings under
TAG_UNKNOWN = "tag-unknown"  # the code of what its registry does not know

_RING = text("SELECT pg_notify(:channel, :key)")


@dataclass(frozen=True, kw_only=True)
class NewArrival:
    """A tag that was pushed; `application_id` None means for whoever runs it."""

    repository: str
    tag: str
    digest: str | None
    origin: ArrivalOrigin
    media_type: str | None = None
    application_id: str | None = None
    delivery_id: str | None = None
    state: ArrivalState = ArrivalState.WAITING


@dataclass(frozen=True, kw_only=True)
class KnownTag:
    """A tag's newest arrival, and the digest that it was last known to have."""

    push: int
    digest: str | None
    state: ArrivalState
    code: str | None


class Arrivals:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def ring(self) -> None:
        """Let whoever looks after arrivals look."""
        await self._session.execute(_RING, {"channel": CHANNEL, "key": ARRIVALS})

    async def add(self, arrivals: Sequence[NewArrival]) -> tuple[int, ...]:
        """Their numbers, in their order."""
        if not arrivals:
            return ()
        pushes = await self._session.scalars(
            insert(models.Arrival).returning(models.Arrival.push, sort_by_parameter_order=True),
            [vars(each) for each in arrivals],
        )
        await self.ring()
        return tuple(pushes.all())

    async def came_lately(self, arrival: NewArrival, *, since: datetime) -> bool:
        """Whether the same was reported since then: that digest or, where none is named, one still to be looked up.

        In the latter case its registry may be being asked right now, and have answered before this push. So it is
        marked: whoever asks has to ask again (`still_due`).
        """
        table = models.Arrival
        newest = (
            select(table.push, table.digest, table.state, table.code, table.arrived_at)
            .where(
                table.repository == arrival.repository,
                table.tag == arrival.tag,
                table.application_id.is_not_distinct_from(arrival.application_id),
            )
            .order_by(table.push.desc())
            .limit(1)
        )
        # Only the newest counts: a tag that was moved away and back is news.
        row = (await self._session.execute(newest)).one_or_none()
        if row is None or row.arrived_at < since:
            return False
        if row.state is ArrivalState.VOID and row.code == TAG_UNKNOWN:
            return False
        return row.digest == arrival.digest if arrival.digest else await self._mark(row.push)

    async def _mark(self, push: int) -> bool:
        """Have it asked for after this moment. False where it is not to be looked up any more, or just being written:
        whoever writes is not waited for, so that nobody waits in a circle.
        """
        table = models.Arrival
        waiting = (
            select(table.next_try_at)
            .where(table.push == push, table.state == ArrivalState.WAITING)
            .with_for_update(skip_locked=True)
        )
        due = await self._session.scalar(waiting)
        if due is not None and due <= datetime.now(UTC):
            await self._change([push], next_try_at=func.clock_timestamp())
        return due is not None

    async def still_due(self, arrivals: Sequence[ArrivalRecord]) -> frozenset[int]:
        """Those of which nothing has changed since they were read, by number; nobody else changes them from now on."""
        table = models.Arrival
        rows = await self._session.execute(
            select(table.push, table.next_try_at)
            .where(table.push.in_([each.push for each in arrivals]), table.state == ArrivalState.WAITING)
            .order_by(table.push)
            .with_for_update()
        )
        now = {row.push: row.next_try_at for row in rows}
        return frozenset(each.push for each in arrivals if now.get(each.push) == each.next_try_at)

    async def ready(self, *, limit: int) -> tuple[ArrivalRecord, ...]:
        """Those that are to be decided upon, in the order in which they were pushed."""
        table = models.Arrival
        query = select(table).where(table.state == ArrivalState.READY).order_by(table.push).limit(limit)
        return tuple(arrival_record(row) for row in await self._session.scalars(query))

    async def due_hosts(self) -> tuple[str, ...]:
        """The registries at which something is to be looked up now."""
        return tuple(await self._session.scalars(select(_HOST).distinct().where(_due())))

    async def due_at(self, host: str, *, limit: int) -> tuple[ArrivalRecord, ...]:
        """What is to be looked up now at a registry, in the order in which it was pushed."""
        query = select(models.Arrival).where(_due(), _host(host)).order_by(models.Arrival.push).limit(limit)
        return tuple(arrival_record(row) for row in await self._session.scalars(query))

    async def next_try(self) -> datetime | None:
        """When the next one that waits is to be looked up again."""
        table = models.Arrival
        return await self._session.scalar(
            select(func.min(table.next_try_at)).where(table.state == ArrivalState.WAITING)
        )

    async def resolved(
        self,
        push: int,
        *,
        digest: str,
        media_type: str | None,
        platforms: Sequence[str],
        built_at: datetime | None,
    ) -> None:
        """Its registry has said what it is."""
        await self._change(
            [push],
            digest=digest,
            media_type=media_type,
            platforms=list(platforms),
            built_at=built_at,
            resolved_at=func.now(),
            state=ArrivalState.READY,
            code=None,
            reason=None,
        )

    async def unresolved(self, pushes: Sequence[int], *, code: str | None, reason: str | None) -> None:
        """Its registry is not asked, or cannot be: it goes on with what its sender said."""
        await self._change(pushes, state=ArrivalState.READY, code=code, reason=reason)

    async def put_off(self, push: int, *, until: datetime, code: str, reason: str) -> None:
        """Its registry could not be asked now."""
        await self._change([push], next_try_at=until, attempts=models.Arrival.attempts + 1, code=code, reason=reason)

    async def put_off_host(self, host: str, *, until: datetime, code: str, reason: str) -> None:
        """Nothing of this registry can be looked up now."""
        await self._session.execute(
            update(models.Arrival)
            .where(_due(), _host(host))
            .values(next_try_at=until, attempts=models.Arrival.attempts + 1, code=code, reason=reason)
        )

    async def look_again(self, host: str) -> None:
        """The registry is asked with other means from now on: whatever could not be looked up there is looked up now.

        What went on without a digest does so only where it is still the newest of its tag.
        """
        table, newer = models.Arrival, aliased(models.Arrival)
        await self._session.execute(
            update(table)
            .where(
                _host(host),
                or_(
                    table.state == ArrivalState.WAITING,
                    and_(
                        table.state.in_([ArrivalState.READY, ArrivalState.DECIDED]),
                        table.code.is_not(None),
                        table.digest.is_(None),
                        ~exists().where(
                            newer.repository == table.repository, newer.tag == table.tag, newer.push > table.push
                        ),
                    ),
                ),
            )
            .values(state=ArrivalState.WAITING, next_try_at=func.now(), attempts=0)
        )
        await self.ring()

    async def void(self, pushes: Sequence[int], *, code: str, reason: str) -> None:
        """No news, or no image."""
        await self._change(pushes, state=ArrivalState.VOID, code=code, reason=reason)

    async def decided(self, pushes: Sequence[int]) -> None:
        """But for those that are to be looked up again since they were ready."""
        table = models.Arrival
        await self._session.execute(
            update(table)
            .where(table.push.in_(pushes), table.state == ArrivalState.READY)
            .values(state=ArrivalState.DECIDED)
        )

    async def former_digest(self, arrival: ArrivalRecord) -> str | None:
        """The digest that the tag had by the arrival before this one, None where there is none.

        What nobody ran as it came does not count: somebody may run its repository by now, and pushing it again is how
        it gets there.
        """
        table, verdict = models.Arrival, models.ArrivalVerdict
        return await self._session.scalar(
            select(table.digest)
            .where(
                or_(
                    table.state == ArrivalState.READY,
                    table.origin == ArrivalOrigin.BASELINE,
                    exists().where(verdict.push == table.push),
                ),
                table.repository == arrival.repository,
                table.tag == arrival.tag,
                table.push < arrival.push,
                table.state.in_([ArrivalState.READY, ArrivalState.DECIDED]),
                table.application_id.is_not_distinct_from(arrival.application_id),
            )
            .order_by(table.push.desc())
            .limit(1)
        )

    async def some(self, pushes: Iterable[int]) -> dict[int, ArrivalRecord]:
        """Those of these that there are, by number."""
        rows = await self._session.scalars(select(models.Arrival).where(models.Arrival.push.in_(pushes)))
        return {row.push: arrival_record(row) for row in rows}

    async def known(self, repositories: Sequence[str], *, application_id: str, limit: int) -> tuple[ArrivalRecord, ...]:
        """What is known of these repositories for an application: each tag's newest arrival, the newest first."""
        newest = (
            select(func.max(models.Arrival.push))
            .where(_concerning(repositories, application_id), models.Arrival.state != ArrivalState.VOID)
            .group_by(models.Arrival.repository, models.Arrival.tag)
        )
        query = (
            select(models.Arrival)
            .where(models.Arrival.push.in_(newest))
            .order_by(models.Arrival.push.desc())
            .limit(limit)
        )
        return tuple(arrival_record(row) for row in await self._session.scalars(query))

    async def of_tag(
        self,
        repositories: Sequence[str],
        tag: str,
        *,
        application_id: str,
        digest: str | None = None,
        limit: int = 50,
    ) -> tuple[ArrivalRecord, ...]:
        """The arrivals of a tag, the newest first; all repositories where none are named, any digest where none is."""
        query = select(models.Arrival).where(
            models.Arrival.tag == tag, _concerning(repositories, application_id) if repositories else text("true")
        )
        if digest is not None:
            query = query.where(models.Arrival.digest == digest)
        rows = await self._session.scalars(query.order_by(models.Arrival.push.desc()).limit(limit))
        return tuple(arrival_record(row) for row in rows)

    async def tags(self, repository: str) -> dict[str, KnownTag]:
        """Every tag of the repository that has ever been heard of."""
        table = models.Arrival
        newest = (
            select(table.tag, table.push, table.state, table.code)
            .ext(distinct_on(table.tag))
            .where(table.repository == repository)
            .order_by(table.tag, table.push.desc())
        ).subquery()
        with_digest = (
            select(table.tag, table.digest)
            .ext(distinct_on(table.tag))
            .where(table.repository == repository, table.digest.is_not(None))
            .order_by(table.tag, table.push.desc())
        ).subquery()
        rows = await self._session.execute(
            select(newest, with_digest.c.digest).outerjoin(with_digest, with_digest.c.tag == newest.c.tag)
        )
        return {row.tag: KnownTag(push=row.push, digest=row.digest, state=row.state, code=row.code) for row in rows}

    async def learn_digest(self, push: int, digest: str) -> None:
        """What an arrival was that came without its digest; no news."""
        await self._change([push], digest=digest)

    async def settled_unmatched(self, delivery_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of these deliveries of which everything is decided upon, and nothing found anybody who runs it."""
        table, verdict = models.Arrival, models.ArrivalVerdict
        still = [ArrivalState.WAITING, ArrivalState.READY]
        return tuple(
            await self._session.scalars(
                select(table.delivery_id)
                .distinct()
                .where(table.delivery_id.in_(list(delivery_ids)))
                .group_by(table.delivery_id)
                .having(
                    and_(
                        ~func.bool_or(table.state.in_(still)),
                        ~func.bool_or(exists().where(verdict.push == table.push)),
                        func.bool_or(table.state == ArrivalState.DECIDED),
                    )
                )
            )
        )

    async def settled_void(self, delivery_ids: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
        """Those of these deliveries of which all went nowhere, with code and reason of each push."""
        table = models.Arrival
        rows = await self._session.execute(
            select(table.delivery_id, table.state, table.code, table.reason)
            .where(table.delivery_id.in_(list(delivery_ids)))
            .order_by(table.push)
        )
        found: dict[str, list[tuple[str, str]]] = {}
        others = set()
        for row in rows:
            found.setdefault(row.delivery_id, []).append((row.code or "", row.reason or ""))
            if row.state is not ArrivalState.VOID:
                others.add(row.delivery_id)
        return {delivery: tuple(voids) for delivery, voids in found.items() if delivery not in others}

    async def reported_by(self, push: int) -> str | None:
        """The name of the receiver that an arrival came through; None where it came otherwise."""
        return await self._session.scalar(
            select(models.Receiver.name)
            .join(models.Delivery, models.Delivery.receiver_id == models.Receiver.id)
            .join(models.Arrival, models.Arrival.delivery_id == models.Delivery.id)
            .where(models.Arrival.push == push)
        )

    async def forget(self, *, before: datetime) -> int:
        """Delete what arrived before that moment and counts for nothing any more; gives how many."""
        gone = await self._session.scalars(
            delete(models.Arrival).where(is_spent(before)).returning(models.Arrival.push)
        )
        return len(gone.all())

    async def _change(self, pushes: Sequence[int], **fields: Any) -> None:
        await self._session.execute(update(models.Arrival).where(models.Arrival.push.in_(pushes)).values(**fields))


_HOST = func.split_part(models.Arrival.repository, "/", 1)


def _host(host: str) -> Any:
    return host == _HOST


def _due() -> Any:
    return and_(models.Arrival.state == ArrivalState.WAITING, models.Arrival.next_try_at <= func.now())


def _concerning(repositories: Sequence[str], application_id: str) -> Any:
    table = models.Arrival
    return and_(
        table.repository.in_(repositories),
        or_(table.application_id.is_(None), table.application_id == application_id),
    )


def arrival_record(row: models.Arrival) -> ArrivalRecord:
    return ArrivalRecord(
        push=row.push,
        repository=row.repository,
        tag=row.tag,
        digest=row.digest,
        resolved=row.resolved_at is not None,
        media_type=row.media_type,
        platforms=tuple(row.platforms),
        built_at=row.built_at,
        origin=row.origin,
        application_id=row.application_id,
        delivery_id=row.delivery_id,
        state=row.state,
        code=row.code,
        reason=row.reason,
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        arrived_at=row.arrived_at,
    )
