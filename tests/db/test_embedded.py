"""The PostgreSQL that comes along: shared by processes, stopped by the last of them, however the others ended."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from db.embedded import EmbeddedPostgres

_ROOT = Path(__file__).resolve().parents[2]
_USER = """
import sys
from pathlib import Path
from db.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]))
postgres.start()
print("started", flush=True)
sys.stdin.readline()
postgres.stop()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="stagecoach-"))
    yield folder / "postgres"
    shutil.rmtree(folder)


def other_process(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _USER, str(folder)], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("leave\n", timeout=60)


def running(folder: Path) -> bool:
    return (folder / "postmaster.pid").exists()


async def test_the_last_process_to_leave_stops_the_server(folder):
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    other = other_process(folder)
    postgres.stop()
    assert running(folder)
    leave(other)
    assert not running(folder)


async def test_a_killed_process_does_not_keep_the_server_running(folder):
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    other = other_process(folder)
    other.kill()
    other.communicate(timeout=60)
    assert running(folder)
    postgres.stop()
    assert not running(folder)


async def test_what_was_stored_is_there_after_a_restart(folder):
    with EmbeddedPostgres(folder) as postgres:
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        await connection.close()
    with EmbeddedPostgres(folder) as postgres:
        connection = await asyncpg.connect(postgres.url)
        assert await connection.fetchval("SELECT one FROM kept") == 1
        await connection.close()


async def test_nothing_listens_on_a_network_address(folder):
    with EmbeddedPostgres(folder) as postgres:
        connection = await asyncpg.connect(postgres.url)
        assert await connection.fetchval("SHOW listen_addresses") == ""
        await connection.close()
