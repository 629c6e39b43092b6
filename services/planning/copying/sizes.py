"""How large an object is by the three limits of an API server: its data, the request that writes it, what is stored.

Pure. Each limit measures something else. A ConfigMap or Secret may hold 1 MiB in the values of its data; keys do not
count (`ValidateConfigMap`, `ValidateSecret` in pkg/apis/core/validation). A request may have 3 MiB
(`MaxRequestBodyBytes` in apiserver pkg/server/config.go). etcd takes 1.5 MiB (`--max-request-bytes`) of the object as
it is stored: custom resources as JSON, built-in kinds as protobuf, in which a quote or line end is one byte. What the
source's server and kubectl keep beside the object (managedFields, status, the last-applied text) is not written, and
does not count.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from domain.resources import Manifest
from services.planning.copying.node_ports import LAST_APPLIED
from services.planning.objects.built_in import has_go_type

MOST_DATA_BYTES = 1024 * 1024  # MaxSecretSize in core/v1 types.go
MOST_REQUEST_BYTES = 3 * 1024 * 1024
_ETCD_BYTES = 1536 * 1024
_OWN_BYTES = 4096  # identity, the key in etcd, and what protobuf puts around a value
MOST_STORED_BYTES = _ETCD_BYTES - _OWN_BYTES
_SURELY_SMALL = 400_000  # of JSON: with the ownership of every field it has less than three times as much


def data_bytes(manifest: Manifest) -> int:
    """The bytes in the values of a ConfigMap's or Secret's data."""
    texts, encoded = (manifest.body.get("data") or {}), (manifest.body.get("binaryData") or {})
    if manifest.kind.name == "Secret":
        texts, encoded = {}, texts
    return sum(len(str(value).encode()) for value in texts.values()) + sum(map(_decoded_bytes, encoded.values()))


def _decoded_bytes(value: Any) -> int:
    return len("".join(str(value).split()).rstrip("=")) * 3 // 4


def request_bytes(manifest: Manifest) -> int:
    """The bytes of the request that writes the object."""
    return len(orjson.dumps(_written(manifest)))


def stored_bytes(manifest: Manifest) -> int:
    """About the bytes that etcd is asked to store, with the ownership of the fields."""
    body = _written(manifest)
    size = len(orjson.dumps(body))
    if size < _SURELY_SMALL:
        return size
    if has_go_type(manifest.kind):
        size = sum(_binary_bytes(body))
    return size + sum(_ownership_bytes(body))


def _written(manifest: Manifest) -> dict[str, Any]:
    metadata = {key: value for key, value in manifest.metadata.items() if key != "managedFields"}
    if LAST_APPLIED in manifest.annotations:
        metadata["annotations"] = {k: v for k, v in manifest.annotations.items() if k != LAST_APPLIED}
    return {key: value for key, value in manifest.body.items() if key != "status"} | {"metadata": metadata}


def _binary_bytes(node: Any) -> Iterator[int]:
    """At most what protobuf writes: texts as they are, and a few bytes for each value."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield len(key.encode()) + 4
            yield from (
                [_decoded_bytes(each) for each in value.values()] if _is_encoded(key, value) else _binary_bytes(value)
            )
    elif isinstance(node, list):
        for item in node:
            yield 4
            yield from _binary_bytes(item)
    else:
        yield len(str(node).encode()) + 4


def _is_encoded(key: str, value: Any) -> bool:
    return key == "binaryData" and isinstance(value, dict)


def _ownership_bytes(node: Any) -> Iterator[int]:
    """What `managedFields` has for the fields of an object: `"f:name":{},` for each; lists mostly count as one."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield len(key.encode()) + 9
            yield from _ownership_bytes(value)
