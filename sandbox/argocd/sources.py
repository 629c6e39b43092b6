"""What an application's sources hold: manifests as their tool renders them, with the overrides of the application.

The tool is found as argoproj/argo-cd does (util/app/discovery/discovery.go): `Chart.yaml` means Helm,
`kustomization.yaml` means Kustomize, anything else is a plain directory.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sandbox.charts import merged, rendered, set_value
from sandbox.controllers.world import World
from sandbox.git_folders import files_of, manifests, revision_of
from sandbox.kustomize import split, with_entries, with_images
from sandbox.store import Object


class SourceError(Exception):
    """A source cannot be rendered: the application gets a condition `ComparisonError` with this text."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The manifests of one source, its revision, and the tool that renders it: `Kustomize`, `Helm` or `Directory`."""

    manifests: tuple[Object, ...]
    revision: str
    tool: str


def sources_of(application: Object) -> list[Object]:
    """`spec.sources` takes precedence over `spec.source` (types.go, `ApplicationSpec.GetSources`)."""
    spec = application["spec"]
    return [*(spec.get("sources") or ())] or ([spec["source"]] if "source" in spec else [])


def render(world: World, namespace: str, source: Object) -> Rendered:
    """Raises `SourceError`."""
    files = files_of(world, namespace, source.get("repoURL"), source.get("path"))
    if files is None:
        raise SourceError(
            "Failed to load target state: failed to generate manifest for source 1 of 1: "
            f"{source.get('path')}: app path does not exist"
        )
    revision = revision_of(files)
    try:
        if "Chart.yaml" in files:
            return Rendered(manifests=_templated(files, source.get("helm") or {}), revision=revision, tool="Helm")
        if "kustomization.yaml" in files:
            images = _images(yaml.safe_load(files["kustomization.yaml"]) or {}, source.get("kustomize") or {})
            found = tuple(with_images(each, images) for each in manifests(files) if each["kind"] != "Kustomization")
            return Rendered(manifests=found, revision=revision, tool="Kustomize")
        return Rendered(manifests=manifests(files), revision=revision, tool="Directory")
    except yaml.YAMLError as error:
        raise SourceError(f"Failed to load target state: failed to generate manifest: {error}") from None


def _images(kustomization: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Argo CD runs `kustomize edit set image` with each of its own (util/kustomize/kustomize.go).

    That replaces what the kustomization has for the name (kubernetes-sigs/kustomize
    kustomize/commands/edit/set/setimage.go), and of several for a name the last wins.
    """
    return with_entries(kustomization.get("images") or (), map(kustomize_entry, override.get("images") or ()))


def kustomize_entry(text: str) -> dict[str, str]:
    """`NAME=NEW:TAG@DIGEST`, or without `NAME=`: then the name is that of the new image."""
    name, equals, new = text.partition("=")
    repository, tag, digest = split(new if equals else text)
    entry = {"name": name if equals else repository, "newName": repository, "newTag": tag, "digest": digest}
    return {key: value for key, value in entry.items() if value}


def _templated(files: Mapping[str, str], helm: Mapping[str, Any]) -> tuple[Object, ...]:
    """Parameters beat `valuesObject`, that beats `values`, and these the chart's (user-guide/helm.md, "precedence")."""
    values: dict[str, Any] = yaml.safe_load(files.get("values.yaml", "")) or {}
    values = merged(values, helm.get("valuesObject") or yaml.safe_load(helm.get("values") or "") or {})
    for parameter in helm.get("parameters") or ():
        set_value(values, parameter["name"], parameter.get("value", ""))
    templates = {name: text for name, text in files.items() if name not in {"Chart.yaml", "values.yaml"}}
    return manifests({name: rendered(text, values) for name, text in templates.items()})
