"""Restarts in the contract; their plan is that of promotions, without images."""

from pydantic import Field

from api.schemas.base import Input, PlanDigest, ResourceInput
from api.schemas.promotions import AskedStrategy
from domain.stored import restarts


class RestartRequest(Input):
    """Replace the pods of workloads as their own strategies say, and change nothing else."""

    workloads: list[ResourceInput] | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="Deployments, StatefulSets and DaemonSets of the app environment. If left out, all of them.",
        examples=[[{"api_version": "apps/v1", "kind": "Deployment", "name": "web"}]],
    )
    strategy: AskedStrategy = None
    plan_digest: PlanDigest | None = None

    def to_request(self) -> restarts.RestartRequest:
        return restarts.RestartRequest(
            workloads=tuple(each.to_id() for each in self.workloads) if self.workloads is not None else None,
            plan_digest=self.plan_digest,
            strategy=self.strategy.to_strategy() if self.strategy is not None else None,
        )
