"""What is asked before each write: the stops, as the database had them a moment ago."""

import asyncio
from typing import Self, cast

import pytest

from db.transaction import Database
from services.people.gates import StandingGates


class SilentDatabase:
    """Counts the questions, and answers none."""

    def __init__(self) -> None:
        self.asked = 0

    def autocommit_read(self) -> Self:
        self.asked += 1
        return self

    async def __aenter__(self) -> None:
        await asyncio.Event().wait()

    async def __aexit__(self, *_: object) -> None: ...


async def test_a_write_does_not_wait_for_ever_for_a_database_that_does_not_answer():
    gates = StandingGates(cast("Database", SilentDatabase()), patience=0.01)
    asked = await asyncio.wait_for(asyncio.gather(gates.stops(), gates.stops(), return_exceptions=True), 60)
    assert [type(each) for each in asked] == [TimeoutError, TimeoutError]


async def test_after_a_question_without_an_answer_the_next_write_asks_again():
    database = SilentDatabase()
    gates = StandingGates(cast("Database", database), patience=0.01)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(gates.stops(), 60)
    assert database.asked == 2
