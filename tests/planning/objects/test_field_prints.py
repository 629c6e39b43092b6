"""Fingerprints of fields: equal where the same field has the same value, and useless without their key."""

import hashlib
from dataclasses import replace

import pytest

from domain.resources import ResourceId
from services.planning.objects.field_prints import FieldPrints
from tests.support.objects import PRINTS

LOGIN = ResourceId.of("v1", "Secret", "login")
PATH = ("f:data", "f:password")


def test_the_same_field_with_the_same_value_has_the_same_fingerprint_whatever_the_order_of_its_members():
    one, other = {"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}
    assert PRINTS.of("place", LOGIN, PATH, one) == PRINTS.of("place", LOGIN, PATH, other)
    assert PRINTS.of("place", LOGIN, PATH, one) != PRINTS.of("place", LOGIN, PATH, {**one, "b": [2, 1]})


def test_equal_values_of_other_fields_objects_and_places_cannot_be_told_to_be_equal():
    found = {
        PRINTS.of(place, resource, path, "true")
        for place in ("place", "other")
        for resource in (LOGIN, replace(LOGIN, name="other"), ResourceId.of("v1", "ConfigMap", "login"))
        for path in (PATH, ("f:data", "f:user"), ("f:data/f:password",))
    }
    assert len(found) == 18


def test_versions_of_a_kind_make_no_difference():
    one, other = (ResourceId.of(f"apps/{version}", "Deployment", "web") for version in ("v1", "v1beta2"))
    assert PRINTS.of("place", one, PATH, "x") == PRINTS.of("place", other, PATH, "x")


def test_without_the_key_a_short_value_cannot_be_found_by_trial():
    other = FieldPrints(b"another key for tests, of some length")
    print_ = PRINTS.of("place", LOGIN, PATH, "1234")
    assert print_ != other.of("place", LOGIN, PATH, "1234")
    assert hashlib.sha256(b"1234").hexdigest()[:12] not in print_
    assert "1234" not in repr(PRINTS)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="at least 16 bytes"):
        FieldPrints(b"short")
