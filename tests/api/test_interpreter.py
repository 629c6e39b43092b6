"""The setting of the garbage collector."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_KEPT = """
import gc
from api import interpreter
interpreter.settle()
frozen = gc.get_freeze_count()
class Node: pass
made = [Node() for _ in range(10_000)]
for node in made[:5_000]:
    node.itself = node
del node, made[:5_000]
interpreter.keep()
print(5_000 <= gc.get_freeze_count() - frozen < 6_000, len(gc.get_objects()) < 100)
"""


def test_what_was_made_since_the_start_is_kept_without_the_garbage_and_left_out_of_later_collections():
    ran = subprocess.run([sys.executable, "-c", _KEPT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["True", "True"]
