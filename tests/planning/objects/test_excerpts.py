"""Long values are shown in part, and what is left out is counted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.planning.objects.excerpts import excerpt
from services.planning.plan import Change, ChangeKind


def _shown(before: Any, after: Any) -> tuple[Any, Any]:
    change = excerpt(Change(path="data.a", kind=ChangeKind.CHANGED, before=before, after=after))
    return change.before, change.after


@pytest.mark.parametrize("value", [None, 1, "short", ["a"] * 100, {"a": {"b": "c" * 1000}}])
def test_a_short_value_is_shown_whole(value):
    assert _shown(value, value) == (value, value)


def test_two_long_texts_are_shown_around_their_first_difference():
    before, after = _shown("x" * 10_000 + "old" + "y" * 10_000, "x" * 10_000 + "new" + "y" * 10_000)
    assert before.startswith("… 9,800 characters … x")
    assert "xoldy" in before
    assert "xnewy" in after
    assert after.endswith("characters")


def test_a_text_that_ends_where_the_other_goes_on_shows_its_end():
    before, after = _shown("x" * 10_000, "x" * 10_000 + "more")
    assert before.endswith("x")
    assert after.endswith("more")
    assert before != after


def test_the_rest_of_a_long_list_or_object_is_counted():
    _, items = _shown(None, [f"item {number}" for number in range(5_000)])
    assert items[0] == "item 0"
    assert items[-1].endswith("more items")
    _, fields = _shown(None, {f"field{number}": number for number in range(5_000)})
    assert fields["…"].endswith("more fields")


@given(
    st.recursive(
        st.text(max_size=5_000) | st.integers(-(2**63), 2**63) | st.none(), lambda inner: st.lists(inner, max_size=50)
    )
)
def test_no_value_is_shown_at_length(value):
    assert len(json.dumps(_shown(None, value)[1], ensure_ascii=False)) < 20_000
