"""What stands in for Git on practice clusters: a ConfigMap for each folder of a repository.

Its annotations name the address and the path; its keys are the files. The revision is a digest of the files, so that a
change of a file is a new commit.
"""

import hashlib
import json
from collections.abc import Mapping

import yaml

from sandbox.controllers.world import World
from sandbox.store import Object

URL, PATH = "sandbox.example/repository-url", "sandbox.example/repository-path"


def repository(name: str, namespace: str, *, url: str, path: str, files: Mapping[str, str]) -> Object:
    """The ConfigMap that stands for a folder of a repository."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "annotations": {URL: url, PATH: path}},
        "data": dict(files),
    }


def files_of(world: World, namespace: str, url: str | None, path: str | None) -> dict[str, str] | None:
    """None where there is no such folder."""
    for candidate in world.select("configmaps", namespace):
        annotations = candidate["metadata"].get("annotations") or {}
        if (annotations.get(URL), annotations.get(PATH)) == (url, path):
            return dict(candidate.get("data") or {})
    return None


def revision_of(files: Mapping[str, str]) -> str:
    return hashlib.sha1(json.dumps(files, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def manifests(files: Mapping[str, str]) -> tuple[Object, ...]:
    """Those in the YAML files. Raises `yaml.YAMLError`."""
    texts = (text for name, text in sorted(files.items()) if name.endswith((".yaml", ".yml")))
    return tuple(found for text in texts for found in yaml.safe_load_all(text) if found and "kind" in found)
