"""A small client of a practice cluster over HTTP, for tests: a request in, status and JSON out."""

import io
from typing import Any

import aiohttp
import orjson

from sandbox.server import Sandbox

NAMESPACE = "n"
CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
SECRETS = f"/api/v1/namespaces/{NAMESPACE}/secrets"
SERVICES = f"/api/v1/namespaces/{NAMESPACE}/services"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"


class Client:
    """Talks to one cluster of a sandbox as one of its users."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession, *, user: str | None = "admin") -> None:
        self.sandbox = sandbox
        self.session = session
        self.name = sandbox.names[0]
        self._user = user

    def as_user(self, user: str | None) -> "Client":
        return Client(self.sandbox, self.session, user=user)

    async def send(
        self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str
    ) -> tuple[int, Any]:
        response = await self.respond(method, path, body, content_type=content_type, **headers)
        async with response:
            raw = await response.read()
        return response.status, orjson.loads(raw) if response.content_type == "application/json" else raw.decode()

    async def respond(
        self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str
    ) -> aiohttp.ClientResponse:
        if self._user is not None:
            headers["Authorization"] = f"Bearer {self.sandbox.token(self.name, self._user)}"
        data = None
        if body is not None:
            data = io.BytesIO(body if isinstance(body, bytes) else orjson.dumps(body))
            headers["Content-Type"] = content_type
        return await self.session.request(method, self.sandbox.url(self.name) + path, data=data, headers=headers)

    async def get(self, path: str, **headers: str) -> Any:
        status, body = await self.send("GET", path, **headers)
        assert status == 200, body
        return body

    async def create(self, path: str, body: Any) -> Any:
        status, answer = await self.send("POST", path, body)
        assert status == 201, answer
        return answer

    async def apply(self, path: str, body: Any, *, manager: str = "one", query: str = "") -> tuple[int, Any]:
        """Server-side apply."""
        where = f"{path}/{body['metadata']['name']}?fieldManager={manager}{query}"
        return await self.send("PATCH", where, body, content_type="application/apply-patch+yaml")

    async def merge(self, path: str, body: Any) -> tuple[int, Any]:
        return await self.send("PATCH", path, body, content_type="application/merge-patch+json")


def config_map(name: str = "c", data: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": data or {"a": "1"}}


def deployment(name: str = "web", *, image: str = "registry.example/web:1", **spec: Any) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
            **spec,
        },
    }


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}], **spec},
    }


def causes(status: dict[str, Any]) -> list[tuple[str, str]]:
    """Reason and field of each cause of a Status."""
    return [(c["reason"], c.get("field", "")) for c in status["details"].get("causes", [])]
