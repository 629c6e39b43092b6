"""The setting of the C library's allocator."""

import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_RELEASED = """
import resource
from api import allocator
taken = allocator.settle()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
before = resident()
blocks = [bytearray(b"x" * 100_000) for _ in range(400)]
kept = [bytearray(1000) for _ in range(400)]
grown = resident() - before
del blocks
print(taken, grown > 30_000_000, resident() - before < 10_000_000)
"""


def test_where_the_library_is_glibc_freed_blocks_go_back_to_the_system():
    output = subprocess.run(
        [sys.executable, "-c", _RELEASED], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert output == [str(platform.libc_ver()[0] == "glibc"), "True", "True"]


_TRIMMED = """
import asyncio, resource
from api import allocator
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
before = resident()
blocks = [bytearray(b"x" * 4000) for _ in range(10_000)]
kept = bytearray(4000)  # at the end of the heap, which cannot shrink
del blocks
left = resident() - before
asyncio.run(allocator.give_back())
print(left > 30_000_000, resident() - before < 10_000_000)
"""


def test_where_the_library_is_glibc_free_pages_within_the_heap_go_back_as_well():
    is_glibc = platform.libc_ver()[0] == "glibc"
    output = subprocess.run([sys.executable, "-c", _TRIMMED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert output.stdout.split() == ["True", "True"] or not is_glibc
