"""`Idempotency-Key`: a repeated request is recognised by its key, its body and the names in its path."""

import hashlib

import orjson
from pydantic import BaseModel, SecretStr

from services.changes.new_operations import IdempotencyKey


def idempotency(key: str | None, body: BaseModel, *path_names: str) -> IdempotencyKey | None:
    """The key with a fingerprint of the request: its values, Secrets included, and the names in its path.

    An attacker could guess a Secret and compare this plain hash, so `services.changes.operations` stores only a hash of
    it under the installation's key.
    """
    if key is None:
        return None
    request = [type(body).__name__, [name.lower() for name in path_names], body.model_dump()]
    return IdempotencyKey(key=key, fingerprint=hashlib.sha256(orjson.dumps(request, default=_revealed)).hexdigest())


def _revealed(value: object) -> str:
    assert isinstance(value, SecretStr)
    return value.get_secret_value()
