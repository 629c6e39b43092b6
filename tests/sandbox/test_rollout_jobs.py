"""Jobs and CronJobs beyond what the tapes hold, and when a schedule is due."""

from datetime import UTC, datetime

import pytest

from sandbox.controllers.schedule import parse_schedule
from tests.support.sandbox_stage import NAMESPACE, SandboxStage, job

BROKEN = "registry.example/shop/job:broken"


@pytest.fixture
def stage():
    return SandboxStage()


def cron(schedule="*/5 * * * *", image="registry.example/shop/job:1", **spec):
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "tick", "namespace": NAMESPACE},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": job(image=image)["spec"]}, **spec},
    }


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_job_that_keeps_failing_fails_at_its_backoff_limit(stage):
    stage.create(job(image=BROKEN, backoffLimit=2))
    stage.advance(60)
    assert stage.conditions("jobs", "once")["Failed"] == ("True", "BackoffLimitExceeded")
    assert stage.get("jobs", "once")["status"]["failed"] == 3


def test_the_early_failure_condition_comes_before_the_final_one(stage):
    stage.create(job(image=BROKEN, backoffLimit=0))
    stage.advance(10)
    states = [
        [c["type"] for c in o["status"]["conditions"]]
        for o in stage.changes
        if o["kind"] == "Job" and o.get("status", {}).get("conditions")
    ]
    assert states == [["FailureTarget"], ["FailureTarget", "Failed"]]


def test_a_job_that_takes_too_long_fails_and_its_pods_go(stage):
    stage.create(job(image="registry.example/shop/job:slow", activeDeadlineSeconds=5))
    stage.advance(10)
    assert stage.conditions("jobs", "once")["Failed"] == ("True", "DeadlineExceeded")
    assert not stage.all("pods")


def test_a_job_runs_as_many_pods_at_once_as_it_may(stage):
    stage.create(job(completions=5, parallelism=2))
    stage.advance(60)
    active = [o["status"].get("active", 0) for o in stage.changes if o["kind"] == "Job" and o.get("status")]
    assert max(active) == 2
    assert stage.get("jobs", "once")["status"]["succeeded"] == 5


def test_an_indexed_job_completes_each_index_once(stage):
    stage.create(job(completions=3, parallelism=3, completionMode="Indexed"))
    stage.advance(20)
    assert stage.get("jobs", "once")["status"]["completedIndexes"] == "0-2"


def test_a_suspended_job_starts_nothing_until_it_is_resumed(stage):
    stage.create(job(suspend=True))
    stage.advance(20)
    assert not stage.all("pods")
    assert stage.conditions("jobs", "once")["Suspended"] == ("True", "JobSuspended")
    stage.edit("jobs", "once", suspend=False)
    stage.advance(20)
    assert stage.conditions("jobs", "once")["Complete"] == ("True", "CompletionsReached")


def test_a_job_restarts_a_failed_container_in_its_pod_where_that_is_asked_for(stage):
    failing = job(image=BROKEN, backoffLimit=3)
    failing["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure"
    stage.create(failing)
    stage.advance(3)
    assert [p["status"]["containerStatuses"][0]["restartCount"] for p in stage.all("pods")] == [2]
    stage.advance(60)
    assert stage.conditions("jobs", "once")["Failed"] == ("True", "BackoffLimitExceeded")


def test_a_finished_job_goes_when_its_time_is_over(stage):
    stage.create(job(ttlSecondsAfterFinished=30))
    stage.advance(20)
    assert stage.exists("jobs", "once")
    stage.advance(30)
    assert not stage.exists("jobs", "once")
    assert not stage.all("pods")


def test_a_cron_job_runs_whenever_it_is_due(stage):
    stage.create(cron())
    stage.advance(11 * 60)
    assert len(stage.all("jobs")) == 2
    status = stage.get("cronjobs", "tick")["status"]
    assert status["lastScheduleTime"] == "2026-01-01T00:10:00Z"
    assert status["lastSuccessfulTime"] > status["lastScheduleTime"]
    assert "active" not in status


def test_a_cron_job_keeps_only_the_newest_of_its_jobs(stage):
    stage.create(cron(successfulJobsHistoryLimit=2))
    stage.advance(31 * 60)
    kept = sorted(
        j["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] for j in stage.all("jobs")
    )
    assert kept == ["2026-01-01T00:25:00Z", "2026-01-01T00:30:00Z"]


def test_a_suspended_cron_job_runs_nothing(stage):
    stage.create(cron(suspend=True))
    stage.advance(3600)
    assert not stage.all("jobs")


def test_a_cron_job_that_forbids_it_does_not_start_a_second_job_beside_the_first(stage):
    stage.create(cron("* * * * *", image="registry.example/shop/job:missing", concurrencyPolicy="Forbid"))
    stage.advance(5 * 60)
    assert len(stage.all("jobs")) == 1
    assert stage.events("JobAlreadyActive")


def test_a_cron_job_that_replaces_deletes_the_job_that_still_runs(stage):
    stage.create(cron("* * * * *", image="registry.example/shop/job:missing", concurrencyPolicy="Replace"))
    stage.advance(125)
    assert [
        j["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] for j in stage.all("jobs")
    ] == ["2026-01-01T00:02:00Z"]


def test_of_the_runs_that_a_stopped_cluster_missed_only_the_newest_is_made_up_for(stage):
    stage.create(cron())
    stage.advance(1)
    stage.controllers.stop()
    stage.advance(3600)
    stage.restart()
    stage.advance(10)
    assert [
        j["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] for j in stage.all("jobs")
    ] == ["2026-01-01T01:00:00Z"]


@pytest.mark.parametrize(
    ("schedule", "zone", "due"),
    [
        ("0 3 * * *", "UTC", "2026-01-02T03:00"),
        ("*/15 * * * *", "UTC", "2026-01-01T12:45"),
        ("0 3 * * *", "Europe/Berlin", "2026-01-02T02:00"),
        ("@hourly", "UTC", "2026-01-01T13:00"),
        ("0 0 29 feb *", "UTC", "2028-02-29T00:00"),
        ("30 6 * * mon-fri", "UTC", "2026-01-02T06:30"),
        ("0 0 13 * 5", "UTC", "2026-01-02T00:00"),
        ("0 0 * * 7", "UTC", "2026-01-04T00:00"),
        ("5,10-12 13 1 1 *", "UTC", "2026-01-01T13:05"),
    ],
)
def test_a_schedule_is_next_due(schedule, zone, due):
    assert parse_schedule(schedule, zone=zone).after(moment("2026-01-01T12:30:20")) == moment(due)


def test_a_schedule_for_a_day_that_never_comes_is_never_due():
    assert parse_schedule("0 0 30 2 *").after(moment("2026-01-01T00:00")) is None


@pytest.mark.parametrize("schedule", ["", "* * * *", "61 * * * *", "* * 0 * *", "*/0 * * * *", "a * * * *"])
def test_what_is_no_schedule_is_refused(schedule):
    with pytest.raises(ValueError, match=r".+"):
        parse_schedule(schedule)
