"""A run of a custom resource is an act: it is neither preselected nor copied unasked, for it would run again."""

import pytest

from domain.overrides import Overrides
from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.copying.refusals import refusal_of
from tests.support.copy_plans import actions, blocking, codes, only, planned
from tests.support.field_inputs import named, objects_of, preselected
from tests.support.objects import obj

_ALL = objects_of("mc-08-finished-task-runs")
_FINISHED = {
    "startTime": "2026-03-01T09:00:00Z",
    "completionTime": "2026-03-01T09:05:00Z",
    "conditions": [{"type": "Succeeded", "status": "True", "reason": "Completed"}],
}


def _with_status(manifest, status):
    return Manifest({**manifest.body, "status": status})


@pytest.mark.parametrize("label", ["TaskRun migrate-in-march", "PipelineRun release-in-march"])
@pytest.mark.parametrize("status", [{}, _FINISHED])
def test_a_run_is_refused_without_consent_whether_it_has_finished_or_not(label, status):
    refusal = refusal_of(_with_status(named(_ALL, label), status))
    assert refusal is not None
    assert refusal.consent is Consent.FINISHED_JOBS
    assert "runs again" in refusal.reason


def test_the_task_is_preselected_and_its_runs_are_not():
    assert preselected(_ALL) == {"Task migrate"}


def test_a_run_is_created_with_the_consent_of_finished_jobs():
    run = _with_status(named(_ALL, "PipelineRun release-in-march"), _FINISHED)
    assert blocking(planned(run)) == ["not-copyable"]
    allowed = planned(run, overrides=Overrides(allow=(Consent.FINISHED_JOBS,)))
    assert actions(allowed) == {"PipelineRun release-in-march": "create"}


@pytest.mark.parametrize(
    ("api_version", "kind", "member"),
    [
        ("argoproj.io/v1alpha1", "CronWorkflow", "suspend"),
        ("postgresql.cnpg.io/v1", "ScheduledBackup", "suspend"),
        ("velero.io/v1", "Schedule", "paused"),
    ],
)
def test_a_schedule_of_runs_is_copied_suspended_as_a_cron_job_is(api_version, kind, member):
    schedule = obj(api_version, kind, spec={"schedule": "0 3 * * *"})
    plan = planned(schedule)
    assert only(plan).desired.spec[member] is True
    assert "cron-job-suspended" in codes(plan)
    running = planned(schedule, overrides=Overrides(suspend_cron_jobs=False))
    assert only(running).desired.spec[member] is False


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"schedule": "0 3 * * *"}, True),
        ({"schedule": "@daily"}, True),
        ({"schedule": "0 3 * * *", "suspend": True}, False),
        ({"schedule": "nightly"}, False),
        ({"schedule": {"at": "3"}}, False),
    ],
)
def test_a_schedule_of_an_unknown_kind_is_told_because_its_copy_runs_as_well(spec, told):
    assert ("runs-by-schedule" in codes(planned(obj("x.example/v1", "Nightly", spec=spec)))) is told


@pytest.mark.parametrize(
    ("kind", "is_run"),
    [
        ("AnsibleJob", True),
        ("PerconaServerMySQLRestore", True),
        ("EtcdBackup", True),
        ("ScaledJob", False),
        ("RecurringJob", False),
        ("ScheduledBackup", False),
        ("BackupPolicy", False),
        ("JobTemplate", False),
    ],
)
def test_a_kind_of_an_unknown_operator_is_a_run_by_its_name(kind, is_run):
    refusal = refusal_of(obj("x.example/v1", kind, spec={}))
    assert (refusal is not None and refusal.rule == "run") is is_run


def test_acts_that_are_called_otherwise_are_known_by_their_kinds():
    for api_version, kind in (("kargo.akuity.io/v1alpha1", "Promotion"), ("kafka.strimzi.io/v1", "KafkaRebalance")):
        refusal = refusal_of(obj(api_version, kind, spec={}))
        assert refusal is not None
        assert refusal.consent is Consent.FINISHED_JOBS
