"""What a run says of tests that have no image registry to ask."""

import subprocess
import sys
from pathlib import Path

from tests.support import registry
from tests.support.programs import DOCKER_REGISTRY

REPOSITORY = Path(__file__).parents[2]
TWO_TESTS = """
async def test_pushes(docker_registry): ...
async def test_pulls(docker_registry): ...
"""


def run(folder: Path, tests: str) -> list[str]:
    """Runs the tests where docker-registry is not on the PATH; the lines that are printed."""
    (folder / "test_them.py").write_text(tests)
    options = ("-p", registry.__name__, "-o", "asyncio_mode=auto", "-p", "no:cacheprovider", "--rootdir", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, "-c", "/dev/null", str(folder)],
        cwd=REPOSITORY,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_tests_that_lack_the_registry_are_skipped_in_one_line_that_says_how_to_get_it(tmp_path: Path):
    assert run(tmp_path, TWO_TESTS).count(DOCKER_REGISTRY.skipped) == 1


def test_nothing_is_said_of_the_registry_where_no_test_asks_it(tmp_path: Path):
    assert DOCKER_REGISTRY.skipped not in run(tmp_path, "def test_something_else(): ...")
