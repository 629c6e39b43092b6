"""Whether a cluster can be reached, as far as the streams of the live picture know it better than its last probe. Pure.

Probes come once a minute, and for clusters on which nothing runs they are all that is known.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from db.records.inventory import ClusterRecord
from domain.words import Reachability
from services.kube.errors import AccessDeniedError, CertificateError, CredentialRefusedError
from services.reading.live.changes import KindState, StreamState
from services.reading.live.standing import STANDS, is_recent
from services.reading.live.stored import UNWATCHED

_REFUSED = frozenset({AccessDeniedError.code, CertificateError.code, CredentialRefusedError.code})


def as_seen(
    record: ClusterRecord, states: Iterable[KindState], *, now: datetime, stale_after: timedelta
) -> ClusterRecord:
    """The cluster as screens show it: reachable while a stream stands, and not once all have been down for long."""
    served = [each for each in states if each.state is not StreamState.NOT_SERVED]
    standing = [each for each in served if each.state in STANDS]
    heard = [each.heard_at for each in served if each.heard_at is not None]
    last_seen_at = max([*heard, *([record.last_seen_at] if record.last_seen_at else [])], default=None)
    if standing:
        return replace(record, reachability=Reachability.REACHABLE, last_seen_at=last_seen_at, last_error=None)
    down = [each for each in served if each.state is not StreamState.LISTING and each.code != UNWATCHED]
    if (
        not served
        or len(down) < len(served)
        or any(is_recent(each.since, now=now, stale_after=stale_after) for each in down)
    ):
        return record
    worst = min(down, key=lambda each: each.since)
    refused = worst.state is StreamState.REFUSED or worst.code in _REFUSED
    return replace(
        record,
        reachability=Reachability.REFUSED if refused else Reachability.UNREACHABLE,
        last_seen_at=last_seen_at,
        last_error=worst.message or record.last_error,
    )
