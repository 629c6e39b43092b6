"""Holds answers against what a check expects: of an HTTP request, and of a query of Prometheus. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.stored.checks import ComparisonOperator, HttpCheck, HttpMethod, PrometheusCheck
from services.json_bounds import parse

_SHOWN = 120  # characters of what came, in a sentence
_MISSING = object()


class Verdict(StrEnum):
    """What one try says. `NO_ANSWER`: it is asked again, and counts against the check where it is the last."""

    MET = "met"
    NOT_MET = "not-met"
    NO_DATA = "no-data"
    NO_ANSWER = "no-answer"
    REFUSED = "refused"  # asking again would not help


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A verdict, and why: what was expected, and what came."""

    verdict: Verdict
    sentence: str


def judge_http(check: HttpCheck, status: int, body: bytes, *, whole: bool) -> Judgement:
    """Whether an answer is as expected. `whole` is False where only the beginning of a long body was read."""
    asked = f"{check.method} {check.url}"
    if status not in check.statuses:
        wanted = " or ".join(map(str, check.statuses))
        redirect = ", a redirect, which Stagecoach does not follow" if 300 <= status < 400 else ""
        return Judgement(
            verdict=Verdict.NOT_MET, sentence=f"{asked} answered {status}{redirect}; expected was {wanted}."
        )
    if check.method is HttpMethod.HEAD:
        return Judgement(verdict=Verdict.MET, sentence=f"{asked} answered {status}.")
    beginning = "" if whole else " in the part that was read"
    if check.contains is not None and check.contains not in body.decode("utf-8", errors="replace"):
        return Judgement(
            verdict=Verdict.NOT_MET,
            sentence=f"{asked} answered {status}, but its body does not contain '{_shown(check.contains)}'{beginning}.",
        )
    if check.pointer is not None:
        return _judge_pointer(check, check.pointer, asked, body, whole=whole)
    return Judgement(verdict=Verdict.MET, sentence=f"{asked} answered {status}, as expected.")


def _judge_pointer(check: HttpCheck, pointer: str, asked: str, body: bytes, *, whole: bool) -> Judgement:
    expected = f"expected was {_shown(check.value)} at {pointer or 'the root'}"
    if not whole:
        return Judgement(
            verdict=Verdict.NOT_MET, sentence=f"{asked} answered with a body too long to read; {expected}."
        )
    try:
        found = _at(parse(body), pointer)
    except ValueError:
        return Judgement(verdict=Verdict.NOT_MET, sentence=f"{asked} answered with what is no JSON; {expected}.")
    if found is _MISSING:
        return Judgement(verdict=Verdict.NOT_MET, sentence=f"{asked} answered without it; {expected}.")
    if not _same(found, check.value):
        return Judgement(verdict=Verdict.NOT_MET, sentence=f"{asked} answered with {_shown(found)}; {expected}.")
    return Judgement(verdict=Verdict.MET, sentence=f"{asked} answered with {_shown(found)} at {pointer or 'the root'}.")


def judge_prometheus(check: PrometheusCheck, status: int, body: bytes) -> Judgement:
    """Whether every value of an instant query is within the bound.

    https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
    """
    try:
        answer = parse(body)
    except ValueError:
        answer = None
    told = answer if isinstance(answer, dict) else {}
    if told.get("status") != "success":
        return _judge_refusal(check, status, told)
    data = told.get("data")
    values = _values(data if isinstance(data, dict) else {})
    if values is None:
        return Judgement(
            verdict=Verdict.REFUSED,
            sentence=f"The query '{_shown(check.query)}' gives no numbers. Let it give a scalar or an instant vector.",
        )
    bound = f"{check.comparison} {check.bound:g}"
    if not values:
        return Judgement(
            verdict=Verdict.NO_DATA, sentence=f"The query '{_shown(check.query)}' gave no data; expected was {bound}."
        )
    for labels, value in values:
        if not _within(value, check.comparison, check.bound):
            of = f" for {_labels(labels)}" if labels else ""
            return Judgement(
                verdict=Verdict.NOT_MET,
                sentence=f"The query '{_shown(check.query)}' gave {value:g}{of}; expected was {bound}.",
            )
    worst = ", ".join(sorted({f"{value:g}" for _, value in values})[:5])
    return Judgement(
        verdict=Verdict.MET, sentence=f"The query '{_shown(check.query)}' gave {worst}; expected was {bound}."
    )


def _judge_refusal(check: PrometheusCheck, status: int, told: Mapping[str, Any]) -> Judgement:
    why = told.get("error")
    said = f": {_shown(why)}" if isinstance(why, str) else ""
    # `bad_data` is a query that cannot be executed; anything else may be over in a moment.
    refused = told.get("errorType") == "bad_data"
    return Judgement(
        verdict=Verdict.REFUSED if refused else Verdict.NO_ANSWER,
        sentence=f"{check.url} answered {status} to the query '{_shown(check.query)}'{said}.",
    )


def _values(data: Mapping[str, Any]) -> Sequence[tuple[Mapping[str, Any], float]] | None:
    """The numbers of an answer with their labels; None where the query gives something else, or it is malformed."""
    result = data.get("result")
    if not isinstance(result, list):
        return None
    match data.get("resultType"):
        case "scalar":
            number = _number(result)
            return None if number is None else (({}, number),)
        case "vector":
            found = []
            for each in result:
                number = _number(each.get("value")) if isinstance(each, dict) else None
                if number is None:
                    return None
                metric = each.get("metric")
                found.append((metric if isinstance(metric, dict) else {}, number))
            return found
        case _:
            return None


def _number(sample: Any) -> float | None:
    """The value of a `[time, "value"]`; NaN and infinities are values, too."""
    if not isinstance(sample, list) or len(sample) != 2:
        return None
    try:
        return float(sample[1])
    except (TypeError, ValueError):
        return None


def _within(value: float, comparison: ComparisonOperator, bound: float) -> bool:
    """NaN is within no bound: a ratio of nothing to nothing proves nothing."""
    if math.isnan(value):
        return False
    match comparison:
        case ComparisonOperator.BELOW:
            return value < bound
        case ComparisonOperator.AT_MOST:
            return value <= bound
        case ComparisonOperator.ABOVE:
            return value > bound
        case ComparisonOperator.AT_LEAST:
            return value >= bound
        case ComparisonOperator.EQUAL:
            return value == bound


def _at(document: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to; `_MISSING` where it leads nowhere."""
    found = document
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isascii() and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            return _MISSING
    return found


def _same(found: Any, expected: Any) -> bool:
    """Equal as JSON: 1 is 1.0, but true is not 1."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return bool(found == expected)


def _labels(labels: Mapping[str, Any]) -> str:
    return _shown(", ".join(f"{name}={value}" for name, value in sorted(labels.items())))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else f"{value}"
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
