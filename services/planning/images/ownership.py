"""What owners of workloads mean for a plan of images: in whose name each change is written or whether its owner is
written instead, and what is said. Pure.

The image delivery of a workload decides. For one of Helm, Argo CD or Flux that is `refuse` unless an administrator has
set another, because its owner brings its own image back; the consent `owned-until-next-upgrade` lifts it for one
operation. What a person or a CI job applies with server-side apply is written in that manager's name unasked.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.hand_overs import HandOver, OwnerAddress
from domain.images import ImageChange, WriteMethod, WrittenAs
from domain.problems import Problem, Severity
from domain.resources import ResourceId
from domain.stored.git_files import GitFile
from domain.stored.image_deliveries import ImageDeliveries
from domain.words import Action, ImageConsent, ImageDelivery
from services.planning.images.running import ClusterFacts, WorkloadFacts
from services.planning.images.ways import ImagePlace, Torn, holders, place_of, taken, way_of
from services.planning.objects.workload_owners import Tool, WorkloadOwner

_MOST_NAMED = 5
_WAYS_OF_TOOLS = {ImageDelivery.HELM: Tool.HELM, ImageDelivery.ARGOCD: Tool.ARGO_CD, ImageDelivery.FLUX: Tool.FLUX}
"""The deliveries that write a workload's owner, and the tool that has to own it."""

_Way = WrittenAs | HandOver | None


@dataclass(frozen=True, kw_only=True)
class _Finding:
    """What holds for a workload. Findings that differ in their workload alone are said in one sentence."""

    code: str
    severity: Severity
    about: WorkloadOwner | str | Torn


def settle_ownership(
    facts: ClusterFacts, changes: Sequence[ImageChange], allow: frozenset[str], deliveries: ImageDeliveries
) -> tuple[tuple[ImageChange, ...], tuple[Problem, ...]]:
    """The changes with the names in which they are written, and the problems, each said once for all workloads."""
    workloads = {workload.resource: workload for workload in facts.workloads}
    written: dict[ResourceId, _Way] = {}
    found: dict[_Finding, list[ResourceId]] = {}
    for resource, own in _by_workload(changes).items():
        workload = workloads[resource]
        delivery = _delivery(workload, deliveries, allow)
        for finding, way in _judged(workload, own, delivery, deliveries.file_of(resource)):
            written[resource] = way
            if finding is not None:
                found.setdefault(finding, []).append(resource)
    return (
        tuple(
            _written(change, written.get(change.workload)) if change.action is Action.UPDATE else change
            for change in changes
        ),
        tuple(_problem(facts.cluster, finding, resources) for finding, resources in found.items()),
    )


def _written(change: ImageChange, way: _Way) -> ImageChange:
    return replace(change, handed_over=way) if isinstance(way, HandOver) else replace(change, written_as=way)


def _by_workload(changes: Iterable[ImageChange]) -> Mapping[ResourceId, Sequence[ImageChange]]:
    found: dict[ResourceId, list[ImageChange]] = {}
    for change in changes:
        found.setdefault(change.workload, []).append(change)
    return found


def _delivery(workload: WorkloadFacts, deliveries: ImageDeliveries, allow: frozenset[str]) -> ImageDelivery | None:
    """That of a workload in this operation, which may carry a consent."""
    owned = workload.delivered_by is not None
    found = deliveries.of(workload.resource, owned=owned)
    consented = owned and ImageConsent.OWNED_UNTIL_NEXT_UPGRADE in allow
    return ImageDelivery.AS_OWNER if found is ImageDelivery.REFUSE and consented else found


def _judged(
    workload: WorkloadFacts, own: Sequence[ImageChange], delivery: ImageDelivery | None, file: GitFile | None
) -> Iterator[tuple[_Finding | None, _Way]]:
    """What is found, each time with the way in which the workload is written."""
    places = _places(change for change in own if change.action is Action.UPDATE)
    if not places:
        yield from _fields_of_others(workload, own, None)
        return
    way: _Way = None
    match delivery:
        case ImageDelivery.REFUSE:
            yield _refused(workload), None
        case ImageDelivery.DIRECT:
            yield _direct(workload, places), None
        case ImageDelivery.AS_OWNER | None:
            found = way_of(workload.entries, workload.delivered_by, places)
            if isinstance(found, Torn):
                yield _Finding(code="owners-disagree", severity=Severity.BLOCKS, about=found), None
            else:
                way = found
                yield from ((each, found) for each in _in_owners_name(workload.delivered_by, found))
        case ImageDelivery.HELM | ImageDelivery.ARGOCD | ImageDelivery.FLUX | ImageDelivery.GIT:
            handed = _handed_over(workload, delivery, file)
            if isinstance(handed, HandOver):
                way = handed
            else:
                yield handed, None
    yield from _fields_of_others(workload, own, way)
    yield None, way


def _handed_over(workload: WorkloadFacts, delivery: ImageDelivery, file: GitFile | None) -> HandOver | _Finding:
    """What is to bring the images, or why it cannot."""
    if delivery is ImageDelivery.GIT:
        if file is None:
            return _Finding(code="git-file-unset", severity=Severity.BLOCKS, about="")
        return HandOver(delivery=delivery, owner=OwnerAddress.of_branch(file.repository, file.branch))
    owner = workload.delivered_by
    if owner is None or owner.tool is not _WAYS_OF_TOOLS[delivery]:
        return _Finding(code="delivery-not-of-owner", severity=Severity.BLOCKS, about=delivery.value)
    if owner.address is None:
        return _Finding(code="owner-not-found", severity=Severity.BLOCKS, about=_not_found(owner))
    return HandOver(delivery=delivery, owner=owner.address)


def _not_found(owner: WorkloadOwner) -> str:
    where = f"on cluster {owner.hub}, where Argo CD runs" if owner.hub is not None else "on this cluster"
    if owner.unread is not None:
        return f"{owner.name} is not found {where}. {owner.unread}"
    elsewhere = (
        f"the credential of {owner.hub} may not get it, or it is in another namespace there"
        if owner.hub is not None
        else "its Argo CD may run on another cluster, which an administrator says by PUT /clusters/…/argocd, or the "
        "cluster's credential may not get and list it"
        if owner.tool is Tool.ARGO_CD
        else "it may be on another one, or the cluster's credential may not get and list it"
    )
    return f"{owner.name} is not found {where}: {elsewhere}."


def _refused(workload: WorkloadFacts) -> _Finding:
    if workload.delivered_by is None:
        return _Finding(code="delivery-refused", severity=Severity.BLOCKS, about="")
    return _Finding(code="owned", severity=Severity.BLOCKS, about=workload.delivered_by)


def _direct(workload: WorkloadFacts, places: Sequence[ImagePlace]) -> _Finding | None:
    """Blocks where somebody else has the image and does not yield it: their next run would fail or undo the change."""
    owner = workload.delivered_by
    others = () if owner is not None and owner.yields else holders(workload.entries, places)
    if others:
        return _Finding(code="direct-takes-from-others", severity=Severity.BLOCKS, about=" and ".join(others))
    return _Finding(code="delivered-directly", severity=Severity.TELLS, about=owner) if owner is not None else None


def _in_owners_name(owner: WorkloadOwner | None, way: WrittenAs | None) -> Iterator[_Finding]:
    if owner is not None:
        yield _Finding(code="owned-until-next-upgrade", severity=Severity.WARNS, about=owner)
        if way is not None and _is_anothers(way, owner):
            yield _Finding(code="patched-in-anothers-name", severity=Severity.TELLS, about=way.manager)
    elif way is not None and way.method is WriteMethod.APPLY:
        yield _Finding(code="applied-in-anothers-name", severity=Severity.WARNS, about=way.manager)
    elif way is not None:
        yield _Finding(code="patched-in-anothers-name", severity=Severity.TELLS, about=way.manager)


def _fields_of_others(
    workload: WorkloadFacts, own: Sequence[ImageChange], way: _Way
) -> Iterator[tuple[_Finding, _Way]]:
    """What an earlier version took from whoever applies the workload."""
    yielded = workload.delivered_by is not None and workload.delivered_by.yields
    if yielded or taken(workload.entries, _places(own)) is None:
        return
    if isinstance(way, HandOver):
        yield _Finding(code="fields-taken", severity=Severity.BLOCKS, about=""), way
    elif isinstance(way, WrittenAs) and way.method is WriteMethod.APPLY:
        yield _Finding(code="fields-given-back", severity=Severity.TELLS, about=""), way
    else:
        yield _Finding(code="fields-taken", severity=Severity.WARNS, about=""), way


def _is_anothers(way: WrittenAs, owner: WorkloadOwner) -> bool:
    """Whether the image is neither the owner's nor applied with all that the owner applies."""
    return way.method is WriteMethod.PATCH and way.manager != owner.manager


def _places(changes: Iterable[ImageChange]) -> tuple[ImagePlace, ...]:
    return tuple(map(place_of, changes))


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
            belongs = f"{label} {'belongs' if one else 'belong'} to {owner.full_name}, {owner.returns}"
            if finding.severity is Severity.BLOCKS:
                return (
                    f"{belongs}: change it there, or allow '{ImageConsent.OWNED_UNTIL_NEXT_UPGRADE}' to write it here."
                )
            if finding.severity is Severity.TELLS:
                return (
                    f"{label} {'belongs' if one else 'belong'} to {owner.name}, which leaves the image alone: it is "
                    "written in the name of Stagecoach, as the image delivery 'direct' says."
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
    "delivery-refused": (
        "{label}: the image delivery is 'refuse', so no operation changes {its} image. Whoever administers the "
        "environment can set another one."
    ),
    "direct-takes-from-others": (
        "{label}: the image delivery is 'direct', and the image belongs to {manager}, whose next run would fail or "
        "bring {its} own image back. Set the image delivery 'as-owner', or let {manager} leave the image out first."
    ),
    "delivery-not-of-owner": (
        "{label}: the image delivery is '{manager}', and it belongs to no such owner here. Set another image delivery "
        "for it, which 'Workload owners' in the console proposes."
    ),
    "owner-not-found": (
        "{label}: {manager} So nothing can be handed over to it. Mend that, or set another image delivery."
    ),
    "git-file-unset": (
        "{label}: the image delivery is 'git', and it is not set in which file of which repository {its} images are "
        "named. Set that for the workload, with the image delivery."
    ),
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
