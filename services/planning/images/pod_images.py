"""What a workload's pods say of its template's images: their digests, other names for them, and former images.

Pure. A pod need not repeat its template. Admission webhooks write the registry out, append the digest (Kyverno
`mutateDigest`) or put a cache's name in place of the registry's (k8s-image-swapper). A node reports a digest under the
name by which it first pulled the same content. And a controller that is told to leave pods alone keeps those of a
former template.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property

from domain.image_references import ImageReference, only, reported_image, try_parse_image
from domain.images import Image
from domain.resources import Manifest
from services.planning.health.revisions import REVISION_HASH_LABEL, newest_pods, pods_below
from services.planning.health.values import Children
from services.planning.objects.workloads import containers


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """An image that pods run under another name: `rewritten` in the pod itself, else only reported so by the node."""

    reference: str
    digest: str | None
    rewritten: bool


@dataclass(frozen=True, kw_only=True)
class PodImages:
    """What pods say of one container.

    `digests` are those that are known in the repository of the template's image. `current`: whether a pod runs that
    image. `former` are the images of pods that have another one and that their controller does not replace.
    """

    digests: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    former: tuple[Image, ...] = ()
    current: bool = False


class _Relation(Enum):
    SAME = auto()  # the template's image, perhaps with more said of it
    PERHAPS = auto()  # the template's image, unless the pod is of a former revision
    OTHER = auto()


@dataclass
class _Found:
    digests: set[str] = field(default_factory=set)
    elsewhere: dict[Elsewhere, None] = field(default_factory=dict)
    former: dict[Image, None] = field(default_factory=dict)
    current: bool = False


def pod_images(workload: Manifest, children: Children) -> dict[str, PodImages]:
    """Container name → what the workload's pods say of it; none where no pod was read."""
    if not children.pods:
        return {}
    reading = _Reading(workload=workload, children=children)
    for pod in pods_below(workload, children.pods, children.jobs):
        if not pod.metadata.get("deletionTimestamp") and not _has_been_replaced(workload, pod):
            reading.read(pod)
    return {
        name: PodImages(
            digests=tuple(sorted(one.digests)),
            elsewhere=tuple(one.elsewhere),
            former=tuple(one.former),
            current=one.current,
        )
        for name, one in reading.found.items()
    }


def has_images_of(workload: Manifest, pod: Manifest) -> bool:
    """Whether a pod runs the images of the workload's template, as far as admission leaves it to be seen."""
    images = {(container.init, container.name): container.image for container in containers(pod)}
    reported = _reported(pod)
    return all(
        _relation(each.image, images.get((each.init, each.name), ""), reported.get(each.name)) is not _Relation.OTHER
        for each in containers(workload)
    )


def keeps_pods(workload: Manifest) -> str | None:
    """Why the workload's controller leaves pods of a former template alone; None where it replaces them."""
    strategy = workload.spec.get("updateStrategy") or {}
    match workload.kind.name:
        case "StatefulSet" | "DaemonSet" if strategy.get("type") == "OnDelete":
            return "its pods are replaced only when they are deleted (OnDelete)"
        case "StatefulSet" if _partition(workload):
            return f"its pods below ordinal {_partition(workload)} are not replaced (partition)"
        case "ReplicationController" | "ReplicaSet":
            return f"a {workload.kind.name} never replaces its pods"
        case "Deployment" if workload.spec.get("paused"):
            return "it is paused"
        case _:
            return None


def _partition(workload: Manifest) -> int:
    rolling = (workload.spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
    partition = rolling.get("partition")
    return partition if isinstance(partition, int) else 0


def _is_kept(workload: Manifest, pod: Manifest) -> bool:
    """Whether the controller leaves this pod alone. A StatefulSet counts from its first ordinal (KEP-3335)."""
    if keeps_pods(workload) is None:
        return False
    on_delete = (workload.spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    if workload.kind.name != "StatefulSet" or on_delete:
        return True
    ordinal = pod.name.rpartition("-")[2]
    first = (workload.spec.get("ordinals") or {}).get("start") or 0
    return ordinal.isdecimal() and int(ordinal) - first < _partition(workload)


def _has_been_replaced(workload: Manifest, pod: Manifest) -> bool:
    """An evicted pod stays for days and reports an old digest; the finished pod of a Job counts."""
    ended = pod.status.get("phase") in {"Failed", "Succeeded"}
    return ended and workload.kind.name not in {"Job", "CronJob", "Pod"}


class _Reading:
    """Reads the pods of one workload, one after the other."""

    def __init__(self, *, workload: Manifest, children: Children) -> None:
        self._workload = workload
        self._children = children
        self._template = {(container.init, container.name): container.image for container in containers(workload)}
        self.found = {name: _Found() for _, name in self._template}

    def read(self, pod: Manifest) -> None:
        """A pod of a former template says nothing of the newer one, not even of images that are in both: tags move.

        Where the controller keeps it, it is what runs.
        """
        images = {(container.init, container.name): container.image for container in containers(pod)}
        reported = _reported(pod)
        relations = {
            key: _relation(image, images.get(key, ""), reported.get(key[1])) for key, image in self._template.items()
        }
        if _Relation.OTHER in relations.values() and self._is_newest(pod):
            # Whatever its images are called, admission made them of the template: a mirror may rename them altogether.
            relations = {key: _Relation.PERHAPS if key in images else each for key, each in relations.items()}
        kept = _is_kept(self._workload, pod)
        if not kept and _Relation.OTHER in relations.values():
            return
        former = _Relation.PERHAPS in relations.values() and self._is_former(pod)
        if former and not kept:
            return
        for key, relation in relations.items():
            if key not in images:
                continue
            found, at_node = self.found[key[1]], reported.get(key[1])
            if relation is _Relation.OTHER or (former and relation is _Relation.PERHAPS):
                found.former[_image(images[key], at_node)] = None
            else:
                _read_container(found, self._template[key], images[key], at_node)

    def _is_newest(self, pod: Manifest) -> bool:
        """Whether the pod is known to be of the newest revision, which its controller has to have seen."""
        workload = self._workload
        seen = workload.generation is not None and workload.status.get("observedGeneration") == workload.generation
        if not seen or workload.spec.get(
            "paused"
        ):  # a paused Deployment is seen, and has no ReplicaSet of its template
            return False
        if workload.kind.name == "StatefulSet":
            revision = workload.status.get("updateRevision")
            return bool(revision) and pod.labels.get(REVISION_HASH_LABEL) == revision
        return workload.kind.name in {"Deployment", "DaemonSet"} and pod.name in self._newest

    def _is_former(self, pod: Manifest) -> bool:
        """Whether the pod is known to be of a former revision."""
        if self._workload.kind.name == "StatefulSet":
            revision = self._workload.status.get("updateRevision")
            return bool(revision) and pod.labels.get(REVISION_HASH_LABEL) != revision
        return bool(self._newest) and pod.name not in self._newest

    @cached_property  # the same for all pods, and only wanted where pods do not repeat their template
    def _newest(self) -> frozenset[str]:
        return frozenset(each.name for each in newest_pods(self._workload, self._children))


def _read_container(found: _Found, template: str, image: str, reported: ImageReference | None) -> None:
    found.current = True
    asked, runs = try_parse_image(template), try_parse_image(image)
    if asked is None or runs is None:
        return
    other_tag = None not in {runs.effective_tag, asked.effective_tag} and runs.effective_tag != asked.effective_tag
    if runs.full_name != asked.full_name or other_tag:
        digest = runs.digest or (reported.digest if reported else None)
        found.elsewhere[Elsewhere(reference=image, digest=digest, rewritten=True)] = None
    elif runs.digest is not None:
        found.digests.add(runs.digest)
    elif reported is not None and reported.full_name == asked.full_name:
        assert reported.digest is not None
        found.digests.add(reported.digest)
    elif reported is not None:
        found.elsewhere[Elsewhere(reference=str(reported), digest=reported.digest, rewritten=False)] = None


def _reported(pod: Manifest) -> dict[str, ImageReference]:
    statuses = (
        *(pod.status.get("initContainerStatuses") or ()),
        *(pod.status.get("containerStatuses") or ()),
    )
    found = {str(each.get("name", "")): reported_image(str(each.get("imageID") or "")) for each in statuses}
    return {name: reported for name, reported in found.items() if reported is not None}


def _image(text: str, reported: ImageReference | None) -> Image:
    parsed = try_parse_image(text)
    same = parsed is not None and reported is not None and parsed.full_name == reported.full_name
    return Image.of(text, digest=reported.digest if same and reported else None)


def _relation(template: str, image: str, reported: ImageReference | None) -> _Relation:
    """How the image of a pod's container relates to that of its template; "" where the pod has no such container."""
    if image == template:
        return _Relation.SAME
    asked, runs = try_parse_image(template), try_parse_image(image)
    if asked is None or runs is None:
        return _Relation.OTHER
    if runs.full_name != asked.full_name:
        return _Relation.PERHAPS if _may_be_rewritten(asked, runs) else _Relation.OTHER
    if asked.digest is not None:
        named = reported.digest if reported is not None and reported.full_name == runs.full_name else None
        return _Relation.SAME if asked.digest == (runs.digest or named) else _Relation.OTHER
    if runs.effective_tag is None:  # pinned at admission by its digest alone
        return _Relation.PERHAPS
    return _Relation.SAME if runs.effective_tag == asked.effective_tag else _Relation.OTHER


def _may_be_rewritten(asked: ImageReference, runs: ImageReference) -> bool:
    """A cache keeps the last part of the name, and the tag or the digest."""
    last_asked, last_runs = (each.repository.rpartition("/")[2] for each in (asked, runs))
    if last_asked != last_runs:
        return False
    if asked.digest is not None and runs.digest is not None:
        return asked.digest == runs.digest
    return runs.effective_tag is None or runs.effective_tag == asked.effective_tag


def agreed(images: Iterable[Image]) -> Image | None:
    """The image, where all are the same; with its digest where one of them knows it. None for none, or several."""
    listed = tuple(images)
    if not listed or any(not listed[0].agrees_with(other) or listed[0].tag != other.tag for other in listed):
        return None
    digest = only(image.digest for image in listed if image.digest)
    return next((image for image in listed if image.digest == digest), None)
