"""Which waves a request may name, and the wave that each cluster gets."""

from datetime import UTC, datetime

import pytest

from db.records.inventory import ClusterRecord
from domain.stored.strategies import Strategy
from domain.words import Reachability
from services.changes.strategy import in_waves
from services.errors import InvalidRequestError

_MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)


def _clusters(*names: str) -> tuple[ClusterRecord, ...]:
    return tuple(
        ClusterRecord(
            id=f"id-of-{name}",
            name=name,
            labels={},
            server=None,
            credential=None,
            credential_version=1,
            reachability=Reachability.REACHABLE,
            server_version=None,
            last_seen_at=None,
            last_error=None,
            created_at=_MADE_AT,
            updated_at=_MADE_AT,
        )
        for name in names
    )


CLUSTERS = _clusters("prod-eu", "prod-us", "prod-ap")


def _waves(*waves: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(each.cluster.name, each.wave) for each in in_waves(CLUSTERS, Strategy(waves=waves))]


def test_without_waves_all_clusters_are_in_one():
    assert [each.wave for each in in_waves(CLUSTERS, Strategy())] == [0, 0, 0]


def test_each_cluster_gets_the_wave_that_names_it_and_keeps_its_position():
    waves = _waves(("prod-ap",), ("prod-us", "prod-eu"))
    assert waves == [("prod-eu", 1), ("prod-us", 1), ("prod-ap", 0)]


def test_waves_name_clusters_whatever_their_case():
    assert _waves(("PROD-EU", "Prod-US"), ("prod-ap",)) == [("prod-eu", 0), ("prod-us", 0), ("prod-ap", 1)]


@pytest.mark.parametrize(
    ("waves", "detail"),
    [
        ((("prod-eu", "prod-us"), ("prod-ap", "PROD-EU")), "'PROD-EU' twice"),
        ((("prod-eu", "prod-us", "prod-ap", "prod-sa"),), "no cluster named prod-sa"),
        ((("prod-eu",),), "No wave names prod-us, prod-ap"),
        ((), "No wave names prod-eu, prod-us, prod-ap"),
    ],
    ids=["a cluster twice", "an unknown cluster", "a cluster left out", "no wave"],
)
def test_waves_that_do_not_name_each_cluster_once_are_refused(waves, detail):
    with pytest.raises(InvalidRequestError, match=detail) as refused:
        _waves(*waves)
    assert refused.value.field == "strategy.waves"
