"""Plans of copies from short facts, and short readings of what was planned."""

from typing import Any

from domain.overrides import Overrides
from domain.problems import Severity
from domain.words import OnConflict
from services.planning.copying.plan import CopyChoices, CopyPlan
from services.planning.copying.planner import plan_copy
from tests.support.objects import (
    FINGERPRINTS,
    facts,
    obj,
    target,
)


def planned(
    *manifests, live=(), on_conflict=OnConflict.FAIL, overrides=None, source_facts=None, **target_facts
) -> CopyPlan:
    """The plan of copying these to one cluster on which `live` is there."""
    cluster = target(*live, knows=manifests, **target_facts)
    choices = CopyChoices(overrides=overrides or Overrides(), on_conflict=on_conflict)
    return plan_copy(facts(*manifests, targets=(cluster,), **(source_facts or {})), choices, FINGERPRINTS)


def codes(plan, severity=None):
    return [p.code for p in plan.all_problems if severity is None or p.severity is severity]


def blocking(plan):
    return codes(plan, Severity.BLOCKS)


def actions(plan):
    return {str(r.resource.label): r.action for cluster in plan.clusters for r in cluster.resources}


def only(plan):
    (resource,) = plan.clusters[0].resources
    return resource


def autoscaler():
    return obj(
        "autoscaling/v2", "HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "Deployment", "name": "web"}}
    )


def owner_of_replicas(manager, **entry):
    return {"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": {"f:replicas": {}}}, **entry}


NEEDS_SETTINGS: dict[str, Any] = {
    "containers": [{"name": "web", "image": "web:1", "envFrom": [{"configMapRef": {"name": "settings"}}]}]
}
