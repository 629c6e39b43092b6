"""The timeline of an app environment: all that happened there, in one order, in pages, by the reader's rights."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from db.base import new_id
from db.freezes import FreezeFields
from db.records.pages import Page
from db.transaction import Database
from domain.divergences import Divergence, DivergenceKind, FoundImage
from domain.gates import FreezeEffect, Window
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.rights import EVERYWHERE, Scope
from domain.timeline import EventKind, RecordedEvent
from domain.words import OperationKind, Role
from services.errors import InvalidRequestError, NotFoundError
from services.people.holding import Holding, Stopping
from services.planning.timeline.entries import EntryKind, TimelineEntry
from services.reading.permissions import Permissions
from services.reading.timeline import Timeline, TimelineFilter
from tests.support.actors import ADMINISTRATOR, ANN, actor_with
from tests.support.rows import Target, make_operation, make_target

WEB = ResourceId.of("apps/v1", "Deployment", "web")
ALL = TimelineFilter()
Kind = EntryKind


@dataclass
class Stage:
    """Shop in Production, where one of everything happened; `now` is a moment after all of it."""

    database: Database
    timeline: Timeline
    target: Target
    now: datetime

    async def page(
        self, asked: TimelineFilter = ALL, *, actor=ANN, after: str | None = None, limit: int = 50
    ) -> Page[TimelineEntry]:
        return await self.timeline.list("shop", "Production", asked, actor=actor, after=after, limit=limit)

    async def entries(self, *kinds: EntryKind, **span: datetime) -> list[TimelineEntry]:
        return list((await self.page(TimelineFilter(kinds=frozenset(kinds), **span))).items)

    async def ago(self, hours: float, *, lasts: float | None) -> None:
        """A workload failed so many hours ago, for so many hours, or still."""
        at = self.now - timedelta(hours=hours)
        until = at + timedelta(hours=lasts) if lasts is not None else None
        event = RecordedEvent(id=new_id(), kind=EventKind.HEALTH, at=at, until=until, cluster="prod-eu", workload=WEB)
        assert self.target.app_environment.id is not None
        async with self.database.begin() as tx:
            await tx.timelines.write(self.target.app_environment.id, new=[event], changed=[], state={})


@pytest.fixture
async def stage(database: Database, raw) -> Stage:
    target, staging = await make_target(database), await make_target(database, environment="Staging")
    id_ = target.app_environment.id
    assert id_ is not None
    operation = await make_operation(database, target, kind=OperationKind.PROMOTION)
    await raw(
        f"UPDATE operations SET source_app_environment_id = '{staging.app_environment.id}', state = 'succeeded', "
        f"ended_at = now() WHERE id = '{operation}' RETURNING id"
    )
    image = Image.of("registry.example/shop/web:1")
    drift = Divergence(
        kind=DivergenceKind.IMAGE_DRIFT,
        workload=WEB,
        container="web",
        init=False,
        found=(FoundImage(cluster="prod-eu", image=Image.of("registry.example/shop/web:2"), expected=image),),
        release=1,
    )
    now = datetime.now(UTC)
    async with database.begin() as tx:
        await tx.releases.add(
            id_,
            operation_id=operation,
            kind=OperationKind.PROMOTION,
            actor="ann",
            images=(ContainerImage(workload=WEB, container="web", image=image),),
            clusters=("prod-eu",),
        )
        await tx.divergences.begin(id_, drift, since=now, again_within=timedelta(0))
        wall = (now - timedelta(hours=1)).replace(tzinfo=None)
        await tx.freezes.add(
            FreezeFields(
                name="Black Friday",
                effect=FreezeEffect.DENY,
                window=Window(starts=wall, ends=wall + timedelta(hours=2), zone="UTC"),
                reason="No changes",
                scope=EVERYWHERE,
            ),
            by=ADMINISTRATOR.caller.ref,
        )
    permissions = Permissions(database)
    holding, stopping = Holding(database, permissions), Stopping(database, permissions)
    held = await holding.add(environment="Production", application="shop", reason="Look", until=None, actor=ANN)
    await holding.lift(held.hold.id, actor=ANN)
    soon = now + timedelta(hours=1)
    await holding.add(environment="Production", application=None, reason="Over", until=soon, actor=ANN)
    await raw("UPDATE holds SET until = now() RETURNING id")
    await stopping.add(environment=None, cluster="prod-eu", reason="Fire", actor=ADMINISTRATOR)
    # What does not concern the place: an application beside it, and an environment.
    await make_target(database, application="api")
    await holding.add(environment="Production", application="api", reason="No", until=None, actor=ANN)
    await holding.add(environment="Staging", application=None, reason="No", until=None, actor=ANN)
    stage = Stage(database, Timeline(database), target, datetime.now(UTC) + timedelta(seconds=1))
    await stage.ago(0.001, lasts=None)
    return stage


async def test_everything_that_happened_is_in_one_order_whatever_the_pages(stage: Stage):
    found = await stage.entries()
    assert sorted(each.kind for each in found) == sorted(
        [Kind.OPERATION, Kind.RELEASE, Kind.DRIFT, Kind.FREEZE, *[Kind.HOLD] * 4, Kind.STOP, Kind.HEALTH]
    )
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    paged, after = list[TimelineEntry](), None
    while True:
        page = await stage.page(after=after, limit=2)
        paged += page.items
        after = page.next
        if after is None:
            break
    assert paged == found
    assert len({each.id for each in found}) == len(found)


async def test_entries_say_what_happened_and_lead_to_what_they_are_about(stage: Stage):
    found = await stage.entries()
    texts = {each.text for each in found}
    assert texts >= {
        "Promotion from Staging by ann succeeded.",
        "Release 1: web 1.",
        "ann set a hold: automation leaves this application alone. Reason: Look.",
        "ann lifted the hold of this application.",
        "The hold that ann had set on the whole environment ended, as its time was over. Reason: Over.",
        "admin stopped all writes to cluster prod-eu. Reason: Fire.",
        "The freeze Black Friday is in force: No changes.",
    }
    by_kind = {each.kind: each for each in found}
    operation, release = by_kind[Kind.OPERATION], by_kind[Kind.RELEASE]
    assert (release.operation, release.release) == (operation.operation, 1)
    assert by_kind[Kind.DRIFT].divergence is not None


async def test_only_the_kinds_that_were_asked_for_are_read(stage: Stage):
    for kind, count in {Kind.HOLD: 4, Kind.HEALTH: 1, Kind.FREEZE: 1, Kind.RESTART: 0, Kind.SKEW: 0}.items():
        assert [each.kind for each in await stage.entries(kind)] == [kind] * count
    assert len(await stage.entries(Kind.STOP, Kind.RELEASE)) == 2


async def test_what_began_before_the_span_of_time_and_ended_in_it_or_goes_on_is_part_of_it(stage: Stage):
    now = stage.now
    for hours, lasts in ((50, None), (40, 20), (40, 1), (10, 1), (1, 0.5)):
        await stage.ago(hours, lasts=lasts)
    found = await stage.entries(Kind.HEALTH, since=now - timedelta(hours=24), until=now - timedelta(hours=2))
    assert [round((now - each.at).total_seconds() / 3600) for each in found] == [10, 40, 50]


async def test_who_does_not_see_the_source_is_not_told_its_name_and_who_sees_nothing_here_finds_nothing(stage: Stage):
    here = stage.target.app_environment.environment.id
    scoped = actor_with(Role.VIEWER, scope=Scope(environments=frozenset({here})))
    texts = [each.text for each in (await stage.page(actor=scoped)).items]
    assert "Promotion by ann succeeded." in texts
    assert not any("Staging" in text for text in texts)
    elsewhere = actor_with(Role.VIEWER, scope=Scope(environments=frozenset({new_id()})))
    with pytest.raises(NotFoundError):
        await stage.page(actor=elsewhere)


async def test_a_cursor_of_another_list_and_an_empty_span_of_time_are_refused(stage: Stage):
    with pytest.raises(InvalidRequestError, match="cursor"):
        await stage.page(after="7")
    with pytest.raises(InvalidRequestError, match="before"):
        await stage.page(TimelineFilter(since=stage.now, until=stage.now))


async def test_where_nothing_was_ever_done_nothing_has_happened(stage: Stage, raw):
    await raw("DELETE FROM app_environments RETURNING id")
    assert await stage.entries() == []
