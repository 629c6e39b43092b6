"""How often Python looks for cycles in what it holds.

A service that is up holds some hundred thousand objects that stay: modules, classes, models. Left alone, the collector
walks all of them for a tenth of a second, in the middle of an operation, and its first generation is full after
every few requests to a cluster.
"""

import gc

_YOUNG = 10_000  # objects until the first look; CPython's default is 700


def settle() -> None:
    """Leave out of every later look what is there now: to be called once, when everything has been imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, *gc.get_threshold()[1:])
