"""A real image registry for tests: CNCF distribution (Debian's `docker-registry`), on loopback, in a folder of its own.

`docker_registry` needs no credential and is shared by the session: use the fixture `repository` for a name of your own.
`new_docker_registry` starts one for a single test, which may report its pushes, or require a password. Where the
program is not installed, tests that use either are skipped.
"""

import asyncio
import contextlib
import gzip
import hashlib
import json
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
import yaml

from services.registry.manifests import ACCEPT
from tests.support.programs import DOCKER_REGISTRY

PROGRAM = shutil.which("docker-registry")
USERNAME = "deployer"
PASSWORD = "correct horse battery staple"
_HTPASSWD = f"{USERNAME}:$2b$04$Zq7mT1oUu0cXr5nVb8Wk3eg3mjS4jSo2GS2XU2f7i1RN94jhbmeb6\n"
_START_SECONDS = 90.0
_LISTENING = re.compile(rb"listening on (?:127\.0\.0\.1|\[::1\]):(\d+)")

_OCI = "application/vnd.oci.image"
_DOCKER = "application/vnd.docker"
_PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x")
_ACCEPTED = {"Accept": ACCEPT}
LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Notify:
    """The endpoint to which pushes are reported, and its headers (`{"Authorization": "Bearer …"}`)."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Types:
    """The media types of one family: OCI's or Docker's."""

    index: str = f"{_OCI}.index.v1+json"
    manifest: str = f"{_OCI}.manifest.v1+json"
    config: str = f"{_OCI}.config.v1+json"
    layer: str = f"{_OCI}.layer.v1.tar+gzip"


OCI = Types()
DOCKER = Types(
    index=f"{_DOCKER}.distribution.manifest.list.v2+json",
    manifest=f"{_DOCKER}.distribution.manifest.v2+json",
    config=f"{_DOCKER}.container.image.v1+json",
    layer=f"{_DOCKER}.image.rootfs.diff.tar.gzip",
)


class DockerRegistry:
    """A client of a running registry. `address` is host and port, as in image names; it speaks plain HTTP."""

    def __init__(self, address: str, client: httpx.AsyncClient) -> None:
        self.address = address
        self._client = client

    async def push_image(
        self,
        repository: str,
        tag: str,
        *,
        platforms: int | Sequence[str] = 1,
        created: datetime | str | None = LONG_AGO,
        types: Types = OCI,
        attested: bool = False,
        content: str = "",
        size: int = 0,
    ) -> str:
        """Push an image; returns its digest, or that of the index. Equal arguments give equal digests.

        Its layers have `size` bytes more than their content.
        """
        names = _PLATFORMS[:platforms] if isinstance(platforms, int) else tuple(platforms)
        images = [await self._manifest(repository, name, created, types, content, size=size) for name in names]
        if len(images) == 1 and not attested:
            return await self._put_manifest(repository, tag, images[0])
        children = [
            await self._child(repository, image, _platform(name)) for name, image in zip(names, images, strict=True)
        ]
        if attested:
            statement = await self._manifest(repository, "unknown/unknown", None, types, content)
            child = await self._child(repository, statement, _platform("unknown/unknown"))
            child["annotations"] = {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": children[0]["digest"],
            }
            children.append(child)
        return await self._put_manifest(
            repository, tag, {"schemaVersion": 2, "mediaType": types.index, "manifests": children}
        )

    async def push_artefact(
        self, repository: str, tag: str, *, kind: str, layer: str, attached_to: str | None = None
    ) -> str:
        """Push what is not an image, as a Helm chart; `kind` is the media type of its config. Returns the digest."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI.manifest,
            "config": await self._blob(repository, b"{}", kind),
            "layers": [await self._blob(repository, b"not a layer", layer)],
            **({"subject": {"mediaType": OCI.index, "digest": attached_to, "size": 1}} if attached_to else {}),
        }
        return await self._put_manifest(repository, tag, manifest)

    async def attach(self, repository: str, digest: str) -> str:
        """Push an SBOM as a referrer; it is listed by the registry, or else under the fallback tag. Returns its digest.

        With the tag `sha256-….pushed` beside it: this registry forgets what has none.
        """
        tag = digest.replace(":", "-")
        kind = "application/vnd.example.sbom"
        sbom = await self.push_artefact(repository, f"{tag}.pushed", kind=kind, layer=kind, attached_to=digest)
        if await self.referrers_of(repository, digest) is not None:
            return sbom
        size = len(await self.manifest_of(repository, sbom) or b"")
        listed = [{"mediaType": OCI.manifest, "digest": sbom, "size": size}]
        await self._put_manifest(repository, tag, {"schemaVersion": 2, "mediaType": OCI.index, "manifests": listed})
        return sbom

    async def referrers_of(self, repository: str, digest: str) -> list[str] | None:
        """The digests of what is attached to a manifest; None where the registry keeps no list by itself."""
        answer = await self._client.get(f"/v2/{repository}/referrers/{digest}")
        if answer.status_code == 404:
            return None
        return [each["digest"] for each in answer.raise_for_status().json()["manifests"]]

    async def manifest_of(self, repository: str, reference: str) -> bytes | None:
        """The bytes of a manifest; None where it is not there."""
        answer = await self._client.get(f"/v2/{repository}/manifests/{reference}", headers=_ACCEPTED)
        return None if answer.status_code == 404 else answer.raise_for_status().content

    async def delete_manifest(self, repository: str, digest: str) -> None:
        """Delete a manifest, with its tags."""
        (await self._client.delete(f"/v2/{repository}/manifests/{digest}")).raise_for_status()

    async def blob_of(self, repository: str, digest: str) -> bytes | None:
        """The bytes of a blob; None where it is not there."""
        answer = await self._client.get(f"/v2/{repository}/blobs/{digest}")
        return None if answer.status_code == 404 else answer.raise_for_status().content

    async def _manifest(
        self,
        repository: str,
        platform: str,
        created: datetime | str | None,
        types: Types,
        content: str,
        *,
        size: int = 0,
    ) -> dict[str, Any]:
        layer = gzip.compress(f"{platform} {content}".encode() + bytes(size), mtime=0, compresslevel=0 if size else 9)
        config: dict[str, Any] = {
            **_platform(platform),
            "config": {"Cmd": ["/bin/true"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(gzip.decompress(layer))]},
        }
        if created is not None:
            config["created"] = created if isinstance(created, str) else created.isoformat()
        return {
            "schemaVersion": 2,
            "mediaType": types.manifest,
            "config": await self._blob(repository, json.dumps(config).encode(), types.config),
            "layers": [await self._blob(repository, layer, types.layer)],
        }

    async def _child(self, repository: str, manifest: dict[str, Any], platform: dict[str, str]) -> dict[str, Any]:
        body = _written(manifest)
        digest = await self._put_manifest(repository, _digest(body), manifest)
        return {"mediaType": manifest["mediaType"], "digest": digest, "size": len(body), "platform": platform}

    async def _blob(self, repository: str, body: bytes, media_type: str) -> dict[str, Any]:
        digest = _digest(body)
        begun = (await self._client.post(f"/v2/{repository}/blobs/uploads/")).raise_for_status()
        where = httpx.URL(begun.headers["Location"]).copy_merge_params({"digest": digest})
        headers = {"Content-Type": "application/octet-stream"}
        (await self._client.put(where, content=body, headers=headers)).raise_for_status()
        return {"mediaType": media_type, "digest": digest, "size": len(body)}

    async def _put_manifest(self, repository: str, reference: str, manifest: dict[str, Any]) -> str:
        body = _written(manifest)
        answer = await self._client.put(
            f"/v2/{repository}/manifests/{reference}", content=body, headers={"Content-Type": manifest["mediaType"]}
        )
        answer.raise_for_status()
        return _digest(body)


class NewDockerRegistry(Protocol):
    def __call__(
        self, *, notify: Notify | None = None, password: bool = False, read_only: bool = False
    ) -> Awaitable[DockerRegistry]:
        """Start a registry; with `password` only `USERNAME` with `PASSWORD` has access, `read_only` nobody pushes."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The last line of a run without the program says so: skipped tests are easily overlooked among thousands."""
    if any(DOCKER_REGISTRY.skipped in str(report.longrepr) for report in terminalreporter.getreports("skipped")):
        terminalreporter.write_line(DOCKER_REGISTRY.skipped, yellow=True, bold=True)


@pytest.fixture(scope="session")
async def docker_registry(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DockerRegistry]:
    async with running_registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
async def new_docker_registry(tmp_path: Path) -> AsyncIterator[NewDockerRegistry]:
    async with contextlib.AsyncExitStack() as stack:

        async def start(
            *, notify: Notify | None = None, password: bool = False, read_only: bool = False
        ) -> DockerRegistry:
            folder = tmp_path / f"registry-{secrets.token_hex(3)}"
            folder.mkdir()
            running = running_registry(folder, notify=notify, password=password, read_only=read_only)
            return await stack.enter_async_context(running)

        yield start


@pytest.fixture
def repository() -> str:
    """A name that no other test pushes to."""
    return f"shop/web-{secrets.token_hex(4)}"


@contextlib.asynccontextmanager
async def running_registry(
    folder: Path,
    *,
    notify: Notify | None = None,
    password: bool = False,
    auth: Mapping[str, Any] | None = None,
    proof: str | None = None,
    read_only: bool = False,
) -> AsyncIterator[DockerRegistry]:
    """`auth`: its configuration for another authentication than a password; `proof`: the header to push with then."""
    if PROGRAM is None:
        pytest.skip(DOCKER_REGISTRY.skipped)
    config = _configuration(folder, notify=notify, password=password, auth=auth)
    if read_only:
        config["storage"]["maintenance"] = {"readonly": {"enabled": True}}
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "serve", str(folder / "config.yml"), stdout=log, stderr=log
        )
    try:
        address = f"127.0.0.1:{await _port(folder / 'log', process)}"
        credential = (USERNAME, PASSWORD) if password else None
        headers = {"Authorization": proof} if proof else {}
        async with httpx.AsyncClient(
            base_url=f"http://{address}", auth=credential, headers=headers, trust_env=False
        ) as client:
            yield DockerRegistry(address, client)
    finally:
        if process.returncode is None:
            process.kill()  # its data is not needed, and it may be retrying notifications to a receiver that is gone
        await process.wait()


def _configuration(
    folder: Path, *, notify: Notify | None, password: bool, auth: Mapping[str, Any] | None
) -> dict[str, Any]:
    config: dict[str, Any] = {
        "version": "0.1",
        "log": {"accesslog": {"disabled": True}, "level": "info"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": "127.0.0.1:0", "secret": secrets.token_hex(16)},
    }
    if notify is not None:
        endpoint = {
            "name": "receiver",
            "url": notify.url,
            "headers": {name: [value] for name, value in notify.headers.items()},
            "timeout": "5s",
            "threshold": 3,
            "backoff": "200ms",
        }
        config["notifications"] = {"endpoints": [endpoint]}
    if password:
        (folder / "htpasswd").write_text(_HTPASSWD)
        config["auth"] = {"htpasswd": {"realm": "registry", "path": str(folder / "htpasswd")}}
    if auth is not None:
        config["auth"] = dict(auth)
    return config


async def _port(log: Path, process: asyncio.subprocess.Process) -> int:
    """The port, which it logs once it listens."""
    said = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_START_SECONDS):
            while process.returncode is None:
                said = await asyncio.to_thread(log.read_bytes)
                if found := _LISTENING.search(said):
                    return int(found[1])
                await asyncio.sleep(0.02)
    pytest.fail(f"docker-registry did not start: {said[-2000:].decode()}")


def _platform(name: str) -> dict[str, str]:
    os, architecture, *variant = name.split("/")
    return {"os": os, "architecture": architecture, **({"variant": variant[0]} if variant else {})}


def _written(manifest: dict[str, Any]) -> bytes:
    return json.dumps(manifest, indent=2).encode()


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
