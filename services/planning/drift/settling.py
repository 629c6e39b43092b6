"""What a release settles of the drift and skew that is open, as it is recorded. Pure."""

from collections.abc import Iterable
from datetime import datetime

from domain.divergences import DivergenceKind, OpenDivergence
from services.planning.drift.observing import ReleaseImages, observe
from services.planning.drift.steadying import Standing, Step, step
from services.planning.images.running import ClusterFacts

_OF_IMAGES = frozenset({DivergenceKind.IMAGE_DRIFT, DivergenceKind.DIGEST_DRIFT, DivergenceKind.SKEW})


def settled(
    rows: Iterable[OpenDivergence], facts: Iterable[ClusterFacts], release: ReleaseImages, *, now: datetime
) -> Step:
    """What closes, and what is otherwise than it was, by what runs: the step that who watches would make later.

    Of a cluster that could not be read nothing is known, so then only changes are told.
    """
    known = {each.divergence.key: as_opened(each) for each in rows if each.divergence.kind in _OF_IMAGES}
    return step(known, observe({each.cluster: each for each in facts}, release), now=now)


def as_opened(row: OpenDivergence) -> Standing:
    """The state of what is open, as its row says."""
    return Standing(divergence=row.divergence, since=row.since, opened=True)
