"""What a release renders: its objects with their images, and how two renders differ. Pure.

The objects may be Secrets, so nothing of them is told but kinds, names, and images.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.images import ContainerKey, container_key
from domain.resources import Manifest
from services.planning.helm.records import Revision
from services.planning.objects.declared_images import containers_of, leave_images_out
from services.planning.objects.helm_records import LOADER, MOST_TEXT
from services.planning.objects.workloads import Container

_UPGRADES = frozenset({"pre-upgrade", "post-upgrade"})


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The objects that an upgrade applies, and those of its hooks. `declared` says where custom ones name images."""

    objects: Mapping[str, Manifest] = field(repr=False)
    hooks: Mapping[str, Manifest] = field(repr=False)
    declared: DeclaredKinds = field(default=NONE_DECLARED, repr=False)

    @cached_property
    def images(self) -> Mapping[ContainerKey, str]:
        """The images of the workloads, those of declared kinds among them."""
        return {
            container_key(each.id, container.name): container.image
            for each in self.objects.values()
            for container in self.containers(each)
        }

    def containers(self, manifest: Manifest) -> tuple[Container, ...]:
        return containers_of(manifest, self.declared.of(manifest.kind))


def rendered(revision: Revision, declared: DeclaredKinds = NONE_DECLARED) -> Rendered:
    """Raises `ValueError` where it cannot be read."""
    hooks = (each.manifest for each in revision.hooks if _UPGRADES & set(each.events))
    return Rendered(
        objects=dict(_objects(revision.manifest)),
        hooks=dict(pair for each in hooks for pair in _objects(each)),
        declared=declared,
    )


def other_changes(before: Rendered, after: Rendered, brought: Iterable[ContainerKey]) -> tuple[str, ...]:
    """Sentences about all that differs but the images of `brought`."""
    wanted = frozenset(brought)
    return (
        *(
            f"{_label(key)} gets {after.images[key]} in place of {image}."
            for key, image in before.images.items()
            if key not in wanted and after.images.get(key, image) != image
        ),
        *(
            f"{name} changes, too."
            for name, manifest in before.objects.items()
            if name in after.objects
            and _without_images(before, manifest) != _without_images(after, after.objects[name])
        ),
    )


def hooks_that_run(after: Rendered) -> tuple[str, ...]:
    """Sentences about the hooks, which run whatever an upgrade changes."""
    return tuple(
        f"{name} runs as a hook of the upgrade{_with_images(after, manifest)}."
        for name, manifest in after.hooks.items()
    )


def undone_beside(
    after: Rendered, live: Iterable[tuple[ContainerKey, str]], brought: Iterable[ContainerKey]
) -> tuple[str, ...]:
    """Sentences about images that others have written into the release's workloads: an upgrade takes them back."""
    wanted = frozenset(brought)
    return tuple(
        f"{kind} {name}, container {container}, runs {image} and gets the {after.images[key]} of the release back."
        for key, image in live
        if key not in wanted and after.images.get(key, image) != image
        for _, kind, name, container in (key,)
    )


def has_same_objects(before: Rendered, after: Rendered) -> bool:
    """Whether nothing is created or deleted."""
    return before.objects.keys() == after.objects.keys() and before.hooks.keys() == after.hooks.keys()


def has_valid_labels(after: Rendered) -> bool:
    """Whether no label holds a digest or what else no label may: charts label objects by their tag."""
    return all(
        not set("@:/+ ") & set(value) and len(value) <= _LONGEST_LABEL
        for manifest in (*after.objects.values(), *after.hooks.values())
        for labels in _all_labels(manifest.body)
        for value in map(str, labels.values())
    )


_LONGEST_LABEL = 63


def _objects(text: str) -> Iterator[tuple[str, Manifest]]:
    if len(text) > MOST_TEXT:
        raise ValueError("The manifest is too long.")
    try:
        documents = list(yaml.load_all(text, Loader=LOADER))
    except yaml.YAMLError:
        raise ValueError("The manifest is no YAML.") from None
    for body in documents:
        if isinstance(body, dict):
            manifest = Manifest(body)
            where = f" in namespace {manifest.namespace}" if manifest.namespace else ""
            yield f"{manifest.id.label}{where}", manifest


def _without_images(render: Rendered, manifest: Manifest) -> Any:
    body = manifest.edited()
    declaration = render.declared.of(manifest.kind)
    if declaration is not None:
        leave_images_out(body, declaration)
        return body
    for container in render.containers(Manifest(body)):
        container.body.pop("image", None)  # type: ignore[attr-defined]  # of the copy
    return body


def _with_images(render: Rendered, manifest: Manifest) -> str:
    images = dict.fromkeys(container.image for container in render.containers(manifest))
    return f" with {', '.join(images)}" if images else ""


def _label(key: ContainerKey) -> str:
    _, kind, name, container = key
    return f"{kind} {name}, container {container},"


def _all_labels(value: Any) -> Iterator[Mapping[str, Any]]:
    """The labels of an object and of the templates in it."""
    if isinstance(value, dict):
        metadata = value.get("metadata")
        if isinstance(metadata, dict) and isinstance(metadata.get("labels"), dict):
            yield metadata["labels"]
        for each in value.values():
            yield from _all_labels(each)
