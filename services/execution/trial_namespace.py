"""Tries the objects of a namespace that does not exist yet in one that does. Changes nothing.

An API server refuses a dry run in a missing namespace before it looks at the object. What an object's fields must be
depends on no namespace, so a dry run of its creation elsewhere finds every mistake in them. All else that another
namespace says (admission, quotas, rights, names that are taken) does not hold for the new one and is left out.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.problems import Problem, Severity
from domain.resources import ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AlreadyExistsError, ClusterError, InvalidObjectError
from services.kube.gateway import ClusterGateway
from services.planning.copying.dry_runs import DryRun
from services.planning.copying.plan import ClusterCopyPlan, PlannedResource

TRIAL_NAMESPACE = "default"  # every cluster has it
_CONCURRENCY = 8
# Pod security depends on the namespace's labels: https://kubernetes.io/docs/concepts/security/pod-security-admission/
_OF_THE_NAMESPACE = "PodSecurity"


@dataclass(frozen=True, kw_only=True)
class Trials:
    """The objects whose fields the API server has checked, and how many it could not be asked about."""

    by_resource: Mapping[ResourceId, DryRun]
    untried: int


async def try_elsewhere(
    plan: ClusterCopyPlan, gateway: ClusterGateway, writes: Iterable[PlannedResource], deadline: Deadline
) -> Trials:
    """Dry-run the creation of each object in `TRIAL_NAMESPACE`."""
    slots = asyncio.Semaphore(_CONCURRENCY)

    async def attempt(resource: PlannedResource) -> tuple[ResourceId, DryRun | None]:
        async with slots:
            return resource.resource, await _try_fields(resource, plan, gateway, deadline)

    answers = await asyncio.gather(*(attempt(resource) for resource in writes))
    tried = {resource: run for resource, run in answers if run is not None}
    return Trials(by_resource=tried, untried=len(answers) - len(tried))


async def _try_fields(
    resource: PlannedResource, plan: ClusterCopyPlan, gateway: ClusterGateway, deadline: Deadline
) -> DryRun | None:
    """None where the answer is about the other namespace, or there is none."""
    assert resource.desired is not None, "what is written has been planned"
    warnings: list[str] = []
    try:
        await gateway.create(
            resource.desired,
            namespace=TRIAL_NAMESPACE,
            dry_run=True,
            deadline=deadline,
            on_warning=warnings.append,
        )
    except AlreadyExistsError:  # the server looks for the name last
        return DryRun()
    except InvalidObjectError as error:
        field = error.causes[0].field if error.causes else None
        return DryRun(problems=(_problem(error.code, Severity.BLOCKS, _reason(error), resource, plan, field),))
    except ClusterError:
        return None
    return DryRun(
        problems=tuple(
            _problem("cluster-warning", Severity.WARNS, f"the API server warns: {text}", resource, plan)
            for text in dict.fromkeys(warnings)
            if _OF_THE_NAMESPACE not in text
        )
    )


def _reason(error: InvalidObjectError) -> str:
    """What is wrong with the fields; the error's own sentence names the other namespace."""
    causes = "; ".join(f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in error.causes)
    return f"the cluster refuses its fields: {causes}" if causes else error.detail


def _problem(  # noqa: PLR0917 - called here alone, in this order
    code: str,
    severity: Severity,
    detail: str,
    resource: PlannedResource,
    plan: ClusterCopyPlan,
    field: str | None = None,
) -> Problem:
    return Problem(
        code=code,
        severity=severity,
        detail=f"{resource.resource.label}: {detail}",
        cluster=plan.cluster,
        resource=resource.resource,
        field=field,
    )
