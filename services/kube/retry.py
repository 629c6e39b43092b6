"""Decides which requests are sent again, and after which pause. Pure.

Connection errors, 429 and 502 to 504 of repeatable requests; 500 of reads only; never a write of unknown fate, unless
it is idempotent. Pauses are random below a doubling bound ("full jitter"), so that callers do not return all at once:
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random
from collections.abc import Mapping

from services.kube.errors import (
    ClusterBusyError,
    ClusterError,
    ClusterNotConnectedError,
    ClusterUnreachableError,
    FieldConflictError,
    PatchTestFailedError,
    WriteConflictError,
)
from services.kube.requests import BodyType, Repeat, Request

MAX_TRIES = 4
MAX_CONFLICT_TRIES = 3
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0
_LONGEST_ASKED = 30.0


def worth_repeating(error: ClusterError, request: Request, *, tries: int) -> bool:  # noqa: PLR0911  one guard after the other reads best
    """Whether to try again after `tries` attempts, the last of which ended in `error`."""
    if isinstance(error, WriteConflictError):
        return (
            tries < MAX_CONFLICT_TRIES and _unconditional_apply(request) and not isinstance(error, PatchTestFailedError)
        )
    if tries >= MAX_TRIES or isinstance(error, FieldConflictError):
        return False
    if isinstance(error, ClusterNotConnectedError):
        return True
    if isinstance(error, ClusterUnreachableError):
        return request.repeat is not Repeat.ONCE
    if isinstance(error, ClusterBusyError):
        match error.status:
            case 429:
                return True  # refused before it was processed
            case 502 | 503 | 504:
                return request.repeat is not Repeat.ONCE
            case _:
                return request.repeat is Repeat.READ
    return False


def pause_before(attempt: int, *, retry_after: float | None, chance: random.Random) -> float:
    """Seconds to wait before attempt 2, 3, …; at least what the server asked for, up to 30 s."""
    bound = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 2))
    return max(chance.uniform(0, bound), min(retry_after or 0.0, _LONGEST_ASKED))


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After`, or None; API servers send no dates."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 7 else None


def _unconditional_apply(request: Request) -> bool:
    """An apply without a resourceVersion: sent again after a concurrent write, the API server merges it anew."""
    if request.body_type is not BodyType.APPLY or not isinstance(request.body, dict):
        return False
    return "resourceVersion" not in (request.body.get("metadata") or {})
