"""Values as an API server keeps them, so that two spellings of the same value have one fingerprint. Pure.

Typed kinds come back in one spelling; custom resources come back as they were written.
"""

from typing import Any

from services.planning.objects.field_ownership import FieldPath
from services.planning.objects.quantities import amount

# Maps of quantities, and fields that are one (core/v1 types.go).
_OF_QUANTITIES = frozenset({"f:limits", "f:requests", "f:hard", "f:capacity"})
_QUANTITIES = frozenset({"f:cpu", "f:memory", "f:storage", "f:ephemeral-storage", "f:sizeLimit"})
_DATA = frozenset({"f:data", "f:binaryData"})
_TEXTS = frozenset({"f:labels", "f:annotations", "f:matchLabels", "f:nodeSelector"})
# A port in digits is a number: names of ports need a letter (RFC 6335, section 5.1).
_PORTS = frozenset({"f:port", "f:targetPort", "f:containerPort", "f:hostPort", "f:nodePort"})


def normal(path: FieldPath, value: Any) -> Any:
    """The value at this path, in one spelling; keys of a ConfigMap and names of labels say nothing of their values."""
    if path[0] in _DATA or not _TEXTS.isdisjoint(path):
        return value
    return _normal(path, value)


def _normal(path: FieldPath, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: normal((*path, f"f:{key}"), each) for key, each in value.items()}
    if isinstance(value, list):
        return [normal(path, each) for each in value]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    if path[-1] in _QUANTITIES or (len(path) > 1 and path[-2] in _OF_QUANTITIES):
        number = amount(value)
        return value if number is None else f"{number.normalize():f}"
    if path[-1] in _PORTS and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value
