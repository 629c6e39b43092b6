"""The records of a Helm release, as Helm keeps them: a Secret a revision (helm pkg/storage/driver/secrets.go)."""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

from sandbox.controllers.world import World
from sandbox.store import Object, thaw

_KEPT = {"Chart.yaml", "values.yaml"}


def newest(world: World, name: str, namespace: str) -> dict[str, Any] | None:
    """The document of the newest revision."""
    found = [_unpacked(each) for each in _all(world, name, namespace)]
    return max(found, key=lambda each: int(each["version"]), default=None)


def write(world: World, document: Mapping[str, Any], *, manager: str) -> None:
    """Write a revision. A deployed one supersedes the others that were."""
    name, namespace = document["name"], document["namespace"]
    if document["info"]["status"] == "deployed":
        for each in map(_unpacked, _all(world, name, namespace)):
            if each["info"]["status"] == "deployed" and each["version"] != document["version"]:
                _put(world, {**each, "info": {**each["info"], "status": "superseded"}}, manager=manager)
    _put(world, document, manager=manager)


def chart_of(files: Mapping[str, str], metadata: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A chart as a record holds it."""
    templates = [
        {"name": f"templates/{name}", "data": base64.b64encode(text.encode()).decode()}
        for name, text in sorted(files.items())
        if name not in _KEPT
    ]
    return {
        "metadata": {"apiVersion": "v2", "version": "1.0.0", **metadata},
        "lock": None,
        "templates": templates,
        "values": dict(values),
        "schema": None,
        "files": [],
    }


def _all(world: World, name: str, namespace: str) -> list[Object]:
    return [
        each
        for each in world.select("secrets", namespace)
        if each.get("type") == "helm.sh/release.v1" and (each["metadata"].get("labels") or {}).get("name") == name
    ]


def _put(world: World, document: Mapping[str, Any], *, manager: str) -> None:
    name, version, status = document["name"], document["version"], document["info"]["status"]
    packed = base64.b64encode(gzip.compress(json.dumps(document).encode(), mtime=0))
    body: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "helm.sh/release.v1",
        "metadata": {
            "name": f"sh.helm.release.v1.{name}.v{version}",
            "namespace": document["namespace"],
            "labels": {"name": name, "owner": "helm", "status": status, "version": str(version)},
        },
        "data": {"release": base64.b64encode(packed).decode()},
    }
    live = world.get("secrets", body["metadata"]["name"], document["namespace"])
    if live is None:
        world.create(body, manager=manager)
    else:
        changed = thaw(live)
        changed["metadata"]["labels"], changed["data"] = body["metadata"]["labels"], body["data"]
        world.update(changed, manager=manager)


def _unpacked(record: Object) -> dict[str, Any]:
    packed = base64.b64decode(base64.b64decode(record["data"]["release"]))
    return dict(json.loads(gzip.decompress(packed)))
