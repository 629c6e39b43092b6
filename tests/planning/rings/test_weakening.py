"""Whether a strategy is less careful than the environment's own."""

from dataclasses import replace

import pytest

from domain.stored.checks import Check, HttpCheck, Window
from domain.stored.strategies import Amount, BySize, Remaining, Ring, Strategy
from domain.words import FailurePolicy, OnFailure
from services.planning.rings.resolution import RingCluster
from services.planning.rings.weakening import is_weaker, weakenings

_TEN = tuple(RingCluster(name=f"c{number}", labels={}) for number in range(10))
_SMOKE = Check(name="smoke", asks=HttpCheck(url="https://shop.example/healthz", window=Window(seconds=60, every=5)))
_CANARY = Ring(selector=BySize(size=Amount(value=1)), soak_seconds=600, checks=(_SMOKE,), pauses=True)
_REST = Ring(selector=Remaining())
_OWN = Strategy(rings=(_CANARY, _REST), failure=FailurePolicy.STOP)


def _canary(**changes) -> Strategy:
    return replace(_OWN, rings=(replace(_CANARY, **changes), _REST))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Strategy(failure=FailurePolicy.STOP), "It has 1 ring, where the environment's strategy has 2."),
        (_canary(selector=BySize(size=Amount(value=3))), "With ring 1 it has changed 3 clusters"),
        (_canary(soak_seconds=60), "It soaks 60 seconds before more than 1 cluster are changed"),
        (_canary(checks=()), "It leaves out the check 'smoke'"),
        (_canary(pauses=False), "It does not wait for a person"),
        (replace(_OWN, failure=FailurePolicy.BEST_EFFORT), "Its failure policy is best-effort"),
    ],
    ids=["fewer rings", "a larger canary", "a shorter soak", "no check", "no person", "a laxer policy"],
)
def test_what_is_less_careful_is_said(asked, said):
    assert any(each.startswith(said) for each in weakenings(asked, _OWN, _TEN))


def test_the_environments_own_strategy_is_not_weaker():
    assert not is_weaker(_OWN, _OWN, _TEN)


def test_a_strategy_that_is_more_careful_in_everything_is_not_weaker():
    careful = Strategy(
        rings=(replace(_CANARY, soak_seconds=900), Ring(selector=BySize(size=Amount(value=4))), _REST),
        failure=FailurePolicy.ALL_OR_NOTHING,
    )
    assert not is_weaker(careful, _OWN, _TEN)


def test_anything_is_as_careful_as_no_strategy():
    assert not is_weaker(Strategy(waves=(tuple(each.name for each in _TEN),)), Strategy(), _TEN)


@pytest.mark.parametrize(
    ("asked", "own", "weaker"),
    [
        (FailurePolicy.STOP, FailurePolicy.ALL_OR_NOTHING, True),
        (FailurePolicy.ALL_OR_NOTHING, FailurePolicy.STOP, False),
        (FailurePolicy.QUORUM, FailurePolicy.STOP, True),
        (FailurePolicy.STOP, FailurePolicy.QUORUM, True),
        (FailurePolicy.QUORUM, FailurePolicy.BEST_EFFORT, False),
        (None, FailurePolicy.BEST_EFFORT, False),
    ],
)
def test_policies_are_compared_by_what_a_failure_may_do(asked, own, weaker):
    def policy(word: FailurePolicy | None) -> Strategy:
        return Strategy(failure=word, quorum=Amount(value=2) if word is FailurePolicy.QUORUM else None)

    assert is_weaker(policy(asked), policy(own), _TEN) is weaker


def test_on_failure_stay_is_laxer_than_roll_back():
    assert is_weaker(Strategy(on_failure=OnFailure.STAY), Strategy(on_failure=OnFailure.ROLL_BACK), _TEN)


def test_a_smaller_quorum_is_weaker():
    def quorum(value: int) -> Strategy:
        return Strategy(failure=FailurePolicy.QUORUM, quorum=Amount(value=value, percent=True))

    assert is_weaker(quorum(50), quorum(80), _TEN)
    assert not is_weaker(quorum(90), quorum(80), _TEN)
