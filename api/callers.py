"""What one caller may have under way at once, in this process."""

from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager, AbstractContextManager

from api.settings import CallerSettings
from api.turns import Places, Turns
from services.people.access import Actor


class Callers:
    """Reads and writes take separate turns: a slow page does not hold up a deployment."""

    def __init__(self, settings: CallerSettings) -> None:
        self._turns = Turns(at_once=settings.at_once, waiting=settings.waiting, seconds=settings.patience)
        self._streams = Places(each=settings.streams, overall=settings.all_streams)

    def turn(self, actor: Actor, *, reads: bool) -> AbstractAsyncContextManager[None]:
        """A turn for one request. Raises `TooManyRequestsError`."""
        return self._turns.turn((_key(actor), reads))

    def stream(self, actor: Actor) -> AbstractContextManager[None]:
        """A place for one event stream. Raises `TooManyStreamsError`."""
        return self._streams.place(_key(actor))


def _key(actor: Actor) -> Hashable:
    """A token and its sessions are one caller."""
    return actor.token_id or actor.name
