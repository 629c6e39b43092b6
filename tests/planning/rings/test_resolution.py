"""Which clusters each ring of a strategy has."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.stored.strategies import Amount, ByLabels, ByNames, BySize, Remaining, Ring, Strategy
from services.planning.rings.resolution import RingCluster, resolve, unknown_names

_EU, _US = {"region": "eu"}, {"region": "us"}
_FIVE = tuple(
    RingCluster(name=name, labels=labels)
    for name, labels in (("eu-1", _EU), ("us-1", _US), ("eu-2", _EU), ("us-2", _US), ("us-3", {**_US, "tier": "gold"}))
)


def percent(value: int) -> Ring:
    return Ring(selector=BySize(size=Amount(value=value, percent=True)))


def first(value: int) -> Ring:
    return Ring(selector=BySize(size=Amount(value=value)))


def names(*given: str) -> Ring:
    return Ring(selector=ByNames(names=given))


def labels(**given: str) -> Ring:
    return Ring(selector=ByLabels(labels=given))


REMAINING = Ring(selector=Remaining())


def rings_of(*rings: Ring, clusters: tuple[RingCluster, ...] = _FIVE) -> list[tuple[str, ...]]:
    return [each.clusters for each in resolve(Strategy(rings=rings), clusters)]


def test_without_rings_all_clusters_are_in_one():
    assert [each.clusters for each in resolve(Strategy(), _FIVE)] == [("eu-1", "us-1", "eu-2", "us-2", "us-3")]


def test_a_percentage_is_rounded_up_and_counts_from_all_clusters():
    assert rings_of(percent(10), percent(50), REMAINING) == [("eu-1",), ("us-1", "eu-2", "us-2"), ("us-3",)]


def test_the_first_ring_may_be_one_canary_cluster():
    assert rings_of(first(1), REMAINING) == [("eu-1",), ("us-1", "eu-2", "us-2", "us-3")]


def test_a_ring_by_labels_has_the_clusters_that_bear_all_of_them():
    assert rings_of(labels(region="us", tier="gold"), labels(region="us"), REMAINING) == [
        ("us-3",),
        ("us-1", "us-2"),
        ("eu-1", "eu-2"),
    ]


def test_names_come_before_rings_that_choose_whatever_their_order_and_case():
    assert rings_of(first(1), names("EU-1"), REMAINING) == [("us-1",), ("eu-1",), ("eu-2", "us-2", "us-3")]


def test_the_remaining_clusters_may_come_before_named_ones():
    assert rings_of(REMAINING, names("us-3")) == [("eu-1", "us-1", "eu-2", "us-2"), ("us-3",)]


def test_what_no_ring_has_goes_last_and_is_said_to_be_left_over():
    resolved = resolve(Strategy(rings=(labels(region="eu"),)), _FIVE)
    assert [(each.clusters, each.left_over) for each in resolved] == [
        (("eu-1", "eu-2"), False),
        (("us-1", "us-2", "us-3"), True),
    ]


def test_a_ring_without_clusters_is_left_out():
    assert rings_of(labels(region="ap"), REMAINING) == [("eu-1", "us-1", "eu-2", "us-2", "us-3")]


def test_waves_are_rings_by_names():
    strategy = Strategy(waves=(("us-1", "us-2", "us-3"), ("eu-1", "eu-2")))
    assert [each.clusters for each in resolve(strategy, _FIVE)] == [("us-1", "us-2", "us-3"), ("eu-1", "eu-2")]


def test_names_of_no_cluster_are_known():
    assert unknown_names(Strategy(rings=(names("EU-1", "nowhere"), REMAINING)), _FIVE) == ("nowhere",)


def test_fifty_clusters_need_four_lines():
    fifty = tuple(RingCluster(name=f"c{number}", labels={}) for number in range(50))
    assert [len(each) for each in rings_of(first(1), percent(10), percent(50), REMAINING, clusters=fifty)] == [
        1,
        5,
        25,
        19,
    ]


_RINGS = st.one_of(
    st.builds(percent, st.integers(1, 100)),
    st.builds(first, st.integers(1, 4)),
    st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=2).map(lambda each: names(*each)),
    st.sampled_from([labels(x="1"), REMAINING]),
)
_CLUSTERS = st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from([{}, {"x": "1"}]), max_size=7)


@given(st.lists(_RINGS, min_size=1, max_size=4), _CLUSTERS)
@settings(max_examples=60, deadline=None)
def test_every_cluster_is_in_one_ring_and_no_ring_is_empty(rings, clusters):
    given_clusters = tuple(RingCluster(name=name, labels=found) for name, found in clusters.items())
    chosen = rings_of(*rings, clusters=given_clusters)
    assert sorted(name for ring in chosen for name in ring) == sorted(clusters)
    assert all(chosen)
