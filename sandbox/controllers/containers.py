"""The states of one container: waiting, running, terminated, restarted.

A pure step: of the present state, its age and the image it computes the next state, the events to report, and how long
the state lasts.
"""

from dataclasses import dataclass

from sandbox.controllers.rollout_timing import RolloutTiming
from sandbox.images import Behaviour, Image
from sandbox.store import Object


@dataclass(frozen=True, kw_only=True)
class Telling:
    """A warning for the pod's events."""

    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """A container's next status; `again` is in how many seconds to look (None: only when something changes)."""

    status: Object
    again: float | None = None
    telling: tuple[Telling, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What is asked of a container and of its pod."""

    image: Image
    pod: str
    container: str
    restarts: str
    """The pod's `restartPolicy`."""
    runs_to_end: bool
    """Whether it has work to finish (an init container, or a container of a Job) rather than serve for ever."""
    is_init: bool
    waits_as: str
    """What it says before anything happened to it."""
    config_problem: str | None
    """What its environment lacks, if anything."""
    delay: float
    """Seconds by which siblings hold it back."""


def state_of(status: Object) -> str:
    """The state in a word: what kind, and for waiting why."""
    kind = next(iter(status["state"]), "waiting")
    return f"{kind}/{status['state'].get(kind, {}).get('reason', '')}/{status['restartCount']}/{status['started']}"


def new_status(orders: Orders) -> Object:
    """A container that nothing has happened to yet."""
    return {
        "name": orders.container,
        "state": {"waiting": {"reason": orders.waits_as}},
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": orders.image.reference,
        "imageID": "",
        "started": False,
    }


def step(status: Object, orders: Orders, *, elapsed: float, now: str, timing: RolloutTiming) -> Step:
    """What becomes of a container that has been in this state for `elapsed` seconds. `now` goes into the status."""
    state = status["state"]
    if "terminated" in state:
        return _after_end(status, orders, now=now, timing=timing)
    if "running" in state:
        return _running(status, orders, elapsed=elapsed, now=now, timing=timing)
    reason = state.get("waiting", {}).get("reason", "")
    match reason:
        case "CrashLoopBackOff":
            left = backoff(timing.crash_backoff, status["restartCount"] - 1, timing) - elapsed
            return Step(status=status, again=left) if left > 0 else _restart(status, orders, now=now, timing=timing)
        case "ErrImagePull" | "ImagePullBackOff":
            return _pull_again(status, orders, reason, elapsed=elapsed, timing=timing)
        case _:
            return _create(status, orders, elapsed=elapsed, now=now, timing=timing)


def backoff(first: float, times: int, timing: RolloutTiming) -> float:
    """Seconds to wait before attempt number `times`, counted from 0: doubling, with a limit."""
    return min(first * 2.0 ** min(times, 30), timing.longest_backoff)


def _create(status: Object, orders: Orders, *, elapsed: float, now: str, timing: RolloutTiming) -> Step:
    image = orders.image
    if image.behaviour is Behaviour.INVALID_NAME:
        message = f'Failed to apply default image tag "{image.reference}": couldn\'t parse image name'
        return _wait(status, "InvalidImageName", message, Telling(reason="InspectFailed", message=message))
    if image.behaviour is Behaviour.CANNOT_BE_PULLED:
        return _fail_to_pull(status, orders, timing=timing)
    if orders.config_problem:
        said = Telling(reason="Failed", message=f"Error: {orders.config_problem}")
        return _wait(status, "CreateContainerConfigError", orders.config_problem, said)
    left = (0.0 if orders.is_init else timing.start) + orders.delay - elapsed
    return Step(status=status, again=left) if left > 0 else _start(status, orders, now=now, timing=timing)


def _wait(status: Object, reason: str, message: str, telling: Telling, *, again: float | None = None) -> Step:
    waiting = {"reason": reason, "message": message}
    if status["state"].get("waiting") == waiting:
        return Step(status=status, again=again)
    return Step(status={**status, "state": {"waiting": waiting}}, again=again, telling=(telling,))


def _fail_to_pull(status: Object, orders: Orders, *, timing: RolloutTiming) -> Step:
    reference = orders.image.reference
    message = (
        f'failed to pull and unpack image "{reference}": failed to resolve reference "{reference}": '
        f"{reference}: not found"
    )
    said = Telling(reason="Failed", message=f'Failed to pull image "{reference}": {message}')
    return _wait(status, "ErrImagePull", message, said, again=timing.pull_backoff)


def _pull_again(status: Object, orders: Orders, reason: str, *, elapsed: float, timing: RolloutTiming) -> Step:
    # No stored field has the number of attempts: the wait stays the same after the first.
    wait = timing.pull_backoff if reason == "ErrImagePull" else backoff(timing.pull_backoff, 3, timing)
    if elapsed < wait:
        return Step(status=status, again=wait - elapsed)
    if reason == "ImagePullBackOff":
        return _fail_to_pull(status, orders, timing=timing)
    message = f'Back-off pulling image "{orders.image.reference}"'
    said = Telling(reason="BackOff", message=message)
    # Kubelets repeat the last error since 1.32; the event does not.
    error = status["state"]["waiting"].get("message", "")
    repeated = f"{message}: ErrImagePull: {error}" if error else message
    return _wait(status, "ImagePullBackOff", repeated, said, again=backoff(timing.pull_backoff, 3, timing))


def _start(status: Object, orders: Orders, *, now: str, timing: RolloutTiming) -> Step:
    serves = orders.image.behaviour is Behaviour.RUNS and not orders.runs_to_end
    running = {
        **status,
        "state": {"running": {"startedAt": now}},
        "ready": serves,
        "imageID": orders.image.image_id,
        "started": True,
    }
    return Step(status=running, again=None if serves else _time_to_run(orders, timing))


def _time_to_run(orders: Orders, timing: RolloutTiming) -> float:
    match orders.image.behaviour:
        case Behaviour.CRASHES:
            return timing.crash
        case Behaviour.SLOW:
            return timing.slow_start
        case _:
            return timing.init if orders.is_init else timing.work


def _running(status: Object, orders: Orders, *, elapsed: float, now: str, timing: RolloutTiming) -> Step:
    if status["ready"]:
        return Step(status=status)
    left = _time_to_run(orders, timing) - elapsed
    if left > 0:
        return Step(status=status, again=left)
    if orders.image.behaviour is Behaviour.CRASHES:
        return _end(status, exit_code=1, reason="Error", now=now)
    if orders.runs_to_end:
        return _end(status, exit_code=0, reason="Completed", now=now)
    return Step(status={**status, "ready": True})


def _end(status: Object, *, exit_code: int, reason: str, now: str) -> Step:
    started = status["state"]["running"]["startedAt"]
    ended = {"exitCode": exit_code, "reason": reason, "startedAt": started, "finishedAt": now}
    stopped = {**status, "state": {"terminated": ended}, "ready": False, "started": False}
    return Step(status=stopped, again=0.0)


def _after_end(status: Object, orders: Orders, *, now: str, timing: RolloutTiming) -> Step:
    ended = status["state"]["terminated"]
    failed = ended["exitCode"] != 0
    if orders.restarts == "Never" or (not failed and (orders.is_init or orders.restarts == "OnFailure")):
        return Step(status=status)
    status = {**status, "lastState": {"terminated": ended}}
    if status["restartCount"] == 0:
        # The first time it is tried again at once; only from then on is there a wait.
        return _restart(status, orders, now=now, timing=timing)
    wait = backoff(timing.crash_backoff, status["restartCount"] - 1, timing)
    message = f"back-off {wait:g}s restarting failed container={orders.container} pod={orders.pod}"
    said = f"Back-off restarting failed container {orders.container} in pod {orders.pod}"
    return Step(
        status={**status, "state": {"waiting": {"reason": "CrashLoopBackOff", "message": message}}},
        again=wait,
        telling=(Telling(reason="BackOff", message=said),),
    )


def _restart(status: Object, orders: Orders, *, now: str, timing: RolloutTiming) -> Step:
    return _start({**status, "restartCount": status["restartCount"] + 1}, orders, now=now, timing=timing)
