"""The patch types other than apply: JSON patch, merge patch, strategic merge patch.

Pure: a document and a patch in, a new document out. Rules: RFC 6902, RFC 7386, and apimachinery's
`strategicpatch` with its directives (`$patch`, `$retainKeys`, `$deleteFromPrimitiveList`, `$setElementOrder`).
"""

from typing import Any

from sandbox.errors import StatusError, bad_request
from sandbox.schema import Node, Shape

_ANY = Node(Shape.ANY)
_OPERATIONS_LIMIT = 10_000


# JSON patch ---------------------------------------------------------------------------------------------------


def json_patch(document: Any, operations: Any) -> Any:
    """Raises `StatusError`: 400 for a malformed patch, 413 for a long one, 422 where an operation does not work out."""
    if not isinstance(operations, list):
        raise bad_request("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    if len(operations) > _OPERATIONS_LIMIT:
        message = f"The allowed maximum operations in a JSON patch is {_OPERATIONS_LIMIT}, got {len(operations)}"
        raise StatusError(413, "RequestEntityTooLarge", message)
    root = [document]  # a box, so that the whole document can be replaced like any member
    for operation in operations:
        if not isinstance(operation, dict) or not isinstance(operation.get("path", ""), str):
            raise bad_request("error decoding patch: json: cannot unmarshal it into Go value of type jsonPatchOp")
        if "path" not in operation:
            raise _unprocessable()
        path = _pointer(operation["path"])
        match operation.get("op"):
            case "test":
                if _get_or_null(root, path) != operation.get("value"):
                    raise _unprocessable()
            case "add":
                _add(root, path, operation.get("value"))
            case "replace":
                _get(root, path)
                _set(root, path, operation.get("value"))
            case "remove":
                _remove(root, path)
            case "move":
                source = _pointer(str(operation.get("from")))
                value = _get(root, source)
                _remove(root, source)
                _add(root, path, value)
            case "copy":
                _add(root, path, _get(root, _pointer(str(operation.get("from")))))
            case _:
                raise _unprocessable()
    return root[0]


def _unprocessable() -> StatusError:
    return StatusError(422, "Invalid", "the server rejected our request due to an error in our request")


def _pointer(text: str) -> list[str]:
    if text and not text.startswith("/"):
        raise _unprocessable()
    return ["0", *(step.replace("~1", "/").replace("~0", "~") for step in text.split("/")[1:])]


def _child(parent: Any, step: str) -> Any:
    if isinstance(parent, dict) and step in parent:
        return parent[step]
    if isinstance(parent, list) and (index := _index(step)) is not None and index < len(parent):
        return parent[index]
    raise _unprocessable()


def _index(step: str) -> int | None:
    return int(step) if step.isdecimal() and (step == "0" or step[0] != "0") else None


def _get(root: list[Any], path: list[str]) -> Any:
    value: Any = root
    for step in path:
        value = _child(value, step)
    return value


def _get_or_null(root: list[Any], path: list[str]) -> Any:
    """A test for null holds where nothing is, as long as there is something that it could be in."""
    parent = _get(root, path[:-1])
    if isinstance(parent, dict) and path[-1] not in parent:
        return None
    return _child(parent, path[-1])


def _unshared_parent(root: list[Any], path: list[str]) -> Any:
    """The container of a place, copied on the way down: the document that came in stays as it was."""
    parent: Any = root
    for step in path[:-1]:
        inner = _child(parent, step)
        if not isinstance(inner, dict | list):
            raise _unprocessable()
        inner = inner.copy()
        parent[step if isinstance(parent, dict) else int(step)] = inner
        parent = inner
    return parent


def _add(root: list[Any], path: list[str], value: Any) -> None:
    parent, step = _unshared_parent(root, path), path[-1]
    if isinstance(parent, dict):
        parent[step] = value
    elif len(path) == 1:
        root[0] = value
    else:
        index = len(parent) if step == "-" else _index(step)
        if index is None or index > len(parent):
            raise _unprocessable()
        parent.insert(index, value)


def _set(root: list[Any], path: list[str], value: Any) -> None:
    parent, step = _unshared_parent(root, path), path[-1]
    parent[step if isinstance(parent, dict) else int(step)] = value


def _remove(root: list[Any], path: list[str]) -> None:
    _get(root, path)
    parent, step = _unshared_parent(root, path), path[-1]
    del parent[step if isinstance(parent, dict) else int(step)]


# Merge patch --------------------------------------------------------------------------------------------------


def merge_patch(document: Any, patch: Any) -> Any:
    """RFC 7386, for objects. Raises `StatusError` 400 for a patch that is none."""
    if not isinstance(patch, dict):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal it into Go value of type map[string]interface {}"
        )
    return _merged(document, patch)


def _merged(document: Any, patch: Any) -> Any:
    """Maps merge, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    out = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = _merged(out.get(key), value)
    return out


# Strategic merge patch ----------------------------------------------------------------------------------------

_DIRECTIVES = ("$patch", "$retainKeys", "$deleteFromPrimitiveList/", "$setElementOrder/")


def strategic_merge(node: Node, document: Any, patch: Any) -> Any:
    """Lists with a merge key merge by it, others are replaced. Raises `StatusError`: 400, 500 for a bad directive."""
    if not isinstance(patch, dict):
        raise bad_request("error decoding patch: expected a JSON object")
    return _merge_map(node, document if isinstance(document, dict) else {}, patch)


def _unreadable(message: str) -> StatusError:
    """What a real server takes for a failure of its own: 500 without a reason."""
    return StatusError(500, "", message)


def _plain(patch: Any) -> Any:
    """A part of a patch that has no counterpart in the document: its values without nulls and directives."""
    if isinstance(patch, dict):
        return {k: _plain(v) for k, v in patch.items() if v is not None and not k.startswith(_DIRECTIVES)}
    if isinstance(patch, list):
        return [_plain(v) for v in patch if not (isinstance(v, dict) and v.get("$patch") in {"delete", "replace"})]
    return patch


def _merge_map(node: Node, document: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    match patch.get("$patch"):
        case "replace":
            return {k: v for k, v in patch.items() if k != "$patch"}
        case "delete":
            return {}
        case None | "merge":
            pass
        case other:
            raise _unreadable(f"unknown patch type: {other} in map")
    out = dict(document)
    if (retained := patch.get("$retainKeys")) is not None:
        out = {k: v for k, v in out.items() if k in retained}
    for key, value in patch.items():
        if key.startswith(_DIRECTIVES):
            continue
        child = node.fields.get(key) or node.element or _ANY
        order = patch.get(f"$setElementOrder/{key}")
        current = out.get(key)
        if value is None:
            out.pop(key, None)
        elif isinstance(value, dict) and isinstance(current, dict):
            out[key] = _merge_map(child, current, value)
        elif isinstance(value, list) and isinstance(current, list) and child.patch_key is not None:
            out[key] = _merge_list(child, current, value, order)
        else:
            out[key] = _plain(value)
    _reorder_and_delete(node, out, patch)
    return out


def _reorder_and_delete(node: Node, out: dict[str, Any], patch: dict[str, Any]) -> None:
    """Directives about lists that the patch has no other entries for."""
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.partition("/")[2]
            if isinstance(out.get(name), list):
                out[name] = [item for item in out[name] if item not in value]
        elif key.startswith("$setElementOrder/"):
            name = key.partition("/")[2]
            child = node.fields.get(name) or _ANY
            if name not in patch and isinstance(out.get(name), list) and child.patch_key is not None:
                out[name] = _merge_list(child, out[name], [], value)


def _identity(node: Node, item: Any) -> Any:
    return item.get(node.patch_key) if node.patch_key and isinstance(item, dict) else item


def _merge_list(node: Node, current: list[Any], patch: list[Any], order: list[Any] | None) -> list[Any]:
    if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in patch):
        return [_plain(item) for item in patch if not (isinstance(item, dict) and "$patch" in item)]
    assert node.element is not None
    merged = {_key(node, item): item for item in current}
    patched: list[Any] = []
    for item in patch:
        if node.patch_key and (not isinstance(item, dict) or node.patch_key not in item):
            raise _unreadable(f"map does not contain declared merge key: {node.patch_key}")
        key = _key(node, item)
        if isinstance(item, dict) and item.get("$patch") == "delete":
            merged.pop(key, None)
            continue
        if key in merged and isinstance(item, dict):
            merged[key] = _merge_map(node.element, merged[key], item)
        else:
            merged[key] = _plain(item)
        patched.append(key)
    wanted = [_key(node, item) for item in order] if order is not None else patched
    server = [_key(node, item) for item in current]
    return [merged[key] for key in _ordered(wanted, server, merged)]


def _key(node: Node, item: Any) -> Any:
    """Something that can be a dictionary's key and tells 80 from "80"."""
    value = _identity(node, item)
    return (type(value).__name__, value) if isinstance(value, str | int | float | bool) else repr(value)


def _ordered(wanted: list[Any], server: list[Any], present: dict[Any, Any]) -> list[Any]:
    """What the patch names in its order, the rest where it stood; new ones before what follows them."""
    left = [key for key in server if key in present and key not in set(wanted)]
    right = [key for key in dict.fromkeys(wanted) if key in present]
    position = {key: i for i, key in enumerate(server)}
    out: list[Any] = []
    i = j = 0
    while i < len(left) or j < len(right):
        before = j >= len(right) or (i < len(left) and right[j] in position and position[left[i]] < position[right[j]])
        if before and i < len(left):
            out.append(left[i])
            i += 1
        else:
            out.append(right[j])
            j += 1
    return out
