"""The branches from which pull requests are opened. Pure.

A branch is named by its operation and its edits: who goes on after a killed process finds it again, clusters that share
their files share it, and the way back has another one than the way there.
"""

import hashlib
import json
from collections.abc import Iterable

from domain.hand_overs import OwnerEdit

_LENGTH = 8


def review_branch(operation: str, edits: Iterable[OwnerEdit], *, number: int) -> str:
    """`stagecoach/OPERATION-EDITS`; `number` counts those of the same edits, where one was closed before."""
    content = json.dumps([each.to_json() for each in edits], sort_keys=True)
    name = f"stagecoach/{operation}-{hashlib.sha256(content.encode()).hexdigest()[:_LENGTH]}"
    return name if number == 1 else f"{name}-{number}"
