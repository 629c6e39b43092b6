"""The fields of an object that Stagecoach wrote, each with a keyed fingerprint of its value. Pure values.

They have the form of FieldsV1, in which `metadata.managedFields` names fields (apimachinery `meta/v1/types.go`), with
the fingerprint in place of each leaf, and an empty text where only that the field is there was written:
`{"f:data": {"f:mode": "Zm9v…"}, "f:metadata": {"f:labels": {"f:app": "YmFy…"}}}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.resources import ResourceId

FieldTree = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class WrittenObject:
    """An object, and what of it Stagecoach wrote."""

    resource: ResourceId
    fields: FieldTree
