"""The fields that a server-side apply of a desired object would change in the live one.

Pure. It follows the merge rules of server-side apply (Kubernetes docs, "Server-Side Apply"): a live field that the
desired object does not set is no difference; lists with keys are compared item by item, and by their order where it
means something; a live field that only `stagecoach` owns and that the desired object omits is a removal. Changes come
in the order of the desired object.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from domain.cluster_api import FIELD_MANAGER
from domain.resources import Manifest
from services.planning.objects.carried_over import is_carried_over
from services.planning.objects.field_ownership import MISSING, FieldPath, Fields, field_owners, readable
from services.planning.objects.list_items import common_order, identity, repeated_keys, shown_keys
from services.planning.objects.merge_keys import MergeTable, merge_table
from services.planning.objects.owned_structure import rules_of_owners
from services.planning.objects.paths import ITEMS, below
from services.planning.objects.stored_values import is_not_stored, same_atomic, same_json, same_leaf, with_filled_limits
from services.planning.plan import Change, ChangeKind


def diff(live: Manifest | None, desired: Manifest) -> tuple[Change, ...]:
    """The fields of `live` that an apply of `desired` would change; every field of `desired` where `live` is None.

    `apiVersion` and `kind` are not compared: the same object can be read in several versions.
    """
    if live is None:
        return tuple(_added(desired))
    table = rules_of_owners(live) if merge_table(desired.kind).exact else merge_table(desired.kind)
    changes: list[Change] = []
    for key, value in with_filled_limits(desired.kind, desired.body).items():
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
    if live is MISSING or (live is None and not table.exact):
        if table.exact or not is_not_stored(desired, pattern):
            yield Change(path=path, kind=ChangeKind.ADDED, after=desired)
    elif isinstance(desired, dict) and isinstance(live, dict) and not _is_replaced(desired, pattern, table):
        for key, value in desired.items():
            yield from _compare(live.get(key, MISSING), value, below(path, key), f"{pattern}.{key}", table)
    elif isinstance(desired, list) and isinstance(live, list):
        yield from _compare_lists(live, desired, path, pattern, table)
    elif not _is_same(live, desired, path, table):
        yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=desired)


def _is_replaced(desired: dict[str, Any], pattern: str, table: MergeTable) -> bool:
    """Whether a map is replaced as a whole. An empty one of a custom resource may have been filled in by defaults."""
    return pattern in table.atomic and (bool(desired) or not table.exact)


def _is_same(live: Any, desired: Any, path: str, table: MergeTable) -> bool:
    if table.exact:
        return same_json(live, desired)
    if isinstance(live, dict | list):
        return type(live) is type(desired) and same_atomic(live, desired)
    return same_leaf(live, desired, path)


def _compare_leaf(live: Any, desired: Any, path: str) -> Iterator[Change]:
    if live is MISSING:
        yield Change(path=path, kind=ChangeKind.ADDED, after=desired)
    elif not same_leaf(live, desired, path):
        yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=desired)


def _compare_lists(live: list[Any], desired: list[Any], path: str, pattern: str, table: MergeTable) -> Iterator[Change]:
    keys = table.keys.get(pattern)
    if keys is not None and not repeated_keys(desired, keys) and not repeated_keys(live, keys):
        live_items = {identity(item, keys): item for item in live}
        for item in desired:
            which = identity(item, keys)
            yield from _compare(live_items.get(which, MISSING), item, path + shown_keys(which), pattern + ITEMS, table)
        if pattern in table.ordered:
            yield from _compare_order(live, desired, path, keys)
    elif pattern in table.sets:
        missing = [item for item in desired if item not in live]
        if missing:
            yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=[*live, *missing])
    elif not _is_same(live, desired, path, table):
        yield Change(path=path, kind=ChangeKind.CHANGED, before=live, after=desired)


def _compare_order(live: list[Any], desired: list[Any], path: str, keys: tuple[str, ...]) -> Iterator[Change]:
    """The order of the items that are in both; a change shows it by their names."""
    before, after = common_order(live, desired, keys)
    if before != after:
        yield Change(
            path=path,
            kind=ChangeKind.CHANGED,
            before=[shown_keys(which)[1:-1] for which in before],
            after=[shown_keys(which)[1:-1] for which in after],
            only_order=True,
        )


def _removed(live: Manifest, desired: Manifest, changes: list[Change]) -> Iterator[Change]:
    """Fields that only we own and that `desired` omits: server-side apply removes them."""
    owners = field_owners(live)
    yield from _omitted(
        live,
        desired,
        owners.only_of(FIELD_MANAGER),
        changes,
        stays=lambda path: owners.shared_below(path, FIELD_MANAGER),
    )


def removed_by_replace(live: Manifest, desired: Manifest, changes: tuple[Change, ...]) -> Iterator[Change]:
    """Fields of other managers that `desired` omits: a replacement drops them beside the `changes` of an apply.

    Labels, annotations, owners and finalizers of others are kept (`services.execution.copying`).
    """
    owned = [path for path in field_owners(live).managers if path[0] not in {"f:metadata", "f:status"}]
    yield from _omitted(live, desired, owned, changes, stays=lambda _: False)


def _omitted(
    live: Manifest,
    desired: Manifest,
    owned: Iterable[FieldPath],
    changes: Iterable[Change],
    *,
    stays: Callable[[FieldPath], bool],
) -> Iterator[Change]:
    """The removal of each of the `owned` fields that only `live` has, without fields inside of removed ones."""
    removed: list[FieldPath] = []
    reported = tuple(change.path for change in changes if not change.only_order)
    wanted, present = Fields(desired.body), Fields(live.body)
    for path in sorted(owned, key=len):
        if wanted.at(path) is not MISSING or any(path[: len(upper)] == upper for upper in removed):
            continue
        before, text = present.at(path), readable(path)
        if before is MISSING or stays(path) or _is_reported(text, reported) or is_carried_over(path, desired):
            continue
        removed.append(path)
        yield Change(path=text, kind=ChangeKind.REMOVED, before=before)


def nulls_a_value(live: Manifest | None, desired: Manifest) -> bool:
    """Whether null is to replace an object or a list: an apply keeps the live one (structured-merge-diff, `doMap`)."""
    return live is not None and merge_table(desired.kind).exact and _nulls(live.body, desired.body)


def _nulls(live: Any, desired: Any) -> bool:
    if isinstance(live, dict) and isinstance(desired, dict):
        return any(_nulls(live[key], value) for key, value in desired.items() if key in live)
    return desired is None and isinstance(live, dict | list) and bool(live)


def _is_reported(path: str, reported: tuple[str, ...]) -> bool:
    """Whether a reported change covers this field or a field that contains it."""
    return any(path == upper or path.startswith((upper + ".", upper + "[")) for upper in reported)
