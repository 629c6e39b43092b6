"""The fields that an acceptance takes as they are, object by object and cluster by cluster. Pure.

What was written stays what is compared: a field that is gone is compared no more, and what others put beside it is
still theirs.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.declared_kinds import NONE_DECLARED, DeclaredKinds
from domain.divergences import FoundField, OpenDivergence
from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from domain.written import FieldTree, WrittenObject
from services.planning.drift.field_trees import leaves_of, tree_of
from services.planning.drift.fields import differing_fields
from services.planning.drift.settling import as_opened
from services.planning.drift.steadying import Standing, Step
from services.planning.drift.written import print_of
from services.planning.objects.field_ownership import MISSING, Fields
from services.planning.objects.field_prints import FieldPrints


@dataclass(frozen=True, kw_only=True)
class WrittenFacts:
    """What was written of one cluster's objects, and these as they are now; those in `unread` may not be read.

    `failure` is why nothing is known.
    """

    cluster: str
    written: Mapping[ResourceId, FieldTree]
    live: Mapping[ResourceId, Manifest]
    unread: frozenset[ResourceId] = frozenset()
    failure: Problem | None = None


@dataclass(frozen=True, kw_only=True)
class AcceptedFields:
    """An object on a cluster whose `fields` are taken as they are; `now` is what the release has of it then."""

    cluster: str
    fields: tuple[FoundField, ...]
    now: WrittenObject

    @property
    def resource(self) -> ResourceId:
        return self.now.resource


def accept_fields(
    facts: Iterable[WrittenFacts],
    prints: FieldPrints,
    *,
    place: str,
    cluster: str | None,
    selected: Sequence[ResourceId] | None,
    declared: DeclaredKinds = NONE_DECLARED,
) -> tuple[AcceptedFields, ...]:
    """What differs of these objects, or of all; on one cluster, or on all. `place` is the id of the app environment."""
    chosen = frozenset((*each.group_kind, each.name) for each in selected) if selected is not None else None
    found = []
    for one in facts:
        if cluster not in {None, one.cluster}:
            continue
        for resource, written in sorted(one.written.items()):
            if resource in one.unread or (chosen is not None and (*resource.group_kind, resource.name) not in chosen):
                continue
            live = one.live.get(resource)
            declaration = declared.of(resource.kind)
            fields = differing_fields(live, written, prints, place=place, declaration=declaration)
            if fields:
                now = WrittenObject(resource=resource, fields=_as_it_is(live, written, prints, place=place))
                found.append(AcceptedFields(cluster=one.cluster, fields=fields, now=now))
    return tuple(found)


def _as_it_is(live: Manifest | None, written: FieldTree, prints: FieldPrints, *, place: str) -> FieldTree:
    if live is None:
        return {}
    fields = Fields(live.body)
    return tree_of(
        (path, print_of(live, path, value, prints, place=place))
        for path, _ in leaves_of(written)
        if (value := fields.at(path)) is not MISSING
    )


def about_fields(
    facts: Iterable[WrittenFacts], *, cluster: str | None, selected: Collection[ResourceId] | None
) -> Iterator[Problem]:
    """Clusters and objects of which it is not known whether anything differs."""
    for one in facts:
        if cluster not in {None, one.cluster}:
            continue
        if one.failure is not None:
            yield one.failure
        for resource in sorted(one.unread):
            wanted = selected is not None and resource in selected
            yield Problem(
                code="object-unreadable",
                severity=Severity.BLOCKS if wanted else Severity.WARNS,
                detail=f"The credential may not read {resource.label}, so whether it differs is not known. "
                + ("Give it that right to accept the object." if wanted else "It stays as the last release has it."),
                cluster=one.cluster,
                resource=resource,
            )


def no_release(environment: str) -> Problem:
    return Problem(
        code="no-release",
        severity=Severity.BLOCKS,
        detail=f"{environment} has no release yet, so there is none whose keys and fields could be accepted. "
        "Import them again instead.",
    )


def settled_fields(rows: Iterable[OpenDivergence], accepted: Iterable[AcceptedFields], *, release: int) -> Step:
    """Drift of keys and fields that closes with the acceptance, or is left on other clusters alone."""
    gone: dict[ResourceId, set[str]] = {}
    for each in accepted:
        gone.setdefault(each.resource, set()).add(each.cluster)
    closes: list[Standing] = []
    changes: list[Standing] = []
    for row in rows:
        divergence = row.divergence
        if not divergence.kind.is_of_fields or divergence.workload not in gone:
            continue
        left = tuple(each for each in divergence.fields if each.cluster not in gone[divergence.workload])
        if left:
            changes.append(replace(as_opened(row), divergence=replace(divergence, fields=left, release=release)))
        else:
            closes.append(as_opened(row))
    return Step(changes=tuple(changes), closes=tuple(closes))
