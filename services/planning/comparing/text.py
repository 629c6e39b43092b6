"""A comparison as plain text, for CI jobs and terminals. Pure.

The first line begins with `same`, or says how many differences there are; then one line a difference, in a stable
order, the expected ones last. Lines never hold a line break of a value: it is written as JSON.
"""

from collections.abc import Iterator

import orjson

from services.planning.comparing.values import Comparison, Difference, DifferenceKind, Side, ValueOn


def as_text(comparison: Comparison) -> str:
    """The lines of the text, each with its line break."""
    return "".join(f"{line}\n" for line in _lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    left, right = title(comparison.left), title(comparison.right)
    yield _summary(comparison)
    yield f"# {comparison.application}: {left} | {right}"
    for sentence in comparison.not_compared:
        yield f"# not compared: {_one_line(sentence)}"
    if comparison.not_recorded:
        yield f"# not recorded by a release: {', '.join(comparison.not_recorded)}"
    for side, skew in ((left, comparison.left_skew), (right, comparison.right_skew)):
        if skew:
            yield f"# clusters of {side} differ among themselves in {_fields(skew)}"
    for difference in comparison.unexpected:
        yield _line(difference, left, right)
    for difference in comparison.expected:
        yield f"expected {_line(difference, left, right)}"


def title(side: Side) -> str:
    """A side as texts name it: `Staging`, or `Production release 12`."""
    return side.environment if side.release is None else f"{side.environment} release {side.release}"


def _summary(comparison: Comparison) -> str:
    unexpected, expected = len(comparison.unexpected), len(comparison.expected)
    if comparison.same:
        return f"same ({expected} expected)" if expected else "same"
    noun = "difference" if unexpected == 1 else "differences"
    missed = "" if comparison.complete else "; not everything could be compared"
    return f"{unexpected} {noun} ({expected} expected){missed}"


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _line(difference: Difference, left: str, right: str) -> str:
    where = f"{difference.section} {difference.resource.kind.name}/{difference.resource.name}"
    path = f" {_one_line(difference.path)}" if difference.path else ""
    match difference.kind:
        case DifferenceKind.ONLY_LEFT | DifferenceKind.ONLY_RIGHT:
            only = difference.kind is DifferenceKind.ONLY_LEFT
            return f"{where}{path}: only in {left if only else right}"
        case DifferenceKind.DIFFERS | DifferenceKind.ORDER:
            what = " in another order" if difference.kind is DifferenceKind.ORDER else ""
            if difference.hidden:
                return f"{where}{path}: differs{what}"
            return f"{where}{path}{what}: {_values(difference.left)} | {_values(difference.right)}"


def _values(values: tuple[ValueOn, ...]) -> str:
    if len(values) == 1:
        return _value(values[0])
    return ", ".join(f"{'+'.join(each.clusters)}: {_value(each)}" for each in values)


def _value(value: ValueOn) -> str:
    return orjson.dumps(value.value).decode() if value.present else "(absent)"


def _one_line(text: str) -> str:
    return " ".join(text.split())
