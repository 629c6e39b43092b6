"""The JSON patch (RFC 6902) that gives a workload its new images, if its images are those that the plan read.

Pure. A JSON patch addresses containers by position, so each change first tests that the container at its pointer has
the name and the image that the plan read; a test that fails rejects the whole patch. A `resourceVersion` is no
possible precondition: controllers update the object's status all the time.
"""

from collections.abc import Iterable, Iterator, Mapping

from domain.cluster_api import JsonPatchOperation
from domain.images import Image, ImageChange
from services.planning.objects.declared_images import spelling


def image_patch(changes: Iterable[ImageChange]) -> tuple[JsonPatchOperation, ...]:
    """Tests first, then replacements, for all containers of one object: one write, hence one rollout."""
    changes = tuple(changes)
    tests = [test for change in changes for test in _tests(change)]
    replacements = [replacement for change in changes for replacement in _replacements(change)]
    return (*tests, *replacements)


def _tests(change: ImageChange) -> Iterator[JsonPatchOperation]:
    for path, value in _spellings(change, change.before).items():
        if value is not None:  # no test succeeds on a member that is not there
            yield JsonPatchOperation(op="test", path=path, value=value)


def _replacements(change: ImageChange) -> Iterator[JsonPatchOperation]:
    before = _spellings(change, change.before)
    for path, value in _spellings(change, change.after).items():
        if value == before[path]:
            continue
        if value is None:
            yield JsonPatchOperation(op="remove", path=path)
        else:
            yield JsonPatchOperation(op="replace" if before[path] is not None else "add", path=path, value=value)


def _spellings(change: ImageChange, image: Image) -> Mapping[str, str | None]:
    """What the object has at which JSON pointers where it has this image; None for a member that it lacks then."""
    if change.declared is None:
        return {f"{change.pointer}/name": change.container, f"{change.pointer}/image": image.reference}
    return spelling(change.declared.images[0], change.pointer, image.reference)
