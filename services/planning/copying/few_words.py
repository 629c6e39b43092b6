"""Say what a plan has to say once: what holds for many objects in one sentence, and nothing about what is not written.

Pure. Problems that block are never shortened: a person has to deal with each. They come first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from domain.problems import Problem
from domain.resources import ResourceId
from domain.words import Action
from services.planning.copying.notes_of_kinds import BARE_POD, DATA_NOT_COPIED, RUNS_WHEN_CREATED
from services.planning.copying.plan import ClusterCopyPlan, PlannedResource
from services.planning.objects.identity import ObjectKey

# True only of an object that is created: one that is there has its volumes, and has run.
_OF_CREATION = frozenset({BARE_POD, DATA_NOT_COPIED, RUNS_WHEN_CREATED})
_SETTLED = frozenset({Action.UNCHANGED, Action.KEEP})
_MOST_NAMED = 4


def told_of(planned: PlannedResource, notes: Mapping[str, str]) -> PlannedResource:
    """The planned object with the notes that are true of what is done to it; `notes` are codes by detail."""
    if planned.action in _SETTLED:
        return replace(planned, notes=())
    if planned.live is None:
        return planned
    return replace(planned, notes=tuple(text for text in planned.notes if notes.get(text) not in _OF_CREATION))


def about_what_is_written(problems: Iterable[Problem], clusters: Iterable[ClusterCopyPlan]) -> tuple[Problem, ...]:
    """The shared problems without warnings about objects that no cluster is given, or that are there already."""
    on_clusters: dict[ObjectKey, list[PlannedResource]] = {}
    for cluster in clusters:
        for planned in cluster.resources:
            on_clusters.setdefault(ObjectKey.of_resource(planned.resource), []).append(planned)
    return tuple(each for each in problems if each.blocks or _is_worth_saying(each, on_clusters))


def _is_worth_saying(problem: Problem, on_clusters: Mapping[ObjectKey, list[PlannedResource]]) -> bool:
    planned = on_clusters.get(ObjectKey.of_resource(problem.resource)) if problem.resource is not None else None
    if not planned:  # about the whole request, or no cluster could be read
        return True
    if problem.code in _OF_CREATION:
        return any(each.live is None for each in planned)
    return any(each.action not in _SETTLED for each in planned)


@dataclass(kw_only=True)
class _Group:
    first: Problem
    others: list[ResourceId] = field(default_factory=list)


def in_few_words(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """What blocks, then the warnings; a warning that holds for several objects is said once, with their names."""
    given = tuple(problems)
    groups: dict[tuple[str, str | None, str], _Group] = {}
    for problem in given:
        if problem.blocks or problem.resource is None:
            continue
        key = (problem.code, problem.cluster, problem.detail.replace(problem.resource.label, "", 1))
        group = groups.setdefault(key, _Group(first=problem))
        if group.first.resource != problem.resource and problem.resource not in group.others:
            group.others.append(problem.resource)
    said = {id(group.first): _said(group) for group in groups.values()}
    warnings = (problem for problem in given if not problem.blocks)
    kept = (said.get(id(p)) if p.resource is not None else p for p in warnings)
    return (*(problem for problem in given if problem.blocks), *(problem for problem in kept if problem is not None))


def _said(group: _Group) -> Problem:
    if not group.others:
        return group.first
    names = [resource.label for resource in group.others[:_MOST_NAMED]]
    more = len(group.others) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more else "")
    return replace(group.first, detail=f"{group.first.detail} The same holds for {listed}.")
