"""JSON that others wrote is parsed, or refused by a `ValueError`, however deep it is."""

import orjson
import pytest

from services.json_bounds import MAX_DEPTH, TooDeepError, parse


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize("text", ["1", '"a"', "[]", '{"a": [1, {"b": null}]}'])
def test_json_is_parsed(text: str):
    assert parse(text) == parse(text.encode()) == orjson.loads(text)


def test_the_depth_itself_is_allowed():
    parse(nested(MAX_DEPTH))
    parse('{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 2, 500, 1000])
def test_what_is_deeper_is_refused(depth: int):
    with pytest.raises(TooDeepError):
        parse(nested(depth))
    with pytest.raises(TooDeepError):
        parse('{"a":' * depth + "1" + "}" * depth)


@pytest.mark.parametrize("depth", [2_000, 200_000])
def test_no_depth_is_more_than_a_refusal(depth: int):
    for text in (nested(depth), "[" * depth, '{"a":' * depth):
        with pytest.raises((TooDeepError, orjson.JSONDecodeError)):
            parse(text)


def test_brackets_inside_of_text_are_no_depth():
    assert parse(orjson.dumps({"a": "[" * 10_000, "b": ["{" * 10_000]}))["a"].startswith("[")


def test_many_values_side_by_side_are_no_depth():
    assert len(parse(orjson.dumps([{"a": []}] * 10_000))) == 10_000
