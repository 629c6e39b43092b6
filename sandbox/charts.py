"""Charts as far as practice clusters need them: templates that write values, `{{ .Values.path }}`."""

import re
from collections.abc import Mapping
from typing import Any

_VALUE = re.compile(r"\{\{-?\s*\.Values\.([\w.]+)\s*(?:\|\s*quote\s*)?-?\}\}")


def rendered(text: str, values: Mapping[str, Any]) -> str:
    return _VALUE.sub(lambda found: str(_value(values, found[1])), text)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Maps are merged, everything else is replaced."""
    result = dict(base)
    for key, value in over.items():
        former = result.get(key)
        both = isinstance(former, dict) and isinstance(value, dict)
        result[key] = merged(former, value) if both and isinstance(former, dict) else value
    return result


def set_value(values: dict[str, Any], path: str, value: Any) -> None:
    """As `--set-string path=value` does."""
    *parents, last = path.split(".")
    for step in parents:
        values = values.setdefault(step, {})
    values[last] = value


def _value(values: Any, path: str) -> Any:
    for step in path.split("."):
        values = values.get(step, "") if isinstance(values, dict) else ""
    return values
