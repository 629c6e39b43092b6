"""What the Makefile would do: which Node.js it takes on a PATH of stand-ins, and what `make test` contains."""

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
INSTALLS_THE_WHEEL = "-r requirements-node.txt"


def stand_in(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A PATH with what the Makefile needs to be read."""
    for name in ("find", "sh"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def commands(folder: Path, target: str = "console") -> str:
    """Those of a target where nothing is built yet; none of them is run."""
    make = shutil.which("make")
    assert make is not None
    return subprocess.run(
        [make, "--dry-run", "--always-make", target],
        cwd=REPOSITORY,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout


def node(folder: Path, version: str) -> None:
    stand_in(folder / "node", f"echo v{version}")


@pytest.mark.parametrize("version", ["22.12.0", "22.20.1", "24.0.0"])
def test_a_system_whose_node_is_new_enough_keeps_it(folder: Path, version):
    node(folder, version)
    stand_in(folder / "npm", "exit 0")
    assert INSTALLS_THE_WHEEL not in commands(folder)


@pytest.mark.parametrize("version", ["20.20.2", "22.11.9", "9.99.0"])
def test_an_older_node_gives_way_to_the_wheel(folder: Path, version):
    node(folder, version)
    stand_in(folder / "npm", "exit 0")
    assert INSTALLS_THE_WHEEL in commands(folder)


def test_a_system_without_node_takes_the_wheel(folder: Path):
    assert INSTALLS_THE_WHEEL in commands(folder)


def test_a_node_without_npm_gives_way_to_the_wheel(folder: Path):
    node(folder, "24.0.0")
    assert INSTALLS_THE_WHEEL in commands(folder)


def test_make_test_runs_every_check_and_every_kind_of_test(folder: Path):
    (folder / "make").symlink_to(str(shutil.which("make")))
    planned = commands(folder, "test")
    for part in (
        "ruff format --check",
        "ruff check",
        "mypy",
        "lint-imports",
        "api.openapi",
        "pytest",
        "contract:check",
    ):
        assert part in planned
    for script in ("format:check", "lint", "typecheck", "test", "e2e"):
        assert f"npm run --silent {script}" in planned or f"npm {script} --silent" in planned
