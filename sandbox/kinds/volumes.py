"""Validates the volumes of a pod: one source each."""

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.errors import Cause
from sandbox.kinds import formats
from sandbox.kinds.findings import forbidden, invalid, required
from sandbox.kinds.meta import unique_names


def validate_volumes(volumes: Iterable[dict[str, Any]], field: str) -> Iterator[Cause]:
    yield from unique_names(volumes, field)
    for index, volume in enumerate(volumes):
        at = f"{field}[{index}]"
        if not volume.get("name"):
            yield required(f"{at}.name")
        elif problem := formats.label(volume["name"]):
            yield invalid(f"{at}.name", volume["name"], problem)
        sources = [k for k in volume if k != "name"]
        if not sources:
            yield required(at, "must specify a volume type")
        for extra in sources[1:]:
            yield forbidden(f"{at}.{extra}", "may not specify more than 1 volume type")
        for source, key in (("secret", "secretName"), ("configMap", "name"), ("persistentVolumeClaim", "claimName")):
            if source in volume and not volume[source].get(key):
                yield required(f"{at}.{source}.{key}")
        if "hostPath" in volume and not volume["hostPath"].get("path"):
            yield required(f"{at}.hostPath.path")
        for source in ("secret", "configMap"):
            yield from _validate_items((volume.get(source) or {}).get("items") or (), f"{at}.{source}.items")
            mode = (volume.get(source) or {}).get("defaultMode", 0)
            if not 0 <= mode <= 0o777:
                yield invalid(
                    f"{at}.{source}.defaultMode", mode, "must be a number between 0 and 0777 (octal), both inclusive"
                )


def _validate_items(items: Iterable[dict[str, Any]], field: str) -> Iterator[Cause]:
    for index, item in enumerate(items):
        for part in ("key", "path"):
            if not item.get(part):
                yield required(f"{field}[{index}].{part}")
        if item.get("path", "").startswith("/"):
            yield invalid(f"{field}[{index}].path", item["path"], "must be a relative path")
        if ".." in item.get("path", "").split("/"):
            yield invalid(f"{field}[{index}].path", item["path"], "must not contain '..'")
