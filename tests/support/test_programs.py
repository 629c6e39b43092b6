"""The search for programs as a process, on a PATH where stand-ins are all that there is."""

import os
import select
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.programs import failure

REPOSITORY = Path(__file__).parents[2]
STARTS = 'echo "Chromium 159.0"'
LACKS_A_LIBRARY = 'echo "chrome: error while loading shared libraries: libnss3.so: cannot open it" >&2; exit 127'
NO_NETWORK = 'echo "Error: getaddrinfo ENOTFOUND cdn.playwright.dev" >&2; echo "    at onlookupall (dns)" >&2; exit 1'


@dataclass(frozen=True, kw_only=True)
class Answer:
    code: int
    path: str
    said: str


class Machine:
    """`calls` holds what was asked of installers, a line each."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.downloaded = folder / "ms-playwright" / "chrome"
        self._calls = folder / "calls"
        self._calls.touch()
        self.downloaded.parent.mkdir()
        self.bin.mkdir()
        # An installer "installs" by linking a program that lies ready; sudo lets everybody in.
        for name in ("env", "ln"):
            (self.bin / name).symlink_to(str(shutil.which(name)))
        self.has("sudo", 'test "$1" = -n && shift && exec "$@"')

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()

    def has(self, name: str, script: str) -> Path:
        return self.write(self.bin / name, script)

    def has_playwright(self, installing: str) -> None:
        self.has("node", f'echo "{self.downloaded}"')
        self.has("npx", f'echo "npx $*" >> {self._calls}\n{installing}')

    def has_packages(self, *packages: str) -> None:
        """Every other package is unknown to its package manager."""
        known = "\n".join(
            f'"install -y --no-install-recommends {name}") ln -s {self.ready(STARTS)} {self.bin / name} ;;'
            for name in packages
        )
        self.has(
            "apt-get",
            f'shift\necho "apt-get $*" >> {self._calls}\n'
            f'case "$*" in\nupdate) ;;\n{known}\n*) echo "E: Unable to locate package" >&2; exit 100 ;;\nesac',
        )

    def ready(self, script: str) -> Path:
        """A program that lies beside the PATH."""
        return self.write(self.bin.parent / "ready", script)

    def write(self, path: Path, script: str) -> Path:
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def search(self, program: str, **environment: str) -> Answer:
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.programs", program],
            cwd=REPOSITORY,
            env={"PATH": str(self.bin), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Answer(code=done.returncode, path=done.stdout.strip(), said=done.stderr)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    "name", ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
)
def test_a_browser_of_the_system_is_taken_and_nothing_is_installed(machine: Machine, name):
    browser = machine.has(name, STARTS)
    machine.has_playwright(NO_NETWORK)
    machine.has_packages("chromium")
    assert machine.search("browser", CI="true") == Answer(code=0, path=str(browser), said="")
    assert machine.calls == []


def test_the_browser_that_is_named_goes_before_the_systems(machine: Machine):
    machine.has("chromium", STARTS)
    named = machine.ready(STARTS)
    assert machine.search("browser", STAGECOACH_CHROMIUM=str(named)).path == str(named)


def test_a_browser_that_is_named_and_does_not_start_is_an_error(machine: Machine):
    machine.has("chromium", STARTS)
    answer = machine.search("browser", STAGECOACH_CHROMIUM="/nowhere/chrome")
    assert (answer.code, answer.path) == (1, "")
    assert "STAGECOACH_CHROMIUM names /nowhere/chrome, which does not start: " in answer.said


def test_a_browser_that_playwright_downloaded_before_is_not_downloaded_again(machine: Machine):
    machine.has_playwright(NO_NETWORK)
    machine.write(machine.downloaded, STARTS)
    assert machine.search("browser").path == str(machine.downloaded)
    assert machine.calls == []


def test_without_a_browser_playwright_downloads_one(machine: Machine):
    machine.has_playwright(f"ln -s {machine.ready(STARTS)} {machine.downloaded}")
    answer = machine.search("browser")
    assert (answer.code, answer.path) == (0, str(machine.downloaded))
    assert machine.calls == ["npx --no-install playwright install --no-shell chromium"]


def test_a_download_that_fails_skips_the_journeys_and_says_how_to_get_a_browser(machine: Machine):
    machine.has_playwright(NO_NETWORK)
    machine.has_packages("chromium")
    answer = machine.search("browser")
    assert (answer.code, answer.path) == (0, "")
    assert "Playwright's installer failed: Error: getaddrinfo ENOTFOUND cdn.playwright.dev\n" in answer.said
    [loud] = [line for line in answer.said.splitlines() if line.startswith("SKIPPED: ")]
    assert "sudo apt-get install chromium" in loud
    assert "STAGECOACH_CHROMIUM" in loud


def test_no_package_is_installed_outside_of_ci(machine: Machine):
    machine.has_packages("chromium", "docker-registry")
    for program in ("browser", "docker-registry"):
        assert machine.search(program).path == ""
        assert machine.search(program, CI="false").path == ""
    assert machine.calls == []


def test_a_browser_without_windows_goes_before_one_with_them(machine: Machine):
    machine.has("chromium", STARTS)
    assert machine.search("browser").path == str(machine.bin / "chromium")
    without_windows = machine.has("chromium-headless-shell", STARTS)
    assert machine.search("browser").path == str(without_windows)


@pytest.mark.parametrize(
    ("program", "package"), [("browser", "chromium-headless-shell"), ("docker-registry", "docker-registry")]
)
def test_ci_installs_the_package_that_is_missing(machine: Machine, program, package):
    machine.has_packages(package)
    answer = machine.search(program, CI="true")
    assert (answer.code, answer.path) == (0, str(machine.bin / package))
    assert machine.calls == ["apt-get update", f"apt-get install -y --no-install-recommends {package}"]


def test_ci_installs_the_browser_with_windows_where_there_is_no_package_of_the_other(machine: Machine):
    machine.has_packages("chromium")
    answer = machine.search("browser", CI="true")
    assert (answer.code, answer.path) == (0, str(machine.bin / "chromium"))
    assert "apt-get install chromium-headless-shell failed: E: Unable to locate package\n" in answer.said


def test_ci_installs_a_browser_when_the_download_fails(machine: Machine):
    machine.has_playwright(NO_NETWORK)
    machine.has_packages("chromium")
    assert machine.search("browser", CI="true").path == str(machine.bin / "chromium")


@pytest.mark.parametrize("program", ["browser", "docker-registry", "make"])
def test_ci_fails_where_a_program_cannot_be_had(machine: Machine, program):
    machine.has_playwright(NO_NETWORK)
    machine.has_packages()
    answer = machine.search(program, CI="true")
    assert (answer.code, answer.path) == (1, "")
    assert "failed: E: Unable to locate package\n" in answer.said
    assert "FAILED: with CI=true the tests need a " in answer.said
    assert "SKIPPED" not in answer.said


def test_ci_fails_where_there_is_no_package_manager_that_it_knows(machine: Machine):
    answer = machine.search("docker-registry", CI="true")
    assert answer.code == 1
    assert "apt-get, which this machine does not have" in answer.said


def test_a_package_list_that_cannot_be_renewed_leaves_the_package_to_be_tried(machine: Machine):
    machine.has_packages("chromium")
    apt_get = (machine.bin / "apt-get").read_text()
    machine.has("apt-get", apt_get.replace("update) ;;", 'update) echo "E: no such host" >&2; exit 100 ;;'))
    answer = machine.search("browser", CI="true")
    assert answer.path == str(machine.bin / "chromium")
    assert "apt-get update failed: E: no such host\n" in answer.said


def test_a_downloaded_browser_that_lacks_a_library_counts_as_none_and_says_so(machine: Machine):
    machine.has_playwright(f"ln -s {machine.ready(LACKS_A_LIBRARY)} {machine.downloaded}")
    answer = machine.search("browser")
    assert (answer.code, answer.path) == (0, "")
    assert (
        f"{machine.downloaded} does not start: chrome: error while loading shared libraries: libnss3.so" in answer.said
    )
    assert "SKIPPED: " in answer.said


def test_a_browser_of_the_system_that_does_not_start_gives_way_to_playwrights(machine: Machine):
    machine.has("chromium-browser", 'echo "Command requires the chromium snap to be installed." >&2; exit 1')
    machine.has_playwright(NO_NETWORK)
    machine.write(machine.downloaded, STARTS)
    answer = machine.search("browser")
    assert answer.path == str(machine.downloaded)
    assert "chromium-browser does not start: Command requires the chromium snap to be installed.\n" in answer.said


def test_without_docker_registry_one_line_says_how_to_get_it(machine: Machine):
    answer = machine.search("docker-registry")
    assert (answer.code, answer.path) == (0, "")
    [loud] = answer.said.split("\n\n")[0].strip().splitlines()
    assert loud.startswith("SKIPPED: tests that ask a real image registry")
    assert "sudo apt-get install docker-registry" in loud


def test_an_installer_that_hangs_is_ended_with_the_processes_that_it_started(machine: Machine, tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    hangs = machine.ready(f"exec 3> {pipe}\n/bin/sleep 600 &\nwait")
    assert failure(str(hangs), seconds=1.0) == "it did not end within 1 seconds"
    # The pipe is at its end once no process has it open for writing.
    assert select.select([reader], [], [], 10.0)[0] == [reader]
    assert os.read(reader, 1) == b""
    os.close(reader)
