"""What an apply would change: two manifests → the fields that differ.

Pure. It compares as a server-side apply of ours would merge: fields that the server or others have and we do not send
are no difference, lists with known keys are compared item by item, and a field that only `stagecoach` owns in the live
object and the desired one leaves out is a removal. Order is that of the desired object.
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

# What the server writes into parts that are applied as a whole, where the request leaves it out. Only with this value
# is a field that we do not send no difference there.
_DEFAULTS_INSIDE_WHOLES: dict[str, tuple[Any, ...]] = {
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
    """The fields of `live` that an apply of `desired` would change; all of `desired` where there is no live object.

    `apiVersion` and `kind` are not compared: both are the same object in whatever version it is read.
    """
    if live is None:
        return tuple(_added(desired))
    table = merge_table(desired.kind)
    changes: list[Change] = []
    for key, wanted in desired.body.items():
        if key == "metadata":
            changes += _compare_metadata(live.body.get("metadata") or {}, wanted or {})
        elif key not in {"apiVersion", "kind", "status"}:
            changes += _compare(live.body.get(key, MISSING), wanted, key, key, table)
    return (*changes, *_taken_back(live, desired, changes))


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


def _compare_metadata(live: dict[str, Any], wanted: dict[str, Any]) -> Iterator[Change]:
    for field in ("labels", "annotations"):
        there = live.get(field) or {}
        for name, text in (wanted.get(field) or {}).items():
            yield from _compare_leaf(there.get(name, MISSING), text, below(f"metadata.{field}", name))


def _compare(live: Any, wanted: Any, path: str, pattern: str, table: MergeTable) -> Iterator[Change]:
    if live is MISSING or live is None:
        if not _means_nothing(wanted, pattern):
            yield Change(path=path, kind=ChangeKind.ADDED, after=wanted)
    elif isinstance(wanted, dict) and isinstance(live, dict) and pattern not in table.atomic:
        for key, value in wanted.items():
            yield from _compare(live.get(key, MISSING), value, below(path, key), f"{pattern}.{key}", table)
    elif isinstance(wanted, list) and isinstance(live, list):
        yield from _compare_lists(live, wanted, path, pattern, table)
    elif isinstance(wanted, dict) and isinstance(live, dict):
        if not _same_whole(live, wanted):
            yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=wanted)
    else:
        yield from _compare_leaf(live, wanted, path)


# The server keeps these apart from "not set"; any other empty object, and any other false, it forgets.
_MEANT_WHEN_EMPTY = frozenset({"emptyDir", "podSelector", "namespaceSelector", "selector", "labelSelector", "spec"})
_FORGOTTEN_WHEN_FALSE = frozenset(
    {"hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty", "paused", "readOnly", "publishNotReadyAddresses"}
)


# The same of zeros and of empty texts; the others are kept, or mean something else than "not set".
_FORGOTTEN_WHEN_ZERO = frozenset(
    {"initialDelaySeconds", "minReadySeconds", "nodePort", "hostPort", "healthCheckNodePort"}
)
_FORGOTTEN_WHEN_EMPTY = ("env[].value", "envFrom[].prefix", "volumeMounts[].subPath", "containers[].workingDir")


def _means_nothing(wanted: Any, pattern: str) -> bool:
    """Whether an API server stores nothing at all for this value."""
    name = pattern.rpartition(".")[2]
    return (
        wanted is None
        or (wanted == "" and pattern.endswith(_FORGOTTEN_WHEN_EMPTY))
        or (wanted == 0 and wanted is not False and name in _FORGOTTEN_WHEN_ZERO)
        or wanted == []
        or (wanted == {} and name not in _MEANT_WHEN_EMPTY)
        or (wanted is False and name in _FORGOTTEN_WHEN_FALSE)
    )


def _compare_leaf(live: Any, wanted: Any, path: str) -> Iterator[Change]:
    if live is MISSING:
        yield Change(path=path, kind=ChangeKind.ADDED, after=wanted)
    elif live != wanted and not _same_quantity(live, wanted, path):
        yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=wanted)


def _same_quantity(live: Any, wanted: Any, path: str) -> bool:
    steps = path.replace("[", ".").replace("]", "").split(".")
    is_quantity = steps[-1] in _QUANTITY_FIELDS or any(step in _QUANTITY_MAPS for step in steps[-3:-1])
    return is_quantity and same_amount(live, wanted)


def _compare_lists(live: list[Any], wanted: list[Any], path: str, pattern: str, table: MergeTable) -> Iterator[Change]:
    keys = table.keys.get(pattern)
    if keys is not None and not repeated_keys(wanted, keys) and not repeated_keys(live, keys):
        there = {_identity(item, keys): item for item in live}
        for item in wanted:
            identity = _identity(item, keys)
            item_path = f"{path}[{','.join(str(part) for part in _shown(identity))}]"
            yield from _compare(there.get(identity, MISSING), item, item_path, pattern + ITEMS, table)
    elif pattern in table.sets:
        missing = [item for item in wanted if item not in live]
        if missing:
            yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=[*live, *missing])
    elif not _same_whole(live, wanted):
        yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=wanted)


def _shown(identity: tuple[Any, ...]) -> tuple[Any, ...]:
    """A protocol of TCP goes without saying."""
    return identity[:-1] if len(identity) > 1 and identity[-1] == "TCP" else identity


def _identity(item: Any, keys: tuple[str, ...]) -> tuple[Any, ...]:
    if not isinstance(item, dict):
        return (_comparable(item),)
    return tuple(_comparable(item.get(key, "TCP" if key == "protocol" else None)) for key in keys)


def _comparable(value: Any) -> Any:
    """A key is a word or a number; what is neither is told apart by its text."""
    return value if isinstance(value, str | int | float | None) else repr(value)


def repeated_keys(items: list[Any], keys: tuple[str, ...]) -> tuple[tuple[Any, ...], ...]:
    """The identities that more than one item of a list has; server-side apply refuses such a list."""
    identities = [_identity(item, keys) for item in items]
    return tuple(dict.fromkeys(identity for identity in identities if identities.count(identity) > 1))


def _same_whole(live: Any, wanted: Any) -> bool:
    """Whether two values of something that is applied as a whole are the same, but for what the server defaults."""
    if isinstance(live, dict) and isinstance(wanted, dict):
        return all(
            _same_whole(live[key], wanted[key]) if key in live and key in wanted else _absent_is_same(key, live, wanted)
            for key in {*live, *wanted}
        )
    if isinstance(live, list) and isinstance(wanted, list):
        return len(live) == len(wanted) and all(map(_same_whole, live, wanted))
    return bool(live == wanted) or (isinstance(live, str) and isinstance(wanted, str) and _equal_amounts(live, wanted))


def _equal_amounts(live: str, wanted: str) -> bool:
    return live[:1].isdigit() and wanted[:1].isdigit() and same_amount(live, wanted)


def _absent_is_same(key: str, live: dict[str, Any], wanted: dict[str, Any]) -> bool:
    value = live[key] if key in live else wanted[key]
    return value is None or value in _DEFAULTS_INSIDE_WHOLES.get(key, ())


def _taken_back(live: Manifest, desired: Manifest, changes: list[Change]) -> Iterator[Change]:
    """Fields that only our applies own and that `desired` leaves out: the server removes them."""
    owners = field_owners(live)
    removed: list[FieldPath] = []
    told = tuple(change.path for change in changes)
    for path in sorted(owners.only_of(FIELD_MANAGER), key=len):
        if lookup(desired.body, path) is not MISSING or any(path[: len(upper)] == upper for upper in removed):
            continue
        before, text = lookup(live.body, path), readable(path)
        if before is MISSING or owners.shared_below(path, FIELD_MANAGER) or _is_told(text, told):
            continue
        removed.append(path)
        yield Change(path=text, kind=ChangeKind.REMOVED, before=before)


def _is_told(path: str, told: tuple[str, ...]) -> bool:
    """Whether a change that is told already is of this field or of something that it is in."""
    return any(path == upper or path.startswith((upper + ".", upper + "[")) for upper in told)
