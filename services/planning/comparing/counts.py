"""How much of each section is the same, differs, and differs as expected. Pure."""

from collections.abc import Iterable, Iterator

from domain.comparisons import ObjectField
from services.planning.comparing.values import ComparisonSection, Difference, SectionCount


def counts(
    differences: Iterable[Difference], units: set[tuple[ComparisonSection, ObjectField]]
) -> Iterator[SectionCount]:
    """The counts of every section; `units` are the things that are counted, on whichever side."""
    all_of = tuple(differences)
    by_object: dict[tuple[str, str, str], list[Difference]] = {}
    for each in all_of:
        by_object.setdefault(_object_of(each.field), []).append(each)
    for section in ComparisonSection:
        same = [
            unit
            for in_section, unit in units
            if in_section is section
            and not any(_touches(each, section, unit) for each in by_object.get(_object_of(unit), ()))
        ]
        here = [each for each in all_of if each.section is section]
        expected = sum(each.expected for each in here)
        yield SectionCount(section=section, same=len(same), different=len(here) - expected, expected=expected)


def _object_of(field: ObjectField) -> tuple[str, str, str]:
    return field.group, field.kind, field.name


def _touches(difference: Difference, section: ComparisonSection, unit: ObjectField) -> bool:
    """Whether the difference is about what is counted, or contains it, or is a part of it."""
    inside = difference.section is section and unit.covers(difference.field)
    return inside or difference.field.covers(unit)
