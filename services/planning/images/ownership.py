"""What owners of workloads mean for a plan of images: in whose name each change is written, and what is said. Pure.

A workload of Helm, Argo CD or Flux is written only with the consent `owned-until-next-upgrade`, because its owner
brings its own image back. What a person or a CI job applies with server-side apply is written in that manager's name
unasked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.images import ImageChange, WriteMethod, WrittenAs
from domain.problems import Problem, Severity
from domain.resources import ResourceId
from domain.words import Action, ImageConsent
from services.planning.images.running import ClusterFacts, WorkloadFacts
from services.planning.images.ways import ImagePlace, Torn, taken, way_of
from services.planning.objects.workload_owners import Tool, WorkloadOwner

_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class _Finding:
    """What holds for a workload. Findings that differ in their workload alone are said in one sentence."""

    code: str
    severity: Severity
    about: WorkloadOwner | str | Torn


def settle_ownership(
    facts: ClusterFacts, changes: Sequence[ImageChange], allow: frozenset[str]
) -> tuple[tuple[ImageChange, ...], tuple[Problem, ...]]:
    """The changes with the names in which they are written, and the problems, each said once for all workloads."""
    workloads = {workload.resource: workload for workload in facts.workloads}
    written: dict[ResourceId, WrittenAs | None] = {}
    found: dict[_Finding, list[ResourceId]] = {}
    for resource, own in _by_workload(changes).items():
        changing = [change for change in own if change.action is Action.UPDATE]
        for finding, way in _judged(workloads[resource], own, changing, allow):
            written[resource] = way
            if finding is not None:
                found.setdefault(finding, []).append(resource)
    return (
        tuple(
            replace(change, written_as=written.get(change.workload)) if change.action is Action.UPDATE else change
            for change in changes
        ),
        tuple(_problem(facts.cluster, finding, resources) for finding, resources in found.items()),
    )


def _by_workload(changes: Iterable[ImageChange]) -> Mapping[ResourceId, Sequence[ImageChange]]:
    found: dict[ResourceId, list[ImageChange]] = {}
    for change in changes:
        found.setdefault(change.workload, []).append(change)
    return found


def _judged(
    workload: WorkloadFacts, own: Sequence[ImageChange], changing: Sequence[ImageChange], allow: frozenset[str]
) -> Iterator[tuple[_Finding | None, WrittenAs | None]]:
    """What is found, each time with the way in which the workload is written."""
    way = way_of(workload.entries, workload.delivered_by, _places(changing)) if changing else None
    ours = taken(workload.entries, _places(own)) is not None
    if isinstance(way, Torn):
        yield _Finding(code="owners-disagree", severity=Severity.BLOCKS, about=way), None
        way = None
    elif changing and workload.delivered_by is not None:
        consented = ImageConsent.OWNED_UNTIL_NEXT_UPGRADE in allow
        severity = Severity.WARNS if consented else Severity.BLOCKS
        code = "owned-until-next-upgrade" if consented else "owned"
        yield _Finding(code=code, severity=severity, about=workload.delivered_by), way
        if consented and way is not None and _is_anothers(way, workload.delivered_by):
            yield _Finding(code="patched-in-anothers-name", severity=Severity.TELLS, about=way.manager), way
    elif way is not None:
        if way.method is WriteMethod.APPLY:
            yield _Finding(code="applied-in-anothers-name", severity=Severity.WARNS, about=way.manager), way
        else:
            yield _Finding(code="patched-in-anothers-name", severity=Severity.TELLS, about=way.manager), way
    if ours:
        given_back = way is not None and way.method is WriteMethod.APPLY
        code = "fields-given-back" if given_back else "fields-taken"
        yield _Finding(code=code, severity=Severity.TELLS if given_back else Severity.WARNS, about=""), way
    yield None, way


def _is_anothers(way: WrittenAs, owner: WorkloadOwner) -> bool:
    """Whether the image is neither the owner's nor applied with all that the owner applies."""
    return way.method is WriteMethod.PATCH and way.manager != owner.manager


def _places(changes: Iterable[ImageChange]) -> tuple[ImagePlace, ...]:
    return tuple(ImagePlace(container=change.container, pointer=change.pointer) for change in changes)


def _problem(cluster: str, finding: _Finding, resources: Sequence[ResourceId]) -> Problem:
    return Problem(
        code=finding.code,
        severity=finding.severity,
        detail=_detail(finding, resources),
        cluster=cluster,
        resource=resources[0] if len(resources) == 1 else None,
        consent=ImageConsent.OWNED_UNTIL_NEXT_UPGRADE if finding.code == "owned" else None,
        tool=finding.about.tool if isinstance(finding.about, WorkloadOwner) else None,
    )


def _detail(finding: _Finding, resources: Sequence[ResourceId]) -> str:
    label, one = _labels(resources), len(resources) == 1
    match finding.about:
        case WorkloadOwner() as owner:
            belongs = f"{label} {'belongs' if one else 'belong'} to {owner.name}, {owner.returns}"
            if finding.severity is Severity.BLOCKS:
                return (
                    f"{belongs}: change it there, or allow '{ImageConsent.OWNED_UNTIL_NEXT_UPGRADE}' to write it here."
                )
            return f"{belongs}. Change it there, too, to keep the new one."
        case Torn(one_image=True) as torn:
            return (
                f"{' and '.join(torn.managers)} both apply the image of {label}, so whichever of them applies next "
                "would fail. Let only one of them apply it."
            )
        case Torn() as torn:
            return (
                f"The images of {label} belong to different field managers ({', '.join(torn.managers)}), and one write "
                "cannot be made in the name of several. Choose their containers in separate operations."
            )
        case str() as manager:
            return _ABOUT_MANAGERS[finding.code].format(label=label, manager=manager, its="its" if one else "their")


_ABOUT_MANAGERS: Mapping[str, str] = {
    "applied-in-anothers-name": (
        "{label}: {manager} applies this with server-side apply, so the image is applied in its name. Its next apply "
        "brings its own image back: change it there, too."
    ),
    "patched-in-anothers-name": (
        "{label}: the image belongs to the field manager {manager}, and is written in its name, so that nobody's next "
        "apply fails because of it."
    ),
    "fields-given-back": (
        "{label}: an earlier version of Stagecoach took the image from the field manager that applies it, whose next "
        "apply would fail. It is given back with this change."
    ),
    "fields-taken": (
        "{label}: an earlier version of Stagecoach took the image from the field manager that applies it, whose next "
        "apply fails. Give it back under 'Workload owners' in the console, or with POST …/ownership/repair."
    ),
}


def _labels(resources: Sequence[ResourceId]) -> str:
    names = [resource.label for resource in resources]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def is_delivery_tool(tool: str) -> bool:
    """Whether a mark is of a tool whose ownership `workload_owner` proves or refutes."""
    return tool in set(Tool)
