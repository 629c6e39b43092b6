"""What all steps of the demo do: ask for an operation and show it to its end, and look at what runs."""

import asyncio

from trials.demo.display import ClusterLines
from trials.service import Document, Service

_LOOKS, _PAUSE = 50, 0.2  # seconds


class DemoError(Exception):
    """The journey cannot continue; the text says where, and what to do."""


class Steps:
    """The steps of one application."""

    def __init__(self, service: Service, application: str) -> None:
        self._service = service
        self.path = f"applications/{application}"

    async def execute(self, path: str, body: Document, *, ends: str = "succeeded") -> Document:
        """Start an operation and show it to its end. Raises `DemoError` if it ends in another state than `ends`."""
        return await self.follow(await self._service.post(path, body), ends=ends)

    async def follow(self, operation: Document, *, ends: str = "succeeded") -> Document:
        """Show an operation to its end; returns it as it is then. Raises `DemoError`, as `execute` does."""
        lines = ClusterLines([entry["cluster"] for entry in operation["clusters"]])
        state = await lines.follow(self._service.events(operation["id"]))
        if state != ends:
            raise DemoError(
                f"The {operation['kind']} {operation['id']} ended as '{state}'. The clusters' lines above say why."
            )
        return await self._service.get(f"operations/{operation['id']}")

    async def overview(self, *environments: str) -> list[Document]:
        """What runs there, once the service has heard of all clusters: just after its start it has not."""
        for _ in range(_LOOKS):
            overview = await self._service.get(f"{self.path}/overview")
            shown = [each for each in overview["environments"] if each["environment"] in environments]
            if all(not each["stale"] and each["health"] != "progressing" for each in shown):
                break
            await asyncio.sleep(_PAUSE)
        return shown

    async def running(self, environment: str, name: str) -> dict[str, Document]:
        """The images of a Deployment's container that is named as itself, by cluster."""
        [shown] = await self.overview(environment)
        return {
            seen["cluster"]: seen["image"]
            for each in shown["workloads"]
            if (each["resource"]["kind"], each["resource"]["name"]) == ("Deployment", name)
            for container in each["containers"]
            if container["name"] == name
            for seen in container["images"]
        }


def next_tag(tag: str | None) -> str:
    """The tag with its second number raised: `1.4.0` → `1.5.0`, `3.9` → `3.10`."""
    parts = (tag or "1.0.0").split(".")
    position = 1 if len(parts) > 1 else 0
    parts[position] = str(int("".join(filter(str.isdigit, parts[position])) or "0") + 1)
    return ".".join(parts)
