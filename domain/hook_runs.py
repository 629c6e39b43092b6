"""Runs of hooks and checks: what ran where in an operation, and how it ended. Stored and shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LOG_BYTES = 64 * 1024
"""How much of a Job's log is kept: its last bytes."""


class RunPart(StrEnum):
    """What a run is for: a hook before the change, a check after a ring, a hook after the change."""

    BEFORE = "before"
    CHECK = "check"
    AFTER = "after"


class RunKind(StrEnum):
    """What is run: a Job on a cluster, an HTTP request, a query of Prometheus."""

    JOB = "job"
    HTTP = "http"
    PROMETHEUS = "prometheus"


class RunState(StrEnum):
    """`cancelled`: the operation was cancelled before the run ended; `lost`: its cluster stopped answering.

    Of both, the Job, if it was made, goes on by itself; a retry of the operation follows it again.
    """

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class RunKey:
    """One run of an operation, as often as its step is executed. `cluster` is where a Job runs; None for requests.

    `number` counts the tries that people asked for: a retry of the operation runs again what has not passed.
    """

    operation_id: str
    ring: int
    part: RunPart
    name: str
    cluster: str | None = None
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class RunEnd:
    """How a run ended: what was expected and what came, in a sentence. `log` is redacted; None where there is none.

    `log_cut`: the log's beginning is missing.
    """

    state: RunState
    detail: str
    log: str | None = None
    log_cut: bool = False


@dataclass(frozen=True, kw_only=True)
class HookRun:
    """A run as its row has it. `job` and `job_uid` name its Job, from when it was made on."""

    key: RunKey
    kind: RunKind
    begun_at: datetime
    job: str | None = None
    job_uid: str | None = None
    ended_at: datetime | None = None
    end: RunEnd | None = None

    @property
    def state(self) -> RunState:
        return RunState.RUNNING if self.end is None else self.end.state
