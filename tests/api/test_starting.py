"""A service that cannot start prints one line with the reason and the remedy, and nothing else."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

PASSWORD = "canary-4f1c"


async def start(folder: Path, **settings: str) -> tuple[int, str]:
    """What a start that fails ends with and prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "api"),
        env={"PATH": os.environ["PATH"], "STAGECOACH_DATA": str(folder), "STAGECOACH_PORT": "0", **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(180):
        printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"STAGECOACH_PORT": "http"}, "STAGECOACH_PORT: Input should be a valid integer"),
        ({"STAGECOACH_LIMITS__PLAN": "-1"}, "STAGECOACH_LIMITS__PLAN: Input should be greater than 0"),
        (
            {"STAGECOACH_DATABASE_URL": f"postgresql+asyncpg://me:{PASSWORD}@127.0.0.1:1/stagecoach"},
            "The database at 127.0.0.1:1/stagecoach does not answer.",
        ),
        ({"STAGECOACH_DATABASE_URL": PASSWORD}, "STAGECOACH_DATABASE_URL is no address of a database"),
        (
            {
                "STAGECOACH_DATABASE_URL": "postgresql+asyncpg://me@127.0.0.1:1/stagecoach",
                "STAGECOACH_ENCRYPTION_KEYS": PASSWORD,
            },
            "STAGECOACH_ENCRYPTION_KEYS holds no valid key.",
        ),
        ({"STAGECOACH_DATA": "/dev/null/data"}, "Set STAGECOACH_DATA to a folder that can be written."),
    ],
    ids=["a port", "a limit", "a database that is away", "no address", "no key", "no folder"],
)
async def test_a_service_that_cannot_start_prints_no_traceback(tmp_path: Path, settings: dict[str, str], expected: str):
    code, printed = await start(tmp_path, **settings)
    assert code != 0
    assert expected in printed
    assert "Traceback" not in printed
    assert PASSWORD not in printed
