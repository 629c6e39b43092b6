"""Tags as people write them: a counter behind a date, `git describe`, commit hashes, leading zeros."""

import itertools
import random
from typing import Any

import pytest

from services.planning.policies.parsing import parse_policies
from services.planning.policies.tags import Accepted, Candidate, Policy, Refused, evaluate, newest

DATED = {"kind": "regex", "pattern": "v([0-9]{4}-[0-9]{2}-[0-9]{2}(?:-[0-9]+)?)"}
TAGS = [
    "v2026-01-30-2",
    "v2026-01-30-9",
    "v2026-01-30-10",
    "v2026-1-30",
    "v2026-09-01",
    "2026.01.05",
    "2026.1.6",
    "20260105.7",
    "20260105.12",
    "nightly-2026-01-30T23-59-59Z",
]


def policy(**rule: Any) -> Policy:
    return parse_policies({"rules": [rule]}).policy_for("web", "registry.example/shop/web")


def pushed(tag: str, push: int = 1) -> Candidate:
    return Candidate(tag=tag, push=push)


def test_of_dates_with_counters_the_newest_is_the_highest_by_value():
    dated = policy(select=DATED, newest_by="capture")
    taken = [pushed(tag, push) for push, tag in enumerate(TAGS) if evaluate(dated, pushed(tag), None) == Accepted()]
    january = [each for each in taken if "-09-" not in each.tag]
    assert [each.tag for each in taken] == ["v2026-01-30-2", "v2026-01-30-9", "v2026-01-30-10", "v2026-09-01"]
    assert [newest(dated, each) for each in (taken, january)] == [taken[3], taken[2]]


def test_the_tenth_build_replaces_the_ninth_and_not_the_other_way_round():
    dated = policy(select=DATED, newest_by="capture")
    assert evaluate(dated, pushed("v2026-01-30-10"), "v2026-01-30-9") == Accepted()
    refused = evaluate(dated, pushed("v2026-01-30-9"), "v2026-01-30-10")
    assert isinstance(refused, Refused)
    assert "number" not in refused.reason


@pytest.mark.parametrize(
    ("pattern", "older", "newer"),
    [
        ("(.*)", "20260105.7", "20260105.12"),
        ("nightly-(.*)", "nightly-2026-01-30T9-05-00Z", "nightly-2026-01-30T23-59-59Z"),
        ("r(.*)", "r9.b2", "r10.b1"),
        ("(.*)", "2026.01.05", "2026.1.6"),
        ("build-([0-9]+)", "build-0099", "build-100"),
    ],
)
def test_what_a_pattern_captures_is_compared_part_by_part(pattern: str, older: str, newer: str):
    captured = policy(select={"kind": "regex", "pattern": pattern}, newest_by="capture")
    assert evaluate(captured, pushed(newer), older) == Accepted()
    assert isinstance(evaluate(captured, pushed(older), newer), Refused)


@pytest.mark.parametrize("tags", [("main-20260105-abc1234", "main-20260105-fff1234"), ("3-g0def567", "3-g0abc567")])
def test_a_commit_hash_that_a_pattern_captures_makes_no_tag_older(tags: tuple[str, str]):
    captured = policy(select={"kind": "regex", "pattern": "(?:main-)?(.*)"}, newest_by="capture")
    one, other = tags
    assert evaluate(captured, pushed(one), other) == evaluate(captured, pushed(other), one) == Accepted()


def test_a_release_follows_its_release_candidate_by_what_a_pattern_captures_too():
    captured = policy(select={"kind": "regex", "pattern": "v?(.*)"}, newest_by="capture")
    assert evaluate(captured, pushed("v1.0.0"), "v1.0.0-rc1") == Accepted()
    assert isinstance(evaluate(captured, pushed("v1.0.0-rc1"), "v1.0.0"), Refused)


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("2026.01.05", "have no leading zeros, as in 2026.1.5"),
        ("v1.04.2", "have no leading zeros, as in 1.4.2"),
        ("1.4", "has three numbers"),
        ("1.4.0.7", "has three numbers"),
        ("1.4.0_build", "semver.org"),
        ("1.4.0-rc.1", "with prereleases"),
    ],
)
def test_what_keeps_a_tag_from_being_a_version_is_said(tag: str, why: str):
    answer = evaluate(policy(select={"kind": "semver", "range": "*"}), pushed(tag), None)
    assert isinstance(answer, Refused)
    assert why in answer.reason


def test_a_date_without_leading_zeros_is_a_version():
    assert evaluate(policy(select={"kind": "semver", "range": "*"}), pushed("2026.1.6"), None) == Accepted()


@pytest.mark.parametrize(
    ("running", "tag"),
    [
        ("v1.4.0-9-gabc1234", "v1.4.0-10-g0def567"),
        ("v1.4.0", "v1.4.0-1-gabc1234"),
        ("1.4.0-rc9", "1.4.0-rc10"),
        ("2026.1.6", "2026.01.07"),
        ("20260105.12", "20260105.7"),
        ("1.4.0-20260131", "1.4.0-20260201"),
        ("1.4.0", "1.4.0-alpine"),
        ("main-9", "main-10"),
        ("v2026-01-30-9", "v2026-01-30-10"),
    ],
)
def test_the_default_policy_takes_the_newest_push(running: str, tag: str):
    assert evaluate(Policy(), pushed(tag), running) == Accepted()


def test_the_default_policy_takes_every_commit_of_a_version():
    chance = random.Random(7)
    hashes = [f"1.4.0-{chance.getrandbits(28):07x}" for _ in range(500)]
    refused = [
        (running, tag)
        for running, tag in itertools.pairwise(hashes)
        if evaluate(Policy(), pushed(tag), running) != Accepted()
    ]
    assert refused == []


@pytest.mark.parametrize(("running", "tag"), [("1.4.0", "1.3.9"), ("1.4.0", "1.4.0-rc.1"), ("1.10.0", "v1.9.9")])
def test_the_default_policy_still_refuses_what_is_certainly_lower(running: str, tag: str):
    assert isinstance(evaluate(Policy(), pushed(tag), running), Refused)


def test_by_version_the_commits_since_a_version_are_newer():
    by_version = policy(newest_by="semver")
    tags = ["v1.4.0-9-gabc1234", "v1.4.0-10-g0def567", "v1.4.0"]
    found = newest(by_version, [pushed(tag, push) for push, tag in enumerate(tags)])
    assert found is not None
    assert found.tag == "v1.4.0-10-g0def567"
