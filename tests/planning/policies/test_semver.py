import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from services.planning.policies.semver import InvalidRangeError, parse_range, tag_version

_numbers = st.tuples(*[st.integers(0, 30)] * 3)


@pytest.mark.parametrize(
    ("text", "within", "outside"),
    [
        ("*", ["0.0.0", "99.1.2"], ["1.0.0-rc.1"]),
        ("1.2.3", ["1.2.3"], ["1.2.4", "1.2.2", "1.2.3-rc.1"]),
        ("=1.2", ["1.2.0", "1.2.99"], ["1.3.0", "1.1.9"]),
        ("1.x", ["1.0.0", "1.99.0"], ["2.0.0", "0.9.0", "2.0.0-rc.1"]),
        ("v1.2.X", ["1.2.0"], ["1.3.0"]),
        ("1.2.*", ["1.2.7"], ["1.3.0"]),
        (">=1.2 <2", ["1.2.0", "1.99.99"], ["2.0.0", "1.1.9", "2.0.0-rc.1", "1.3.0-rc.1"]),
        (">= 1.2, < 2", ["1.2.0"], ["2.0.0"]),
        (">1.2", ["1.3.0"], ["1.2.9", "1.2.0", "1.3.0-rc.1"]),
        (">1.2.3", ["1.2.4"], ["1.2.3"]),
        ("<=1.2", ["1.2.9", "0.1.0"], ["1.3.0"]),
        ("<=1.3.0", ["1.3.0"], ["1.3.0-rc.1", "1.3.1"]),
        ("<1.2", ["1.1.9"], ["1.2.0", "1.2.0-rc.1"]),
        ("^1.2.3", ["1.2.3", "1.9.0"], ["2.0.0", "1.2.2", "2.0.0-alpha"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^0.0", ["0.0.9"], ["0.1.0"]),
        ("^0", ["0.9.0"], ["1.0.0"]),
        ("^1.x", ["1.0.0", "1.7.0"], ["2.0.0"]),
        ("^*", ["7.0.0"], []),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.3.0", "1.2.2"]),
        ("~1.2", ["1.2.0"], ["1.3.0"]),
        ("~>1", ["1.9.0"], ["2.0.0"]),
        ("1.2.3 - 2.3.4", ["1.2.3", "2.3.4"], ["2.3.5", "1.2.2"]),
        ("1.2 - 2.3", ["1.2.0", "2.3.9"], ["2.4.0"]),
        ("^1.2 || ^3", ["1.2.0", "3.4.0"], ["2.0.0", "4.0.0"]),
        (">=1.3.0-rc.1 <2", ["1.3.0-rc.1", "1.3.0-rc.2", "1.3.0"], ["1.3.0-beta.1", "1.4.0-rc.1"]),
        (">=1.3.0-0", ["1.3.0-alpha", "1.4.0"], ["1.4.0-alpha"]),
        ("1.2.3-rc.1", ["1.2.3-rc.1"], ["1.2.3-rc.2", "1.2.3"]),
    ],
)
def test_a_range_means_what_npm_and_masterminds_mean(text, within, outside):
    found = parse_range(text)

    assert [v for v in (*within, *outside) if Version.parse(v) in found] == within


@pytest.mark.parametrize(
    ("text", "within", "outside"),
    [
        ("^1.2.3", ["1.2.4-rc.1", "1.9.0-rc.1"], ["2.0.0-rc.1", "1.2.3-rc.1"]),
        ("1.x", ["1.0.0-rc.1"], ["2.0.0-rc.1"]),
        (">1.2", ["1.3.0-rc.1"], ["1.2.9-rc.1"]),
        ("<2.0.0", ["2.0.0-rc.1"], ["2.0.0"]),
        ("*", ["0.0.0-0", "1.0.0-x"], []),
    ],
)
def test_with_pre_releases_they_count_like_any_other_version(text, within, outside):
    found = parse_range(text, prereleases=True)

    assert [v for v in (*within, *outside) if Version.parse(v) in found] == within


@pytest.mark.parametrize(
    "text",
    ["", " ", "||", "^1 ||", "abc", "1.2.3.4", "1.x.3", ">*", "<x", "1.2-rc.1", ">=1.2<2", "01.2.3", "!=1.2.3", "^",
     "1.2.3-", "1.2.3-rc..1", "1.2.3-01", "> > 1", "1.2 - ", "latest"],
)  # fmt: skip
def test_what_is_no_range_is_refused(text):
    with pytest.raises(InvalidRangeError):
        parse_range(text)


@pytest.mark.parametrize("tag", ["1", "1.2", "20240101", "1234567", "v1", "1.2.3.4", "01.2.3", "latest", "", "vv1.2.3"])
def test_a_tag_with_fewer_or_more_than_three_numbers_is_no_version(tag):
    assert tag_version(tag) is None


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2.3"])
def test_a_version_may_have_a_leading_v(tag):
    assert tag_version(tag) == Version(1, 2, 3)


@given(st.text(alphabet="0123456789.xX*^~<>=|-+, vrc", max_size=40), st.booleans())
def test_reading_a_range_raises_nothing_else(text, prereleases):
    with contextlib.suppress(InvalidRangeError):
        assert (Version(1, 2, 3) in parse_range(text, prereleases=prereleases)) in {True, False}


@given(_numbers, _numbers)
def test_a_caret_keeps_the_first_number_that_is_not_zero(base, other):
    version = Version(*other)
    first = next((place for place, number in enumerate(base) if number), 2)

    assert (version in parse_range(f"^{Version(*base)}")) == (
        version >= Version(*base) and other[: first + 1] == base[: first + 1]
    )


@given(_numbers, st.lists(_numbers, min_size=1, max_size=5))
def test_alternatives_hold_what_any_of_them_holds(numbers, bases):
    version = Version(*numbers)
    parts = [f"~{Version(*base)}" for base in bases]

    assert (version in parse_range(" || ".join(parts))) == any(version in parse_range(part) for part in parts)
