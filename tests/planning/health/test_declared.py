"""Objects of declared kinds are well when what was declared says so, and not because they report nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.declared_kinds import Declaration, DeclaredHealth, DeclaredImage, ImageForm
from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.values import Health, HealthPolicy, HealthState

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
IMAGE = DeclaredImage(path="spec.image", form=ImageForm.REFERENCE)
CONDITIONS = DeclaredHealth(ready="Up", failed=("Broken",))
KSTATUS = DeclaredHealth()


def judged(health: DeclaredHealth, status: dict[str, Any], *, started: datetime | None = None, **spec: Any) -> Health:
    body = {
        "apiVersion": "shop.example/v1",
        "kind": "Shopfront",
        "metadata": {"name": "web", "generation": 2},
        "spec": spec,
        "status": status,
    }
    declaration = Declaration(images=(IMAGE,), health=health)
    return assess(Manifest(body), now=NOW, policy=HealthPolicy(), declaration=declaration, started=started)


def conditions(**types: str) -> dict[str, Any]:
    return {"conditions": [{"type": type_, "status": status} for type_, status in types.items()]}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (conditions(Up="True"), HealthState.READY),
        (conditions(Up="False"), HealthState.PROGRESSING),
        (conditions(Up="False", Broken="True"), HealthState.FAILED),
        (conditions(Up="True", Broken="True"), HealthState.FAILED),
        (conditions(Ready="True"), HealthState.UNKNOWN),
        ({}, HealthState.UNKNOWN),
        ({**conditions(Up="True"), "observedGeneration": 1}, HealthState.PENDING),
    ],
)
def test_the_named_conditions_decide(status, state):
    assert judged(CONDITIONS, status).state is state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (conditions(Ready="True"), HealthState.READY),
        (conditions(Ready="False"), HealthState.PROGRESSING),
        (conditions(Stalled="True"), HealthState.FAILED),
        ({}, HealthState.UNKNOWN),
    ],
)
def test_without_named_conditions_kstatus_decides_and_silence_is_unknown(status, state):
    assert judged(KSTATUS, status).state is state


def test_one_that_is_suspended_is_not_called_done():
    assert judged(CONDITIONS, conditions(Up="True"), suspend=True).state is HealthState.SUSPENDED


def test_one_that_never_says_that_it_is_well_fails_in_the_end():
    late = judged(KSTATUS, {}, started=datetime(2026, 1, 1, 11, tzinfo=UTC))
    assert (late.state, late.reason) == (HealthState.FAILED, "Timeout")


def test_what_the_failed_condition_says_is_told():
    status = {"conditions": [{"type": "Broken", "status": "True", "reason": "NoImage", "message": "cannot pull"}]}
    health = judged(CONDITIONS, status)
    assert health.reason == "NoImage"
    assert "cannot pull" in health.message
