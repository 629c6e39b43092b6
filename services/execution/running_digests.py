"""The digests that pods run as their rollouts end well. Reads nothing but what an informer holds.

They are kept then, because a release holds them, and a cluster may be out of reach by the time an operation has ended
everywhere.
"""

from collections.abc import Sequence
from dataclasses import replace

from domain.stored.rollouts import ExpectedRollout
from services.planning.health.values import Children
from services.planning.images.pod_images import pod_images
from services.reading.informer import Informer


def with_running_digests(
    expected: Sequence[ExpectedRollout], informer: Informer, children: Children
) -> tuple[ExpectedRollout, ...]:
    """Each with the digests that its pods report, of the containers whose pods all report the same one."""
    return tuple(replace(each, digests=_digests(each, informer, children)) for each in expected)


def _digests(expected: ExpectedRollout, informer: Informer, children: Children) -> dict[str, str]:
    live = informer.find(expected.resource.kind, expected.resource.name)
    said = pod_images(live, children) if live is not None else {}
    return {name: one.digests[0] for name, one in said.items() if name in expected.images and len(one.digests) == 1}
