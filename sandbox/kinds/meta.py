"""Validates `metadata`, the same in every kind, and selectors."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import duplicate, forbidden, invalid, required, too_long
from sandbox.resources import Resource
from sandbox.store import Object

ANNOTATIONS_LIMIT = 256 * 1024
STANDARD_FINALIZERS = frozenset({"foregroundDeletion", "kubernetes", "orphan"})


def validate_metadata(obj: Object, *, name: Callable[[str], str], resource: Resource) -> Iterator[Cause]:
    """Name, labels, annotations, finalizers and owners."""
    field = "metadata"
    metadata: dict[str, Any] = obj.get("metadata") or {}
    prefix = metadata.get("generateName")
    if prefix and (problem := name(prefix.rstrip("-.") or prefix)):  # what is put behind it makes it a name
        yield invalid(f"{field}.generateName", prefix, problem)
    if not metadata.get("name"):
        yield required(f"{field}.name", "name or generateName is required")
    elif problem := name(metadata["name"]):
        yield invalid(f"{field}.name", metadata["name"], problem)
    if resource.namespaced and not metadata.get("namespace"):
        yield required(f"{field}.namespace")
    yield from validate_labels(metadata.get("labels"), f"{field}.labels")
    yield from validate_annotations(metadata.get("annotations"), f"{field}.annotations")
    for index, finalizer in enumerate(metadata.get("finalizers") or ()):
        if problem := formats.qualified_name(finalizer):
            yield invalid(f"{field}.finalizers", finalizer, problem)
        elif "/" not in finalizer and finalizer not in STANDARD_FINALIZERS and not resource.custom:
            detail = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid(f"{field}.finalizers[{index}]", finalizer, detail)
    yield from _validate_owners(metadata.get("ownerReferences") or (), f"{field}.ownerReferences")


def validate_labels(labels: Mapping[str, str] | None, field: str) -> Iterator[Cause]:
    for key, value in (labels or {}).items():
        if problem := formats.qualified_name(key):
            yield invalid(field, key, problem)
        if problem := formats.label_value(value):
            yield invalid(field, value, problem)


def validate_annotations(annotations: Mapping[str, str] | None, field: str) -> Iterator[Cause]:
    size = 0
    for key, value in (annotations or {}).items():
        size += len(key) + len(value)
        if problem := formats.qualified_name(key.lower()):
            yield invalid(field, key, problem)
    if size > ANNOTATIONS_LIMIT:
        yield too_long(field, ANNOTATIONS_LIMIT)


def _validate_owners(owners: Any, field: str) -> Iterator[Cause]:
    controllers = 0
    for index, owner in enumerate(owners):
        for part in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(part):
                yield invalid(f"{field}[{index}].{part}", owner.get(part, ""), f"{part} must not be empty")
        controllers += bool(owner.get("controller"))
    if controllers > 1:
        yield invalid(field, owners, "Only one reference can have Controller set to true")


def validate_selector(selector: Mapping[str, Any] | None, field: str) -> Iterator[Cause]:
    """A label selector with `matchLabels` and `matchExpressions`."""
    if selector is None:
        return
    yield from validate_labels(selector.get("matchLabels"), f"{field}.matchLabels")
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        at = f"{field}.matchExpressions[{index}]"
        values = expression.get("values") or ()
        match expression.get("operator"):
            case "In" | "NotIn":
                if not values:
                    yield required(f"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'")
            case "Exists" | "DoesNotExist":
                if values:
                    yield forbidden(
                        f"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                    )
            case other:
                yield invalid(f"{at}.operator", other or "", "not a valid selector operator")
        if problem := formats.qualified_name(expression.get("key", "")):
            yield invalid(f"{at}.key", expression.get("key", ""), problem)


def selector_is_empty(selector: Mapping[str, Any] | None) -> bool:
    return not selector or not (selector.get("matchLabels") or selector.get("matchExpressions"))


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector matches these labels."""
    if any(labels.get(k) != v for k, v in (selector.get("matchLabels") or {}).items()):
        return False
    for expression in selector.get("matchExpressions") or ():
        value, values = labels.get(expression["key"]), expression.get("values") or ()
        match expression["operator"]:
            case "In":
                ok = value is not None and value in values
            case "NotIn":
                ok = value is None or value not in values
            case "Exists":
                ok = value is not None
            case _:
                ok = value is None
        if not ok:
            return False
    return True


def unique_names(items: Any, field: str) -> Iterator[Cause]:
    """Names that occur twice in a list."""
    seen: set[str] = set()
    for index, item in enumerate(items or ()):
        name = item.get("name")
        if name in seen:
            yield duplicate(f"{field}[{index}].name", name)
        elif name:
            seen.add(name)
