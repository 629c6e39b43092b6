"""The fields that a server-side apply of a desired object would change in the live one.

Pure. It follows the merge rules of server-side apply (Kubernetes docs, "Server-Side Apply"): a live field that the
desired object does not set is no difference; lists with keys are compared item by item; a live field that only
`stagecoach` owns and that the desired object omits is a removal. Changes come in the order of the desired object.
"""

from collections.abc import Iterator
from typing import Any

from domain.cluster_api import FIELD_MANAGER
from domain.resources import Manifest
from services.planning.objects.field_ownership import MISSING, FieldPath, field_owners, lookup, readable
from services.planning.objects.merge_keys import MergeTable, merge_table
from services.planning.objects.paths import ITEMS, below
from services.planning.objects.quantities import same_amount
from services.planning.plan import Change, ChangeKind

# The defaults that a server writes into atomic lists and maps (`SetDefaults_*` in pkg/apis/*/v1/defaults.go). A field
# that an apply omits there is no difference if it has this value.
_DEFAULTS_INSIDE_ATOMIC: dict[str, tuple[Any, ...]] = {
    "protocol": ("TCP",),
    "apiVersion": ("v1",),
    "divisor": ("0", 0),
    "defaultMode": (420,),
    "volumeMode": ("Filesystem",),
    "kind": ("PersistentVolumeClaim",),
    "pathType": ("ImplementationSpecific",),
    "expirationSeconds": (3600,),
    "apiGroup": ("", "rbac.authorization.k8s.io"),
    "group": ("",),
    "weight": (1,),
    "effect": ("",),
    "operator": ("Equal",),
    "status": ({"phase": "Pending"}, {}),
    "creationTimestamp": (None,),
}

_QUANTITY_MAPS = ("requests", "limits", "hard", "capacity", "default", "defaultRequest", "max", "min")
_QUANTITY_FIELDS = ("sizeLimit", "averageValue", "divisor")


def diff(live: Manifest | None, desired: Manifest) -> tuple[Change, ...]:
    """The fields of `live` that an apply of `desired` would change; every field of `desired` where `live` is None.

    `apiVersion` and `kind` are not compared: the same object can be read in several versions.
    """
    if live is None:
        return tuple(_added(desired))
    table = merge_table(desired.kind)
    changes: list[Change] = []
    for key, value in desired.body.items():
        if key == "metadata":
            changes += _compare_metadata(live.body.get("metadata") or {}, value or {})
        elif key not in {"apiVersion", "kind", "status"}:
            changes += _compare(live.body.get(key, MISSING), value, key, key, table)
    return (*changes, *_removed(live, desired, changes))


def _added(desired: Manifest) -> Iterator[Change]:
    for key, value in desired.body.items():
        if key == "metadata":
            for field in ("labels", "annotations"):
                for name, text in (value.get(field) or {}).items():
                    yield Change(path=below(f"metadata.{field}", name), kind=ChangeKind.ADDED, after=text)
        elif key in {"data", "binaryData"} and isinstance(value, dict):
            for name, text in value.items():
                yield Change(path=below(key, name), kind=ChangeKind.ADDED, after=text)
        elif key not in {"apiVersion", "kind", "status"}:
            yield Change(path=key, kind=ChangeKind.ADDED, after=value)


def _compare_metadata(live: dict[str, Any], desired: dict[str, Any]) -> Iterator[Change]:
    for field in ("labels", "annotations"):
        present = live.get(field) or {}
        for name, text in (desired.get(field) or {}).items():
            yield from _compare_leaf(present.get(name, MISSING), text, below(f"metadata.{field}", name))


def _compare(live: Any, desired: Any, path: str, pattern: str, table: MergeTable) -> Iterator[Change]:
    if live is MISSING or live is None:
        if not _is_not_stored(desired, pattern):
            yield Change(path=path, kind=ChangeKind.ADDED, after=desired)
    elif isinstance(desired, dict) and isinstance(live, dict) and pattern not in table.atomic:
        for key, value in desired.items():
            yield from _compare(live.get(key, MISSING), value, below(path, key), f"{pattern}.{key}", table)
    elif isinstance(desired, list) and isinstance(live, list):
        yield from _compare_lists(live, desired, path, pattern, table)
    elif isinstance(desired, dict) and isinstance(live, dict):
        if not _same_atomic(live, desired):
            yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=desired)
    else:
        yield from _compare_leaf(live, desired, path)


# For these fields the server distinguishes "empty" from "not set"; it drops any other empty object.
_KEPT_WHEN_EMPTY = frozenset({"emptyDir", "podSelector", "namespaceSelector", "selector", "labelSelector", "spec"})
# The zero values that `omitempty` drops on the way to storage (core/v1 types.go): the server then reads "not set".
_DROPPED_WHEN_FALSE = frozenset(
    {"hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "paused", "readOnly", "publishNotReadyAddresses"}
)
_DROPPED_WHEN_ZERO = frozenset(
    {"initialDelaySeconds", "minReadySeconds", "nodePort", "hostPort", "healthCheckNodePort"}
)
_DROPPED_WHEN_EMPTY = ("env[].value", "envFrom[].prefix", "volumeMounts[].subPath", "containers[].workingDir")


def _is_not_stored(desired: Any, pattern: str) -> bool:
    """Whether an API server stores nothing for this value."""
    name = pattern.rpartition(".")[2]
    return (
        desired is None
        or (desired == "" and pattern.endswith(_DROPPED_WHEN_EMPTY))
        or (desired == 0 and desired is not False and name in _DROPPED_WHEN_ZERO)
        or desired == []
        or (desired == {} and name not in _KEPT_WHEN_EMPTY)
        or (desired is False and name in _DROPPED_WHEN_FALSE)
    )


def _compare_leaf(live: Any, desired: Any, path: str) -> Iterator[Change]:
    if live is MISSING:
        yield Change(path=path, kind=ChangeKind.ADDED, after=desired)
    elif live != desired and not _same_quantity(live, desired, path):
        yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=desired)


def _same_quantity(live: Any, desired: Any, path: str) -> bool:
    steps = path.replace("[", ".").replace("]", "").split(".")
    is_quantity = steps[-1] in _QUANTITY_FIELDS or any(step in _QUANTITY_MAPS for step in steps[-3:-1])
    return is_quantity and same_amount(live, desired)


def _compare_lists(live: list[Any], desired: list[Any], path: str, pattern: str, table: MergeTable) -> Iterator[Change]:
    keys = table.keys.get(pattern)
    if keys is not None and not repeated_keys(desired, keys) and not repeated_keys(live, keys):
        live_items = {_identity(item, keys): item for item in live}
        for item in desired:
            identity = _identity(item, keys)
            item_path = f"{path}[{','.join(str(part) for part in _shown(identity))}]"
            yield from _compare(live_items.get(identity, MISSING), item, item_path, pattern + ITEMS, table)
    elif pattern in table.sets:
        missing = [item for item in desired if item not in live]
        if missing:
            yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=[*live, *missing])
    elif not _same_atomic(live, desired):
        yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=desired)


def _shown(identity: tuple[Any, ...]) -> tuple[Any, ...]:
    """The identity as a path shows it: the default protocol, TCP, is left out."""
    return identity[:-1] if len(identity) > 1 and identity[-1] == "TCP" else identity


def _identity(item: Any, keys: tuple[str, ...]) -> tuple[Any, ...]:
    if not isinstance(item, dict):
        return (_comparable(item),)
    return tuple(_comparable(item.get(key, "TCP" if key == "protocol" else None)) for key in keys)


def _comparable(value: Any) -> Any:
    """A key is a string or a number; any other value is compared by its text."""
    return value if isinstance(value, str | int | float | None) else repr(value)


def repeated_keys(items: list[Any], keys: tuple[str, ...]) -> tuple[tuple[Any, ...], ...]:
    """The identities that several items of a list share; server-side apply rejects such a list."""
    identities = [_identity(item, keys) for item in items]
    return tuple(dict.fromkeys(identity for identity in identities if identities.count(identity) > 1))


def _same_atomic(live: Any, desired: Any) -> bool:
    """Whether two atomic values are the same, apart from the fields that the server defaults."""
    if isinstance(live, dict) and isinstance(desired, dict):
        return all(
            _same_atomic(live[key], desired[key])
            if key in live and key in desired
            else _absent_is_same(key, live, desired)
            for key in {*live, *desired}
        )
    if isinstance(live, list) and isinstance(desired, list):
        return len(live) == len(desired) and all(map(_same_atomic, live, desired))
    return bool(live == desired) or (
        isinstance(live, str) and isinstance(desired, str) and _equal_amounts(live, desired)
    )


def _equal_amounts(live: str, desired: str) -> bool:
    return live[:1].isdigit() and desired[:1].isdigit() and same_amount(live, desired)


def _absent_is_same(key: str, live: dict[str, Any], desired: dict[str, Any]) -> bool:
    value = live[key] if key in live else desired[key]
    return value is None or value in _DEFAULTS_INSIDE_ATOMIC.get(key, ())


def _removed(live: Manifest, desired: Manifest, changes: list[Change]) -> Iterator[Change]:
    """Fields that only our applies own and that `desired` omits: server-side apply removes them."""
    owners = field_owners(live)
    removed: list[FieldPath] = []
    reported = tuple(change.path for change in changes)
    for path in sorted(owners.only_of(FIELD_MANAGER), key=len):
        if lookup(desired.body, path) is not MISSING or any(path[: len(upper)] == upper for upper in removed):
            continue
        before, text = lookup(live.body, path), readable(path)
        if before is MISSING or owners.shared_below(path, FIELD_MANAGER) or _is_reported(text, reported):
            continue
        removed.append(path)
        yield Change(path=text, kind=ChangeKind.REMOVED, before=before)


def _is_reported(path: str, reported: tuple[str, ...]) -> bool:
    """Whether a reported change covers this field or a field that contains it."""
    return any(path == upper or path.startswith((upper + ".", upper + "[")) for upper in reported)
