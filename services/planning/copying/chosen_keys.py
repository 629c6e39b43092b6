"""An import by key: only chosen keys of a ConfigMap or Secret are brought, and the target's other keys stay. Pure.

A server-side apply removes what its manager applied before and omits now. So what is applied is the chosen keys beside
all that Stagecoach owns in the live object already; what others own is neither changed nor taken over
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.cluster_api import FIELD_MANAGER
from domain.overrides import Overrides
from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.objects.field_ownership import field_owners
from services.planning.objects.paths import below
from services.planning.objects.reference_values import CONFIG_MAP, SECRET

_DATA = ("data", "binaryData")
_METADATA = ("labels", "annotations")


def is_by_key(manifest: Manifest, overrides: Overrides) -> bool:
    """Whether only chosen keys of the object are brought."""
    return manifest.id.group_kind in {CONFIG_MAP, SECRET} and _called(manifest) in overrides.only_keys


def with_chosen_keys(manifest: Manifest, overrides: Overrides) -> Manifest:
    """The source's object with its chosen keys alone; as it is where all are brought."""
    if not is_by_key(manifest, overrides):
        return manifest
    chosen, body = overrides.only_keys[_called(manifest)], manifest.edited()
    for field in _DATA:
        if isinstance(body.get(field), dict):
            body[field] = {key: value for key, value in body[field].items() if key in chosen}
    return Manifest({key: value for key, value in body.items() if key not in _DATA or value})


def beside_live_keys(live: Manifest, desired: Manifest, *, keep: bool) -> Manifest:
    """What is applied to the live object, so that it gets the keys of `desired` and loses none.

    With `keep`, a key that it has already keeps its value.
    """
    body = _owned(live)
    taken = {key for field in _DATA for key in live.body.get(field) or {}} if keep else set[str]()
    for field, other in (_DATA, _DATA[::-1]):
        for key, value in (desired.body.get(field) or {}).items():
            if key not in taken:
                body.setdefault(field, {})[key] = value
                (body.get(other) or {}).pop(key, None)  # a key stands in one of both
    return Manifest({key: value for key, value in body.items() if key not in _DATA or value})


def with_all_keys(live: Manifest, desired: Manifest) -> Manifest:
    """The live object as it has its own keys and those of `desired`."""
    merged = {field: {**(live.body.get(field) or {}), **(desired.body.get(field) or {})} for field in _DATA}
    return Manifest({**live.body, **{field: values for field, values in merged.items() if values}})


def about_chosen_keys(overrides: Overrides, manifests: tuple[Manifest, ...]) -> Iterator[Problem]:
    """A blocking problem for each chosen key that the source lacks."""
    for manifest in manifests:
        if not is_by_key(manifest, overrides):
            continue
        given = _given(overrides, manifest)
        present = {key for field in _DATA for key in manifest.body.get(field) or {}}
        for key in overrides.only_keys[_called(manifest)]:
            if key not in present and given.get(key) is None:
                yield Problem(
                    code="source-missing",
                    severity=Severity.BLOCKS,
                    detail=f"{manifest.id.label} has no key {key} in the source.",
                    resource=manifest.id,
                    field=below("data", key),
                )


def _called(manifest: Manifest) -> str:
    return f"{manifest.kind.name}/{manifest.name}"


def _given(overrides: Overrides, manifest: Manifest) -> Mapping[str, object]:
    """The values that the request itself gives for keys."""
    by_name = overrides.secrets if manifest.id.group_kind == SECRET else overrides.config_maps
    return by_name.get(manifest.name, {})


def _owned(live: Manifest) -> dict[str, Any]:
    """What Stagecoach owns of the live object, as it is now; and what identifies it."""
    ours = {path for path, managers in field_owners(live).managers.items() if FIELD_MANAGER in managers}
    metadata: dict[str, Any] = {"name": live.name}
    body: dict[str, Any] = {key: live.body[key] for key in ("apiVersion", "kind")} | {"metadata": metadata}
    if "type" in live.body:
        body["type"] = live.body["type"]  # it cannot be changed, and an apply needs it
    if ("f:immutable",) in ours and "immutable" in live.body:
        body["immutable"] = live.body["immutable"]
    for holder, fields, above in ((metadata, _METADATA, ("f:metadata",)), (body, _DATA, ())):
        values = live.metadata if above else live.body
        for field in fields:
            kept = {
                key: value
                for key, value in (values.get(field) or {}).items()
                if (*above, f"f:{field}", f"f:{key}") in ours
            }
            if kept:
                holder[field] = kept
    return body
