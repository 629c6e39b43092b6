"""Feeds of the database: which tables have changed, as triggers of the migrations tell on a channel for each feed.

Who keeps rows in memory reads them again then. While a feed is not connected, nobody knows what changes.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Final

PLACES: Final = "stagecoach_places"
RIGHTS: Final = "stagecoach_rights"

# What the triggers of each channel tell of; a test compares them with the database's.
TABLES: Final = {
    PLACES: frozenset(
        {
            "app_environment_resources",
            "app_environments",
            "applications",
            "approval_policies",
            "clusters",
            "configuration_readings",
            "configuration_reads",
            "declared_kinds",
            "divergences",
            "environment_clusters",
            "environment_namespaces",
            "environments",
            "expected_differences",
            "field_differences",
            "freezes",
            "holds",
            "image_push_verdicts",
            "operations",
            "proposal_votes",
            "proposals",
            "releases",
            "stops",
        }
    ),
    RIGHTS: frozenset({"bindings", "people", "service_accounts", "sign_ins", "tokens", "trusts"}),
}


class Feed:
    """What a channel tells, as a `Listener` hears it."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.tables = TABLES[channel]
        self.connected = False
        self._told: list[Callable[[frozenset[str]], None]] = []

    def begin(self) -> None:
        self.connected = True
        self._tell(self.tables)

    def hear(self, payload: str) -> None:
        """A table has changed. The next release may tell of tables that this one does not know."""
        self._tell(frozenset({payload}))

    def end(self) -> None:
        self.connected = False

    def subscribe(self, told: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call `told` at once with the names of tables that change; with all of them whenever the feed is connected.

        What is read after that is kept up to date by further calls, as long as the feed is `connected`. Returns what
        ends the calls.
        """
        self._told.append(told)
        if self.connected:
            told(self.tables)
        return lambda: self._told.remove(told)

    async def changes(self, *, debounce: float = 0.0) -> AsyncGenerator[frozenset[str]]:
        """As `subscribe`: the names of what has changed since the last turn, at most one turn in `debounce` seconds."""
        changed: set[str] = set()
        woken = asyncio.Event()

        def told(tables: frozenset[str]) -> None:
            changed.update(tables)
            woken.set()

        unsubscribe = self.subscribe(told)
        try:
            while True:
                await woken.wait()
                tables = frozenset(changed)
                changed.clear()
                woken.clear()
                yield tables
                await asyncio.sleep(debounce)
        finally:
            unsubscribe()

    def _tell(self, tables: frozenset[str]) -> None:
        for told in tuple(self._told):
            told(tables)
