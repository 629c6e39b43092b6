"""CronJobs: create a Job whenever the schedule is due."""

from datetime import datetime, timedelta

from sandbox.clock import rfc3339
from sandbox.controllers.conditions import is_true
from sandbox.controllers.events import note, warn
from sandbox.controllers.schedule import Schedule, parse_schedule
from sandbox.controllers.templates import owner_reference
from sandbox.controllers.world import World, parse_time
from sandbox.errors import StatusError
from sandbox.store import Object, thaw

COMPONENT = "cronjob-controller"
SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"


def reconcile(world: World, cron: Object) -> None:
    """Start what is due, forget old Jobs, and look again at the next due minute."""
    if cron["metadata"].get("deletionTimestamp"):
        return
    jobs = world.controlled(cron, "jobs")
    _forget(world, cron, jobs)
    status = _status(cron, jobs)
    if not cron["spec"].get("suspend"):
        try:
            schedule = parse_schedule(cron["spec"]["schedule"], zone=cron["spec"].get("timeZone") or "UTC")
        except (ValueError, KeyError) as error:
            warn(world, cron, "UnparseableSchedule", f"unparseable schedule: {error}", component=COMPONENT)
            return
        last = parse_time(status.get("lastScheduleTime") or cron["metadata"]["creationTimestamp"])
        due = _latest_due(schedule, last, world.now())
        if due is not None and _may_start(world, cron, jobs, due):
            status = _start(world, cron, status, due)
        following = schedule.after(world.now())
        if following is not None:
            world.requeue_after(cron, (following - world.now()).total_seconds())
    world.update_status(cron, status)


def _latest_due(schedule: Schedule, last: datetime, now: datetime) -> datetime | None:
    """Of several due minutes that were missed only the newest is made up for."""
    # A cluster that was stopped for weeks must not iterate over every minute of them: such a Job is too old to start.
    due = schedule.after(max(last, now - timedelta(days=1)))
    latest = None
    while due is not None and due <= now:
        latest, due = due, schedule.after(due)
    return latest


def _may_start(world: World, cron: Object, jobs: list[Object], due: datetime) -> bool:
    limit = cron["spec"].get("startingDeadlineSeconds")
    if limit is not None and world.now() > due + timedelta(seconds=limit):
        warn(world, cron, "MissSchedule", f"Missed scheduled time to start a job: {due:%c}", component=COMPONENT)
        return False
    running = [job for job in jobs if not _is_over(job)]
    policy = cron["spec"].get("concurrencyPolicy", "Allow")
    if policy == "Forbid" and running:
        message = "Not starting job because prior execution is running and concurrency policy is Forbid"
        note(world, cron, "JobAlreadyActive", message, component=COMPONENT)
        return False
    if policy == "Replace":
        for job in running:
            world.delete(job)
            note(world, cron, "SuccessfulDelete", f"Deleted job {job['metadata']['name']}", component=COMPONENT)
    return True


def _start(world: World, cron: Object, status: Object, due: datetime) -> Object:
    # The name contains the due minute, so a second reconciliation cannot start the Job twice.
    name = f"{cron['metadata']['name'][:52]}-{int(due.timestamp()) // 60}"
    template = thaw(cron["spec"]["jobTemplate"])
    inherited = template.get("metadata") or {}
    metadata: Object = {
        "name": name,
        "namespace": cron["metadata"]["namespace"],
        "labels": inherited.get("labels") or {},
        "annotations": {**(inherited.get("annotations") or {}), SCHEDULED: rfc3339(due)},
        "ownerReferences": [owner_reference(cron)],
    }
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]}
    try:
        created = world.create(job)
    except StatusError as error:
        if error.reason != "AlreadyExists":
            warn(world, cron, "FailedCreate", f"Error creating job: {error.message}", component=COMPONENT)
        return {**status, "lastScheduleTime": rfc3339(due)}
    note(world, cron, "SuccessfulCreate", f"Created job {name}", component=COMPONENT)
    active = [*(status.get("active") or []), _reference(created)]
    return {**status, "active": active, "lastScheduleTime": rfc3339(due)}


def _status(cron: Object, jobs: list[Object]) -> Object:
    """What the Jobs say: which run, and when one last succeeded."""
    old = cron.get("status") or {}
    status = {k: v for k, v in old.items() if k != "active"}
    ends = [job["status"]["completionTime"] for job in jobs if is_true(job, "Complete")]
    if ends:
        status["lastSuccessfulTime"] = max([*ends, *filter(None, [old.get("lastSuccessfulTime")])])
    known = {active["uid"]: active for active in old.get("active") or []}
    active = [known.get(job["metadata"]["uid"]) or _reference(job) for job in jobs if not _is_over(job)]
    return status | ({"active": active} if active else {})


def _reference(job: Object) -> Object:
    metadata = job["metadata"]
    return {
        "kind": "Job",
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "apiVersion": "batch/v1",
        "resourceVersion": metadata["resourceVersion"],
    }


def _is_over(job: Object) -> bool:
    return is_true(job, "Complete") or is_true(job, "Failed")


def _forget(world: World, cron: Object, jobs: list[Object]) -> None:
    """Keep as many ended Jobs as the history may hold, the newest."""
    limits = {
        "Complete": cron["spec"].get("successfulJobsHistoryLimit", 3),
        "Failed": cron["spec"].get("failedJobsHistoryLimit", 1),
    }
    for ending, keep in limits.items():
        ended = sorted((j for j in jobs if is_true(j, ending)), key=lambda j: str(j["metadata"]["name"]))
        for job in ended[: max(0, len(ended) - keep)]:
            world.delete(job)
