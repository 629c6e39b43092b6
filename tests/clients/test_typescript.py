"""A TypeScript client generated from the contract compiles strictly and makes real calls."""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.support.service import Service

FOLDER = Path(__file__).parent / "typescript"

pytestmark = pytest.mark.skipif(
    shutil.which("npm") is None, reason="npm is not on the PATH (Node.js 22.12 or newer brings it)"
)


async def _run(*command: str, **environment: str) -> str:
    """What the command printed; it has to succeed within three minutes."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=FOLDER,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(180):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.fixture(scope="package")
async def compiled() -> None:
    if not (FOLDER / "node_modules" / ".package-lock.json").exists():
        await _run("npm", "ci", "--no-progress")
    await _run("npm", "run", "--silent", "generate")
    await _run("npm", "run", "--silent", "compile")


async def test_what_the_types_promise_is_what_the_service_does(compiled: None, service: Service, token: str):
    printed = await _run("npm", "run", "--silent", "start", STAGECOACH_URL=service.url, STAGECOACH_TOKEN=token)
    assert json.loads(printed) == {
        "description": "Made by the generated client",
        "listed": True,
        "next": None,
        "code": "not-found",
    }
