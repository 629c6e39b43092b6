"""In whose name an image is written, so that the next run of whoever owns the workload does not fail. Pure.

Server-side apply refuses an apply that changes a field of another manager. A patch of an image that an Apply manager
owns therefore makes that manager's next apply fail, unless it forces. Such an image is written by an apply in the
manager's own name, with everything that it applied before: its next apply passes and brings its own image back. A
manager that updates (Helm 3, `kubectl set image`) overwrites without asking; there a patch in its name leaves the
ownership as it was. docs/decisions/an-owned-image-is-written-in-its-owners-name.md has what was tried.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

from domain.cluster_api import FIELD_MANAGER
from domain.images import ImageChange, WriteMethod, WrittenAs
from services.planning.objects.field_ownership import FieldPath
from services.planning.objects.manager_entries import ManagerEntry
from services.planning.objects.workload_owners import WorkloadOwner


@dataclass(frozen=True, kw_only=True)
class Torn:
    """Managers own the image, or the images, in such a way that no single write spares all of them."""

    managers: tuple[str, ...]
    one_image: bool  # several apply the same image; otherwise different images have different managers


@dataclass(frozen=True, kw_only=True)
class ImagePlace:
    """A container's place in its object: its name, and the pointer to it (`Container.pointer`).

    `declared`: the pointer leads to the member of an object of a declared kind that spells the image.
    """

    container: str
    pointer: str
    declared: bool = False

    @property
    def path(self) -> FieldPath:
        return _member_path(self.pointer) if self.declared else _container_path(self.pointer, self.container)

    @property
    def image(self) -> FieldPath:
        """The field that holds the image."""
        return self.path if self.declared else (*self.path, "f:image")


def place_of(change: ImageChange) -> ImagePlace:
    return ImagePlace(container=change.container, pointer=change.pointer, declared=change.declared is not None)


def way_of(
    entries: Sequence[ManagerEntry], owner: WorkloadOwner | None, places: Iterable[ImagePlace]
) -> WrittenAs | Torn | None:
    """How the images of these containers of one object are written; None: patched in the name of Stagecoach."""
    ways: dict[WrittenAs | None, None] = {}
    for place in places:
        way = _way(entries, owner, place)
        if isinstance(way, Torn):
            return way
        ways[way] = None
    if len(ways) > 1:
        return Torn(managers=tuple(way.manager if way else FIELD_MANAGER for way in ways), one_image=False)
    return next(iter(ways), None)


def _way(entries: Sequence[ManagerEntry], owner: WorkloadOwner | None, place: ImagePlace) -> WrittenAs | Torn | None:
    foreign = [entry for entry in entries if entry.manager != FIELD_MANAGER]
    holders = [entry for entry in foreign if entry.owns(place.image)]
    appliers = [entry for entry in holders if entry.applies]
    if len(appliers) > 1:
        return Torn(managers=tuple(entry.manager for entry in appliers), one_image=True)
    if appliers:
        return WrittenAs(manager=appliers[0].manager, method=WriteMethod.APPLY)
    if not holders and (applier := taken_from(entries, place)) is not None:
        return WrittenAs(manager=applier.manager, method=WriteMethod.APPLY)
    if any(entry.applies and _owns_container(entry, place) for entry in foreign):
        # It applies the container and not its image: somebody else has the image, and keeps it.
        return WrittenAs(manager=holders[0].manager, method=WriteMethod.PATCH) if holders else None
    return WrittenAs(manager=owner.manager, method=WriteMethod.PATCH) if owner is not None else None


def holders(entries: Sequence[ManagerEntry], places: Iterable[ImagePlace]) -> tuple[str, ...]:
    """The managers besides us that own one of these images, or from whom we took it."""
    found: list[str] = []
    for place in places:
        image = place.image
        found += [each.manager for each in entries if each.manager != FIELD_MANAGER and each.owns(image)]
        former = taken_from(entries, place)
        found += [former.manager] if former is not None else []
    return tuple(dict.fromkeys(found))


def taken_from(entries: Sequence[ManagerEntry], place: ImagePlace) -> ManagerEntry | None:
    """The applying manager from which a patch of ours took the image, and which has not come to terms with it since.

    A manager that has applied since leaves the image out: it had to give it up, or its apply would have failed.
    """
    ours = next((e for e in entries if is_ours(e) and e.owns(place.image)), None)
    appliers = [e for e in entries if e.applies and e.manager != FIELD_MANAGER and _owns_container(e, place)]
    if ours is None or len(appliers) != 1 or appliers[0].time > ours.time:
        return None
    return appliers[0]


def taken(entries: Sequence[ManagerEntry], places: Iterable[ImagePlace]) -> ManagerEntry | None:
    """Our entry, where it has an image that another manager applies or applied, so that its next apply fails."""
    ours = next(filter(is_ours, entries), None)
    if ours is None:
        return None
    for place in places:
        image = place.image
        shared = any(e.applies and e.manager != FIELD_MANAGER and e.owns(image) for e in entries)
        if ours.owns(image) and (shared or taken_from(entries, place) is not None):
            return ours
    return None


def is_ours(entry: ManagerEntry) -> bool:
    """Whether it is the entry of patches that Stagecoach made in its own name."""
    return entry.manager == FIELD_MANAGER and not entry.applies


def _owns_container(entry: ManagerEntry, place: ImagePlace) -> bool:
    return entry.owns(place.path) or entry.owns((*place.path, "f:name"))


@cache
def _member_path(pointer: str) -> FieldPath:
    """`/spec/proxies/0/image` → the steps of FieldsV1 down to the first list, which most definitions make one field."""
    steps = pointer.strip("/").split("/")
    return tuple(f"f:{step}" for step in takewhile(lambda step: not step.isdigit(), steps))


@cache
def _container_path(pointer: str, container: str) -> FieldPath:
    """`/spec/template/spec/containers/0` and its name → the steps of FieldsV1."""
    steps = pointer.strip("/").split("/")[:-1]
    name = container.replace("\\", "\\\\").replace('"', '\\"')
    return (*(f"f:{step}" for step in steps), f'k:{{"name":"{name}"}}')
