"""Places are looked at where something has changed or a time has come, and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import pytest

from services.reading.live.looking import Looking
from services.reading.live.places import Place, PlaceKey
from tests.support.pictures import Shown, pod_of, production, told, web
from tests.support.records import app_environment_record
from tests.support.rollouts import at


@dataclass
class OneLease:
    held: int | None = 1

    def epoch(self, _: str) -> int | None:
        return self.held


class Noting(Looking[str]):
    """Notes where it looked; what it finds is kept as the test says."""

    _failure = "it was not looked at"

    def __init__(self, shown: Shown) -> None:
        places, leases = cast("Any", _Places(shown)), OneLease()
        super().__init__(cast("Any", None), places, shown.picture, leases, clock=shown.clock, timer=shown.clock.timer)
        self.leases = leases
        self.found: list[str] = []
        self.again: datetime | None = None
        self.written = True
        self.broken = False

    async def looked(self) -> list[str]:
        """The environments that the next look finds due."""
        self.found.clear()
        await self.look()
        return sorted(self.found)

    def _is_observed(self, place: Place) -> bool:
        return place.namespace is not None

    async def _prepare(self, due: Sequence[tuple[Place, int]]) -> None:
        assert all(epoch == self.leases.held for _, epoch in due)

    def _find(self, place: Place, now: datetime) -> str:
        if self.broken:
            raise KeyError("a bug")
        return place.target.environment.name

    async def _keep(self, place: Place, epoch: int, found: str) -> bool:
        self.found.append(found)
        return self.written

    def _again_at(self, key: PlaceKey) -> datetime | None:
        return self.again

    def _forget(self, key: PlaceKey) -> None:
        """Nothing is remembered."""

    async def _tidy(self, now: datetime) -> None:
        """Nothing is kept."""


@dataclass
class _Places:
    shown: Shown
    seen: list[object] = field(default_factory=list)

    @property
    def now(self):
        return self.shown.places


def staging():
    return app_environment_record(environment="Staging", clusters=("staging-eu",), resources=production().resources)


@pytest.fixture
async def shown() -> Shown:
    shown = Shown(production(), staging())
    deployment = web()
    return await shown.after(
        told(deployment, pod_of(deployment)), told(deployment, pod_of(deployment), cluster="staging-eu")
    )


async def test_each_place_is_looked_at_once_and_then_where_the_picture_has_changed(shown):
    looking = Noting(shown)
    assert await looking.looked() == ["Production", "Staging"]
    assert await looking.looked() == []
    await shown.after(told(web("2")))
    assert await looking.looked() == ["Production"]
    assert await looking.looked() == []


async def test_what_differs_is_not_looked_at_before_the_time_that_was_named(shown):
    looking = Noting(shown)
    looking.again = at(shown.clock.seconds + 30)
    await looking.looked()
    shown.clock.seconds += 29
    assert await looking.looked() == []
    looking.again = None
    shown.clock.seconds += 1
    assert await looking.looked() == ["Production", "Staging"]
    shown.clock.seconds += 100
    assert await looking.looked() == []


async def test_a_place_whose_row_has_changed_is_looked_at_though_it_is_shown_as_before(shown):
    looking = Noting(shown)
    await looking.looked()
    before = shown.picture.revision
    shown.places = type(shown.places)(
        applications=shown.places.applications,
        environments=shown.places.environments,
        by_application={
            key: tuple(
                Place(target=each.target) if each.target.environment.name == "Staging" else each for each in all_
            )
            for key, all_ in shown.places.by_application.items()
        },
    )
    assert (await looking.looked(), shown.picture.revision) == (["Staging"], before)


async def test_what_was_not_written_or_failed_is_looked_at_again(shown):
    looking = Noting(shown)
    looking.written = False
    assert await looking.looked() == ["Production", "Staging"]
    looking.written, looking.broken = True, True
    assert await looking.looked() == []
    looking.broken = False
    assert await looking.looked() == []
    shown.clock.seconds += 60
    assert await looking.looked() == ["Production", "Staging"]


async def test_under_each_lease_every_place_is_looked_at(shown):
    looking = Noting(shown)
    await looking.looked()
    for epoch, found in ((None, []), (2, ["Production", "Staging"]), (3, ["Production", "Staging"]), (3, [])):
        looking.leases.held = epoch
        assert await looking.looked() == found


async def test_what_is_being_judged_is_looked_at_again_for_it_may_turn_out_to_be_as_before(shown, monkeypatch):
    looking = Noting(shown)
    with monkeypatch.context() as context:
        context.setattr(shown.picture.judgements, "is_waiting", lambda *_: True)
        await looking.looked()
    assert await looking.looked() == ["Production", "Staging"]
    assert await looking.looked() == []
