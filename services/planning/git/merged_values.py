"""What an object of a file becomes where another one is applied to it, by the rules of a server-side apply. Pure.

Members that the applied object does not have stay, and so do items of lists that merge by keys: they are the file's
own.
"""

from typing import Any

from domain.resources import Manifest
from services.planning.objects.list_items import common_order, identity, repeated_keys
from services.planning.objects.merge_keys import MergeTable, merge_table
from services.planning.objects.paths import ITEMS
from services.planning.objects.stored_values import same_leaf


def merged(filed: Manifest, desired: Manifest) -> dict[str, Any]:
    """The body of the filed object with what the desired one says; both are one object, of one kind."""
    applied = {key: value for key, value in desired.body.items() if key not in {"apiVersion", "status"}}
    body: dict[str, Any] = _merged(filed.body, applied, "", merge_table(desired.kind))
    return body


def _merged(there: Any, desired: Any, pattern: str, table: MergeTable) -> Any:
    if isinstance(there, dict) and isinstance(desired, dict) and pattern not in table.atomic:
        prefix = f"{pattern}." if pattern else ""
        added = {
            key: _merged(there[key], value, prefix + key, table) if key in there else value
            for key, value in desired.items()
        }
        return {**there, **added}
    if isinstance(there, list) and isinstance(desired, list):
        return _merged_lists(there, desired, pattern, table)
    return there if same_leaf(there, desired, pattern) else desired


def _merged_lists(there: list[Any], desired: list[Any], pattern: str, table: MergeTable) -> list[Any]:
    keys = table.keys.get(pattern)
    if pattern in table.sets:
        return [*there, *(item for item in desired if item not in there)]
    if keys is None or repeated_keys(there, keys) or repeated_keys(desired, keys):
        return desired
    known = {identity(item, keys): item for item in there}
    wanted = {
        which: _merged(known[which], item, pattern + ITEMS, table) if which in known else item
        for which, item in ((identity(item, keys), item) for item in desired)
    }
    before, after = common_order(there, desired, keys)
    if before != after and pattern in table.ordered:
        return [*wanted.values(), *(item for which, item in known.items() if which not in wanted)]
    return [*(wanted.pop(which, item) for which, item in known.items()), *wanted.values()]
