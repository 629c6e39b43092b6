"""Gives memory back to the system that connections have used: glibc would keep it.

glibc serves blocks below a threshold from its heap, and raises that threshold to the size of whatever large block is
freed first. The buffers of TLS connections then lie scattered in the heap, and what was freed between them stays with
the process: four times as much a watched cluster as is in use (docs/decisions/the-live-cache.md). What is smaller lies
in the heap in any case, of which glibc gives back the end alone, unless it is asked.
https://man7.org/linux/man-pages/man3/mallopt.3.html https://man7.org/linux/man-pages/man3/malloc_trim.3.html
"""

import ctypes
import platform

_M_MMAP_THRESHOLD = -3  # malloc.h
_LARGE = 64 * 1024  # bytes, from which on a block is one of the system's, and goes back to it when it is freed
GIVES_BACK_EVERY = 3.0  # seconds; it takes less than a millisecond for a hundred clusters


def _is_glibc() -> bool:
    return platform.libc_ver()[0] == "glibc"


def settle() -> bool:
    """Call it once, before connections are made. False where the C library is not glibc."""
    return _is_glibc() and bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE))


async def give_back() -> None:
    """Give back whole pages of the heap in which nothing is: bursts of events leave them between what stays."""
    if _is_glibc():
        ctypes.CDLL(None).malloc_trim(0)
