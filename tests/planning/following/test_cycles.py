"""Environments do not follow each other round."""

import pytest

from services.planning.following.cycles import round_trip


@pytest.mark.parametrize(
    ("follows", "way"),
    [
        ({}, None),
        ({"staging": "production"}, ("staging", "production")),
        ({"staging": "qa", "qa": "production"}, ("staging", "qa", "production")),
        ({"staging": "qa", "qa": "development"}, None),
        ({"production": "qa", "staging": "development"}, None),
        ({"qa": "lab", "lab": "qa", "staging": "qa"}, None),
    ],
)
def test_the_way_back_is_found_however_long_it_is(follows: dict[str, str], way: tuple[str, ...] | None):
    assert round_trip(follows, follower="production", source="staging") == way


def test_an_environment_is_on_its_own_way():
    assert round_trip({}, follower="production", source="production") == ("production",)
