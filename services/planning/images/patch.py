"""The JSON patch that gives a workload its new images, and only if they are what the plan saw.

Pure. A JSON patch addresses containers by position, so each change first tests that the container of that name is
still there with the image that the plan saw; one test that fails refuses the whole patch. A `resourceVersion` would be
no good precondition: controllers report on the object all the time.
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
