"""A cluster's API, called with plain aiohttp and orjson: the bench's floor, and the set-up and clean-up of a trial.

It has no retries, deadlines or checks beyond the status, because it measures the least that the same work can cost.
"""

import ssl
import tempfile
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import yaml

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MANAGED = "?fieldManager=stagecoach&fieldValidation=Strict"  # the query of each of Stagecoach's writes


class DirectError(Exception):
    """A cluster's response was not a success; the text holds method, path, status and body."""


class DirectCluster:
    """One cluster through its kubeconfig file."""

    def __init__(self, kubeconfig: Path) -> None:
        self.path = kubeconfig
        self.text = kubeconfig.read_text()
        config = yaml.safe_load(self.text)
        context = next(c["context"] for c in config["contexts"] if c["name"] == config["current-context"])
        cluster = next(c["cluster"] for c in config["clusters"] if c["name"] == context["cluster"])
        user = next(u["user"] for u in config["users"] if u["name"] == context["user"])
        self.server: str = cluster["server"].rstrip("/")
        self.tls = _tls(cluster, user) if self.server.startswith("https") else None
        self.headers = {"Accept": "application/json"}
        if token := user.get("token"):
            self.headers["Authorization"] = f"Bearer {token}"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self.tls if self.tls is not None else True, limit=16)
        self._session = aiohttp.ClientSession(connector=connector, headers=self.headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def call(
        self, method: str, path: str, body: object = None, *, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """One request, and the JSON object of its response. Raises `DirectError` if the status is 300 or higher."""
        assert self._session is not None
        data = None if body is None else orjson.dumps(body)
        headers = {"Content-Type": content_type} if data is not None else {}
        async with self._session.request(method, self.server + path, data=data, headers=headers) as response:
            text = await response.read()
            if response.status >= 300:
                raise DirectError(f"{method} {path}: {response.status} {text[:300].decode(errors='replace')}")
            answer: dict[str, Any] = orjson.loads(text)
            return answer

    async def apply(self, path: str, body: dict[str, Any], *, manager: str = "floor") -> dict[str, Any]:
        """A strictly validated server-side apply, as Stagecoach sends it."""
        return await self.call(
            "PATCH", f"{path}?fieldManager={manager}&fieldValidation=Strict", body, content_type=APPLY
        )

    async def create(self, path: str, body: dict[str, Any], *, manager: str = "kubectl-create") -> dict[str, Any]:
        """As `kubectl create` does: nobody applies the object, so its images are patched, in nobody else's name."""
        return await self.call("POST", f"{path.rpartition('/')[0]}?fieldManager={manager}", body)

    async def make_namespace(self, name: str) -> None:
        await self.call(
            "POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        )

    async def remove_namespaces(self, names: Sequence[str]) -> None:
        """Request their deletion; one that does not exist is no error."""
        for name in names:
            try:
                await self.call("DELETE", f"/api/v1/namespaces/{name}")
            except DirectError as error:
                if ": 404 " not in str(error):
                    raise


def _tls(cluster: dict[str, Any], user: dict[str, Any]) -> ssl.SSLContext:
    authority = cluster.get("certificate-authority-data")
    context = ssl.create_default_context(cadata=b64decode(authority).decode() if authority else None)
    if certificate := user.get("client-certificate-data"):
        with tempfile.TemporaryDirectory() as folder:  # ssl reads client certificates from files only
            pair = Path(folder, "pair.pem")
            pair.touch(mode=0o600)
            pair.write_bytes(b64decode(certificate) + b"\n" + b64decode(user["client-key-data"]))
            context.load_cert_chain(pair)
    return context
