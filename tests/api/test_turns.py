"""What one caller may have under way: turns are taken in order, places are few, other callers do not wait."""

import asyncio
from contextlib import ExitStack

import pytest

from api.turns import Places, TooManyStreamsError, Turns
from services.errors import TooManyRequestsError


async def _hold(turns: Turns, key: str, began: list[str], name: str, until: asyncio.Event) -> None:
    async with turns.turn(key):
        began.append(name)
        await until.wait()


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_request_beyond_the_bound_waits_for_its_turn():
    turns, end = Turns(at_once=1, waiting=5, seconds=5), asyncio.Event()
    began: list[str] = []
    tasks = [asyncio.create_task(_hold(turns, "ci", began, name, end)) for name in ("first", "second")]
    await _settled()
    assert began == ["first"]
    end.set()
    await asyncio.gather(*tasks)
    assert began == ["first", "second"]


async def test_another_caller_does_not_wait():
    turns, end = Turns(at_once=1, waiting=5, seconds=5), asyncio.Event()
    began: list[str] = []
    tasks = [asyncio.create_task(_hold(turns, key, began, key, end)) for key in ("ci", "ci", "ann")]
    await _settled()
    assert began == ["ci", "ann"]
    end.set()
    await asyncio.gather(*tasks)


async def test_too_many_that_wait_are_refused():
    turns, end = Turns(at_once=1, waiting=1, seconds=5), asyncio.Event()
    began: list[str] = []
    tasks = [asyncio.create_task(_hold(turns, "ci", began, name, end)) for name in ("first", "second")]
    await _settled()
    with pytest.raises(TooManyRequestsError):
        async with turns.turn("ci"):
            pass
    end.set()
    await asyncio.gather(*tasks)


async def test_a_turn_that_does_not_come_in_time_is_refused_and_leaves_no_gap():
    turns, end = Turns(at_once=1, waiting=5, seconds=0.01), asyncio.Event()
    began: list[str] = []
    holder = asyncio.create_task(_hold(turns, "ci", began, "first", end))
    await _settled()
    with pytest.raises(TooManyRequestsError):
        async with turns.turn("ci"):
            pass
    end.set()
    await holder
    async with turns.turn("ci"):
        pass
    assert not turns._lines


async def test_a_caller_that_goes_away_while_it_waits_gives_its_turn_on():
    turns, end = Turns(at_once=1, waiting=5, seconds=5), asyncio.Event()
    began: list[str] = []
    tasks = [asyncio.create_task(_hold(turns, "ci", began, name, end)) for name in ("first", "gone", "third")]
    await _settled()
    end.set()  # the first ends, and its turn goes to the second in the moment in which that is cancelled
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert began[-1] == "third"
    assert not turns._lines


def test_a_caller_has_so_many_streams_and_no_more():
    places = Places(each=2, overall=10)
    with ExitStack() as stack:
        stack.enter_context(places.place("ci"))
        stack.enter_context(places.place("ci"))
        with pytest.raises(TooManyStreamsError), places.place("ci"):
            pass
        stack.enter_context(places.place("ann"))
    with places.place("ci"):
        pass


def test_all_callers_together_have_so_many_streams():
    places = Places(each=2, overall=2)
    with places.place("a"), places.place("b"), pytest.raises(TooManyStreamsError), places.place("c"):
        pass
