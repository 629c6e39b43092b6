"""Runs the checks that ask over HTTP: a request with an expectation, and a query of Prometheus. Changes nothing.

Their windows count from when the run began, which is recorded: a restart of the service does not extend them. After the
window each is asked once more, so that none passes or fails unasked.
"""

import asyncio
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from domain.hook_runs import RunEnd, RunKey, RunKind, RunState
from domain.stored.checks import HttpCheck, NoData, PrometheusCheck
from services.execution.check_door import AsksCheck
from services.execution.progress import Cancelled
from services.execution.run_records import Clock, Pause, RunRecords, utc_now
from services.net.vetted_http import NoAnswerError
from services.planning.rings.expectations import Judgement, Verdict, judge_http, judge_prometheus

_CANCELLED = RunEnd(state=RunState.CANCELLED, detail="The operation was cancelled while it was asked.")
_LOOK_EVERY = 1.0  # seconds between two looks at whether the operation is cancelled


async def run_request(
    key: RunKey,
    check: HttpCheck | PrometheusCheck,
    door: AsksCheck,
    records: RunRecords,
    *,
    cancelled: Cancelled,
    clock: Clock = utc_now,
    pause: Pause = asyncio.sleep,
) -> RunEnd:
    """How it ended; recorded. Raises nothing but what `records` raises."""
    kind = RunKind.HTTP if isinstance(check, HttpCheck) else RunKind.PROMETHEUS
    begun = await records.begin(key, kind)
    if begun.end is not None:
        return begun.end
    ends = begun.begun_at + timedelta(seconds=check.window.seconds)
    end = await _asked(check, door, ends, cancelled=cancelled, clock=clock, pause=pause)
    await records.end(begun.key, end)
    return end


async def _asked(
    check: HttpCheck | PrometheusCheck,
    door: AsksCheck,
    ends: datetime,
    *,
    cancelled: Cancelled,
    clock: Clock,
    pause: Pause,
) -> RunEnd:
    while True:
        if await cancelled():
            return _CANCELLED
        over = clock() >= ends
        if isinstance(check, HttpCheck):
            end = _end_of_http(await _ask_http(check, door), over=over)
        else:
            end = _end_of_prometheus(check, await _ask_prometheus(check, door), over=over)
        if end is not None:
            return end
        await _wait(min(check.window.every, (ends - clock()).total_seconds()), cancelled=cancelled, pause=pause)


def _end_of_http(judgement: Judgement, *, over: bool) -> RunEnd | None:
    """The first answer that is as expected passes; at the window's end the last answer fails it."""
    if judgement.verdict is Verdict.MET:
        return RunEnd(state=RunState.PASSED, detail=judgement.sentence)
    if judgement.verdict is Verdict.REFUSED or over:
        return RunEnd(state=RunState.FAILED, detail=judgement.sentence)
    return None


def _end_of_prometheus(check: PrometheusCheck, judgement: Judgement, *, over: bool) -> RunEnd | None:
    """A value out of bounds fails it at once; it passes where the answer at the window's end is within them.

    What is no answer is asked again, and no data is what the check says it is; at the window's end both count.
    """
    verdict = judgement.verdict
    if verdict is Verdict.NO_DATA and check.no_data is NoData.PASS:
        verdict = Verdict.MET
    failing = {Verdict.NOT_MET, Verdict.REFUSED} | ({Verdict.NO_DATA} if check.no_data is NoData.FAIL else set())
    if verdict in failing:
        return RunEnd(state=RunState.FAILED, detail=judgement.sentence)
    if not over:
        return None
    passed = verdict is Verdict.MET
    return RunEnd(state=RunState.PASSED if passed else RunState.FAILED, detail=judgement.sentence)


async def _ask_http(check: HttpCheck, door: AsksCheck) -> Judgement:
    try:
        answer = await door.ask(check.method.value, check.url, check.headers)
    except NoAnswerError as error:
        return _unanswered(error)
    return judge_http(check, answer.status, answer.body, whole=answer.whole)


async def _ask_prometheus(check: PrometheusCheck, door: AsksCheck) -> Judgement:
    try:
        answer = await door.ask("GET", query_address(check), {"Accept": "application/json"})
    except NoAnswerError as error:
        return _unanswered(error)
    return judge_prometheus(check, answer.status, answer.body if answer.whole else b"")


def query_address(check: PrometheusCheck) -> str:
    """Where an instant query is asked: the server's address, below any path that it is served under."""
    parts = urlsplit(check.url)
    query = "&".join(each for each in (parts.query, urlencode({"query": check.query})) if each)
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/api/v1/query", query, ""))


def _unanswered(error: NoAnswerError) -> Judgement:
    return Judgement(verdict=Verdict.REFUSED if error.refused else Verdict.NO_ANSWER, sentence=error.why)


async def _wait(seconds: float, *, cancelled: Cancelled, pause: Pause) -> None:
    """Returns after so many seconds, or as soon as the operation is cancelled."""
    left = max(0.0, seconds)
    while left > 0 and not await cancelled():
        step = min(left, _LOOK_EVERY)
        await pause(step)
        left -= step
