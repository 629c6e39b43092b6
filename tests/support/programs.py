"""Programs that the tests need and the Python package index does not have: found, installed, or how to get them.

    python -m tests.support.programs browser | docker-registry | make

prints the path of a program that starts. Where there is none it prints nothing, says on standard error which tests
are skipped and how to get it, and exits with 0, so that the other tests go on. With `CI=true` it installs what is
missing with the system's package manager, and exits with 1 if that fails: a gate that skips tests proves nothing.
It needs the standard library alone, because CI calls it before anything is installed.
"""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FRONTEND = Path(__file__).parents[2] / "frontend"
NAMED_BROWSER = "STAGECOACH_CHROMIUM"
_START_SECONDS = 60.0
_INSTALL_SECONDS = 600.0
_CONNECT_MILLISECONDS = "10000"  # Playwright tries five times: without a network it gives up within a minute
_MACOS_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


@dataclass(frozen=True, kw_only=True)
class Program:
    """`packages`: Debian's, the best first; `commands`: its names on a PATH; `tests`: those that need it."""

    packages: tuple[str, ...]
    commands: tuple[str, ...]
    tests: str
    elsewhere: str = ""

    @property
    def name(self) -> str:
        """That of the package that every release of Debian has."""
        return self.packages[-1]

    @property
    def how_to_get_it(self) -> str:
        return f"sudo apt-get install {self.name} (Debian{self.elsewhere})"

    @property
    def skipped(self) -> str:
        """The one line for a run that goes on without the program."""
        return f"SKIPPED: {self.tests}, because no {self.name} works here. To get one: {self.how_to_get_it}"


# Chromium without windows takes three fifths of the computing time, and is what Playwright drives by itself.
# Not every release of Debian has it.
BROWSER = Program(
    packages=("chromium-headless-shell", "chromium"),
    commands=("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    tests="all that runs in a real browser",
    elsewhere=f"; elsewhere any Chromium or Chrome on the PATH, or named in {NAMED_BROWSER}",
)
DOCKER_REGISTRY = Program(
    packages=("docker-registry",), commands=("docker-registry",), tests="tests that ask a real image registry"
)
MAKE = Program(packages=("make",), commands=("make",), tests="everything")
PROGRAMS: Mapping[str, Program] = {"browser": BROWSER, "docker-registry": DOCKER_REGISTRY, "make": MAKE}


class UnusableError(Exception):
    """The tests must not go on: the browser that was named does not start, or CI cannot install a program."""


def path_of(program: Program) -> str | None:
    """The path of the program, installed if need be; None if the tests go on without it. Raises `UnusableError`."""
    if program is BROWSER and (named := os.environ.get(NAMED_BROWSER)):
        if reason := failure(named, "--version"):
            raise UnusableError(f"{NAMED_BROWSER} names {named}, which does not start: {reason}")
        return named
    for candidate in _candidates(program):
        reason = failure(candidate, "--version")
        if reason is None:
            return candidate
        _say(f"{candidate} does not start: {reason}")
    if _in_ci():
        raise UnusableError(f"with CI=true the tests need a {program.name} that works: {program.how_to_get_it}")
    return None


def _in_ci() -> bool:
    return os.environ.get("CI") == "true"


def _candidates(program: Program) -> Iterator[str]:
    """A generator, so that nothing is downloaded or installed before all that is here has been tried."""
    yield from _installed(program)
    if program is BROWSER:
        yield from _playwrights_browser()
    if _in_ci() and any(map(_install_package, program.packages)):
        yield from _installed(program)


def _installed(program: Program) -> Iterator[str]:
    yield from filter(None, map(shutil.which, program.commands))
    if program is BROWSER and sys.platform == "darwin":
        yield from filter(os.path.exists, _MACOS_BROWSERS)


def _playwrights_browser() -> Iterator[str]:
    """Downloads it unless it was before. Its installer adds no system packages here: that would take root's rights."""
    node, npx = shutil.which("node"), shutil.which("npx")
    if node is None or npx is None:
        _say("No browser was looked for with Playwright, because Node.js is not on the PATH.")
        return
    asked = subprocess.run(
        [node, "--print", "require('@playwright/test').chromium.executablePath()"],
        cwd=FRONTEND, capture_output=True, text=True, check=False, timeout=_START_SECONDS,
    )  # fmt: skip
    if asked.returncode:
        _say(f"No browser was looked for with Playwright, because it does not run: {_reason(asked.stderr)}")
        return
    path = asked.stdout.strip()
    if not Path(path).exists():
        _say("Downloading a browser with Playwright's installer (once; about 150 MB) …")
        command = (npx, "--no-install", "playwright", "install", "--no-shell", "chromium")
        environment = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": _CONNECT_MILLISECONDS, **os.environ}
        if reason := failure(*command, seconds=_INSTALL_SECONDS, environment=environment):
            _say(f"Playwright's installer failed: {reason}")
            return
    yield path


def _install_package(package: str) -> bool:
    manager = shutil.which("apt-get")
    if manager is None:
        _say("CI=true installs what is missing with apt-get, which this machine does not have.")
        return False
    _say(f"Installing {package} …")
    with _one_at_a_time():
        return _install_with(manager, package)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """apt-get fails beside another one, and `make test` looks for a browser and an image registry at the same time."""
    with (Path(tempfile.gettempdir()) / f"stagecoach-apt-get-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install_with(manager: str, package: str) -> bool:
    # There is no terminal to answer a question on: neither sudo's nor a package's.
    as_root = () if os.geteuid() == 0 else ("sudo", "-n")
    apt_get = (*as_root, "env", "DEBIAN_FRONTEND=noninteractive", manager, "-qq")
    if reason := failure(*apt_get, "update", seconds=_INSTALL_SECONDS):
        _say(f"apt-get update failed: {reason}")  # one broken source of several: the package may be in another
    install = (*apt_get, "install", "-y", "--no-install-recommends", package)
    if reason := failure(*install, seconds=_INSTALL_SECONDS):
        _say(f"apt-get install {package} failed: {reason}")
        return False
    return True


def failure(*command: str, seconds: float = _START_SECONDS, environment: Mapping[str, str] | None = None) -> str | None:
    """Runs a command in the frontend's folder. Returns None if it succeeds, and otherwise the reason in one line."""
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command, cwd=FRONTEND, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            return str(error)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return f"it did not end within {seconds:g} seconds"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # an installer is a chain of processes
                process.wait()
        if code == 0:
            return None
        output.seek(0)
        return _reason(output.read().decode(errors="replace")) or f"exit code {code}"


def _reason(output: str) -> str:
    """The first line that speaks of an error, or else the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"E: |.*\berror\b", line, re.IGNORECASE)]
    return (errors or lines[-1:] or [""])[0]


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in PROGRAMS:
        _say(f"Name one of: {', '.join(PROGRAMS)}")
        return 2
    program = PROGRAMS[arguments[0]]
    try:
        path = path_of(program)
    except UnusableError as error:
        _say(f"FAILED: {error}")
        return 1
    if path is None:
        _say(f"\n{program.skipped}\n")
    else:
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
