"""What holds a workload's rollout up, gathered from its pods, its events and its controller. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.resources import Manifest
from services.planning.health.creation import Refusal, lacks_pods, refusal_of
from services.planning.health.hold_ups import hold_ups
from services.planning.health.patience import observe, recalled
from services.planning.health.pod_issue import PodIssue
from services.planning.health.pods import issues_of
from services.planning.health.readiness import ended_early, not_ready
from services.planning.health.restarts import baselines, statuses_of
from services.planning.health.revisions import newest_pods, owned_by, pods_below
from services.planning.health.values import (
    Children,
    Health,
    Observation,
    Observations,
    Obstacle,
    condition,
    holds,
    moment,
)

DELETE_BY_HAND = "A StatefulSet waits for this pod even after its image is set back: delete the pod by hand."
_LATE = timedelta(seconds=60)  # after which a pod that should have ended is not waited for
_BEING_CREATED = frozenset({"ContainerCreating", "PodInitializing"})
_REPLACES_NONE_BEFORE = (
    "It is a pod of the former revision, and the StatefulSet replaces no pod before this one is ready: delete the pod "
    "by hand."
)


@dataclass(frozen=True, kw_only=True)
class Obstacles:
    """All that holds up one workload: its newest pods and their issues, stuck former pods, and the rest.

    `attempts` are those of a Job that failed; `slow` are newest pods without an issue that are not ready for long, or
    that their nodes ended. `moving`: a pod of the newest revision starts, or a pod of any revision ends, without
    trouble. `observations` are those of now, for the next assessment.
    """

    pods: tuple[Manifest, ...]
    issues: tuple[PodIssue, ...]
    refusal: Refusal | None
    stuck_on: tuple[PodIssue, ...]
    hold_ups: tuple[Obstacle, ...]
    attempts: tuple[Obstacle, ...]
    slow: tuple[Obstacle, ...]
    moving: bool
    observations: dict[Any, Observation]

    @property
    def all(self) -> tuple[Obstacle, ...]:
        """All of them, those first that the new images may have caused."""
        issues = sorted((issue.obstacle for issue in self.issues), key=lambda each: each.blameless)
        refused = (self.refusal.obstacle,) if self.refusal else ()
        return (*refused, *issues, *map(stuck, self.stuck_on), *self.hold_ups, *self.attempts, *self.slow)

    @property
    def suspect(self) -> bool:
        """Whether there is trouble that the new images may have caused; a pod that is slow is none."""
        refused = self.refusal is not None and not self.refusal.obstacle.blameless
        return refused or any(not issue.blameless for issue in self.issues)

    @property
    def blameless(self) -> bool:
        """Whether something holds the rollout up, and nothing that does can have been caused by the new images."""
        named = {each.pod for each in self.all}
        unexplained = [pod for pod in self.pods if _is_awaited(pod) and pod.name not in named]
        return bool(self.all) and not unexplained and all(each.blameless for each in self.all)


def gather(
    workload: Manifest,
    children: Children,
    *,
    started: datetime | None,
    now: datetime,
    before: Observations,
    proven: Collection[str] = (),
    changed: datetime | None = None,
) -> Obstacles:
    """What holds `workload` up at `now`; `proven` as for `issues_of`, `changed` as for `assess`."""
    pods = newest_pods(workload, children)
    counted: Mapping[tuple[str, str, str], Observation] = {}
    if started is not None:
        counted = baselines(pods, before, started=changed or started, now=now)
    found = issues_of(pods, children.events, now=now, observations=counted, proven=proven)
    observed = {**counted, **observe(found, before, now=now)}
    issues = recalled(found, observed)
    return Obstacles(
        pods=pods,
        issues=issues,
        refusal=refusal_of(workload, children, now=now, started=started),
        stuck_on=_former_issues(workload, children, pods, now=now),
        hold_ups=(
            *_former_not_ready(workload, children, pods),
            *hold_ups(workload, children, pods, now=now, started=started),
        ),
        attempts=_failed_attempts(workload, pods),
        slow=_slow(workload, children, pods, issues, now=now, started=started),
        moving=_moves(workload, children, pods, issues, now=now),
        observations=observed,
    )


def _slow(
    workload: Manifest,
    children: Children,
    pods: Sequence[Manifest],
    issues: Iterable[PodIssue],
    *,
    now: datetime,
    started: datetime | None,
) -> tuple[Obstacle, ...]:
    troubled = {issue.pod for issue in issues}
    early = () if workload.kind.name in {"Job", "Pod"} else ended_early(pods, now=now, started=started)
    return (*early, *not_ready((pod for pod in pods if pod.name not in troubled), children.events, now=now))


def _moves(
    workload: Manifest, children: Children, newest: Iterable[Manifest], issues: Iterable[PodIssue], *, now: datetime
) -> bool:
    troubled = {issue.pod for issue in issues}
    starts = any(_is_awaited(pod) and pod.name not in troubled for pod in newest)
    return starts or any(_ends(pod, now) for pod in pods_below(workload, children.pods))


def _ends(pod: Manifest, now: datetime) -> bool:
    """Whether it is within its grace period, or little more: a pod on a dead node ends never."""
    until = moment(pod.metadata.get("deletionTimestamp"))
    return until is not None and now <= until + _LATE


def needs_events(workload: Manifest, children: Children, *, now: datetime) -> bool:
    """Whether events would explain what its status and its pods do not: there are too many to read them always."""
    return lacks_pods(workload) or any(_waits(pod, now) for pod in pods_below(workload, children.pods))


def _waits(pod: Manifest, now: datetime) -> bool:
    """Whether a pod waits for a node, for a volume, for its containers to be created, or for its node to end it."""
    waiting = {((status.get("state") or {}).get("waiting") or {}).get("reason") for status in statuses_of(pod)}
    until = moment(pod.metadata.get("deletionTimestamp"))
    unscheduled = (condition(pod, "PodScheduled") or {}).get("status") == "False"
    return bool(waiting & _BEING_CREATED) or unscheduled or (until is not None and until < now)


def told(progress: Health, obstacles: Sequence[Obstacle]) -> Health:
    """The health with its first obstacle, so that a person sees what the rollout waits for. Others are counted."""
    if not obstacles:
        return progress
    first = obstacles[0]
    alike = sum(each.reason == first.reason and each.pod != first.pod for each in obstacles[1:])
    more = f" The same holds for {alike} more {'pod' if alike == 1 else 'pods'}." if alike else ""
    return replace(
        progress,
        reason=first.reason,
        message=f"{progress.message} {first.sentence}{more}",
        pod=first.pod,
        container=first.container,
    )


def stuck(issue: PodIssue) -> Obstacle:
    """A broken pod of a former revision, for which an ordered StatefulSet waits."""
    return Obstacle(
        reason="StuckOnFormerPod",
        sentence=f"{issue.sentence} {_REPLACES_NONE_BEFORE}",
        pod=issue.pod,
        container=issue.container,
        blameless=True,
        former=True,
    )


def is_ordered(workload: Manifest) -> bool:
    """Whether it is a StatefulSet that replaces no pod while another one is not ready.

    Kubernetes docs, "StatefulSets", section "Forced rollback".
    """
    return workload.kind.name == "StatefulSet" and (
        workload.spec.get("podManagementPolicy", "OrderedReady") == "OrderedReady"
    )


def _former_pods(workload: Manifest, children: Children, newest: Sequence[Manifest]) -> Iterable[Manifest]:
    """The former pods that an ordered StatefulSet replaces of its own accord."""
    rolls = (workload.spec.get("updateStrategy") or {}).get("type") != "OnDelete"
    if not is_ordered(workload) or not rolls:
        return
    fresh = {pod.uid for pod in newest}
    for pod in owned_by(workload, children.pods):
        if pod.uid not in fresh and not pod.metadata.get("deletionTimestamp"):
            yield pod


def _former_issues(
    workload: Manifest, children: Children, newest: Sequence[Manifest], *, now: datetime
) -> tuple[PodIssue, ...]:
    return issues_of(_former_pods(workload, children, newest), children.events, now=now, observations={})


def _former_not_ready(workload: Manifest, children: Children, newest: Sequence[Manifest]) -> Iterable[Obstacle]:
    """Former pods that are not ready though nothing else is known of them: a probe may fail for a moment."""
    for pod in _former_pods(workload, children, newest):
        if _is_awaited(pod):
            sentence = f"Pod {pod.name} of the former revision is not ready, and the StatefulSet waits for it."
            yield Obstacle(reason="WaitsForFormerPod", sentence=sentence, pod=pod.name, blameless=True, former=True)


def _failed_attempts(workload: Manifest, pods: Iterable[Manifest]) -> tuple[Obstacle, ...]:
    """How the attempts of a Job ended. Exit codes alone: a termination message may be the end of a log."""
    if workload.kind.name != "Job":
        return ()
    found = []
    for pod in pods:
        for status in pod.status.get("containerStatuses") or () if pod.status.get("phase") == "Failed" else ():
            ended = (status.get("state") or {}).get("terminated") or {}
            if ended.get("exitCode"):
                container = str(status.get("name", ""))
                sentence = f"Pod {pod.name}, container {container}: exit code {ended['exitCode']}."
                found.append(Obstacle(reason="AttemptFailed", sentence=sentence, pod=pod.name, container=container))
    return tuple(found)


def _is_awaited(pod: Manifest) -> bool:
    ended = pod.status.get("phase") in {"Succeeded", "Failed"} or bool(pod.metadata.get("deletionTimestamp"))
    return not ended and not holds(pod, "Ready")
