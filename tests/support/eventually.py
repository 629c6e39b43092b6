"""Waiting for what the live picture shows a moment later."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")
_PATIENCE = 60.0  # seconds, which a loaded machine may need


async def eventually(there: Callable[[], Awaitable[Found | None]]) -> Found:
    """Call it every 20 milliseconds until it returns a value other than None, and return that."""
    async with asyncio.timeout(_PATIENCE):
        while (found := await there()) is None:
            await asyncio.sleep(0.02)
    return found
