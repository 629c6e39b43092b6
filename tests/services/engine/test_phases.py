from types import SimpleNamespace
from typing import cast

import pytest

from db.records.operations import OperationClusterRecord, OperationRecord
from domain.stored.rollouts import ExpectedRollout
from domain.words import ClusterPhase, OnFailure, Outcome
from services.engine.phases import ClusterPhases, StepState
from services.execution.progress import ClusterResult
from tests.support.specs import WEB, undo_of

_CRASHED = "Deployment web: CrashLoopBackOff."
_UNDOING = OperationClusterRecord(
    cluster_id="1",
    cluster_name="prod-eu",
    position=0,
    wave=0,
    phase=ClusterPhase.UNDOING,
    outcome=None,
    code="rollout-failed",
    detail=_CRASHED,
    resource=WEB,
    undo=undo_of("shop/web:1"),
    expected=None,
    started_at=None,
    ended_at=None,
)
_PHASES = ClusterPhases(
    cast("OperationRecord", SimpleNamespace(on_failure=OnFailure.ROLL_BACK, clusters=(_UNDOING,), rings=None))
)
_BACK = "The previous images are restored."
_NOT_WELL = "The previous images are restored, but not all rollouts are healthy. Deployment web: it was not ready."


@pytest.mark.parametrize(
    ("code", "detail", "expected"),
    [(None, _BACK, _CRASHED), ("rollout-timeout", _NOT_WELL, f"{_CRASHED} {_NOT_WELL}")],
    ids=["well", "not well"],
)
def test_an_undo_gives_the_reason_for_it_and_what_is_still_wrong_after_it(code, detail, expected):
    result = ClusterResult(outcome=Outcome.ROLLED_BACK, code=code, detail=detail)
    update = _PHASES.after_undoing(_UNDOING, result)
    assert (update.outcome, update.code, update.detail) == (Outcome.ROLLED_BACK, "rollout-failed", expected)


def watched(*, undo_helps: bool):
    failed = ClusterResult(outcome=Outcome.FAILED, code="rollout-failed", detail=_CRASHED, undo_helps=undo_helps)
    return _PHASES.after_watching(_UNDOING, failed)


def test_a_failure_is_undone_only_where_an_undo_may_help():
    assert watched(undo_helps=True).phase is ClusterPhase.UNDOING
    stays = watched(undo_helps=False)
    assert (stays.phase, stays.outcome, stays.code) == (ClusterPhase.ENDED, Outcome.FAILED, "rollout-failed")
    assert (stays.detail or "").startswith(f"{_CRASHED} The new images did not cause this")


def test_what_a_soak_goes_on_from_is_stored_with_the_end_of_the_rollouts():
    rollout = ExpectedRollout(resource=WEB, uid="u-2", generation=2, ready=3)
    ended = _PHASES.after_watching(_UNDOING, ClusterResult(outcome=Outcome.SUCCEEDED, expected=(rollout,)))
    assert (ended.phase, ended.expected) == (ClusterPhase.ENDED, (rollout,))


def test_a_step_records_the_members_that_running_operations_of_former_releases_have():
    state = StepState(watching=True, undoing=False, go_on=True)
    assert state.to_json() == {"watching": True, "undoing": False, "go_on": True}
