import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.planning.policies.parsing import parse_policies
from services.planning.policies.semver import tag_version
from services.planning.policies.tags import (
    Accepted,
    Candidate,
    ImagePolicies,
    Policy,
    RefusalRule,
    Refused,
    evaluate,
    newest,
)
from tests.support import policy_strategies as some


def policy(**rule):
    return parse_policies({"rules": [rule]}).policy_for("web", "registry.example/shop/web")


def candidate(tag, push=1, hours=None):
    return Candidate(tag=tag, push=push, built_at=None if hours is None else some.START + timedelta(hours=hours))


def rule_of(answer):
    return answer.rule if isinstance(answer, Refused) else None


@pytest.mark.parametrize(
    ("rule", "taken", "refused"),
    [
        ({}, ["latest", "1.0.0", "x"], []),
        ({"select": {"kind": "exact", "tags": ["main", "latest"]}}, ["main", "latest"], ["Main", "1.0.0"]),
        ({"select": {"kind": "glob", "pattern": "release-*"}}, ["release-", "release-1.2"], ["prerelease-1"]),
        ({"select": {"kind": "glob", "pattern": "v?.1"}}, ["v2.1"], ["v22.1", "v2x1"]),
        ({"select": {"kind": "regex", "pattern": "v[0-9]+"}}, ["v1", "v22"], ["v1-rc", "xv1"]),
        ({"select": {"kind": "regex", "pattern": "^a|b$"}}, ["a", "b"], ["ab"]),
        ({"select": {"kind": "semver", "range": ">=1.2 <2"}}, ["1.2.0", "v1.9.1"], ["2.0.0", "1.3.0-rc.1", "1.5", "x"]),
        (
            {"select": {"kind": "semver", "range": "1.x", "prereleases": True}},
            ["1.2.0-rc.1"],
            ["2.0.0-rc.1"],
        ),
    ],
)
def test_a_policy_selects(rule, taken, refused):
    answers = {tag: rule_of(evaluate(policy(**rule), candidate(tag), None)) for tag in (*taken, *refused)}

    assert answers == dict.fromkeys(taken) | dict.fromkeys(refused, "select")


def test_what_is_denied_is_refused_even_where_it_is_allowed():
    answer = evaluate(policy(allow=["release-*"], deny=["*-broken"]), candidate("release-1-broken"), None)

    assert answer == Refused(rule=RefusalRule.DENY, reason="Tags like '*-broken' are denied here.")


def test_what_is_not_among_the_allowed_is_refused():
    answer = evaluate(policy(allow=["release-*", "hotfix-*"]), candidate("main"), None)

    assert answer == Refused(
        rule=RefusalRule.ALLOW, reason="Only tags like 'release-*' or 'hotfix-*' are allowed here."
    )


def test_a_lower_version_is_a_downgrade():
    answer = evaluate(policy(), candidate("v1.3.9"), "1.4.0")

    assert answer == Refused(
        rule=RefusalRule.DOWNGRADE, reason="'v1.3.9' is a lower version than '1.4.0', which runs here or is about to."
    )


@pytest.mark.parametrize(
    ("tag", "running"), [("1.3.9", "main"), ("main", "1.4.0"), ("1.4.0", "1.4.0"), ("1.3", "1.4.0")]
)
def test_no_downgrade_where_one_of_both_is_no_version_or_both_are_one(tag, running):
    assert evaluate(policy(), candidate(tag), running) == Accepted()


def test_a_policy_may_allow_downgrades():
    assert evaluate(policy(allow_downgrade=True), candidate("1.0.0"), "2.0.0") == Accepted()


def test_what_was_built_before_what_was_deployed_is_older():
    answer = evaluate(policy(newest_by="built"), candidate("b", 2, 1), "a", deployed=candidate("a", 1, 5))

    assert answer == Refused(
        rule=RefusalRule.OLDER, reason="'b' is older by build time than 'a', which runs here or is about to."
    )


def test_a_lower_number_than_that_of_the_running_tag_is_older():
    numbered = policy(select={"kind": "regex", "pattern": "build-([0-9]+)"}, newest_by="capture")

    assert rule_of(evaluate(numbered, candidate("build-9"), "build-10")) == "older"
    assert evaluate(numbered, candidate("build-11"), "build-10") == Accepted()
    assert evaluate(numbered, candidate("build-9"), "main") == Accepted()


@pytest.mark.parametrize(
    ("order", "chosen"), [("push", "1.2.0"), ("built", "1.10.0"), ("semver", "v2.0.0"), ("capture", "1.10.0")]
)
def test_the_newest_is_by_the_policys_measure(order, chosen):
    known = [candidate("v2.0.0", 1, 2), candidate("1.10.0", 2, 9), candidate("1.9.0", 3), candidate("1.2.0", 4, 3)]
    select = {"kind": "regex", "pattern": r"(?:1\.([0-9]+)\.0|v2.*)"}

    found = newest(policy(select=select, newest_by=order), known)

    assert found is not None
    assert found.tag == chosen


def test_among_equals_the_later_push_is_the_newest():
    moved = [candidate("1.0.0", 7), candidate("1.0.0", 9), candidate("v1.0.0", 8)]

    assert newest(policy(newest_by="semver"), moved) == moved[1]


@pytest.mark.parametrize("order", ["push", "semver"])
def test_the_running_version_pushed_again_is_taken(order):
    assert evaluate(policy(newest_by=order), candidate("v1.4.0"), "1.4.0") == Accepted()


def test_a_tag_without_the_measure_does_not_replace_one_that_has_it():
    answer = evaluate(policy(newest_by="semver"), candidate("main"), "1.4.0")

    assert answer == Refused(
        rule=RefusalRule.OLDER,
        reason="'main' is not known to be newer than '1.4.0', which runs here or is about to: it has no version.",
    )


def test_the_newest_of_nothing_is_nothing():
    assert newest(Policy(), []) is None


def test_a_rule_for_the_container_goes_before_one_for_the_repository_and_that_before_one_for_all():
    repository = "registry.example/shop/web"
    rules = parse_policies(
        {
            "rules": [
                {"allow": ["all"]},
                {"match": {"repository": repository}, "allow": ["repository"]},
                {"match": {"container": "web"}, "allow": ["container"]},
                {"match": {"container": "web"}, "allow": ["second"]},
            ]
        }
    )
    for container, name, allowed in [
        ("web", repository, "container"),
        ("api", repository, "repository"),
        ("api", "registry.example/x", "all"),
    ]:
        assert rules.policy_for(container, name).allow == (allowed,)


def test_without_a_rule_any_tag_is_accepted_except_a_downgrade():
    default = ImagePolicies().policy_for("web", "registry.example/shop/web")

    assert evaluate(default, candidate("anything"), "1.0.0") == Accepted()
    assert rule_of(evaluate(default, candidate("0.9.0"), "1.0.0")) == "downgrade"


@given(some.rules(), some.candidates(), st.randoms())
def test_the_order_of_candidates_does_not_matter(rule, known, rng: random.Random):
    shuffled = rng.sample(known, len(known))

    assert newest(policy(**rule | {"match": {}}), known) == newest(policy(**rule | {"match": {}}), shuffled)


@given(some.rules(), some.candidates(), st.none() | some.tags)
def test_no_version_is_downgraded_unless_the_policy_allows_it(rule, known, running):
    rules = policy(**rule | {"match": {}, "allow_downgrade": False})
    before = tag_version(running or "")
    for each in known:
        version = tag_version(each.tag)
        if before and version and isinstance(evaluate(rules, each, running), Accepted):
            assert version >= before


@given(some.rules(), some.candidates(), st.none() | some.tags, st.none() | some.candidates())
def test_evaluating_is_total_and_deterministic(rule, known, running, deployed):
    rules = policy(**rule | {"match": {}})
    last = deployed[0] if deployed else None
    for each in known:
        assert evaluate(rules, each, running, deployed=last) == evaluate(rules, each, running, deployed=last)
