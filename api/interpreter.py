"""Garbage collector and thread switching, tuned for a long-running service.

A service keeps some hundred thousand objects for its lifetime: modules, classes, models. By default, a full collection
traverses all of them for a tenth of a second, in the middle of an operation, and the first generation is full after a
few requests to a cluster. The connections to clusters come later and stay as long: those of five hundred take another
half second, unless they are left out as well.

The durable engine works in threads of its own, and the start of an operation waits for them several times. While the
event loop is busy, each wait costs one switch interval of the interpreter.
"""

import gc
import sys

_YOUNG = 50_000  # allocations until a collection of the first generation; CPython's default is 700
_TURN = 0.001  # seconds; CPython's default is 0.005


def settle() -> None:
    """Call it once, after all imports: later collections leave out the objects that exist now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
    sys.setswitchinterval(_TURN)


def keep() -> None:
    """Later collections leave out what exists now: what was made since is here to stay.

    Only the youngest are collected first, at most as many as any collection of these looks at: a full one takes as long
    as what is to be avoided. A cycle that has outlived one and that nothing refers to any more stays.
    """
    gc.collect(0)
    gc.freeze()
