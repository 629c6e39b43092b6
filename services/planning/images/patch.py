"""The JSON patch (RFC 6902) that gives a workload its new images, if its images are those that the plan read.

Pure. A JSON patch addresses containers by position, so each change first tests that the container at its pointer has
the name and the image that the plan read; a test that fails rejects the whole patch. A `resourceVersion` is no
possible precondition: controllers update the object's status all the time.
"""

from collections.abc import Iterable

from domain.cluster_api import JsonPatchOperation
from domain.images import ImageChange


def image_patch(changes: Iterable[ImageChange]) -> tuple[JsonPatchOperation, ...]:
    """Tests first, then replacements, for all containers of one object: one write, hence one rollout."""
    changes = tuple(changes)
    tests = [
        test
        for change in changes
        for test in (
            JsonPatchOperation(op="test", path=f"{change.pointer}/name", value=change.container),
            JsonPatchOperation(op="test", path=f"{change.pointer}/image", value=change.before.reference),
        )
    ]
    replacements = [
        JsonPatchOperation(op="replace", path=f"{change.pointer}/image", value=change.after.reference)
        for change in changes
    ]
    return (*tests, *replacements)
