"""Operations and plans as they are shown to who does not see the environment that they take from. Pure.

What one may not see does not exist: neither the environment's name is told, nor its clusters and its namespace.
"""

from collections.abc import Iterable
from dataclasses import replace

from domain.follows import Follow
from domain.hidden_sources import HIDDEN_CLUSTER, HIDDEN_ENVIRONMENT, HIDDEN_NAMESPACE
from domain.problems import Problem
from domain.stored.plans import CopySource, StoredCopyPlan, StoredImagePlan, StoredPlan
from domain.stored.requests import CopyRequest, ImportSource, PromotionRequest, StoredRequest
from domain.stored.spec import OperationSpec


def source_of(request: StoredRequest) -> str | None:
    """The name of the environment that a request takes from."""
    match request:
        case PromotionRequest():
            return request.source_environment
        case CopyRequest(source=ImportSource() as source):
            return source.environment
        case _:
            return None


def without_source(spec: OperationSpec) -> OperationSpec:
    """The request and the plan, with what they say of their source hidden."""
    return OperationSpec(request=_request(spec.request), plan=_plan(spec.plan))


def follow_without_source(follow: Follow) -> Follow:
    """What an environment follows, for who does not see the source: its code is told, and when it is due."""
    standing = follow.standing
    if standing is not None:
        standing = replace(standing, detail=f"It is about {HIDDEN_ENVIRONMENT}.", operation=None)
    return replace(follow, source=replace(follow.source, name=HIDDEN_ENVIRONMENT), standing=standing)


def _request(request: StoredRequest) -> StoredRequest:
    match request:
        case PromotionRequest():
            return replace(request, source_environment=HIDDEN_ENVIRONMENT, source_cluster=None)
        case CopyRequest(source=ImportSource() as source):
            hidden = replace(source, environment=HIDDEN_ENVIRONMENT, cluster=HIDDEN_CLUSTER, namespace=HIDDEN_NAMESPACE)
            return replace(request, source=hidden)
        case _:
            return request


def _plan(plan: StoredPlan) -> StoredPlan:
    match plan:
        case StoredImagePlan(source_environment=str()):
            problems = tuple(_problems(plan.problems, of=plan.clusters))
            return replace(plan, source_environment=HIDDEN_ENVIRONMENT, source_cluster=None, problems=problems)
        case StoredCopyPlan(source=CopySource()):
            hidden = CopySource(environment=HIDDEN_ENVIRONMENT, cluster=HIDDEN_CLUSTER, namespace=HIDDEN_NAMESPACE)
            return replace(plan, source=hidden)
        case _:
            return plan


def _problems(problems: Iterable[Problem], *, of: Iterable[str]) -> Iterable[Problem]:
    """Those of clusters that are not the target's say what their source is like: of these, only the code is told."""
    shown = frozenset(of)
    for each in problems:
        if each.cluster is None or each.cluster in shown:
            yield each
        else:
            detail = f"This is about {HIDDEN_CLUSTER}, of the source."
            yield replace(each, cluster=None, resource=None, field=None, detail=detail)
