"""Whether answers are as checks expect."""

import json
from typing import Any

from domain.stored.checks import ComparisonOperator, HttpCheck, HttpMethod, PrometheusCheck, Window
from services.planning.rings.expectations import Verdict, judge_http, judge_prometheus

_WINDOW = Window(seconds=60, every=5)


def _http(status: int = 200, body: bytes = b"", *, whole: bool = True, **expected: Any) -> tuple[Verdict, str]:
    check = HttpCheck(url="https://web.example/v", window=_WINDOW, **expected)
    judgement = judge_http(check, status, body, whole=whole)
    return judgement.verdict, judgement.sentence


def _prometheus(
    answer: Any, comparison: ComparisonOperator = ComparisonOperator.BELOW, *, status: int = 200
) -> tuple[Verdict, str]:
    check = PrometheusCheck(url="https://p.example", query="errors", comparison=comparison, bound=0.5, window=_WINDOW)
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    judgement = judge_prometheus(check, status, body)
    return judgement.verdict, judgement.sentence


def _vector(*values: str) -> dict[str, Any]:
    result = [{"metric": {"job": f"web-{at}"}, "value": [1.5, value]} for at, value in enumerate(values)]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def test_an_answer_is_held_against_status_text_and_value() -> None:
    version = json.dumps({"app": {"a/b": ["1.3.0", "1.4.0"]}, "up": True, "count": 1}).encode()
    cases: tuple[tuple[Verdict, dict[str, Any]], ...] = (
        (Verdict.MET, {}),
        (Verdict.NOT_MET, {"status": 503}),
        (Verdict.MET, {"status": 204, "statuses": (200, 204)}),
        (Verdict.MET, {"method": HttpMethod.HEAD}),
        (Verdict.MET, {"body": b"all is ok", "contains": "ok"}),
        (Verdict.NOT_MET, {"body": b"all is bad", "contains": "ok"}),
        (Verdict.MET, {"body": version, "pointer": "/app/a~1b/1", "value": "1.4.0"}),
        (Verdict.NOT_MET, {"body": version, "pointer": "/app/a~1b/0", "value": "1.4.0"}),
        (Verdict.NOT_MET, {"body": version, "pointer": "/app/a~1b/2", "value": "1.4.0"}),
        (Verdict.NOT_MET, {"body": version, "pointer": "/count/x", "value": 1}),
        (Verdict.MET, {"body": version, "pointer": "/count", "value": 1.0}),
        (Verdict.NOT_MET, {"body": version, "pointer": "/up", "value": 1}),
        (Verdict.MET, {"body": version, "pointer": "/up", "value": True}),
        (Verdict.NOT_MET, {"body": b"<html>", "pointer": "/up", "value": True}),
        (Verdict.NOT_MET, {"body": version, "pointer": "/up", "value": True, "whole": False}),
        (Verdict.NOT_MET, {"body": b"[" * 5000, "pointer": "", "value": True}),
    )
    for verdict, given in cases:
        assert _http(**given)[0] is verdict, given


def test_the_sentence_says_what_was_expected_and_what_came() -> None:
    assert _http(503, statuses=(200, 204))[1] == "GET https://web.example/v answered 503; expected was 200 or 204."
    body = json.dumps({"version": "1.3.9"}).encode()
    assert (
        "answered with 1.3.9; expected was 1.4.0 at /version" in _http(200, body, pointer="/version", value="1.4.0")[1]
    )
    assert _prometheus(_vector("0.1", "0.7"))[1] == ("The query 'errors' gave 0.7 for job=web-1; expected was < 0.5.")


def test_what_came_is_shown_in_part() -> None:
    body = json.dumps({"version": "x" * 5000}).encode()
    assert len(_http(200, body, pointer="/version", value="1")[1]) < 300


def test_every_value_of_a_query_has_to_be_within_the_bound() -> None:
    scalar = {"status": "success", "data": {"resultType": "scalar", "result": [1.5, "0.5"]}}
    cases: tuple[tuple[Verdict, Any, ComparisonOperator], ...] = (
        (Verdict.MET, _vector("0.1", "0.2"), ComparisonOperator.BELOW),
        (Verdict.NOT_MET, _vector("0.1", "0.5"), ComparisonOperator.BELOW),
        (Verdict.MET, scalar, ComparisonOperator.AT_MOST),
        (Verdict.NOT_MET, scalar, ComparisonOperator.ABOVE),
        (Verdict.MET, scalar, ComparisonOperator.AT_LEAST),
        (Verdict.MET, scalar, ComparisonOperator.EQUAL),
        (Verdict.NOT_MET, _vector("NaN"), ComparisonOperator.BELOW),
        (Verdict.NOT_MET, _vector("+Inf"), ComparisonOperator.BELOW),
        (Verdict.MET, _vector("+Inf"), ComparisonOperator.ABOVE),
        (Verdict.NO_DATA, _vector(), ComparisonOperator.BELOW),
    )
    for verdict, answer, comparison in cases:
        assert _prometheus(answer, comparison)[0] is verdict, (answer, comparison)


def test_a_query_that_cannot_be_executed_is_not_asked_again() -> None:
    bad = {"status": "error", "errorType": "bad_data", "error": "parse error: unexpected end of input"}
    verdict, sentence = _prometheus(bad, status=400)
    assert verdict is Verdict.REFUSED
    assert "parse error" in sentence


def test_what_is_no_answer_of_prometheus_may_become_one() -> None:
    for answer, status in (
        (b"<html>bad gateway</html>", 502),
        ({"status": "error", "errorType": "timeout", "error": "query timed out"}, 503),
        (b"[]", 200),
    ):
        assert _prometheus(answer, status=status)[0] is Verdict.NO_ANSWER


def test_a_query_that_gives_no_numbers_is_refused() -> None:
    for data in (
        {"resultType": "matrix", "result": []},
        {"resultType": "string", "result": [1.5, "x"]},
        {"resultType": "vector", "result": [{"metric": {}, "histogram": [1.5, {}]}]},
        {"resultType": "vector", "result": ["x"]},
        {},
    ):
        assert _prometheus({"status": "success", "data": data})[0] is Verdict.REFUSED
