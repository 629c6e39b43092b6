"""What the dry run of a plan on a cluster has said, kept without the objects: for who executes that very plan. Pure."""

from dataclasses import dataclass, replace
from typing import Self

from services.planning.copying.dry_runs import DryRuns
from services.planning.copying.plan import ClusterCopyPlan

UNTRIED = "not-tried"  # the code of a problem: the API server gave no answer to the dry run of that write


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What was tried: a plan's writes on one cluster, with a credential, by force or not, over what was there.

    The digest names what is written; the fingerprints name what the cluster had.
    """

    cluster_id: str
    credential_version: int
    force: bool
    digest: str
    live: tuple[str | None, ...]

    @classmethod
    def of(cls, plan: ClusterCopyPlan, *, credential_version: int, force: bool) -> Self:
        return cls(
            cluster_id=plan.cluster_id,
            credential_version=credential_version,
            force=force,
            digest=plan.digest,
            live=tuple(each.live_fingerprint for each in plan.resources),
        )


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A cluster's plan with its dry run, without any object: it may be a Secret."""

    plan: ClusterCopyPlan

    @classmethod
    def of(cls, plan: ClusterCopyPlan) -> Self:
        bare = tuple(replace(each, desired=None, live=None) for each in plan.resources)
        return cls(plan=replace(plan, resources=bare, namespace_object=None))

    def on(self, plan: ClusterCopyPlan) -> ClusterCopyPlan:
        """The same plan, made again without its dry run, with what that has said; its `Attempt` is the same."""
        resources = tuple(
            replace(tried, desired=now.desired, live=now.live)
            for tried, now in zip(self.plan.resources, plan.resources, strict=True)
        )
        return replace(self.plan, resources=resources, namespace_object=plan.namespace_object)


def lets_pass(plan: ClusterCopyPlan, runs: DryRuns) -> bool:
    """Whether the dry run of a cluster has said all that it can, and lets the plan be executed.

    What was refused, or not answered, may be allowed or answered the next time.
    """
    told = [problem for run in runs.by_resource.values() for problem in run.problems]
    return not any(problem.blocks for problem in plan.problems) and not any(each.code == UNTRIED for each in told)
