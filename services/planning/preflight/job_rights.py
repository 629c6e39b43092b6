"""Rights that hooks and job checks of the strategy need on a cluster and that its credential lacks. Pure."""

from collections.abc import Iterator

from domain.cluster_api import Right
from domain.problems import Problem, Severity
from services.planning.preflight.values import PlannedOn, PreflightFacts

_GRANTED_BY = "deploy/rbac-hooks.yaml has the rights."


def rights_of_jobs(namespace: str) -> tuple[Right, ...]:
    """What making Jobs in the namespace, following them and reading their logs needs."""
    return (
        *(_right(verb, "batch", "jobs", namespace) for verb in ("create", "get", "list", "watch")),
        _right("list", "", "pods", namespace),
        _right("get", "", "pods/log", namespace),
    )


def job_rights(facts: PreflightFacts, planned: PlannedOn) -> Iterator[Problem]:
    """Without the rights to make and follow Jobs the hooks would fail; without that to read logs they have none."""
    del planned
    lacking = sorted(facts.lacking_job_rights)
    needed = [right for right in lacking if right.resource != "pods/log"]
    if needed:
        what = ", ".join(f"{right.verb} {right.resource}" for right in needed)
        yield Problem(
            code="hook-rights",
            severity=Severity.BLOCKS,
            detail=f"The strategy runs Jobs here, and the credential may not {what} in {needed[0].namespace}. "
            f"{_GRANTED_BY}",
            cluster=facts.cluster,
        )
    elif lacking:
        yield Problem(
            code="hook-log-rights",
            severity=Severity.TELLS,
            detail=f"The credential may not get pods/log in {lacking[0].namespace}, so the logs of the strategy's Jobs "
            f"are not kept. {_GRANTED_BY}",
            cluster=facts.cluster,
        )


def _right(verb: str, group: str, resource: str, namespace: str) -> Right:
    return Right(verb=verb, group=group, resource=resource, namespace=namespace)
