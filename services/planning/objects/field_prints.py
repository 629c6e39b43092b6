"""Keyed fingerprints of single fields, which rows keep in place of their values. Pure.

A fingerprint is an HMAC-SHA-256 under a key of the installation that is sealed in the database: who reads rows alone
cannot guess a short value by trial. It is bound to the app environment, the object and the path. So equal values of two
fields have different fingerprints, and a known one tells nothing of others; the clusters of an environment compare.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import orjson

from domain.resources import ResourceId
from services.planning.objects.field_ownership import FieldPath

_LABEL = "stagecoach field"
_BYTES = 12  # an accidental match of 96 bits is out of the question, and rows hold thousands


@dataclass(frozen=True)
class FieldPrints:
    """Makes fingerprints of fields under one key. Raises ValueError if the key is shorter than 16 bytes."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("A fingerprint key needs at least 16 bytes")

    def of(self, place: str, resource: ResourceId, path: FieldPath, value: Any) -> str:
        """16 characters, of a JSON value; `place` is the id of the app environment."""
        text = orjson.dumps(
            [_LABEL, place, *resource.group_kind, resource.name, path, value], option=orjson.OPT_SORT_KEYS
        )
        return base64.urlsafe_b64encode(hmac.digest(self.key, text, hashlib.sha256)[:_BYTES]).decode()
