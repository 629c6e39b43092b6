"""Which differences are meant: marked by a person, or proposed because such fields mostly differ on purpose. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from domain.comparisons import ObjectField
from domain.stored.requests import StoredOverrides
from services.planning.comparing.values import ComparisonSection, Difference, ExpectedReason, ValueOn
from services.planning.copying.notes_of_kinds import SUSPENDED_BY_RULE
from services.planning.objects.identity import kind_name
from services.planning.tools.table import matches

_MAPPED = ("storageClassName", "ingressClassName")
_NAMED = re.compile(r"metadata\.(?:labels|annotations)[.\[](?P<name>.+?)\]?$")


@dataclass(frozen=True, kw_only=True)
class Expectations:
    """`marked` are fields that a person has marked; `overrides` are those of the imports into either side."""

    marked: tuple[ObjectField, ...] = ()
    overrides: tuple[StoredOverrides, ...] = ()


def judged(difference: Difference, expectations: Expectations, namespaces: tuple[str | None, str | None]) -> Difference:
    """The difference, marked as expected, or with the reason for which it is proposed as that.

    `namespaces` are those of the left and of the right side.
    """
    if any(marked.covers(difference.field) for marked in expectations.marked):
        return replace(difference, expected=True)
    return replace(difference, proposed=_reason(difference, expectations.overrides, namespaces))


def _reason(
    difference: Difference, overrides: Iterable[StoredOverrides], namespaces: tuple[str | None, str | None]
) -> ExpectedReason | None:
    if difference.section is ComparisonSection.HOSTS:
        return ExpectedReason.HOSTS
    if difference.section is ComparisonSection.REPLICAS:
        return ExpectedReason.REPLICAS
    if any(_overrides(each, difference) for each in overrides):
        return ExpectedReason.OVERRIDE
    return ExpectedReason.NAMESPACE if _differs_in_namespace(difference, namespaces) else None


def _overrides(overrides: StoredOverrides, difference: Difference) -> bool:
    """Whether the import wrote this field otherwise than its source has it."""
    resource, key = difference.resource, difference.key
    if key is not None:
        by_name = overrides.secrets if difference.section is ComparisonSection.SECRETS else overrides.config_maps
        return key in by_name.get(resource.name, {})
    member = difference.path.rpartition(".")[2]
    if member in _MAPPED:
        mapped = {**overrides.storage_classes, **overrides.ingress_classes}.values()
        return any(each.value in mapped for each in (*difference.left, *difference.right))
    suspended = SUSPENDED_BY_RULE.get(kind_name(resource.kind))
    if suspended is not None and difference.path == f"spec.{suspended}":
        return True  # an import suspends what it copies, unless it says otherwise
    named = _NAMED.search(difference.path)
    return named is not None and any(matches(pattern, named["name"]) for pattern in overrides.leave_out)


def _differs_in_namespace(difference: Difference, namespaces: tuple[str | None, str | None]) -> bool:
    """Whether the texts of both sides are the same but for the name of each side's own namespace."""
    left, right = namespaces
    if left is None or right is None or left == right or difference.hidden:
        return False
    texts = {*_without(left, difference.left), *_without(right, difference.right)}
    return len(texts) == 1 and None not in texts


def _without(namespace: str, values: Iterable[ValueOn]) -> Iterator[str | None]:
    word = re.compile(rf"(?<![A-Za-z0-9-]){re.escape(namespace)}(?![A-Za-z0-9-])")
    for each in values:
        yield word.sub("", each.value) if isinstance(each.value, str) else None
