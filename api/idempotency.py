"""`Idempotency-Key`: a repeated request is told by its key and by what it asks for, where."""

import hashlib

import orjson
from pydantic import BaseModel, SecretStr

from services.changes.new_operations import IdempotencyKey


def idempotency(key: str | None, body: BaseModel, *place: str) -> IdempotencyKey | None:
    """The key with a fingerprint of the request: of all its values, Secrets too, and of the names in its path.

    Such a hash can be tried out by whoever guesses a Secret, so `services.changes.operations` keeps it only under the
    installation's key.
    """
    if key is None:
        return None
    asked = [type(body).__name__, [name.lower() for name in place], body.model_dump()]
    return IdempotencyKey(key=key, fingerprint=hashlib.sha256(orjson.dumps(asked, default=_revealed)).hexdigest())


def _revealed(value: object) -> str:
    assert isinstance(value, SecretStr)
    return value.get_secret_value()
