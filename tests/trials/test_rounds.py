"""A seed decides what a run does and what happens to it."""

from collections import Counter

from trials.chaos.disturbances import SHORT_OUTAGE, What
from trials.chaos.rounds import RUNS, plan, round_of
from trials.chaos.scenarios import SCENARIOS

ROUNDS = [plan(number, longest=60.0) for number in range(200)]


def test_a_round_is_the_same_whenever_it_is_planned():
    assert plan(17, longest=60.0) == ROUNDS[17]
    assert ROUNDS[17].disturbances != ROUNDS[18].disturbances


def test_a_seed_lies_in_the_round_that_is_repeated_for_it():
    assert all(round_of(seed) == each.number for each in ROUNDS for seed, _ in each.runs)


def test_the_twenty_runs_of_the_suite_have_every_scenario_and_every_disturbance():
    suite = ROUNDS[: 20 // RUNS]
    assert {scenario.name for each in suite for _, scenario in each.runs} == {each.name for each in SCENARIOS}
    assert {each.what for planned in suite for each in planned.disturbances} == set(What)


def test_scenarios_come_equally_often():
    counts = Counter(scenario.name for each in ROUNDS for _, scenario in each.runs)
    assert max(counts.values()) - min(counts.values()) <= 1


def test_some_outages_last_for_the_longest_time_and_the_others_are_short():
    outages = {each.seconds for planned in ROUNDS for each in planned.disturbances if each.what is What.CLUSTER_GONE}
    assert max(outages) == 60.0
    assert all(seconds <= SHORT_OUTAGE for seconds in outages if seconds != 60.0)
