"""When a notification that could not be sent is tried again: seven tries within a day."""

from datetime import timedelta

# Short at first, for a receiver that restarts; then long enough for people to mend what is broken.
_PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=14),
)
TRIES = len(_PAUSES) + 1
_LONGEST = timedelta(days=1)
_JITTER = 0.1  # of a pause, so that what failed together is not tried together


def again_in(attempts: int, *, asked: timedelta | None, chance: float) -> timedelta | None:
    """How long to wait after this many tries; None after the last.

    `asked` is what the other side asked for (`Retry-After`), where that is longer; `chance` is from 0 to 1.
    """
    if attempts >= TRIES:
        return None
    pause = _PAUSES[attempts - 1] * (1 + _JITTER * chance)
    return max(pause, min(asked, _LONGEST)) if asked is not None else pause
