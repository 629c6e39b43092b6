import pytest

from domain.tag_directions import Direction, direction
from services.planning.policies.tag_order import is_certainly_lower


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.4.0", "1.5.0"),
        ("1.9.0", "1.10.0"),
        ("v1.4.0", "1.5.0"),
        ("1.4", "1.5.2"),
        ("1.4.0-alpine", "1.5.0-alpine"),
        ("1.4.0-alpine", "1.5.0"),
        ("1.5.0-rc.1", "1.5.0"),
        ("1.5.0-nightly", "1.5.0"),
        ("1.5.0-SNAPSHOT", "1.5.0"),
        ("1.5.0-rc.1", "1.5.0-rc.2"),
        ("1.5.0-rc.9", "1.5.0-rc.10"),
        ("1.5.0-beta.3", "1.5.0-rc1"),
        ("1.4.9", "1.5.0-rc.1"),
        ("v1.4.0-9-gabc1234", "v1.4.0-10-g0def567"),
        ("v1.4.0", "v1.4.0-1-gabc1234"),
        ("v1.4.0-10-g0def567", "v1.5.0"),
        ("1.4.0-9", "1.4.0-10"),
        ("1.27.3-debian-12-r4", "1.27.3-debian-12-r11"),
        ("20260110", "20260201"),
        ("20260110-2", "20260110-10"),
        ("2026.01.10", "2026.02.01"),
        ("2025-12-31.9", "2025-12-31.10"),
        ("main-99", "main-100"),
        ("build.7", "build.12"),
        ("release-1.4.0", "release-1.5.0"),
        ("main-12-abc1234", "main-13-0def567"),
        ("1.4.0+build.9", "1.4.0+build.10"),
        ("007", "8"),
    ],
)
def test_a_later_version_is_an_upgrade_and_the_way_back_a_downgrade(older, newer):
    assert direction(older, newer) is Direction.UPGRADE
    assert direction(newer, older) is Direction.DOWNGRADE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("abc1234", "0def567"),
        ("1234567", "7654321"),
        ("sha-1234567", "sha-7654321"),
        ("12ab345", "13ab345"),
        ("1.4.0-abc1234", "1.4.0-0def567"),
        ("1.4.0", "1.4.0-alpine"),
        ("1.4.0-alpine", "1.4.0-slim"),
        ("1.4", "1.4.2"),
        ("v1.4.0-9-gabc1234", "v1.4.0-9-g0def567"),
        ("main-12", "feature-13"),
        ("1.4.0-canary.2", "1.4.0-nightly.1"),
        ("latest", "1.4.0"),
        ("latest", "stable"),
        ("1.4.0", "20260110"),
        ("1.4.0", "2026.01.10"),
        ("1.4.0", "57"),
        (None, "1.4.0"),
        ("1.4.0", None),
    ],
)
def test_what_cannot_be_compared_is_unknown_either_way(one, other):
    assert direction(one, other) is Direction.UNKNOWN
    assert direction(other, one) is Direction.UNKNOWN


def test_one_tag_is_the_same():
    assert direction("1.4.0", "1.4.0") is Direction.SAME


_TAGS = [
    "1.4.0",
    "v1.4.0",
    "1.5.0",
    "1.4",
    "1.4.0-alpha",
    "1.4.0-beta.1",
    "1.4.0-rc.1",
    "1.4.0-rc10",
    "1.4.0-rc.1.2",
    "1.4.0-SNAPSHOT",
    "1.4.0-nightly",
    "1.4.0-alpine",
    "1.5.0-alpine",
    "1.4.0-12",
    "1.4.0-13",
    "1.4.0-abc1234",
    "1.4.0+5",
    "v1.4.0-9-gabc1234",
    "v1.4.0-10-g0def567",
    "2026.1.10",
    "2026.2.1",
    "20260110",
    "main-7",
    "abc1234",
    "latest",
]


@pytest.mark.parametrize("one", _TAGS)
def test_the_way_back_is_the_opposite_and_what_a_policy_calls_lower_is_never_an_upgrade(one):
    opposite = {"upgrade": "downgrade", "downgrade": "upgrade", "same": "same", "unknown": "unknown"}
    for other in _TAGS:
        assert direction(other, one) == opposite[direction(one, other)]
        assert not (is_certainly_lower(other, one) and direction(one, other) is Direction.UPGRADE)
