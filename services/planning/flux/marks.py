"""A render as the chart has it, without what Flux's post-renderer adds. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from domain.resources import Manifest
from services.planning.helm.rendered import Rendered

# fluxcd/helm-controller internal/postrender/origin_labels.go
_MARKS = frozenset({"helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"})


def without_marks(render: Rendered) -> Rendered:
    return replace(render, objects=_bare(render.objects), hooks=_bare(render.hooks))


def _bare(objects: Mapping[str, Manifest]) -> dict[str, Manifest]:
    return {name: _without(manifest) for name, manifest in objects.items()}


def _without(manifest: Manifest) -> Manifest:
    if not _MARKS & manifest.labels.keys():
        return manifest
    body = manifest.edited()
    labels = {key: value for key, value in body["metadata"]["labels"].items() if key not in _MARKS}
    if labels:
        body["metadata"]["labels"] = labels
    else:
        del body["metadata"]["labels"]
    return Manifest(body)
