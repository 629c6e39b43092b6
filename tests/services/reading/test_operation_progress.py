"""Whoever looks at operations under way is told when one has come further."""

from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from domain.changed_rows import ChangedRow
from services.reading.operation_progress import OperationProgress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from db.transaction import Database


class Stage:
    """Operations `a` and `b` have an app environment each; `gone` has none."""

    def __init__(self, *, followed: bool = True) -> None:
        self.told: list[ChangedRow] = []
        self.asked: list[set[str]] = []
        self.progress = OperationProgress(cast("Database", self), changed=self.told.append, followed=lambda: followed)

    @asynccontextmanager
    async def read(self) -> "AsyncIterator[SimpleNamespace]":
        yield SimpleNamespace(place_operations=SimpleNamespace(places_of=self._places_of))

    async def _places_of(self, operations: "Collection[str]") -> dict[str, str]:
        self.asked.append(set(operations))
        return {each: f"place-of-{each}" for each in operations if each != "gone"}

    def row(self, operation: str) -> ChangedRow:
        return ChangedRow(table="operation_events", app_environment=f"place-of-{operation}", id=operation)


async def test_an_operation_that_writes_many_events_is_told_once():
    stage = Stage()
    for operation in "aabaa":
        stage.progress.hear(operation)
    await stage.progress.tell()
    assert stage.told == [stage.row("a"), stage.row("b")]


async def test_where_an_operation_belongs_is_read_once():
    stage = Stage()
    for operation in ("a", "a", "b"):
        stage.progress.hear(operation)
        await stage.progress.tell()
    assert stage.asked == [{"a"}, {"b"}]
    assert stage.told == [stage.row("a"), stage.row("a"), stage.row("b")]


async def test_an_operation_that_is_gone_is_told_to_nobody():
    stage = Stage()
    stage.progress.hear("gone")
    await stage.progress.tell()
    assert stage.told == []


async def test_while_nobody_follows_nothing_is_read_or_told():
    stage = Stage(followed=False)
    stage.progress.hear("a")
    await stage.progress.tell()
    assert (stage.told, stage.asked) == ([], [])
