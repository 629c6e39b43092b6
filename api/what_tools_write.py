"""Writes docs/what-tools-write.md, on what a copy does with marks of tools: `python -m api.what_tools_write`."""

import sys
from collections.abc import Iterable, Iterator

from domain.dangers import Danger
from services.planning.copying.refusal_rule import RefusalRule
from services.planning.copying.refusal_rules import REFUSAL_RULES
from services.planning.tools.rows import Place, Row, Tell, Treatment
from services.planning.tools.table import TABLE

_HEAD = """\
# What tools write, and what a copy does with it

<!-- Written by `make tools` from services/planning/tools and planning/copying/refusal_rules.py; change it there. -->

Tools and controllers write onto objects what belongs to their cluster: marks of ownership, copies of the object as they
applied it, records of a single act. An import carries an application, not its history: it leaves such things out, keeps
and tells of what the copy would share with the source, and asks for consent where a person has to decide.

Beside the names below, annotations in which any tool keeps the whole object are left out, known by their shape.
"""

_OBJECTS = """
## Objects

An object to which a row applies is not copied. Where a consent is named, the request may give it in `overrides.allow`.

| rule | tool | objects | why | consent |
| --- | --- | --- | --- | --- |
"""

_TITLES = {
    Place.SELECTOR: "Selectors of pods",
    Place.NAMESPACE_LABEL: "Labels of the namespace, where a copy creates it",
    Place.NAMESPACE_ANNOTATION: "Annotations of the namespace, where a copy creates it",
}
_DONE = {
    Treatment.DROP: "leaves it out",
    Treatment.KEEP: "keeps it",
    Treatment.ASKED: "keeps it where the request names it",
}


def page() -> str:
    """The whole page, in Markdown."""
    return _HEAD + "".join(map(_section, Place)) + _OBJECTS + "".join(map(_object_row, REFUSAL_RULES))


def _section(place: Place) -> str:
    title = _TITLES.get(place, f"{place.value[0].upper()}{place.value[1:]}s")
    rows = "".join(_row(row) for row in TABLE if row.place is place)
    return f"\n## {title}\n\n| name | tool | a copy | why |\n| --- | --- | --- | --- |\n{rows}"


def _row(row: Row) -> str:
    name = f"`{row.name}`" + (f" = `{row.value}`" if row.value else "")
    kinds = f" of {', '.join(row.kinds)}" if row.kinds else ""
    return f"| {name}{kinds} | [{row.tool}]({row.source}) | {_done(row)} | {row.why} |\n"


def _done(row: Row) -> str:
    done = _DONE[row.treatment]
    told = f" and tells (`{row.tell.value}`)" if row.tell else ""
    if row.tell is Tell.PRIVILEGED:
        told = f", with the consent `{Danger.PRIVILEGED_PODS.value}`"
    proof = (
        ", where another mark proves that the tool owns the object" if row.proof and "alone" not in row.proof else ""
    )
    return done + told + proof


def _object_row(rule: RefusalRule) -> str:
    known = "; ".join(_conditions(rule))
    return f"| `{rule.id}` | [{rule.tool}]({rule.source}) | {known} | {rule.reason} | {_consent(rule)} |\n"


def _consent(rule: RefusalRule) -> str:
    return f"`{rule.consent.value}`" if rule.consent else "none"


def _conditions(rule: RefusalRule) -> Iterator[str]:
    yield _listed(rule.kinds) if rule.kinds else "any kind"
    if rule.names:
        yield f"named {_listed(rule.names)}"
    if rule.secret_types:
        yield f"of type {_listed(rule.secret_types)}"
    if rule.labels:
        yield "with label " + _listed(
            name if value == "*" else f"{name}={value}" for name, value in rule.labels.items()
        )
    if rule.annotations:
        yield f"with annotation {_listed(rule.annotations)}"
    if rule.owners:
        yield f"owned by {_listed(rule.owners)}"
    if rule.condition:
        yield rule.condition


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


if __name__ == "__main__":
    sys.stdout.write(page())
