"""The findings of validation, in the texts of a real server (apimachinery `field.Error`)."""

from collections.abc import Iterable
from typing import Any

import orjson

from sandbox.errors import Cause


def shown(value: Any) -> str:
    """A value as Go prints it in a message: text quoted, the rest as JSON."""
    if value is None:
        return "null"
    return orjson.dumps(value).decode()


def required(field: str, detail: str = "") -> Cause:
    return Cause(reason="FieldValueRequired", message="Required value" + (f": {detail}" if detail else ""), field=field)


def invalid(field: str, value: Any, detail: str) -> Cause:
    return Cause(reason="FieldValueInvalid", message=f"Invalid value: {shown(value)}: {detail}", field=field)


def forbidden(field: str, detail: str) -> Cause:
    return Cause(reason="FieldValueForbidden", message=f"Forbidden: {detail}", field=field)


def unsupported(field: str, value: Any, supported: Iterable[str]) -> Cause:
    options = ", ".join(f'"{option}"' for option in sorted(supported))
    return Cause(
        reason="FieldValueNotSupported",
        message=f"Unsupported value: {shown(value)}: supported values: {options}",
        field=field,
    )


def duplicate(field: str, value: Any) -> Cause:
    return Cause(reason="FieldValueDuplicate", message=f"Duplicate value: {shown(value)}", field=field)


def missing(field: str, value: Any) -> Cause:
    return Cause(reason="FieldValueNotFound", message=f"Not found: {shown(value)}", field=field)


def too_long(field: str, limit: int) -> Cause:
    return Cause(reason="FieldValueTooLong", message=f"Too long: may not be more than {limit} bytes", field=field)


def too_many(field: str, count: int, limit: int) -> Cause:
    return Cause(reason="FieldValueTooMany", message=f"Too many: {count}: must have at most {limit} items", field=field)


def wrong_type(field: str, value: Any, detail: str) -> Cause:
    return Cause(reason="FieldValueTypeInvalid", message=f"Invalid value: {shown(value)}: {detail}", field=field)


IMMUTABLE = "field is immutable"
"""What is said of a field that a write would change."""
