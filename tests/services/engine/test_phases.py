from types import SimpleNamespace
from typing import cast

import pytest

from db.records import OperationClusterRecord, OperationRecord
from domain.words import ClusterPhase, OnFailure, Outcome
from services.engine.phases import ClusterPhases
from services.execution.progress import ClusterResult
from tests.support.specs import undo_of

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
    resource="apps/v1/Deployment/web",
    undo=undo_of("shop/web:1"),
    expected=None,
    started_at=None,
    ended_at=None,
)
_STANDING = ClusterPhases(
    cast("OperationRecord", SimpleNamespace(on_failure=OnFailure.ROLL_BACK, clusters=(_UNDOING,)))
)
_BACK = "The former images are back."
_NOT_WELL = "The former images are back, but not all is well yet. Deployment web: it was not ready."


@pytest.mark.parametrize(
    ("code", "detail", "told"),
    [(None, _BACK, _CRASHED), ("rollout-timeout", _NOT_WELL, f"{_CRASHED} {_NOT_WELL}")],
    ids=["well", "not well"],
)
def test_what_is_back_and_does_not_do_well_either_is_told(code, detail, told):
    result = ClusterResult(outcome=Outcome.ROLLED_BACK, code=code, detail=detail)
    update = _STANDING.after_undoing(_UNDOING, result)
    assert (update.outcome, update.code, update.detail) == (Outcome.ROLLED_BACK, "rollout-failed", told)
