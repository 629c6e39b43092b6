"""How often a container has restarted since a change, and whether it is in a crash loop now.

Pure. `restartCount` belongs to the pod's life: a change that makes no new pods (scaling, a label of the Deployment
itself, an import that finds most things as they should be) keeps the restarts of last month.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.resources import Manifest
from services.planning.health.values import Observation, Observations, count, moment

# A container has recovered from a crash when it has run for twice as long as the run that crashed. The kubelet itself
# needs ten minutes to believe it (MaxContainerBackOff, twice), which would call every recovery a crash loop.
_TIMES_THE_LAST_RUN = 2.0
_SHORTEST, _LONGEST = timedelta(seconds=10), timedelta(seconds=300)
_LAST_RUN_UNKNOWN = timedelta(seconds=30)
# After such a run the kubelet's back-off begins anew (MaxContainerBackOff, twice): a crash now and then is no loop.
_LONG_RUN = timedelta(minutes=10)
_BASELINE = "Restarts"  # the reason under which observations keep the restarts of before the change


@dataclass(frozen=True, kw_only=True)
class Restarts:
    """The restarts of one container: `total` in its pod's life, `since` the change that is followed.

    `recovered`: it runs, and for longer than the run before, so that its crashes are history.
    `after_long_run`: the last one came after so long a run that it is the first of its kind.
    """

    total: int
    since: int
    recovered: bool
    after_long_run: bool = False

    @property
    def in_a_row(self) -> int:
        """How many of them may belong to one crash loop."""
        return min(self.since, 1) if self.after_long_run else self.since


def statuses_of(pod: Manifest) -> list[Mapping[str, Any]]:
    """The statuses of its init containers and containers."""
    return [*(pod.status.get("initContainerStatuses") or ()), *(pod.status.get("containerStatuses") or ())]


def restarts_of(pods: Iterable[Manifest]) -> int:
    """The sum of the restart counts of these pods' containers."""
    return sum(count(status, "restartCount") for pod in pods for status in statuses_of(pod))


def last_restart_of(pods: Iterable[Manifest]) -> datetime | None:
    """When a container of these pods ended last, to be started again; None where none of them has."""
    ends = (moment(_last_run(status).get("finishedAt")) for pod in pods for status in statuses_of(pod))
    return max((each for each in ends if each is not None), default=None)


def baselines(pods: Iterable[Manifest], before: Observations, *, started: datetime, now: datetime) -> Observations:
    """The restarts that containers of pods from before `started` had when they were first seen."""
    kept: dict[tuple[str, str, str], Observation] = {}
    for pod in pods:
        created = moment(pod.metadata.get("creationTimestamp"))
        if created is None or created >= started:
            continue
        for status in statuses_of(pod):
            key = _key(pod, status)
            ended = moment(_last_run(status).get("finishedAt"))
            # One of them may have come after the change and before the first look.
            of_before = count(status, "restartCount") - (1 if ended is not None and ended > started else 0)
            kept[key] = before.get(key) or Observation(since=now, times=max(0, of_before), version=None)
    return kept


def restarts_now(pod: Manifest, status: Mapping[str, Any], observations: Observations, *, now: datetime) -> Restarts:
    """The restarts of one container; all of them count as recent where no baseline was observed."""
    total = count(status, "restartCount")
    baseline = observations.get(_key(pod, status))
    return Restarts(
        total=total,
        since=max(0, total - baseline.times) if baseline else total,
        recovered=_has_recovered(status, now=now),
        after_long_run=(_last_duration(status) or timedelta()) >= _LONG_RUN,
    )


def _has_recovered(status: Mapping[str, Any], *, now: datetime) -> bool:
    running = (status.get("state") or {}).get("running")
    if not isinstance(running, Mapping):
        return False
    began = moment(running.get("startedAt"))
    if began is None:
        return True
    ran = _last_duration(status) or _LAST_RUN_UNKNOWN
    return now - began >= min(max(_SHORTEST, ran * _TIMES_THE_LAST_RUN), _LONGEST)


def _last_duration(status: Mapping[str, Any]) -> timedelta | None:
    last = _last_run(status)
    began, ended = moment(last.get("startedAt")), moment(last.get("finishedAt"))
    return ended - began if began and ended else None


def _last_run(status: Mapping[str, Any]) -> Mapping[str, Any]:
    ended: Mapping[str, Any] = (status.get("lastState") or {}).get("terminated") or {}
    return ended


def _key(pod: Manifest, status: Mapping[str, Any]) -> tuple[str, str, str]:
    return (pod.uid or pod.name, str(status.get("name", "")), _BASELINE)
