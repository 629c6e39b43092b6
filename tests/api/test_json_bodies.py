"""Bodies are bounded in depth and in the number of their values."""

import json

import orjson
import pytest

from api.json_bodies import MAX_DEPTH, MAX_VALUES, parsed
from services.errors import InvalidRequestError


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * depth + b"1" + closing * depth


def test_a_body_is_read_as_it_is():
    assert parsed(b'{"a": [1, 2.5, null, "x"], "b": {"c": true}}') == {"a": [1, 2.5, None, "x"], "b": {"c": True}}


def test_a_byte_order_mark_is_passed_over():
    assert parsed(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("depth", [1, MAX_DEPTH - 1])
def test_a_depth_within_the_bound_is_read(depth: int):
    parsed(nested(depth))
    parsed(nested(depth, b'{"a":', b"}"))


@pytest.mark.parametrize("depth", [MAX_DEPTH, 500, 1000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_a_deeper_body_is_refused(depth: int, opening: bytes, closing: bytes):
    with pytest.raises((InvalidRequestError, json.JSONDecodeError)):
        parsed(nested(depth, opening, closing))


@pytest.mark.parametrize("depth", [5_000, 1_000_000])
def test_a_body_of_any_depth_ends_in_a_refusal(depth: int):
    with pytest.raises(json.JSONDecodeError):
        parsed(nested(depth))
    with pytest.raises(json.JSONDecodeError):
        parsed(b"[" * depth)


@pytest.mark.parametrize(
    "body",
    [
        orjson.dumps({f"k{number}": number for number in range(MAX_VALUES + 1)}),
        orjson.dumps(list(range(MAX_VALUES + 1))),
        orjson.dumps([[]] * (MAX_VALUES + 1)),
        orjson.dumps([{"a": {"b": [1, 2, 3]}}] * (MAX_VALUES // 5)),
    ],
)
def test_a_body_of_too_many_values_is_refused(body: bytes):
    with pytest.raises(InvalidRequestError, match="more than"):
        parsed(body)


def test_text_counts_as_one_value_however_it_is_punctuated():
    assert parsed(orjson.dumps({"manifests": "a: [1, 2, {b: c}]\n" * 20_000}))["manifests"].startswith("a:")
