"""What people wait for goes first, and the background is late by a second at most."""

import asyncio

from services.precedence import Precedence


async def test_the_background_waits_while_somebody_goes_first_and_goes_on_as_soon_as_nobody_does():
    precedence, done = Precedence(), list[str]()

    async def background() -> None:
        await precedence.give_way()
        done.append("background")

    with precedence.taken():
        with precedence.taken():
            waiting = asyncio.create_task(background())
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.02)  # the outer one still goes first
        done.append("first")
    await asyncio.wait_for(waiting, 0.5)
    assert done == ["first", "background"]


async def test_where_nobody_goes_first_the_background_only_lets_others_have_their_turn():
    precedence, turns = Precedence(), list[str]()
    other = asyncio.create_task(_noted(turns, "other"))
    await asyncio.wait_for(precedence.give_way(), 0.5)
    turns.append("background")
    await other
    assert turns == ["other", "background"]


def test_it_is_taken_until_all_who_go_first_have_done():
    precedence = Precedence()
    with precedence.taken():
        with precedence.taken():
            assert precedence.is_taken
        assert precedence.is_taken
    assert not precedence.is_taken


async def test_what_takes_long_as_where_a_cluster_does_not_answer_goes_first_for_a_second_only():
    now = [100.0]
    precedence = Precedence(clock=lambda: now[0])
    with precedence.taken():
        now[0] += 1.0
        await asyncio.wait_for(precedence.give_way(), 0.5)


async def test_the_background_has_every_other_second_however_many_go_first_in_a_row():
    now = [100.0]
    precedence = Precedence(clock=lambda: now[0])

    async def one_after_the_other() -> None:
        for _ in range(45):
            with precedence.taken():
                now[0] += 0.05
                await asyncio.sleep(0.01)

    others = asyncio.create_task(one_after_the_other())
    await asyncio.sleep(0)
    await asyncio.wait_for(precedence.give_way(), 5)
    assert 100.9 <= now[0] <= 101.2
    await asyncio.wait_for(precedence.give_way(), 5)
    assert now[0] <= 101.4  # its second has just begun
    await others


async def _noted(turns: list[str], what: str) -> None:
    turns.append(what)
