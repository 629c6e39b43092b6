"""Runs `helm` on a cluster, with nothing on a disk that is worth stealing.

The kubeconfig, the chart and the values are files in memory that the child process inherits (memfd_create(2)): they
are gone when it is, also where this process is killed. Helm's own folders are empty ones of each run. Nothing is
written to its input, which a Helm that ends early would have closed.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import yaml

from services.helm.errors import HelmFailedError, HelmMissingError
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterCredential
from services.kube.in_cluster import ServiceAccount

_MAJOR = "v4."
_TO_END = 10.0  # seconds until one that was told to end is killed: it marks its release as failed before
_FOLDERS = ("HOME", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME")


@dataclass(frozen=True, kw_only=True)
class HelmAnswer:
    """What Helm printed: secret, as it renders values."""

    code: int
    output: bytes = field(repr=False)
    error: str = field(repr=False)


class HelmProgram:
    """Helm 4, by its name on the PATH or its path. At most a few run at once: each takes some 70 MB."""

    def __init__(
        self, program: str = "helm", *, at_once: int = 2, service_account: ServiceAccount | None = None
    ) -> None:
        self._program = program
        self._turns = asyncio.Semaphore(at_once)
        self._service_account = service_account or ServiceAccount()
        self._proven: str | None = None

    async def run(
        self,
        arguments: Sequence[str],
        credential: ClusterCredential,
        *,
        chart: bytes | None = None,
        values: bytes = b"",
        deadline: Deadline,
    ) -> HelmAnswer:
        """Run it; `{chart}` and `{values}` in the arguments are where it finds these.

        Raises `HelmMissingError`, `HelmFailedError` where it takes too long, and `CredentialRefusedError`.
        """
        program = await self._found()
        kubeconfig = self._kubeconfig(credential)
        with _in_memory(kubeconfig) as config, _in_memory(chart or b"") as archive, _in_memory(values) as given:
            return await self._run(
                program,
                [each.format(chart=_path(archive), values=_path(given)) for each in arguments],
                {"KUBECONFIG": _path(config)},
                inherited=(config, archive, given),
                deadline=deadline,
            )

    async def _found(self) -> str:
        """Raises `HelmMissingError`."""
        program = shutil.which(self._program)
        if program is None or not hasattr(os, "memfd_create"):
            raise HelmMissingError(
                f"The image delivery 'helm' runs Helm 4, and Stagecoach finds no program '{self._program}' here. Use "
                "the container image of Stagecoach, which has it, or install Helm 4 (on Linux) and name it in "
                "STAGECOACH_HELM__PROGRAM."
            )
        if self._proven != program:
            answer = await self._run(program, ["version", "--short"], {}, deadline=Deadline.after(30.0))
            version = answer.output.decode(errors="replace").strip()
            if not version.startswith(_MAJOR):
                raise HelmMissingError(
                    f"The image delivery 'helm' needs Helm 4, and '{program}' is {version[:40] or 'another program'}. "
                    "Helm 3 would turn releases of Helm 4 back."
                )
            self._proven = program
        return program

    async def _run(
        self,
        program: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        inherited: Sequence[int] = (),
        deadline: Deadline,
    ) -> HelmAnswer:
        with tempfile.TemporaryDirectory(prefix="stagecoach-helm-") as folder:
            async with self._turns:
                process = await asyncio.create_subprocess_exec(
                    program,
                    *arguments,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    env={**dict.fromkeys(_FOLDERS, folder), "TMPDIR": folder, **environment},
                    cwd=folder,
                    pass_fds=inherited,
                )
                try:
                    async with asyncio.timeout(deadline.left()):
                        output, error = await process.communicate()
                except TimeoutError:
                    raise HelmFailedError("Helm did not end in time.") from None
                finally:
                    await _ended(process)
        assert process.returncode is not None
        return HelmAnswer(code=process.returncode, output=output, error=error.decode(errors="replace"))

    def _kubeconfig(self, credential: ClusterCredential) -> bytes:
        """As it was vetted; for the cluster that Stagecoach runs in, one that refers to the mounted token."""
        if credential.kubeconfig is not None:
            return credential.kubeconfig().encode()
        target = self._service_account.target(cluster=credential.name)  # raises where none is mounted
        folder = self._service_account.folder
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "clusters": [
                    {"name": "here", "cluster": {"server": target.server, "certificate-authority": f"{folder}/ca.crt"}}
                ],
                "users": [{"name": "here", "user": {"tokenFile": f"{folder}/token"}}],
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": "here"}}],
            }
        ).encode()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Let it end, so that a release is not left pending; kill it where it does not."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_TO_END):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@contextmanager
def _in_memory(content: bytes) -> Iterator[int]:
    """A file that has no name, readable by this user alone."""
    descriptor = os.memfd_create("stagecoach")
    try:
        os.fchmod(descriptor, 0o600)
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield descriptor
    finally:
        os.close(descriptor)


def _path(descriptor: int) -> str:
    return f"/proc/self/fd/{descriptor}"
