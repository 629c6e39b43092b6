"""Records and states as rows hold them. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from db.live_records import StoredKey
from domain.resources import Kind
from services.planning.live.records import RecordKey
from services.reading.live.changes import KindState, StreamState


def stored_key(key: RecordKey) -> StoredKey:
    return StoredKey(key.kind.api_version, key.kind.name, key.namespace, key.name)


def record_key(stored: StoredKey) -> RecordKey:
    return RecordKey(kind=Kind.of(stored.api_version, stored.kind), namespace=stored.namespace, name=stored.name)


def stored_states(states: Iterable[KindState]) -> list[dict[str, Any]]:
    return [
        {
            "api_version": each.kind.api_version,
            "kind": each.kind.name,
            "namespace": each.namespace,
            "state": each.state.value,
            "since": each.since.isoformat(),
            "heard_at": each.heard_at.isoformat() if each.heard_at else None,
            "code": each.code,
            "message": each.message,
        }
        for each in states
    ]


def kind_states(stored: str) -> tuple[KindState, ...]:
    """Of JSON of what `stored_states` made. A state that only the next release knows reads as silent."""
    return tuple(
        KindState(
            kind=Kind.of(each["api_version"], each["kind"]),
            namespace=each["namespace"],
            state=_state(each["state"]),
            since=datetime.fromisoformat(each["since"]),
            heard_at=datetime.fromisoformat(each["heard_at"]) if each["heard_at"] else None,
            code=each["code"],
            message=each["message"],
        )
        for each in orjson.loads(stored)
    )


def _state(word: str) -> StreamState:
    try:
        return StreamState(word)
    except ValueError:
        return StreamState.SILENT


_STANDING = frozenset({StreamState.LIVE, StreamState.POLLED})
_ANSWERED = _STANDING | {StreamState.REFUSED, StreamState.NOT_SERVED}
UNWATCHED = "cluster-unwatched"


def stand(states: Iterable[KindState]) -> bool:
    """Whether every stream says what there is, so that what is not there is gone."""
    known = tuple(states)
    return bool(known) and all(each.state in _ANSWERED for each in known)


def begun_anew(states: Iterable[KindState], *, now: datetime) -> tuple[KindState, ...]:
    """The states under a new owner, before it has listed anything; what stood, or was unwatched, is being listed."""
    return tuple(
        replace(each, state=StreamState.LISTING, since=now, code=None, message=None)
        if each.state in _STANDING or each.code == UNWATCHED
        else each
        for each in states
    )


def unwatched(states: Iterable[KindState], *, why: str, now: datetime) -> tuple[KindState, ...]:
    """The states while nobody watches; what stood is silent."""
    return tuple(
        replace(each, state=StreamState.SILENT, since=now, code=UNWATCHED, message=why)
        if each.state in _STANDING
        else each
        for each in states
    )
