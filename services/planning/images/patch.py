"""The JSON patch that gives a workload its new images, and only if they are what the plan saw.

Pure. A JSON patch addresses containers by position, so each change first tests that the container of that name is
still there with the image that the plan saw; one test that fails refuses the whole patch. A `resourceVersion` would be
no good precondition: controllers report on the object all the time.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.cluster_api import JsonPatchOperation


@dataclass(frozen=True, kw_only=True)
class ImageStep:
    """One container's image to be changed; `pointer` is the JSON pointer to the container in its object."""

    container: str
    pointer: str
    before: str
    after: str


def image_patch(steps: Iterable[ImageStep]) -> tuple[JsonPatchOperation, ...]:
    """Tests first, then replacements, for all containers of one object: one write, hence one rollout."""
    steps = tuple(steps)
    tests = [
        test
        for step in steps
        for test in (
            JsonPatchOperation(op="test", path=f"{step.pointer}/name", value=step.container),
            JsonPatchOperation(op="test", path=f"{step.pointer}/image", value=step.before),
        )
    ]
    replacements = [JsonPatchOperation(op="replace", path=f"{step.pointer}/image", value=step.after) for step in steps]
    return (*tests, *replacements)
