"""Leave out the annotations and labels that a request names. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.resources import Manifest
from services.planning.objects.workloads import pod_template, template_path
from services.planning.tools.table import matches


def without_names(manifest: Manifest, names: Iterable[str]) -> Manifest:
    """The object without annotations and labels of these names, and without such annotations of its pod template.

    Labels of pods stay: selectors name them.
    """
    patterns = tuple(names)
    if not any(_matched(manifest, patterns)):
        return manifest
    copied = Manifest(manifest.edited())
    for holder in _holders(copied):
        for name in [name for name in holder if any(matches(pattern, name) for pattern in patterns)]:
            del holder[name]
    return copied


def unmatched_names(manifests: Iterable[Manifest], names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that no object has."""
    patterns = tuple(names)
    matched = {pattern for manifest in manifests for pattern in _matched(manifest, patterns)} if patterns else set()
    return tuple(pattern for pattern in patterns if pattern not in matched)


def _matched(manifest: Manifest, patterns: tuple[str, ...]) -> Iterator[str]:
    if not patterns:
        return
    for holder in _holders(manifest):
        yield from (pattern for pattern in patterns for name in holder if matches(pattern, name))


def _holders(manifest: Manifest) -> Iterator[dict[str, Any]]:
    metadata = manifest.body.get("metadata") or {}
    found = [metadata.get("annotations"), metadata.get("labels")]
    if template_path(manifest.kind):  # a Pod is its own template
        template = (pod_template(manifest) or {}).get("metadata") or {}
        found.append(template.get("annotations"))
    yield from (holder for holder in found if isinstance(holder, dict))
