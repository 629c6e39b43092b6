"""Figures and their output: medians over rounds, ratios to the floor, a table, a JSON file."""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One ratio, and its limit (None: reported only). `seconds` and `against` are the medians that it compares.

    They are seconds, or what `unit` says.
    """

    name: str
    ratio: float
    limit: float | None
    seconds: float
    against: float
    unit: str = "s"

    @property
    def kept(self) -> bool:
        return self.limit is None or self.ratio <= self.limit


def compare(name: str, ours: list[float], theirs: list[float], *, limit: float | None) -> Figure:
    """The median of the rounds' ratios: both sides of a round ran within the same minute."""
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Figure(
        name=name,
        ratio=statistics.median(ratios),
        limit=limit,
        seconds=statistics.median(ours),
        against=statistics.median(theirs),
    )


def table(figures: list[Figure]) -> str:
    """A table for people."""
    rows = [f"{'measured':58} {'ratio':>6} {'limit':>8} {'ours':>9} {'theirs':>9}"]
    for figure in figures:
        limit = f"≤ {figure.limit:.1f}" if figure.limit is not None else "-"
        mark = "" if figure.kept else "  ← over"
        ours, theirs = (f"{each:8.3f}{figure.unit}" for each in (figure.seconds, figure.against))
        rows.append(f"{figure.name:58} {figure.ratio:6.2f} {limit:>8} {ours} {theirs}{mark}")
    return "\n".join(rows)


def write(figures: list[Figure], file: Path) -> None:
    """For programs: a list of objects, in the order they were measured."""
    rows = [{**vars(figure), "kept": figure.kept} for figure in figures]
    file.write_text(json.dumps(rows, indent=2) + "\n")
