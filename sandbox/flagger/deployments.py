"""The two Deployments of a Canary: the one that people change, and its primary, which serves.

fluxcd/flagger pkg/canary/deployment_controller.go, deployment_ready.go and spec.go.
"""

from enum import Enum, auto

from sandbox.controllers.conditions import find_condition
from sandbox.controllers.templates import owner_reference, random_suffix, template_hash
from sandbox.controllers.world import World, parse_time
from sandbox.store import Object, thaw

_LABEL = "app"  # the first of `selector-labels`, a flag of the controller
_FLAGGER_ID = "flagger-id"
_PROGRESS_DEADLINE = 600


class Readiness(Enum):
    """`isDeploymentReady`: an error may be retriable."""

    READY = auto()
    NOT_YET = auto()
    STUCK = auto()


def primary_name(canary: Object) -> str:
    return f"{canary['spec']['targetRef']['name']}-primary"


def hash_of(target: Object) -> str:
    """`ComputeHash` of the pod template."""
    return template_hash(target["spec"]["template"])


def has_changed(canary: Object, target: Object) -> bool:
    """`hasSpecChanged`: the way back to the template that was promoted last is no change."""
    status, newest = canary["status"], hash_of(target)
    return newest not in {status.get("lastPromotedSpec"), status.get("lastAppliedSpec")}


def create_primary(world: World, canary: Object, target: Object) -> Object:
    """`createPrimaryDeployment`."""
    metadata = target["metadata"]
    return world.create(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": primary_name(canary),
                "namespace": metadata["namespace"],
                "labels": _primary_labels(metadata.get("labels") or {}, target),
                "ownerReferences": [owner_reference(canary)],
            },
            "spec": {
                **_settings(target),
                "replicas": target["spec"]["replicas"] or 1,
                "selector": {"matchLabels": _primary_labels({}, target)},
                "template": _template(target),
            },
        }
    )


def promote(world: World, primary: Object, target: Object) -> None:
    """`Promote`: the template of the target is copied to the primary, with an annotation that rolls it anyway."""
    changed = thaw(primary)
    changed["spec"] |= {**_settings(target), "template": _template(target)}
    world.update(changed)


def scale(world: World, target: Object, replicas: int) -> Object:
    """`ScaleToZero` and `ScaleFromZero`."""
    changed = thaw(target)
    changed["spec"]["replicas"] = replicas
    return world.update(changed)


def readiness(world: World, canary: Object, deployment: Object) -> Readiness:
    status, spec = deployment.get("status") or {}, deployment["spec"]
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return Readiness.NOT_YET
    conditions = status.get("conditions") or []
    progressing, available = find_condition(conditions, "Progressing"), find_condition(conditions, "Available")
    if progressing and progressing.get("reason") == "ProgressDeadlineExceeded":
        return Readiness.STUCK
    updated = status.get("updatedReplicas", 0)
    complete = updated >= spec["replicas"] and status.get("replicas", 0) <= updated
    if complete and status.get("availableReplicas", 0) >= updated:
        return Readiness.READY
    if available and available.get("reason") == "MinimumReplicasUnavailable":
        deadline = canary["spec"].get("progressDeadlineSeconds", _PROGRESS_DEADLINE)
        waited = (world.now() - parse_time(available["lastUpdateTime"])).total_seconds()
        return Readiness.STUCK if waited > deadline else Readiness.NOT_YET
    return Readiness.NOT_YET


def _settings(target: Object) -> Object:
    names = ("progressDeadlineSeconds", "minReadySeconds", "revisionHistoryLimit", "strategy")
    return {name: thaw(target)["spec"][name] for name in names if name in target["spec"]}


def _template(target: Object) -> Object:
    template: Object = thaw(target)["spec"]["template"]
    metadata = template.setdefault("metadata", {})
    metadata["labels"] = _primary_labels(metadata.get("labels") or {}, target)
    metadata["annotations"] = {**(metadata.get("annotations") or {}), _FLAGGER_ID: random_suffix()}
    return template


def _primary_labels(labels: Object, target: Object) -> Object:
    value = target["spec"]["selector"]["matchLabels"][_LABEL]
    return {**labels, _LABEL: f"{value}-primary"}
