"""Checks that ask: how long, how often, and what ends them; on a clock that only the test advances."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.hook_runs import RunEnd, RunKey, RunPart, RunState
from domain.stored.checks import ComparisonOperator, HttpCheck, NoData, PrometheusCheck, Window
from services.execution.asking_checks import query_address, run_request
from services.net.vetted_http import NoAnswerError, VettedAnswer
from tests.support.run_records import MemoryRecords

_START = datetime(2026, 12, 2, tzinfo=UTC)
_KEY = RunKey(operation_id="op-1", ring=0, part=RunPart.CHECK, name="smoke")
_HTTP = HttpCheck(url="https://web.example/ready", window=Window(seconds=60, every=20))


def _query(no_data: NoData = NoData.FAIL) -> PrometheusCheck:
    return PrometheusCheck(
        url="https://p.example/prom/?tenant=a",
        query='rate(errors{job="web"}[5m])',
        comparison=ComparisonOperator.BELOW,
        bound=0.5,
        window=Window(seconds=60, every=20),
        no_data=no_data,
    )


def _values(*values: str) -> bytes:
    result = [{"metric": {}, "value": [1, value]} for value in values]
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()


_Answer = tuple[int, bytes] | NoAnswerError


class _World:
    """A clock, and a server that gives its answers in turn, the last one for ever."""

    def __init__(self, *answers: _Answer, cancelled_after: float = float("inf")) -> None:
        self._answers = list(answers)
        self._cancelled_after = cancelled_after
        self.now = _START
        self.asked: list[str] = []
        self.records = MemoryRecords(begun_at=_START)

    def clock(self) -> datetime:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def cancelled(self) -> bool:
        return (self.now - _START).total_seconds() >= self._cancelled_after

    async def ask(self, method: str, address: str, headers: Mapping[str, str]) -> VettedAnswer:
        del method, headers
        self.asked.append(address)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, NoAnswerError):
            raise answer
        return VettedAnswer(status=answer[0], headers={}, body=answer[1], whole=True)

    async def run(self, check: HttpCheck | PrometheusCheck = _HTTP, **changes: Any) -> RunEnd:
        return await run_request(
            _KEY,
            check,
            self,
            self.records,
            cancelled=self.cancelled,
            clock=self.clock,
            pause=self.pause,
            **changes,
        )

    @property
    def seconds(self) -> float:
        return (self.now - _START).total_seconds()


_AWAY = NoAnswerError("web.example closed the connection.")


async def test_the_first_answer_that_is_as_expected_passes() -> None:
    world = _World(_AWAY, (503, b""), (200, b""))
    assert (await world.run()).state is RunState.PASSED
    assert (len(world.asked), world.seconds) == (3, 40)


async def test_the_last_answer_in_the_window_fails_it() -> None:
    world = _World((503, b""))
    end = await world.run()
    assert end.state is RunState.FAILED
    assert "answered 503; expected was 200" in end.detail
    assert (len(world.asked), world.seconds) == (4, 60)


async def test_an_address_that_is_not_allowed_is_asked_once() -> None:
    world = _World(NoAnswerError("Stagecoach does not connect to x: no.", refused=True))
    assert (await world.run()).state is RunState.FAILED
    assert len(world.asked) == 1


async def test_the_window_counts_from_when_the_run_began_and_ends_with_a_try() -> None:
    world = _World((503, b""), (200, b""))
    world.now += timedelta(minutes=10)  # for which no process was there
    assert (await world.run()).state is RunState.FAILED
    assert len(world.asked) == 1


async def test_a_run_that_has_ended_asks_nothing() -> None:
    world = _World((200, b""))
    first = await world.run()
    assert await world.run() == first
    assert len(world.asked) == 1


async def test_a_cancellation_ends_it_between_two_tries() -> None:
    world = _World((503, b""), cancelled_after=5)
    assert (await world.run()).state is RunState.CANCELLED
    assert (len(world.asked), world.seconds) == (1, 5)


async def test_a_query_is_asked_through_its_window_and_passes_at_the_end() -> None:
    world = _World((200, _values("0.1")))
    assert (await world.run(_query())).state is RunState.PASSED
    assert (len(world.asked), world.seconds) == (4, 60)
    assert world.asked[0] == query_address(_query())
    assert query_address(_query()) == (
        "https://p.example/prom/api/v1/query?tenant=a&query=rate%28errors%7Bjob%3D%22web%22%7D%5B5m%5D%29"
    )


async def test_a_value_out_of_bounds_fails_at_once() -> None:
    world = _World((200, _values("0.1")), (200, _values("0.1", "0.7")))
    end = await world.run(_query())
    assert (end.state, world.seconds) == (RunState.FAILED, 20)
    assert "gave 0.7" in end.detail


async def test_an_answer_that_fails_to_come_counts_only_at_the_windows_end() -> None:
    good, bad = (200, _values("0.1")), (502, b"")
    assert (await _World(bad, good).run(_query())).state is RunState.PASSED
    assert (await _World(good, bad).run(_query())).state is RunState.FAILED


async def test_no_data_is_what_the_check_says_it_is() -> None:
    nothing, good = (200, _values()), (200, _values("0.1"))
    expected = {
        (NoData.FAIL, (nothing, good)): (RunState.FAILED, 0),
        (NoData.PASS, (nothing,)): (RunState.PASSED, 60),
        (NoData.WAIT, (nothing, good)): (RunState.PASSED, 60),
        (NoData.WAIT, (nothing,)): (RunState.FAILED, 60),
    }
    for (no_data, answers), (state, seconds) in expected.items():
        world = _World(*answers)
        assert ((await world.run(_query(no_data))).state, world.seconds) == (state, seconds), no_data
