import contextlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.planning.policies.parsing import PolicyError, parse_policies
from services.planning.policies.tags import ImagePolicies, Policy, Scope
from tests.support import policy_strategies as some

_words = ["rules", "match", "select", "kind", "pattern", "range", "tags", "newest_by", "allow", "deny", "container"]
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(["regex", "glob", "semver"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_words) | st.text(max_size=5), inner),
    max_leaves=12,
)


def test_nothing_stored_is_no_policy():
    assert parse_policies({}) == ImagePolicies()


def test_an_empty_rule_is_the_default():
    assert parse_policies({"rules": [{}]}).rules == ((Scope(), Policy()),)


def test_a_repository_is_folded_as_those_that_run_are():
    found = parse_policies({"rules": [{"match": {"repository": "nginx"}}]})

    assert found.rules[0][0] == Scope(repository="docker.io/library/nginx")


@pytest.mark.parametrize(
    ("stored", "field"),
    [
        (None, ""),
        ([], ""),
        ({"rule": []}, "rule"),
        ({"rules": {}}, "rules"),
        ({"rules": [{}] * 101}, "rules"),
        ({"rules": [None]}, "rules[0]"),
        ({"rules": [{}, {"selects": {}}]}, "rules[1].selects"),
        ({"rules": [{"match": {"image": "x"}}]}, "rules[0].match.image"),
        ({"rules": [{"match": {"container": "Web"}}]}, "rules[0].match.container"),
        ({"rules": [{"match": {"container": None}}]}, "rules[0].match.container"),
        ({"rules": [{"match": {"repository": "registry.example/web:1"}}]}, "rules[0].match.repository"),
        ({"rules": [{"match": {"repository": "No Repository"}}]}, "rules[0].match.repository"),
        ({"rules": [{"select": "any"}]}, "rules[0].select"),
        ({"rules": [{"select": {}}]}, "rules[0].select.kind"),
        ({"rules": [{"select": {"kind": []}}]}, "rules[0].select.kind"),
        ({"rules": [{"select": {"kind": "newest"}}]}, "rules[0].select.kind"),
        ({"rules": [{"select": {"kind": "any", "pattern": "x"}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "exact"}}]}, "rules[0].select.tags"),
        ({"rules": [{"select": {"kind": "exact", "tags": []}}]}, "rules[0].select.tags"),
        ({"rules": [{"select": {"kind": "exact", "tags": ["a", "b c"]}}]}, "rules[0].select.tags[1]"),
        ({"rules": [{"select": {"kind": "glob", "pattern": "[ab]"}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "glob", "pattern": "*" * 201}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "regex"}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "regex", "pattern": "("}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "regex", "pattern": r"(a)\1"}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "regex", "pattern": "(?=a)"}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "regex", "pattern": "((a{99}){99}){99}"}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "regex", "pattern": "\ud800"}}]}, "rules[0].select.pattern"),
        ({"rules": [{"select": {"kind": "semver"}}]}, "rules[0].select.range"),
        ({"rules": [{"select": {"kind": "semver", "range": "newest"}}]}, "rules[0].select.range"),
        ({"rules": [{"select": {"kind": "semver", "range": "*", "prereleases": 1}}]}, "rules[0].select.prereleases"),
        ({"rules": [{"newest_by": "age"}]}, "rules[0].newest_by"),
        ({"rules": [{"newest_by": "capture"}]}, "rules[0].newest_by"),
        ({"rules": [{"newest_by": "capture", "select": {"kind": "regex", "pattern": "(a)(b)"}}]}, "rules[0].newest_by"),
        ({"rules": [{"allow": "*"}]}, "rules[0].allow"),
        ({"rules": [{"deny": ["a", 1]}]}, "rules[0].deny[1]"),
        ({"rules": [{"allow_downgrade": "yes"}]}, "rules[0].allow_downgrade"),
    ],
)
def test_malformed_policies_are_refused_with_their_path(stored, field):
    with pytest.raises(PolicyError) as refused:
        parse_policies(stored)

    assert refused.value.field == field


def test_a_pattern_that_hangs_backtracking_engines_is_matched_at_once():
    found = parse_policies({"rules": [{"select": {"kind": "regex", "pattern": "(a+)+b"}}]})

    assert not found.rules[0][1].select.matches("a" * 128)


@given(some.policies)
def test_policies_survive_being_written_and_read(stored):
    found = parse_policies(stored)
    written = orjson.loads(orjson.dumps(found.to_json()))

    assert parse_policies(written) == found
    assert written == stored | {"rules": [_with_defaults(rule) for rule in stored["rules"]]}


@given(_anything)
def test_reading_raises_nothing_else(stored):
    for value in (stored, {"rules": [stored]}, {"rules": [{"select": stored, "match": stored, "allow": stored}]}):
        with contextlib.suppress(PolicyError):
            assert isinstance(parse_policies(value), ImagePolicies)


@given(st.text(alphabet="()[]{}^$.*+?|\\dwPn<>:=!-,09azAZ", max_size=30))
def test_reading_a_pattern_raises_nothing_else(pattern):
    with contextlib.suppress(PolicyError):
        found = parse_policies({"rules": [{"select": {"kind": "regex", "pattern": pattern}}]}).policy_for("a", "b")
        assert found.select.matches("a09") in {True, False}


def _with_defaults(rule):
    return {"match": {}, "newest_by": "push", "allow": [], "deny": [], "allow_downgrade": False} | rule
