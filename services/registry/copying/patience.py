"""Repeats what failed for a while only: a copy of many gigabytes outlives a restart of its registry."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from services.registry.errors import RegistryError

_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)  # seconds, after each failure
_LONGEST = 60.0  # that a registry is waited for, whatever it asks


T = TypeVar("T")


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """What the call returns, repeated while it fails with an error that may pass. Raises the last one."""
    for pause in _PAUSES:
        try:
            return await call()
        except RegistryError as error:
            if error.terminal or _asked_pause(error) > _LONGEST:
                raise
            await asyncio.sleep(max(pause, _asked_pause(error)))
    return await call()


def _asked_pause(error: RegistryError) -> float:
    """The seconds until the registry wants to be asked again."""
    return max(0.0, (error.retry_at - datetime.now(UTC)).total_seconds()) if error.retry_at is not None else 0.0
