"""Patches other than apply: applies a patch to an object, and validates the result."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from sandbox import bodies
from sandbox.bodies import WriteOptions
from sandbox.definitions import Definition
from sandbox.errors import StatusError
from sandbox.kinds.findings import invalid
from sandbox.merge import json_patch, merge_patch, strategic_merge
from sandbox.store import Object


class PatchType(StrEnum):
    """By content type."""

    JSON = "application/json-patch+json"
    MERGE = "application/merge-patch+json"
    STRATEGIC = "application/strategic-merge-patch+json"
    APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A patch and the rules that it is to be read by."""

    type: PatchType
    body: Any


def patched(kind: Definition, live: Mapping[str, Any], patch: Patch, options: WriteOptions) -> tuple[Object, Any]:
    """The object as the patch leaves it, decoded, and warnings. Raises `StatusError`: 400, 422.

    An outcome that is not readable as its kind is answered as an invalid field `patch` of an object without kind and
    name: at that point a real server does not know what it has before it.
    """
    match patch.type:
        case PatchType.JSON:
            outcome = json_patch(live, patch.body)
        case PatchType.MERGE:
            outcome = merge_patch(live, patch.body)
        case _:
            outcome = strategic_merge(kind.schema, live, patch.body)
    try:
        return bodies.read(kind, outcome, options)
    except StatusError as error:
        problem = error.message.partition(": ")[2] or error.message
        # A real server shows the whole result here; that of a Secret must not get into a log.
        shown = orjson.dumps(patch.body).decode() if kind.resource.plural != "secrets" else "<redacted>"
        cause = invalid("patch", shown, problem)
        message = f' "" is invalid: {cause.field}: {cause.message}'
        raise StatusError(422, "Invalid", message, causes=[cause]) from None
