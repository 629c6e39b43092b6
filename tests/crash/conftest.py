"""The stage of each test of a crash, on a database of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.support.crash_stage import CrashStage, crash_stage


@pytest.fixture
async def stage(new_database_url: Callable[[], Awaitable[str]], tmp_path: Path) -> AsyncIterator[CrashStage]:
    async with crash_stage(await new_database_url(), tmp_path) as opened:
        yield opened
