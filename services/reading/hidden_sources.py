"""Hides from a viewer the environment that an operation takes from, where the viewer does not see it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from db.records.operations import OperationDetailRecord, OperationRecord
from db.transaction import Transaction
from domain.hidden_sources import HIDDEN_ENVIRONMENT
from domain.rights import Scope
from services.planning.people.hidden_sources import without_source

Record = TypeVar("Record", bound=OperationRecord)
Source = tuple[str, str]
"""The names of an application and of an environment that something is taken from."""


async def hidden_sources(tx: Transaction, seen: Sequence[Scope], sources: Iterable[Source]) -> frozenset[Source]:
    """Those that a viewer does not see who sees what these scopes cover.

    One that is gone, or has another name by now, is hidden from all but those who see everything.
    """
    if any(scope.everywhere for scope in seen):
        return frozenset()
    hidden = set()
    for source in dict.fromkeys(sources):
        what, where = await tx.bindings.target(application=source[0], environment=source[1])
        known = what is not None and where is not None
        if not known or not any(each.covers_application(what) and each.covers_environment(where) for each in seen):
            hidden.add(source)
    return frozenset(hidden)


async def operations_as_seen(
    tx: Transaction, seen: Sequence[Scope], operations: Sequence[Record]
) -> tuple[Record, ...]:
    """The operations, without the sources that are hidden from who sees what these scopes cover."""
    sources = {each.id: _source(each) for each in operations}
    hidden = await hidden_sources(tx, seen, [source for source in sources.values() if source is not None])
    return tuple(_hiding(each) if sources[each.id] in hidden else each for each in operations)


def _source(operation: OperationRecord) -> Source | None:
    environment = operation.source_environment
    return (operation.application, environment) if environment is not None else None


def _hiding(operation: Record) -> Record:
    hidden = replace(operation, source_environment=HIDDEN_ENVIRONMENT)
    if isinstance(hidden, OperationDetailRecord):
        return replace(hidden, spec=without_source(hidden.spec))
    return hidden
