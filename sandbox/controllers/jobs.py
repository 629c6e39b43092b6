"""Jobs: create pods until enough of them have succeeded or too many have failed."""

from sandbox.controllers.conditions import find_condition, is_true, set_condition
from sandbox.controllers.events import note, warn
from sandbox.controllers.templates import create_pod, delete_pod, is_active, is_terminating, pod_from
from sandbox.controllers.world import World, parse_time
from sandbox.store import Object

COMPONENT = "job-controller"
INDEX = "batch.kubernetes.io/job-completion-index"
_DONE = ("CompletionsReached", "Reached expected number of succeeded pods")
_LIMIT = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
_LATE = ("DeadlineExceeded", "Job was active longer than specified deadline")


def reconcile(world: World, job: Object) -> None:
    """Take one Job one step further: to its next pods, to its verdict, to its end."""
    status = job.get("status") or {}
    conditions = status.get("conditions") or []
    if is_true(job, "Complete") or is_true(job, "Failed"):
        _expire(world, job)
        return
    if job["metadata"].get("deletionTimestamp"):
        return
    pods = world.controlled(job, "pods")
    if is_true(job, "SuccessCriteriaMet") or is_true(job, "FailureTarget"):
        _finish(world, job, pods)
    elif job["spec"].get("suspend"):
        _suspend(world, job, pods)
    elif find_condition(conditions, "Suspended") and is_true(job, "Suspended"):
        resumed = _put(world, conditions, "Suspended", ("JobResumed", "Job resumed"), is_so=False)
        note(world, job, "Resumed", "Job resumed", component=COMPONENT)
        world.update_status(job, {**status, "conditions": resumed, "startTime": world.stamp()})
    else:
        _run(world, job, pods)


def _run(world: World, job: Object, pods: list[Object]) -> None:
    status = job.get("status") or {}
    status = {**status, "startTime": status.get("startTime") or world.stamp()}
    succeeded, failed = _of_phase(pods, "Succeeded"), _of_phase(pods, "Failed")
    verdict = _verdict(world, job, status, succeeded=succeeded, failed=failed)
    if verdict is None:
        _start_pods(world, job, pods, succeeded=succeeded, failed=failed)
        pods = world.controlled(job, "pods")
        world.update_status(job, _counted(job, status, pods))
        return
    type_, words = verdict
    if type_ == "FailureTarget":
        for pod in pods:
            if is_active(pod):
                delete_pod(world, job, pod, component=COMPONENT)
    conditions = _put(world, status.get("conditions") or [], type_, words)
    counted = _counted(job, {**status, "conditions": conditions}, world.controlled(job, "pods"))
    ended = "succeeded" if type_ == "SuccessCriteriaMet" else "failed"
    uids = [pod["metadata"]["uid"] for pod in _of_phase(pods, ended.capitalize())]
    # The pods that ended are named first and counted at the next look, as a real cluster shows it.
    counted.pop(ended, None)
    world.update_status(job, counted | {"uncountedTerminatedPods": {ended: uids} if uids else {}})


def _verdict(
    world: World, job: Object, status: Object, *, succeeded: list[Object], failed: list[Object]
) -> tuple[str, tuple[str, str]] | None:
    spec = job["spec"]
    if len(_indexes(succeeded) if _is_indexed(job) else succeeded) >= _desired_completions(job):
        return "SuccessCriteriaMet", _DONE
    if len(failed) + _restarts(job, world) > spec.get("backoffLimit", 6):
        return "FailureTarget", _LIMIT
    if (deadline := spec.get("activeDeadlineSeconds")) is not None:
        left = deadline - (world.now() - parse_time(status["startTime"])).total_seconds()
        if left <= 0:
            return "FailureTarget", _LATE
        world.requeue_after(job, left)
    return None


def _start_pods(
    world: World, job: Object, pods: list[Object], *, succeeded: list[Object], failed: list[Object]
) -> None:
    active = [pod for pod in pods if is_active(pod)]
    to_do = _desired_completions(job) - len(_indexes(succeeded) if _is_indexed(job) else succeeded)
    missing = min(job["spec"].get("parallelism", 1), to_do) - len(active)
    if missing <= 0:
        return
    if failed:
        wait = min(world.timing.crash_backoff * 2 ** (len(failed) - 1), world.timing.longest_backoff)
        since = world.elapsed(job, "retry", f"after failure {len(failed)}")
        if since < wait:
            world.requeue_after(job, wait - since)
            return
    free = [i for i in range(_desired_completions(job)) if str(i) not in _indexes([*active, *succeeded])]
    for position in range(missing):
        pod = pod_from(job, job["spec"]["template"])
        if _is_indexed(job) and position < len(free):
            index = str(free[position])
            pod["metadata"].setdefault("annotations", {})[INDEX] = index
            pod["metadata"]["labels"][INDEX] = index
        if create_pod(world, job, pod, component=COMPONENT) is not None:
            return


def _finish(world: World, job: Object, pods: list[Object]) -> None:
    """The terminal condition follows when the last pod is gone or has ended."""
    if any(is_active(pod) or is_terminating(pod) for pod in pods):
        return
    status = job["status"]
    conditions = status["conditions"]
    succeeded = is_true(job, "SuccessCriteriaMet")
    early = find_condition(conditions, "SuccessCriteriaMet" if succeeded else "FailureTarget")
    assert early is not None
    words = (early["reason"], early["message"])
    final = _counted(job, status, pods) | {"uncountedTerminatedPods": {}}
    final["conditions"] = _put(world, conditions, "Complete" if succeeded else "Failed", words)
    if succeeded:
        final["completionTime"] = world.stamp()
        note(world, job, "Completed", "Job completed", component=COMPONENT)
    else:
        warn(world, job, words[0], words[1], component=COMPONENT)
    world.update_status(job, final)


def _suspend(world: World, job: Object, pods: list[Object]) -> None:
    for pod in pods:
        if is_active(pod):
            delete_pod(world, job, pod, component=COMPONENT)
    status = job.get("status") or {}
    if not is_true(job, "Suspended"):
        note(world, job, "Suspended", "Job suspended", component=COMPONENT)
    conditions = _put(world, status.get("conditions") or [], "Suspended", ("JobSuspended", "Job suspended"))
    counted = _counted(job, {**status, "conditions": conditions}, world.controlled(job, "pods"))
    counted.pop("startTime", None)
    world.update_status(job, counted)


def _expire(world: World, job: Object) -> None:
    keep = job["spec"].get("ttlSecondsAfterFinished")
    if keep is None:
        return
    ended = next(c for c in job["status"]["conditions"] if c["type"] in {"Complete", "Failed"})
    left = keep - (world.now() - parse_time(ended["lastTransitionTime"])).total_seconds()
    if left <= 0:
        world.delete(job)
    else:
        world.requeue_after(job, left)


def _counted(job: Object, status: Object, pods: list[Object]) -> Object:
    running = [pod for pod in pods if is_active(pod)]
    succeeded = _of_phase(pods, "Succeeded")
    counts = {
        "active": len(running),
        "succeeded": len(succeeded),
        "failed": len(_of_phase(pods, "Failed")) or status.get("failed", 0),
    }
    kept = {k: v for k, v in status.items() if k not in counts}
    counted = kept | {k: v for k, v in counts.items() if v}
    if _is_indexed(job) and succeeded:
        counted["completedIndexes"] = _ranges(sorted(map(int, _indexes(succeeded))))
    return counted | {
        "terminating": sum(is_terminating(pod) for pod in pods),
        "ready": sum(is_true(pod, "Ready") for pod in running),
        "uncountedTerminatedPods": status.get("uncountedTerminatedPods", {}),
    }


def _ranges(numbers: list[int]) -> str:
    """`0,2-4` for 0, 2, 3, 4; as Kubernetes writes it."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _put(
    world: World, conditions: list[Object], type_: str, words: tuple[str, str], *, is_so: bool = True
) -> list[Object]:
    reason, message = words
    status = "True" if is_so else "False"
    put = set_condition(conditions, type_, status, now=world.stamp(), reason=reason, message=message)
    return [{**c, "lastProbeTime": c.get("lastProbeTime") or c["lastTransitionTime"]} for c in put]


def _desired_completions(job: Object) -> int:
    """Without `completions` one success is enough (a work queue)."""
    return int(job["spec"].get("completions") or 1)


def _is_indexed(job: Object) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def _indexes(pods: list[Object]) -> set[str]:
    return {index for pod in pods if (index := (pod["metadata"].get("annotations") or {}).get(INDEX)) is not None}


def _of_phase(pods: list[Object], phase: str) -> list[Object]:
    return [pod for pod in pods if pod.get("status", {}).get("phase") == phase]


def _restarts(job: Object, world: World) -> int:
    """With `OnFailure` it is restarts within a pod that count against the limit."""
    if job["spec"]["template"]["spec"].get("restartPolicy") != "OnFailure":
        return 0
    stati = [s for pod in world.controlled(job, "pods") for s in pod.get("status", {}).get("containerStatuses", [])]
    return sum(status.get("restartCount", 0) for status in stati)
