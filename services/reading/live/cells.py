"""The cells of the matrix as they are sent: encoded once for all who look, whatever they may see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import combinations

from services.planning.health.values import HealthState
from services.planning.overviews.matrix import MatrixCell, without_sources
from services.reading.live.places import Place


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of the matrix, encoded; equal cells have equal digests, in every process.

    `sources` are the ids of other environments that it names; `without` is the cell for who does not see some of them,
    given as these.
    """

    encoded: bytes
    digest: bytes
    sources: frozenset[str] = frozenset()
    without: Mapping[frozenset[str], bytes] = field(default_factory=dict)

    def seen_with(self, environments: frozenset[str]) -> bytes:
        """The cell for who sees these environments, given by their ids."""
        unseen = self.sources - environments
        return self.without[unseen] if unseen else self.encoded


def encoded_cell(cell: MatrixCell, *, source: Place | None, encode: Callable[[MatrixCell], bytes]) -> Cell:
    """The cell for everybody; `source` is the place that is promoted from, whose keys it may say that it misses."""
    encoded = encode(cell)
    missing = cell.missing_keys is not None
    assert source is not None or not missing, "keys are missing that a source has"
    lacks_of = source.target.environment.id if source is not None and missing else None
    follows = cell.follow.source.id if cell.follow is not None else None
    sources = frozenset(each for each in (lacks_of, follows) if each is not None)
    unseen = [frozenset(each) for size in range(len(sources)) for each in combinations(sources, size + 1)]
    return Cell(
        encoded=encoded,
        digest=blake2b(encoded, digest_size=16).digest(),
        sources=sources,
        without={
            each: encode(without_sources(cell, missing_keys=lacks_of in each, follow=follows in each))
            for each in unseen
        },
    )


def unread_cell(place: Place) -> MatrixCell:
    """The cell of a place of which nothing can be told but what its row says."""
    target = place.target
    return MatrixCell(
        environment=target.environment.name,
        configured=target.configured,
        deploy_mode=target.deploy_mode,
        images=(),
        health=HealthState.UNKNOWN,
        skew=False,
        stale=True,
        active_operation=target.active_operation,
        follow=target.follow,
    )
