"""`Idempotency-Key`: a repeated request is told by its key and by what it asks for."""

import hashlib

from pydantic import BaseModel

from services.operations import IdempotencyKey


def idempotency(key: str | None, body: BaseModel) -> IdempotencyKey | None:
    """The key with a fingerprint of the request: Secret values are masked in it, but a manifest's text may quote them.

    So `services.operations` keeps it only under the installation's key.
    """
    if key is None:
        return None
    return IdempotencyKey(key=key, fingerprint=hashlib.sha256(body.model_dump_json().encode()).hexdigest())
