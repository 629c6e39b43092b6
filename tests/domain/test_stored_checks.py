"""Hooks and checks as strategies keep them: read as they were written; refused where they cannot be run or shown."""

import json
from typing import Any

import pytest

from domain.resources import Manifest
from domain.stored.checks import (
    Check,
    ComparisonOperator,
    HttpCheck,
    HttpMethod,
    JobCheck,
    NoData,
    PrometheusCheck,
    Window,
)
from domain.stored.hooks import MAX_TEMPLATE_BYTES, Hook, HookMoment, JobScope, JobTemplate
from domain.stored.versions import UnknownVersionError

_WINDOW = Window(seconds=60, every=5)
_JOB = JobTemplate(manifest=Manifest({"apiVersion": "batch/v1", "kind": "Job"}), seconds=300)
_HOOK = Hook(name="migrate", when=HookMoment.BEFORE, scope=JobScope.ENVIRONMENT, job=_JOB)
_CHECKS = (
    Check(name="smoke", asks=JobCheck(job=_JOB, scope=JobScope.CLUSTER)),
    Check(
        name="version",
        asks=HttpCheck(
            url="https://web.example/version?full=1",
            window=_WINDOW,
            headers={"Accept": "application/json"},
            statuses=(200, 204),
            pointer="/app/~1version",
            value="1.4.0",
        ),
    ),
    Check(
        name="errors",
        asks=PrometheusCheck(
            url="http://prometheus.example:9090/prom",
            query='sum(rate(http_requests_total{code=~"5.."}[5m]))',
            comparison=ComparisonOperator.BELOW,
            bound=0.5,
            window=_WINDOW,
            no_data=NoData.WAIT,
        ),
    ),
)


def test_hooks_and_checks_are_read_as_they_were_written() -> None:
    assert Hook.from_json(json.loads(json.dumps(_HOOK.to_json()))) == _HOOK
    for check in _CHECKS:
        assert Check.from_json(json.loads(json.dumps(check.to_json()))) == check


def test_hooks_and_checks_of_a_newer_release_are_not_guessed_at() -> None:
    with pytest.raises(UnknownVersionError):
        Hook.from_json(_HOOK.to_json() | {"version": 2})
    with pytest.raises(UnknownVersionError):
        Check.from_json(_CHECKS[0].to_json() | {"version": 2})


def test_a_name_that_cannot_be_part_of_a_jobs_name_is_refused() -> None:
    for name in ("", "Migrate", "-x", "x-", "a_b", "a" * 31):
        with pytest.raises(ValueError, match="cannot name a hook or a check"):
            Hook(name=name, when=HookMoment.AFTER, scope=JobScope.CLUSTER, job=_JOB)


def test_a_template_has_a_size_and_a_time_that_it_may_not_exceed() -> None:
    with pytest.raises(ValueError, match="at most 65536 are allowed"):
        JobTemplate(manifest=Manifest({"kind": "Job", "x": "y" * MAX_TEMPLATE_BYTES}))
    for seconds in (0, 21601):
        with pytest.raises(ValueError, match="it may be 1 to 21600"):
            JobTemplate(manifest=_JOB.manifest, seconds=seconds)


def test_what_is_shown_of_a_check_may_hold_no_credentials() -> None:
    for url in ("https://me:pass@web.example/", "https://me@web.example/", "https://web.example/?x=1&access_token=t"):
        with pytest.raises(ValueError, match="is shown, so it cannot hold"):
            HttpCheck(url=url, window=_WINDOW)
        with pytest.raises(ValueError, match="is shown, so it cannot hold"):
            PrometheusCheck(url=url, query="up", comparison=ComparisonOperator.EQUAL, bound=1, window=_WINDOW)
    for header in ("Authorization", "cookie", "X-Api-Key", "X-Auth-Token"):
        with pytest.raises(ValueError, match="headers are shown"):
            HttpCheck(url="https://web.example/", window=_WINDOW, headers={header: "x"})


def test_a_check_that_cannot_be_asked_is_refused() -> None:
    refused: tuple[dict[str, Any], ...] = (
        {"url": "ftp://web.example/"},
        {"url": "https:///path"},
        {"url": "https://web.example:notaport/"},
        {"url": "https://web.example/a b"},
        {"url": "https://web.example/" + "a" * 2048},
        {"headers": {"Host": "elsewhere"}},
        {"headers": {"X-A": "1\r\nX-B: 2"}},
        {"headers": {"X A": "1"}},
        {"headers": {f"X-{number}": "1" for number in range(11)}},
        {"statuses": ()},
        {"statuses": (99,)},
        {"contains": ""},
        {"pointer": "version"},
        {"pointer": "/a~2"},
        {"method": HttpMethod.HEAD, "contains": "ok"},
    )
    good: dict[str, Any] = {"url": "https://web.example/", "window": _WINDOW}
    for members in refused:
        with pytest.raises(ValueError, match=r"."):
            HttpCheck(**(good | members))
    for query, bound in (("  ", 1.0), ("up", float("nan")), ("up", float("inf")), ("u" * 4097, 1.0)):
        with pytest.raises(ValueError, match=r"."):
            PrometheusCheck(
                url="https://p.example", query=query, comparison=ComparisonOperator.ABOVE, bound=bound, window=_WINDOW
            )


def test_a_window_has_bounds() -> None:
    for seconds, every in ((0, 1), (21601, 1), (60, 0), (60, 601)):
        with pytest.raises(ValueError, match="it may be"):
            Window(seconds=seconds, every=every)
