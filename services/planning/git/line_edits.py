"""The edits of a text by whole lines, which hold although other lines of it change meanwhile, and can be undone. Pure.

An edit is found again by its lines alone. So it takes in as many of its neighbours as it needs to be there once and in
one state: what it replaces is not in the text that has it, nor is what it writes in the text that has it not.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from domain.hand_overs import OwnerEdit

_Range = tuple[int, int, int, int]  # lines `a` to `b` of the former text become lines `c` to `d` of the new one


def line_edits(path: str, before: str, after: str) -> tuple[OwnerEdit, ...]:
    """The edits that make the one text of the file the other, and the way back."""
    old, new = before.split("\n"), after.split("\n")
    found = tuple(
        OwnerEdit(where=f"{path}:{a + 1}", before="\n".join(old[a:b]), after="\n".join(new[c:d]))
        for a, b, c, d in _ranges(old, new)
    )
    if _is_proven(before, after, found):
        return found
    return (OwnerEdit(where=f"{path}:1", before=before, after=after),)  # lines that are hardly told apart


def _is_proven(before: str, after: str, edits: Sequence[OwnerEdit]) -> bool:
    way_back = [each.reversed() for each in edits]
    return (
        edited_lines(before, edits) == edited_lines(after, edits) == after and edited_lines(after, way_back) == before
    )


def _ranges(old: Sequence[str], new: Sequence[str]) -> Sequence[_Range]:
    """What differs, each with the neighbours that it takes to be told apart."""
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    ranges: list[_Range] = [code[1:] for code in matcher.get_opcodes() if code[0] != "equal"]
    found: list[_Range] = []
    while ranges:
        wide = _widened(ranges.pop(0), old, new)
        while ranges and (ranges[0][0] < wide[1] or ranges[0][2] < wide[3]):
            wide = _widened(_both(wide, ranges.pop(0)), old, new)
        while found and (wide[0] < found[-1][1] or wide[2] < found[-1][3]):
            wide = _widened(_both(found.pop(), wide), old, new)
        found.append(wide)
    return found


def edited_lines(text: str, edits: Iterable[OwnerEdit]) -> str | None:
    """The text with these edits, some of which it may have; None where somebody has changed their lines."""
    lines = text.split("\n")
    splices: list[tuple[int, list[str], list[str]]] = []
    for edit in edits:
        former, now = (edit.before or "").split("\n"), (edit.after or "").split("\n")
        undone, done = _places(lines, former), _places(lines, now)
        # Where lines are added, or taken away, at the end of a file, the one holds the other.
        if len(done) == 1 and all(done[0] <= each <= done[0] + len(now) - len(former) for each in undone):
            continue
        if len(undone) != 1 or not all(undone[0] <= each <= undone[0] + len(former) - len(now) for each in done):
            return None
        splices.append((undone[0], former, now))
    splices.sort(key=lambda splice: splice[0])
    if any(start + len(former) > later for (start, former, _), (later, _, _) in pairwise(splices)):
        return None
    for start, former, now in reversed(splices):
        lines[start : start + len(former)] = now
    return "\n".join(lines)


def by_file(edits: Iterable[OwnerEdit]) -> dict[str, tuple[OwnerEdit, ...]]:
    """The edits by the path of their file."""
    found: dict[str, tuple[OwnerEdit, ...]] = {}
    for edit in edits:
        path = edit.where.rpartition(":")[0]
        found[path] = (*found.get(path, ()), replace(edit, where=path))
    return found


def _widened(found: _Range, old: Sequence[str], new: Sequence[str]) -> _Range:
    a, b, c, d = found
    while not _is_one(old, new, old[a:b], new[c:d]):
        if a > 0 and c > 0 and old[a - 1] == new[c - 1]:
            a, c = a - 1, c - 1
        elif b < len(old) and d < len(new) and old[b] == new[d]:
            b, d = b + 1, d + 1
        else:
            # Another edit is next to it: both are one.
            a, b, c, d = 0, len(old), 0, len(new)
            break
    return a, b, c, d


def _both(one: _Range, other: _Range) -> _Range:
    return min(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), max(one[3], other[3])


def _is_one(old: Sequence[str], new: Sequence[str], former: Sequence[str], now: Sequence[str]) -> bool:
    """Whether both are there once, each in its own text."""
    return (
        bool(former and now)
        and len(_places(old, former)) == len(_places(new, now)) == 1
        and not _places(old, now)
        and not _places(new, former)
    )


def _places(lines: Sequence[str], block: Sequence[str]) -> list[int]:
    first, size = block[0], len(block)
    return [
        start for start, line in enumerate(lines) if line == first and list(lines[start : start + size]) == list(block)
    ]
