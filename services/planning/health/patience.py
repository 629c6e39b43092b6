"""How long an issue of a pod may last before the rollout has failed. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.planning.health.pod_issue import PodIssue, PodIssueClass
from services.planning.health.values import HealthPolicy, Observation, Observations

_ABSENT = "absent"  # the reason under which observations keep what a registry said of an image
_REMEMBERED = frozenset({"unfit", _ABSENT, "pull"})


def observe(issues: Iterable[PodIssue], before: Observations, *, now: datetime) -> Observations:
    """The observations of the issues that exist at `now`. Issues that are gone are dropped, except those of pulling.

    Between two attempts to pull an image, a pod says for a moment that its container is being created.
    """
    observations = {key: observation for key, observation in before.items() if key[2] in _REMEMBERED}
    for issue in issues:
        earlier = before.get(issue.key)
        if earlier is None:
            observations[issue.key] = Observation(since=now, times=1, version=issue.pod_version)
        elif earlier.version == issue.pod_version:
            observations[issue.key] = earlier
        else:
            observations[issue.key] = Observation(
                since=earlier.since, times=earlier.times + 1, version=issue.pod_version
            )
        if issue.kind is PodIssueClass.ABSENT:
            said = Observation(since=now, times=1, version=issue.pod_version, message=issue.message)
            observations[_absent(issue)] = said
    return observations


def recalled(issues: Iterable[PodIssue], observations: Observations) -> tuple[PodIssue, ...]:
    """The issues, with what the registry said before where a pod that backs off no longer says why."""
    return tuple(_recalled(issue, observations) for issue in issues)


def is_final(
    issue: PodIssue,
    observations: Observations | None,
    *,
    now: datetime,
    policy: HealthPolicy,
    created_now: bool = False,
) -> bool:
    """Whether to stop waiting and let the rollout fail. `created_now`: the change created the workload.

    Without observations (an assessment of one moment), an issue is taken to be as old as its pod.
    """
    observation = observations.get(issue.key) if observations is not None else None
    since = observation.since if observation else (issue.pod_created or now)
    lasted = (now - since).total_seconds()
    if issue.kind is PodIssueClass.CRASH:
        return _is_crash_loop(issue, lasted, followed=observations is not None, created_now=created_now, policy=policy)
    said_again = observation is not None and observation.times >= policy.certain_observations
    if issue.kind is PodIssueClass.UNFIT and said_again:
        return True
    patience = _patience(issue, policy)
    return patience is not None and lasted >= patience


def _patience(issue: PodIssue, policy: HealthPolicy) -> float | None:
    """The seconds that an issue may last; None where it never becomes final by itself."""
    match issue.kind:
        case PodIssueClass.CERTAIN:
            return 0.0
        case PodIssueClass.CONFIGURATION:
            return policy.configuration
        case PodIssueClass.LACKING:
            return policy.lacking
        case PodIssueClass.ABSENT | PodIssueClass.PULL if issue.expected_to_arrive:
            return policy.arrival
        case PodIssueClass.ABSENT | PodIssueClass.PULL | PodIssueClass.UNFIT:
            return policy.pull
        case _:
            return None


def _is_crash_loop(issue: PodIssue, lasted: float, *, followed: bool, created_now: bool, policy: HealthPolicy) -> bool:
    """Whether a container crashes again and again.

    Who follows a rollout lets a container that runs try; what is shown of one moment must not change at each restart.
    An init container that fails may be waiting for something, as a database, that this rollout brings. So may any
    container of a workload that is created together with others: there is no former image that ran better.
    """
    if issue.restarts is None or issue.restarts.in_a_row < policy.restarts:
        return False
    if not followed:
        return True
    if issue.running:
        return False
    if created_now:
        return lasted >= policy.lacking
    return not issue.init or lasted >= policy.configuration


def _recalled(issue: PodIssue, observations: Observations) -> PodIssue:
    said = observations.get(_absent(issue))
    if issue.kind is not PodIssueClass.PULL or issue.reason != "ImagePullBackOff" or said is None:
        return issue
    if "Err" in issue.message:
        return issue  # kubelets from 1.31 on repeat the last error, and this is another one
    return replace(
        issue,
        kind=PodIssueClass.ABSENT,
        message=f"{issue.message}: {said.message}" if issue.message else said.message,
        blameless=issue.proven,
    )


def _absent(issue: PodIssue) -> tuple[str, str, str]:
    return (issue.pod_uid, issue.container or "", _ABSENT)
