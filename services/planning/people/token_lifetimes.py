"""How long a token lives: 90 days if nothing else is said, at most 365, longer only by an administrator. Pure."""

from datetime import datetime, timedelta

DEFAULT_LIFETIME = timedelta(days=90)
LONGEST_LIFETIME = timedelta(days=365)


def lifetime_fault(expires_at: datetime | None, *, now: datetime, by_administrator: bool) -> str | None:
    """Why a token may not expire at this time (None: never); None where it may."""
    if expires_at is not None and expires_at <= now:
        return "The time of expiry is in the past."
    if by_administrator:
        return None
    if expires_at is None or expires_at > now + LONGEST_LIFETIME:
        return f"A token lives for {LONGEST_LIFETIME.days} days at most. Only an administrator issues others."
    return None
