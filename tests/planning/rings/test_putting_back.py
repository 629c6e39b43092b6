"""How long the rings of a rollback soak: no longer than what is put back needs, and never longer than they would."""

from dataclasses import replace

import pytest

from domain.problems import Severity
from domain.stored.checks import Check, ComparisonOperator, HttpCheck, PrometheusCheck, Window
from domain.stored.strategies import Amount, BySize, Remaining, Ring, Strategy
from domain.words import FailurePolicy
from services.planning.rings.putting_back import soaks_shortened, with_short_soaks

_WINDOW = Window(seconds=60, every=5)
_SMOKE = Check(name="smoke", asks=HttpCheck(url="https://shop.example/healthz", window=_WINDOW))
_CANARY = Ring(selector=BySize(size=Amount(value=1)), soak_seconds=3600, checks=(_SMOKE,), pauses=True)
_OWN = Strategy(rings=(_CANARY, Ring(selector=Remaining(), soak_seconds=600)), failure=FailurePolicy.STOP)


def _soaks(strategy: Strategy) -> list[int]:
    return [ring.soak_seconds for ring in with_short_soaks(strategy).in_rings]


def _asking(query: str, *, soak_seconds: int = 86_400) -> Strategy:
    asks = PrometheusCheck(
        url="https://prometheus.example",
        query=query,
        comparison=ComparisonOperator.BELOW,
        bound=1,
        window=_WINDOW,
    )
    check = Check(name="errors", asks=asks)
    return Strategy(rings=(Ring(selector=Remaining(), soak_seconds=soak_seconds, checks=(check,)),))


def test_a_ring_soaks_for_a_minute_at_most():
    assert _soaks(_OWN) == [60, 60]


@pytest.mark.parametrize("seconds", [0, 30, 60])
def test_no_soak_becomes_longer(seconds):
    assert _soaks(Strategy(rings=(Ring(selector=Remaining(), soak_seconds=seconds),))) == [seconds]
    assert _soaks(_asking("rate(errors[5m])", soak_seconds=seconds)) == [seconds]


def test_rings_checks_pauses_and_the_failure_policy_stay():
    short = with_short_soaks(_OWN)
    without_soaks = [replace(ring, soak_seconds=0) for ring in short.in_rings]
    assert without_soaks == [replace(ring, soak_seconds=0) for ring in _OWN.in_rings]
    assert short.failure is FailurePolicy.STOP


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("sum(rate(http_errors_total[10m]))", 600),
        ("rate(errors[2m]) / rate(requests[1h30m])", 5400),
        ("max_over_time(rate(errors[5m])[1h:1m])", 3600),
        ("increase(errors[10m] offset 1d)", 87_000),
        ("rate(errors[30s500ms])", 60),
        ("job:errors:rate5m", 300),
    ],
    ids=["a range", "the longest range", "a subquery", "an offset", "a short range", "a recorded rate"],
)
def test_a_ring_soaks_until_its_queries_see_only_what_was_put_back(query, seconds):
    assert _soaks(_asking(query, soak_seconds=604_800)) == [seconds]


def test_waves_have_no_soak_to_shorten():
    waves = Strategy(waves=(("prod-eu",), ("prod-us",)))
    assert with_short_soaks(waves) == waves
    assert soaks_shortened(waves, waves, "Production") is None


def test_a_shortened_soak_is_told_with_the_way_to_the_full_one():
    told = soaks_shortened(_OWN, with_short_soaks(_OWN), "Production")
    assert told is not None
    assert (told.code, told.severity) == ("soaks-shortened", Severity.TELLS)
    assert told.detail == (
        "A ring soaks for 1 min at most, where the strategy of Production says up to 1 h: what is put back ran there "
        "before."
    )
    assert told.remedy is not None
    assert told.remedy.request == {"full_soak": True}


def test_soaks_that_stay_are_not_told():
    assert soaks_shortened(_OWN, _OWN, "Production") is None
