import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from services.planning.policies.tag_order import is_certainly_lower, natural, version_key


@pytest.mark.parametrize(
    "ascending",
    [
        ["2026-01-30", "2026-01-30-2", "2026-01-30-9", "2026-01-30-10", "2026-09-01"],
        ["20260105.7", "20260105.12", "20260106.1"],
        ["main", "9", "10", "0100"],
        ["1.9.3", "1.10", "1.10.0"],
        ["", "a", "a1", "a2", "a10"],
        ["r9.b2", "r10.b1"],
    ],
)
def test_numbers_count_by_value_wherever_they_are(ascending: list[str]):
    assert sorted(ascending, key=natural) == ascending


@pytest.mark.parametrize(
    "ascending",
    [
        [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
        ],
        ["1.0.0-rc9", "v1.0.0-rc10", "1.0.0", "v1.0.1"],
        ["v1.4.0", "v1.4.0-9-gabc1234", "v1.4.0-10-g0def567", "v1.4.1"],
        ["v1.4.0-rc.1", "v1.4.0-rc.1-5-gabc1234", "v1.4.0"],
        ["2026.1.6", "2026.1.10", "2026.11.1"],
    ],
)
def test_versions_sort_as_people_read_them(ascending: list[str]):
    assert sorted(ascending, key=lambda tag: version_key(tag) or ()) == ascending


@pytest.mark.parametrize("tag", ["main", "1.4", "2026.01.05", "20260105", "v1.4-10-gabc1234", "0781498"])
def test_what_is_no_version_has_no_place_in_their_order(tag: str):
    assert version_key(tag) is None


def test_hashes_of_one_version_have_no_order():
    assert version_key("1.4.0-0abc123") == version_key("1.4.0-f00ba47") == version_key("1.4.0-gf00ba47")


@pytest.mark.parametrize(
    ("tag", "running"),
    [
        ("1.3.9", "1.4.0"),
        ("v1.9.0", "1.10.0"),
        ("1.3.9-0abc123", "1.4.0-f00ba47"),
        ("v1.3.0-200-gabc1234", "v1.4.0-1-gabc1234"),
        ("1.4.0-rc.1", "1.4.0"),
        ("1.4.0-rc1", "1.4.0-rc2"),
        ("1.4.0-rc.9", "1.4.0-rc.10"),
        ("1.4.0-beta.7", "1.4.0-RC.1"),
        ("1.4.0-SNAPSHOT", "1.4.0"),
        ("1.4.0-dev.20260105", "1.4.0"),
        ("1.4.0-dev.0abc123", "1.4.0"),
    ],
)
def test_a_version_that_is_lower_beyond_doubt(tag: str, running: str):
    assert is_certainly_lower(tag, running)
    assert not is_certainly_lower(running, tag)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("v1.4.0-10-g0def567", "v1.4.0-9-gabc1234"),
        ("v1.4.0-10-g0def567", "v1.4.0"),
        ("v1.4.0-10-g0def567-dirty", "v1.4.0-9-gabc1234"),
        ("1.4.0-0abc123", "1.4.0-f00ba47"),
        ("1.4.0-1234567", "1.4.0-7654321"),
        ("1.4.0-g1234567", "1.4.0"),
        ("1.4.0-9", "1.4.0-10"),
        ("1.4.0-alpine", "1.4.0"),
        ("1.4.0-dev.0abc123", "1.4.0-dev.f00ba47"),
        ("1.4.0-main.7", "1.4.0-feature-x.9"),
        ("2026.01.05", "2026.1.4"),
        ("1.4.0", "1.4.0"),
        ("main", "1.4.0"),
        ("0781498", "1.4.0"),
    ],
)
def test_what_nobody_can_order_is_lower_on_neither_side(one: str, other: str):
    assert not is_certainly_lower(one, other)
    assert not is_certainly_lower(other, one)


HASHES = st.text("0123456789abcdef", min_size=7, max_size=12)


@given(first=HASHES, second=HASHES, prefix=st.sampled_from(["1.4.0-", "1.4.0-g", "sha-", "", "main-", "v1.4.0-3-g"]))
def test_a_commit_hash_never_makes_a_tag_lower(first: str, second: str, prefix: str):
    assert not is_certainly_lower(prefix + first, prefix + second)


IDENTIFIERS = st.sampled_from(["0", "3", "12", "alpha", "beta", "rc", "x"])
VERSIONS = st.builds(
    lambda core, pre: ".".join(map(str, core)) + (f"-{'.'.join(pre)}" if pre else ""),
    st.tuples(*[st.integers(0, 2)] * 3),
    st.lists(IDENTIFIERS, max_size=3),
)


@given(VERSIONS, VERSIONS)
def test_plain_versions_keep_the_precedence_of_semver(one: str, other: str):
    assert (version_key(one) < version_key(other)) == (Version.parse(one) < Version.parse(other))  # type: ignore[operator]
    if is_certainly_lower(one, other):
        assert Version.parse(one) < Version.parse(other)


@given(st.lists(st.text("0123456789abc.-", max_size=20), max_size=4))
def test_the_natural_order_is_an_order(texts: list[str]):
    for one, other in itertools.combinations(sorted(texts, key=natural), 2):
        assert natural(one) <= natural(other)
