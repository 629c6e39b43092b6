"""The strategy of an operation: whose it is, which waves it gives clusters, and who may ask for which."""

from dataclasses import replace

import pytest

from domain.rights import Holdings, RoleBinding, Subject, SubjectKind
from domain.stored.strategies import Amount, ByNames, BySize, Remaining, Ring, Strategy
from domain.words import FailurePolicy, OnFailure, Role
from services.changes.strategy import choose_strategy
from services.errors import ForbiddenError, InvalidRequestError
from tests.support.actors import ANN
from tests.support.records import app_environment_record

_PLACE = app_environment_record(clusters=("prod-eu", "prod-us", "prod-ap"))
_CANARY = Strategy(
    rings=(Ring(selector=BySize(size=Amount(value=1)), soak_seconds=600), Ring(selector=Remaining())),
    failure=FailurePolicy.STOP,
)
_PROTECTED = replace(_PLACE, environment=replace(_PLACE.environment, strategy=_CANARY))


def _as(role: Role):
    subject = Subject(kind=SubjectKind.TOKEN, id="ann")
    return replace(ANN, holdings=Holdings(bindings=(RoleBinding(id=None, subject=subject, role=role),)))


def _chosen(asked, place=_PLACE, role=Role.PROMOTER):
    return choose_strategy(place, place.environment.clusters, asked, actor=_as(role))


def _waves(*waves: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(each.cluster.name, each.wave) for each in _chosen(Strategy(waves=waves)).clusters]


def test_without_any_strategy_all_clusters_are_in_one_wave_and_nothing_judges_it():
    chosen = _chosen(None)
    assert ([each.wave for each in chosen.clusters], chosen.runs) == ([0, 0, 0], None)


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
        ((("prod-eu",),), "do not name prod-us, prod-ap"),
        ((), "do not name prod-eu, prod-us, prod-ap"),
    ],
    ids=["a cluster twice", "an unknown cluster", "a cluster left out", "no wave"],
)
def test_waves_that_do_not_name_each_cluster_once_are_refused(waves, detail):
    with pytest.raises(InvalidRequestError, match=detail) as refused:
        _waves(*waves)
    assert refused.value.field == "strategy.waves"


def test_rings_that_name_an_unknown_cluster_are_refused():
    with pytest.raises(InvalidRequestError, match="no cluster named prod-sa") as refused:
        _chosen(Strategy(rings=(Ring(selector=ByNames(names=("prod-sa",))),)))
    assert refused.value.field == "strategy.rings"


def test_the_environments_strategy_is_taken_where_none_is_asked_for():
    chosen = _chosen(None, _PROTECTED)
    assert [each.wave for each in chosen.clusters] == [0, 1, 1]
    assert chosen.runs is not None
    assert (chosen.runs.failure, [run.ring.soak_seconds for run in chosen.runs.rings]) == (FailurePolicy.STOP, [600, 0])


def test_a_cluster_that_has_left_the_environment_is_no_obstacle_in_the_environments_own_strategy():
    own = Strategy(rings=(Ring(selector=ByNames(names=("gone", "prod-us"))), Ring(selector=Remaining())))
    place = replace(_PLACE, environment=replace(_PLACE.environment, strategy=own))
    assert [each.wave for each in _chosen(None, place).clusters] == [1, 0, 1]


def test_a_quorum_is_a_number_of_the_operations_clusters():
    quorum = Strategy(failure=FailurePolicy.QUORUM, quorum=Amount(value=50, percent=True))
    runs = _chosen(quorum).runs
    assert runs is not None
    assert runs.quorum == 2


def test_to_be_less_careful_than_the_environment_takes_a_maintainer():
    with pytest.raises(ForbiddenError, match=r"takes the right 'maintain'.* It has 1 ring"):
        _chosen(Strategy(), _PROTECTED)
    assert _chosen(Strategy(), _PROTECTED, Role.MAINTAINER).runs is None


def test_to_be_more_careful_takes_the_right_to_promote():
    assert _chosen(replace(_CANARY, failure=FailurePolicy.ALL_OR_NOTHING), _PROTECTED).runs is not None


def test_a_fallback_counts_only_where_the_environment_has_no_strategy():
    fallback = Strategy(on_failure=OnFailure.ROLL_BACK, fallback=True)
    assert _chosen(fallback, _PROTECTED).strategy == _CANARY
    assert _chosen(fallback).strategy == Strategy(on_failure=OnFailure.ROLL_BACK)


def test_a_rollback_goes_by_the_environments_strategy_with_short_soaks_and_tells_so():
    chosen = choose_strategy(
        _PROTECTED, _PROTECTED.environment.clusters, None, actor=_as(Role.PROMOTER), short_soaks=True
    )
    assert chosen.runs is not None
    assert [run.ring.soak_seconds for run in chosen.runs.rings] == [60, 0]
    assert chosen.strategy.in_rings[0].soak_seconds == 60
    assert chosen.note is not None


def test_a_strategy_that_is_asked_for_keeps_its_soaks_also_in_a_rollback():
    chosen = choose_strategy(
        _PROTECTED, _PROTECTED.environment.clusters, _CANARY, actor=_as(Role.PROMOTER), short_soaks=True
    )
    assert (chosen.strategy, chosen.note) == (_CANARY, None)


def test_what_brings_new_images_soaks_as_the_environments_strategy_says():
    assert (_chosen(None, _PROTECTED).strategy, _chosen(None, _PROTECTED).note) == (_CANARY, None)
