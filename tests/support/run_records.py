"""Records of runs in memory, for tests of what runs hooks and checks."""

from dataclasses import replace
from datetime import UTC, datetime

from domain.hook_runs import HookRun, RunEnd, RunKey, RunKind


class MemoryRecords:
    """`RunRecords` of one test. `crashes`: so many times, what is to be recorded of a Job that was made is lost."""

    def __init__(self, *, begun_at: datetime | None = None, crashes: int = 0) -> None:
        self._begun_at = begun_at
        self._crashes = crashes
        self.runs: dict[RunKey, HookRun] = {}

    async def begin(self, key: RunKey, kind: RunKind) -> HookRun:
        begun_at = self._begun_at or datetime.now(UTC)
        return self.runs.setdefault(key, HookRun(key=key, kind=kind, begun_at=begun_at))

    async def made(self, key: RunKey, *, job: str, uid: str) -> None:
        if self._crashes:
            self._crashes -= 1
            raise ProcessDied
        self.runs[key] = replace(self.runs[key], job=job, job_uid=uid)

    async def end(self, key: RunKey, end: RunEnd) -> None:
        self.runs[key] = replace(self.runs[key], end=end)


class ProcessDied(BaseException):
    """Nothing catches it, as nothing catches a `kill -9`."""
