"""A schedule with `CRON_TZ=`: API servers keep it in old CronJobs and refuse it in new ones."""

import pytest

from domain.words import Action, OnConflict
from tests.support.copy_plans import actions, blocking, codes, planned
from tests.support.objects import obj


def cron_job(schedule: str, **spec: object):
    return obj("batch/v1", "CronJob", spec={"schedule": schedule, "concurrencyPolicy": "Forbid", **spec})


@pytest.mark.parametrize(
    "schedule", ["CRON_TZ=Europe/Berlin 30 23 * * *", "TZ=UTC @daily", "  TZ=Asia/Tokyo   0 3 * * *"]
)
def test_it_blocks_a_new_cron_job_and_says_what_to_write(schedule: str):
    plan = planned(cron_job(schedule))
    assert blocking(plan) == ["schedule-with-time-zone"]
    (problem,) = [each for each in plan.all_problems if each.code == "schedule-with-time-zone"]
    assert problem.field == "spec.schedule"
    zone, _, rest = schedule.strip().partition("=")[2].partition(" ")
    assert f"schedule '{rest.strip()}' with spec.timeZone '{zone}'" in problem.detail


def test_it_is_not_said_to_have_no_time_zone():
    assert "cron-job-time-zone" not in codes(planned(cron_job("CRON_TZ=UTC 0 3 * * *")))


def test_of_two_time_zones_none_is_chosen():
    plan = planned(cron_job("CRON_TZ=UTC 0 3 * * *", timeZone="Asia/Tokyo"))
    (problem,) = [each for each in plan.all_problems if each.code == "schedule-with-time-zone"]
    assert "spec.timeZone 'UTC', or 'Asia/Tokyo'" in problem.detail


def test_a_target_that_has_such_a_schedule_already_may_keep_one():
    live = cron_job("CRON_TZ=UTC 0 3 * * *", suspend=True)
    plan = planned(cron_job("CRON_TZ=UTC 0 4 * * *"), live=[live], on_conflict=OnConflict.OVERWRITE)
    assert list(actions(plan).values()) == [Action.UPDATE]


@pytest.mark.parametrize("schedule", ["30 23 * * *", "@daily", "0 3 * * MON"])
def test_other_schedules_are_not_told(schedule: str):
    assert blocking(planned(cron_job(schedule, timeZone="UTC"))) == []
