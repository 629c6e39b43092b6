"""The images that custom resources name in their specifications, found by the names of fields.

Pure. There is no rule for where an operator's resource has its images. In practice the field is called `image`,
`baseImage` or `imageName` (Prometheus, Kafka, CloudNativePG), is a mapping `image` of `repository` and `tag` (Helm's
habit, which operators took over), holds several as `images`, or the operator derives the image from `spec.version`
(Elasticsearch, Prometheus).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domain.image_references import try_parse_image
from domain.resources import Kind, Manifest
from services.planning.objects.built_in import is_built_in
from services.planning.objects.workloads import is_workload

_FIELD = re.compile(r"(?:.*[a-z0-9])?Images?|images?|(?:.*I|i)mage(?:Name|Url|URL|Ref|Reference)")
_PARTS = frozenset({"registry", "repository", "name", "newName", "tag", "newTag", "version", "digest", "sha256"})
# Definitions of Kubernetes' own SIGs, which run nothing.
_RUN_NOTHING = frozenset(
    {"gateway.networking.k8s.io", "policy.networking.k8s.io", "snapshot.storage.k8s.io", "metrics.k8s.io"}
)
_DEEPEST = 40


def may_name_images(kind: Kind) -> bool:
    """Whether objects of this kind are custom resources, or those of an aggregated server."""
    return not is_built_in(kind) and not is_workload(kind) and kind.group not in _RUN_NOTHING


def images_named(manifest: Manifest) -> dict[str, str]:
    """Field path → image, or the part of one, as `spec.image` or `spec.containers[proxy].image`."""
    found = dict(_below(manifest.spec, "spec", 0))
    version = manifest.spec.get("version")
    if isinstance(version, str | int | float) and not isinstance(version, bool):
        found["spec.version"] = str(version)
    return found


def references_named(manifest: Manifest) -> dict[str, str]:
    """Field path → image, with the parts of one put together: `spec.image` for `spec.image.repository` and `.tag`.

    A part that names no repository, as a tag alone, is left out: which image it is of, the operator knows.
    """
    found: dict[str, str] = {}
    parts: dict[str, dict[str, str]] = {}
    for path, value in images_named(manifest).items():
        above, _, name = path.rpartition(".")
        if name in _PARTS and above != "spec":
            parts.setdefault(above, {})[name] = value
        elif path != "spec.version":
            found[path] = value
    for path, each in parts.items():
        repository = each.get("newName") or each.get("repository") or each.get("name")
        if not repository:
            continue
        tag = each.get("newTag") or each.get("tag") or each.get("version")
        digest = each.get("digest") or (f"sha256:{each['sha256']}" if "sha256" in each else None)
        name = f"{each['registry']}/{repository}" if "registry" in each else repository
        reference = f"{name}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"
        if try_parse_image(reference) is not None:
            found[path] = reference
    return found


def only_images(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a specification that names images: `images_named` finds in it what it finds in the whole."""
    cut = _cut(spec, 0)
    found: dict[str, Any] = cut if isinstance(cut, dict) else {}
    version = spec.get("version")
    if isinstance(version, str | int | float) and not isinstance(version, bool):
        found["version"] = version
    return found


def _cut(value: Any, depth: int) -> Any:
    """What names images below a value; None where nothing does."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        pairs = ((key, _cut_member(str(key), each, depth)) for key, each in value.items())
        return {key: each for key, each in pairs if each is not None} or None
    if isinstance(value, list):
        cut = [_cut(each, depth + 1) for each in value]
        last = max((index for index, each in enumerate(cut) if each is not None), default=None)
        if last is None:
            return None
        return [_named(*pair) for pair in zip(value[: last + 1], cut, strict=False)]  # an item's place is its name
    return None


def _cut_member(key: str, value: Any, depth: int) -> Any:
    if not _FIELD.fullmatch(key):
        return _cut(value, depth + 1)
    if isinstance(value, str):
        return value if try_parse_image(value) is not None else None
    if isinstance(value, list) and all(map(_is_spelt_out, value)):
        return value or None
    if isinstance(value, Mapping) and value and all(map(_is_spelt_out, value.values())):
        return dict(value)
    if isinstance(value, Mapping) and _PARTS & set(value):
        parts = {part: value[part] for part in _PARTS & set(value)}
        return {part: each for part, each in parts.items() if isinstance(each, str | int | float)} or None
    return _cut(value, depth + 1)


def _named(item: Any, cut: Any) -> Any:
    if cut is None:
        return {}
    name = item.get("name") if isinstance(item, Mapping) else None
    return {**cut, "name": name} if isinstance(name, str) and isinstance(cut, dict) else cut


def _below(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            inner = f"{path}.{key}"
            if _FIELD.fullmatch(str(key)):
                yield from _image(each, inner, depth)
            else:
                yield from _below(each, inner, depth + 1)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            name = each.get("name") if isinstance(each, Mapping) else None
            yield from _below(each, f"{path}[{name if isinstance(name, str) else index}]", depth + 1)


def _is_spelt_out(value: Any) -> bool:
    """Whether a text is an image beyond doubt: many words could be one."""
    return isinstance(value, str) and ("/" in value or ":" in value) and try_parse_image(value) is not None


def _image(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if try_parse_image(value) is not None:
            yield path, value
    elif isinstance(value, list) and all(map(_is_spelt_out, value)):
        yield from ((f"{path}[{index}]", each) for index, each in enumerate(value))
    elif isinstance(value, Mapping) and value and all(map(_is_spelt_out, value.values())):
        yield from ((f"{path}.{key}", each) for key, each in value.items())
    elif isinstance(value, Mapping) and _PARTS & set(value):
        for part in _PARTS & set(value):
            if isinstance(value[part], str | int | float) and not isinstance(value[part], bool):
                yield f"{path}.{part}", str(value[part])
    else:
        yield from _below(value, path, depth + 1)
