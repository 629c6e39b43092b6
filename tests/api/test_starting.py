"""A service that cannot start prints one line with the reason and the remedy, and nothing else.

One start is `python -m api`, which takes seconds to import everything; the others are forked (`tests.support.process`).
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.support.process import start_that_ends

PASSWORD = "canary-4f1c"
NO_PORT = {"STAGECOACH_PORT": "http"}
NO_PORT_SAID = "STAGECOACH_PORT: Input should be a valid integer"


def environment(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "STAGECOACH_DATA": str(folder), "STAGECOACH_PORT": "0", **settings}


async def test_the_command_ends_with_a_code_and_the_reason(tmp_path: Path):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "api"),
        env=environment(tmp_path, NO_PORT),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(180):
        printed, _ = await process.communicate()
    assert process.returncode == 1
    assert NO_PORT_SAID in printed.decode()
    assert "Traceback" not in printed.decode()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (NO_PORT, NO_PORT_SAID),
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
    output = tmp_path / "output"
    code = await start_that_ends(environment(tmp_path / "data", settings), output)
    printed = output.read_text()
    assert code != 0
    assert expected in printed
    assert "Traceback" not in printed
    assert PASSWORD not in printed
