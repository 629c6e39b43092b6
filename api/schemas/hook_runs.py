"""Runs of hooks and checks in the contract."""

from typing import Self

from pydantic import Field

from api.schemas.base import Moment, Output
from domain.hook_runs import HookRun, RunKind, RunPart, RunState


class HookRunRead(Output):
    """A hook or a check that ran, or runs, in an operation."""

    ring: int = Field(description="From 1; the ring before which, after which or of which it ran.")
    part: RunPart
    name: str
    kind: RunKind
    cluster: str | None = Field(description="Where its Job runs; null for requests, which Stagecoach itself sends.")
    number: int = Field(description="From 1; a retry of the operation runs again what has to hold anew.")
    state: RunState
    job: str | None = Field(description="The name of its Job, which the cluster removes some time after its end.")
    detail: str | None = Field(description="What was expected, and what came. Null while it runs.")
    log: str | None = Field(
        description="The end of its Job's log, at most 64 KiB, with secrets hidden. Null while it runs, for requests, "
        "and where the log could not be read: then `detail` says why."
    )
    log_cut: bool = Field(description="Whether the beginning of the log is missing.")
    begun_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, run: HookRun) -> Self:
        end = run.end
        return cls(
            ring=run.key.ring + 1,
            part=run.key.part,
            name=run.key.name,
            kind=run.kind,
            cluster=run.key.cluster,
            number=run.key.number + 1,
            state=run.state,
            job=run.job,
            detail=None if end is None else end.detail,
            log=None if end is None else end.log,
            log_cut=end is not None and end.log_cut,
            begun_at=run.begun_at,
            ended_at=run.ended_at,
        )


class HookRunList(Output):
    """The runs of an operation, in the order in which they began."""

    items: list[HookRunRead]
