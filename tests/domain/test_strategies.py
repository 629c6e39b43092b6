"""Strategies as rows hold them, and what a strategy may not say."""

import json
import re

import pytest

from domain.stored.checks import Check, HttpCheck, Window
from domain.stored.strategies import Amount, ByLabels, ByNames, BySize, Remaining, Ring, Strategy
from domain.stored.versions import UnknownVersionError
from domain.words import FailurePolicy, OnFailure

_SMOKE = Check(name="smoke", asks=HttpCheck(url="https://shop.example/healthz", window=Window(seconds=60, every=5)))
_OTHER = Check(name="smoke", asks=HttpCheck(url="https://shop.example/other", window=Window(seconds=60, every=5)))
_RINGS = (
    Ring(selector=BySize(size=Amount(value=1)), soak_seconds=600, checks=(_SMOKE,), pauses=True),
    Ring(selector=ByLabels(labels={"region": "eu"}), checks=(_SMOKE,)),
    Ring(selector=ByNames(names=("prod-us",))),
    Ring(selector=BySize(size=Amount(value=25, percent=True))),
    Ring(selector=Remaining()),
)
FULL = Strategy(rings=_RINGS, failure=FailurePolicy.QUORUM, quorum=Amount(value=80, percent=True))


@pytest.mark.parametrize(
    "strategy",
    [Strategy(), Strategy(on_failure=OnFailure.ROLL_BACK, waves=(("a",), ("b", "c"))), FULL],
    ids=["plain", "waves", "full"],
)
def test_a_strategy_is_the_same_after_it_was_stored(strategy):
    assert Strategy.from_json(json.loads(json.dumps(strategy.to_json()))) == strategy


def test_a_plain_strategy_is_stored_as_the_former_release_did():
    assert Strategy(waves=(("a",),)).to_json() == {"on_failure": "stay", "waves": [["a"]]}


def test_a_process_of_the_former_release_undoes_what_failed_under_every_policy():
    assert FULL.to_json()["on_failure"] == "roll-back"


def test_a_strategy_of_a_newer_release_is_refused():
    with pytest.raises(UnknownVersionError):
        Strategy.from_json({**FULL.to_json(), "version": 2})


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"failure": FailurePolicy.QUORUM}, "needs a quorum"),
        ({"quorum": Amount(value=1)}, "needs a quorum"),
        ({"waves": (("a",),), "rings": _RINGS}, "either rings or waves"),
        ({"rings": ()}, "1 to 100 rings"),
        ({"rings": (Ring(selector=Remaining(), checks=(_SMOKE, _OTHER)),)}, "named 'smoke'"),
    ],
)
def test_members_that_contradict_each_other_are_refused(members, said):
    with pytest.raises(ValueError, match=said):
        Strategy(**members)


@pytest.mark.parametrize(
    ("amount", "total", "count"), [("10%", 5, 1), ("50%", 5, 3), (3, 2, 2), ("100%", 7, 7), (2, 7, 2)]
)
def test_an_amount_is_rounded_up_and_never_more_than_there_are(amount, total, count):
    assert Amount.from_json(amount).of(total) == count


@pytest.mark.parametrize("amount", [0, "0%", "101%", "many", "-1"])
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match=re.compile("amount|neither")):
        Amount.from_json(amount)
