"""Queries on deliveries: the requests that receivers got, kept for a month, and the outcome of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Integer,
    and_,
    bindparam,
    case,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.base import Base, new_id, parse_id
from db.errors import GoneError
from db.events import CHANNEL
from db.image_pushes import IMAGE_PUSHES, NewImagePush
from db.keys import Keyring
from db.records.pages import Page
from db.records.registries import DeliveryRecord
from domain.stored.deliveries import ReportedEvent
from domain.words import DeliveryFate, ImagePushState


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """A receiver's deliveries in figures: when the last one came and its fate, and recent numbers by fate."""

    last_at: datetime | None
    last_fate: DeliveryFate | None
    counts: Mapping[DeliveryFate, int]


class Deliveries:
    def __init__(self, session: AsyncSession, keys: Keyring) -> None:
        self._session = session
        self._keys = keys

    async def add(
        self,
        receiver_id: str,
        *,
        fate: DeliveryFate,
        provider_key: str | None = None,
        signed_key: str | None = None,
        code: str | None = None,
        reason: str | None = None,
        events: Sequence[ReportedEvent] = (),
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
        pushes: Sequence[NewImagePush] = (),
    ) -> str | None:
        """Store a delivery with the image pushes that it reports, and wake their worker.

        Returns its id, or None if the receiver has had one with this `provider_key`: then nothing is stored. It is one
        statement, because a flood of reports costs little but round trips. Raises `GoneError` if the receiver does not
        exist any more.
        """
        delivery_id = new_id()
        row = {
            "id": delivery_id,
            "receiver_id": receiver_id,
            "received_at": datetime.now(UTC),
            "provider_key": provider_key,
            "signed_key": signed_key,
            "fate": fate,
            "code": code,
            "reason": reason,
            "events": [event.to_json() for event in events],
            "headers": dict(headers or {}),
            "body": None if body is None else self._keys.seal(body, context=_context(delivery_id)),
        }
        values = {f"new_{name}": value for name, value in row.items()}
        try:
            added: str | None = await self._session.scalar(_ADD, {**values, "pushes": _reported(pushes)})
        except IntegrityError:
            raise GoneError from None
        return added

    async def was_signed_before(self, receiver_id: str, signed_key: str) -> bool:
        """Whether the receiver has had a delivery with a signature of the same content."""
        table = models.Delivery
        same = exists().where(table.receiver_id == receiver_id, table.signed_key == signed_key)
        return bool(await self._session.scalar(select(same)))

    async def list(
        self, receiver_id: str, *, fate: DeliveryFate | None = None, limit: int, after: str | None = None
    ) -> Page[DeliveryRecord]:
        """The newest first; `after` is the id that the last page ended with."""
        table = models.Delivery
        query = _deliveries().where(table.receiver_id == receiver_id)
        if fate is not None:
            query = query.where(table.fate == fate)
        if after is not None:
            query = query.where(table.id < parse_id(after))
        rows = (await self._session.execute(query.order_by(table.id.desc()).limit(limit + 1))).all()
        items = tuple(_record(row, kept=kept) for row, kept in rows[:limit])
        return Page(items=items, next=items[-1].id if len(rows) > limit else None)

    async def get(self, receiver_id: str, delivery_id: str) -> DeliveryRecord | None:
        key = parse_id(delivery_id)
        query = _deliveries().where(models.Delivery.id == key, models.Delivery.receiver_id == receiver_id)
        found = (await self._session.execute(query)).one_or_none()
        return _record(found[0], kept=found[1]) if found else None

    async def body(self, delivery_id: str) -> str | None:
        """The request's body, opened; None if it is not kept."""
        sealed = await self._session.scalar(select(models.Delivery.body).where(models.Delivery.id == delivery_id))
        return None if sealed is None else self._keys.open(sealed, context=_context(delivery_id))

    async def settle(self, delivery_ids: Sequence[str], *, fate: DeliveryFate, code: str, reason: str) -> None:
        """Replace the fate of accepted deliveries, once everything that they reported is decided."""
        await self._session.execute(
            update(models.Delivery)
            .where(models.Delivery.id.in_(delivery_ids), models.Delivery.fate == DeliveryFate.ACCEPTED)
            .values(fate=fate, code=code, reason=reason)
        )

    async def traffic(self, receiver_ids: Sequence[str], *, since: datetime) -> dict[str, Traffic]:
        """By receiver id; `counts` are of deliveries since that moment."""
        table = models.Delivery
        newest = (
            select(table.received_at, table.fate)
            .where(table.receiver_id == models.Receiver.id)
            .order_by(table.id.desc())
            .limit(1)
            .lateral()
        )
        last = await self._session.execute(
            select(models.Receiver.id, newest.c.received_at, newest.c.fate)
            .outerjoin(newest, true())
            .where(models.Receiver.id.in_(receiver_ids))
        )
        counted = await self._session.execute(
            select(table.receiver_id, table.fate, func.count())
            .where(table.receiver_id.in_(receiver_ids), table.received_at >= since)
            .group_by(table.receiver_id, table.fate)
        )
        counts: dict[str, dict[DeliveryFate, int]] = {}
        for receiver_id, fate, count in counted:
            counts.setdefault(receiver_id, {})[fate] = count
        return {
            receiver: Traffic(last_at=at, last_fate=fate, counts=counts.get(receiver, {}))
            for receiver, at, fate in last
        }

    async def image_pushes(self, delivery_ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """The push numbers that each of these deliveries reported, by delivery id."""
        table = models.ImagePush
        rows = await self._session.execute(
            select(table.delivery_id, table.push).where(table.delivery_id.in_(delivery_ids)).order_by(table.push)
        )
        found: dict[str | None, list[int]] = {}
        for delivery_id, push in rows:
            found.setdefault(delivery_id, []).append(push)
        return {each: tuple(found.get(each, ())) for each in delivery_ids}

    async def settled_unmatched(self, delivery_ids: Iterable[str]) -> tuple[str, ...]:
        """Those of these deliveries whose image pushes are all judged, while no app environment runs any of them."""
        table, verdict = models.ImagePush, models.ImagePushVerdict
        still = [ImagePushState.WAITING, ImagePushState.READY]
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
                        func.bool_or(table.state == ImagePushState.DECIDED),
                    )
                )
            )
        )

    async def settled_void(self, delivery_ids: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
        """Those of these deliveries whose image pushes are all void, with the code and reason of each push."""
        table = models.ImagePush
        rows = await self._session.execute(
            select(table.delivery_id, table.state, table.code, table.reason)
            .where(table.delivery_id.in_(list(delivery_ids)))
            .order_by(table.push)
        )
        found: dict[str, list[tuple[str, str]]] = {}
        others = set()
        for row in rows:
            found.setdefault(row.delivery_id, []).append((row.code or "", row.reason or ""))
            if row.state is not ImagePushState.VOID:
                others.add(row.delivery_id)
        return {delivery: tuple(voids) for delivery, voids in found.items() if delivery not in others}

    async def reported_by(self, push: int) -> str | None:
        """The name of the receiver that reported the image push; None if a poll found it or it was deleted."""
        return await self._session.scalar(
            select(models.Receiver.name)
            .join(models.Delivery, models.Delivery.receiver_id == models.Receiver.id)
            .join(models.ImagePush, models.ImagePush.delivery_id == models.Delivery.id)
            .where(models.ImagePush.push == push)
        )

    async def keep_last(self, receiver_id: str, fate: DeliveryFate, *, number: int) -> None:
        """Keep the last `number` deliveries of this fate of a receiver; delete the others."""
        table = models.Delivery
        older = (
            select(table.id)
            .where(table.receiver_id == receiver_id, table.fate == fate)
            .order_by(table.id.desc())
            .offset(number)
        )
        await self._session.execute(delete(table).where(table.id.in_(older)))

    async def forget(self, *, before: datetime) -> int:
        """Delete deliveries from before that moment; returns their number."""
        deleted = await self._session.scalars(
            delete(models.Delivery).where(models.Delivery.received_at < before).returning(models.Delivery.id)
        )
        return len(deleted.all())


def _reported(pushes: Sequence[NewImagePush]) -> list[dict[str, Any]]:
    """The rows of image pushes as JSON; `position` keeps their order."""
    return [
        {
            **{name: getattr(each, name) for name in _OF_PUSHES},
            "pushed_at": None if each.pushed_at is None else each.pushed_at.isoformat(),
            "position": position,
        }
        for position, each in enumerate(pushes)
    ]


def _adding() -> Any:
    table = Base.metadata.tables[models.Delivery.__tablename__]
    pushes = Base.metadata.tables[models.ImagePush.__tablename__]
    values = {each.name: bindparam(f"new_{each.name}", type_=each.type) for each in table.columns}
    delivery = upsert(table).values(values).on_conflict_do_nothing().returning(table.c.id).cte("delivery")
    rows = func.json_to_recordset(bindparam("pushes", type_=JSON)).table_valued(
        *(column(name, pushes.c[name].type) for name in _OF_PUSHES), column("position", Integer), name="reported"
    )
    rows = rows.render_derived(with_types=True)
    of_delivery = (
        select(*(rows.c[name] for name in _OF_PUSHES), literal([], JSON), delivery.c.id)
        .select_from(rows.join(delivery, true()))
        .order_by(rows.c.position)
    )
    push = (
        insert(pushes)
        .from_select([*_OF_PUSHES, "platforms", "delivery_id"], of_delivery)
        .returning(pushes.c.push)
        .cte("push")
    )
    woken = case((exists().select_from(push), func.pg_notify(CHANNEL, IMAGE_PUSHES)))
    return select(delivery.c.id, woken)


_OF_PUSHES = ("repository", "tag", "digest", "media_type", "pushed_at", "origin", "application_id", "state")
# Built once, and without the ORM, because every delivery needs it.
_ADD = _adding()


def _deliveries() -> Any:
    return select(models.Delivery, models.Delivery.body.is_not(None))


def _record(row: models.Delivery, *, kept: bool) -> DeliveryRecord:
    return DeliveryRecord(
        id=row.id,
        receiver_id=row.receiver_id,
        received_at=row.received_at,
        provider_key=row.provider_key,
        fate=row.fate,
        code=row.code,
        reason=row.reason,
        events=tuple(map(ReportedEvent.from_json, row.events)),
        headers=row.headers,
        kept=kept,
    )


def _context(delivery_id: str) -> str:
    return f"deliveries.body:{delivery_id}"
