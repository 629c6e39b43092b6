"""How Python's own machinery is set for a service that stays up.

A service holds some hundred thousand objects that stay: modules, classes, models. Left alone, the garbage collector
walks all of them for a tenth of a second, in the middle of an operation, and its first generation is full after every
few requests to a cluster.

The durable engine works in threads of its own, and the start of an operation waits for them several times. While the
event loop is busy, each of these times costs what Python lets one thread run before another one has its turn.
"""

import gc
import sys

_YOUNG = 50_000  # objects until the collector's first look; CPython's default is 700
_TURN = 0.001  # seconds; CPython's default is 0.005


def settle() -> None:
    """To be called once, when everything has been imported: what is there now is left out of every later look."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    sys.setswitchinterval(_TURN)
