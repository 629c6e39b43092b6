"""What one caller may have under way at once, in this process."""

from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager, AbstractContextManager

from api.settings import CallerSettings
from api.turns import Places, Turns
from domain.grants import Actor


class Callers:
    """Few reads of clusters, more of all else: neither a slow cluster nor a script holds up what is quick."""

    def __init__(self, settings: CallerSettings) -> None:
        waiting, seconds = settings.waiting, settings.patience
        self._dear = Turns(at_once=settings.cluster_reads, waiting=waiting, seconds=seconds)
        self._others = Turns(at_once=settings.at_once, waiting=waiting, seconds=seconds)
        self._streams = Places(each=settings.streams, overall=settings.all_streams)

    def turn(self, actor: Actor, *, dear: bool) -> AbstractAsyncContextManager[None]:
        """A turn for one request. Raises `TooManyRequestsError`."""
        return (self._dear if dear else self._others).turn(_key(actor))

    def stream(self, actor: Actor) -> AbstractContextManager[None]:
        """A place for one event stream. Raises `TooManyStreamsError`."""
        return self._streams.place(_key(actor))

    @property
    def streams(self) -> int:
        """How many event streams are open in this process."""
        return self._streams.taken


def _key(actor: Actor) -> Hashable:
    """A token and its sessions are one caller, and so are all sessions of a person."""
    return actor.caller.ref.kind, actor.caller.ref.id
