"""What an application's sources hold: manifests as their tool renders them, with the overrides of the application.

A folder of a Git repository is a ConfigMap in the application's namespace whose annotations name its address and path;
its keys are the files. The revision is a digest of the files, so that a change of a file is a new commit.

The tool is found as argoproj/argo-cd does (util/app/discovery/discovery.go): `Chart.yaml` means Helm,
`kustomization.yaml` means Kustomize, anything else is a plain directory.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sandbox.controllers.world import World
from sandbox.store import Object

URL, PATH = "sandbox.example/repository-url", "sandbox.example/repository-path"
_VALUE = re.compile(r"\{\{-?\s*\.Values\.([\w.]+)\s*(?:\|\s*quote\s*)?-?\}\}")


class SourceError(Exception):
    """A source cannot be rendered: the application gets a condition `ComparisonError` with this text."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The manifests of one source, its revision, and the tool that renders it: `Kustomize`, `Helm` or `Directory`."""

    manifests: tuple[Object, ...]
    revision: str
    tool: str


def repository(name: str, namespace: str, *, url: str, path: str, files: Mapping[str, str]) -> Object:
    """The ConfigMap that stands for a folder of a repository."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "annotations": {URL: url, PATH: path}},
        "data": dict(files),
    }


def sources_of(application: Object) -> list[Object]:
    """`spec.sources` takes precedence over `spec.source` (types.go, `ApplicationSpec.GetSources`)."""
    spec = application["spec"]
    return [*(spec.get("sources") or ())] or ([spec["source"]] if "source" in spec else [])


def render(world: World, namespace: str, source: Object) -> Rendered:
    """Raises `SourceError`."""
    files = _files(world, namespace, source)
    revision = hashlib.sha1(json.dumps(files, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
    try:
        if "Chart.yaml" in files:
            return Rendered(manifests=_templated(files, source.get("helm") or {}), revision=revision, tool="Helm")
        if "kustomization.yaml" in files:
            images = _images(yaml.safe_load(files["kustomization.yaml"]) or {}, source.get("kustomize") or {})
            manifests = tuple(_with_images(each, images) for each in _plain(files) if each["kind"] != "Kustomization")
            return Rendered(manifests=manifests, revision=revision, tool="Kustomize")
        return Rendered(manifests=_plain(files), revision=revision, tool="Directory")
    except yaml.YAMLError as error:
        raise SourceError(f"Failed to load target state: failed to generate manifest: {error}") from None


def _files(world: World, namespace: str, source: Object) -> dict[str, str]:
    for candidate in world.select("configmaps", namespace):
        annotations = candidate["metadata"].get("annotations") or {}
        if (annotations.get(URL), annotations.get(PATH)) == (source.get("repoURL"), source.get("path")):
            return dict(candidate.get("data") or {})
    raise SourceError(
        f"Failed to load target state: failed to generate manifest for source 1 of 1: {source.get('path')}: app path "
        "does not exist"
    )


def _plain(files: Mapping[str, str]) -> tuple[Object, ...]:
    texts = (text for name, text in sorted(files.items()) if name.endswith((".yaml", ".yml")))
    return tuple(found for text in texts for found in yaml.safe_load_all(text) if found and "kind" in found)


# Kustomize ------------------------------------------------------------------------------------------------------


def _images(kustomization: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """By name: those of the kustomization, then those of the application, of which the last for a name wins.

    Argo CD runs `kustomize edit set image` with each (util/kustomize/kustomize.go); that replaces what the
    kustomization has for the name (kubernetes-sigs/kustomize kustomize/commands/edit/set/setimage.go).
    """
    found = {each["name"]: each for each in kustomization.get("images") or ()}
    for text in override.get("images") or ():
        entry = kustomize_entry(text)
        found[entry["name"]] = entry
    return found


def kustomize_entry(text: str) -> dict[str, str]:
    """`NAME=NEW:TAG@DIGEST`, or without `NAME=`: then the name is that of the new image."""
    name, equals, new = text.partition("=")
    repository, tag, digest = _split(new if equals else text)
    entry = {"name": name if equals else repository, "newName": repository, "newTag": tag, "digest": digest}
    return {key: value for key, value in entry.items() if value}


def _split(reference: str) -> tuple[str, str, str]:
    """A colon before the last slash belongs to the registry's port."""
    rest, _, digest = reference.partition("@")
    head, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return f"{head}{slash}{name}", tag, digest


def _with_images(node: Any, images: Mapping[str, Mapping[str, str]]) -> Any:
    """Every container and init container at any depth whose image has exactly this name.

    kubernetes-sigs/kustomize api/filters/imagetag/legacy.go finds the lists, updater.go changes what is in them.
    """
    if isinstance(node, list):
        return [_with_images(each, images) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _with_images(value, images) for key, value in node.items()}
    for key in ("containers", "initContainers"):
        if isinstance(changed.get(key), list):
            changed[key] = [_with_image(each, images) for each in changed[key]]
    return changed


def _with_image(container: Any, images: Mapping[str, Mapping[str, str]]) -> Any:
    if not isinstance(container, dict) or not isinstance(container.get("image"), str):
        return container
    name, tag, digest = _split(container["image"])
    entry = images.get(name)
    if entry is None:
        return container
    if entry.get("newTag") or entry.get("digest"):
        tag, digest = entry.get("newTag", ""), entry.get("digest", "")
    written = entry.get("newName", name) + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    return {**container, "image": written}


# Helm -----------------------------------------------------------------------------------------------------------


def _templated(files: Mapping[str, str], helm: Mapping[str, Any]) -> tuple[Object, ...]:
    """Parameters beat `valuesObject`, that beats `values`, and these the chart's (user-guide/helm.md, "precedence")."""
    values: dict[str, Any] = yaml.safe_load(files.get("values.yaml", "")) or {}
    own = helm.get("valuesObject") or yaml.safe_load(helm.get("values") or "") or {}
    values = _merged(values, own)
    for parameter in helm.get("parameters") or ():
        _set(values, parameter["name"].split("."), parameter.get("value", ""))
    templates = {name: text for name, text in files.items() if name not in {"Chart.yaml", "values.yaml"}}
    return _plain({name: _VALUE.sub(lambda m: str(_value(values, m[1])), text) for name, text in templates.items()})


def _merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        former = merged.get(key)
        both = isinstance(former, dict) and isinstance(value, dict)
        merged[key] = _merged(former, value) if both and isinstance(former, dict) else value
    return merged


def _set(values: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        values = values.setdefault(step, {})
    values[path[-1]] = value


def _value(values: Any, path: str) -> Any:
    for step in path.split("."):
        values = values.get(step, "") if isinstance(values, dict) else ""
    return values
