"""What becomes of a workload that a Rollout or Canary drives: its own status would call it done at once. Pure.

What drives it has to have taken the change up first, which each says in another way; the new image serves only where
its own pods run it.
"""

from dataclasses import replace
from datetime import datetime

from domain.image_references import same_image
from domain.resources import Manifest
from services.planning.health.rollout_drivers import Drivers, primary_name
from services.planning.health.rollout_rules import assess_by_rules, is_paused, rules_of
from services.planning.health.values import Health, HealthState, condition, moment
from services.planning.objects.workloads import containers

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
# argoproj/argo-rollouts utils/annotations/annotations.go `WorkloadGenerationAnnotation`
WORKLOAD_GENERATION = "rollout.argoproj.io/workload-generation"
_ANALYSES = frozenset({"Initializing", "Progressing", "Promoting", "Finalising"})


def has_template_of(rollout: Manifest, generation: int | None) -> bool:
    """Whether the status of a Rollout is that of this generation of the workload that it refers to.

    As in argo-rollouts utils/rollout/rolloututil.go, `isWorkloadGenerationObserved`.
    """
    taken = rollout.annotations.get(WORKLOAD_GENERATION)
    observed = rollout.status.get("workloadObservedGeneration")
    if not isinstance(taken, str) or not taken.isdecimal() or observed != taken:
        return False
    return generation is None or int(taken) >= generation


def told_of(driver: Manifest, health: Health) -> Health:
    """The health of what drives a workload, as that of the workload."""
    return replace(health, message=f"{driver.id.label} drives it: {health.message}")


def assess_canary(
    workload: Manifest, canary: Manifest, drivers: Drivers, own: Health | None, *, started: datetime | None
) -> Health | None:
    """A change that Flagger has promoted, taken back or holds; None while its new pods come up.

    `own` is what the workload's status says: a Canary is analysed while the pods of the workload run, however long that
    takes, and Flagger ends it. What failed before the change began says nothing of it.
    """
    rules = rules_of(canary.kind)
    assert rules is not None
    found = assess_by_rules(canary, rules)
    if found is not None and found.state is HealthState.FAILED:
        if _serves(workload, drivers):
            taken_back = replace(found, state=HealthState.READY, reason="", message=_TAKEN_BACK)
            return taken_back if _has_looked(canary, started) else _NOT_NOTED
        return _NOT_TAKEN if _is_former(canary, started) else found
    if found is not None and found.state is HealthState.READY:
        if _serves(workload, drivers):
            return replace(found, message="Its primary runs the images.")
        return _SUSPENDED if is_paused(canary) else _NOT_TAKEN
    runs = own is not None and own.state is HealthState.READY and own.desired
    if found is None and runs and canary.status.get("phase") in _ANALYSES:
        return _ANALYSED
    return found


def _is_former(canary: Manifest, started: datetime | None) -> bool:
    """Whether it failed before the change. A failed Canary writes `lastTransitionTime` anew at each look.

    fluxcd/flagger pkg/controller/scheduler.go `shouldAdvance`; its condition keeps the time of the failure.
    """
    failed = condition(canary, "Promoted") or {}
    since = moment(failed.get("lastUpdateTime") or canary.status.get("lastTransitionTime"))
    return started is not None and since is not None and since < started


def _has_looked(canary: Manifest, started: datetime | None) -> bool:
    """Whether Flagger knows the template that came back; until then it takes the one that failed, again, for no change.

    At each look it notes a failed Canary's template, with the time (`shouldAdvance`, pkg/canary/status.go
    `syncCanaryStatus`). It looks at none that is suspended.
    """
    looked = moment(canary.status.get("lastTransitionTime"))
    return started is None or looked is None or looked >= started or is_paused(canary)


def _serves(workload: Manifest, drivers: Drivers) -> bool:
    """Whether the primary has the workload's images, and was restarted with it: then there is nothing to take up.

    Annotations of the template go to the primary (fluxcd/flagger pkg/canary/deployment_controller.go `Promote`,
    `makeAnnotations`), so a restart is an analysis like any other change.
    """
    name = primary_name(workload.name)
    primary = next((each for each in drivers.primaries if each.kind == workload.kind and each.name == name), None)
    if primary is None:
        return False
    if _restarted_at(workload) != _restarted_at(primary):
        return False
    images = {(each.init, each.name): each.image for each in containers(primary)}
    return all(same_image(images.get((each.init, each.name), ""), each.image) for each in containers(workload))


def _restarted_at(workload: Manifest) -> str | None:
    """When `kubectl rollout restart`, or Stagecoach as it does, restarted it last."""
    annotations = ((workload.spec.get("template") or {}).get("metadata") or {}).get("annotations") or {}
    found = annotations.get(RESTARTED_AT)
    return found if isinstance(found, str) else None


# Flagger takes the way back to what it promoted last for no change, and goes on reporting that it failed
# (pkg/canary/spec.go `hasSpecChanged`).
_TAKEN_BACK = "Its primary runs the images. The last analysis of Flagger failed."
_NOT_NOTED = Health(
    state=HealthState.PENDING, message="Its primary runs the images. Flagger has not noted yet that they are back."
)
_NOT_TAKEN = Health(state=HealthState.PENDING, message="Flagger has not taken the change up yet.")
_SUSPENDED = Health(
    state=HealthState.WAITING,
    reason="Suspended",
    message="It is suspended, and takes no change up until a person sets its spec.suspend to false.",
    needs_person=True,
)
_ANALYSED = Health(
    state=HealthState.WAITING,
    reason="Analysis",
    message="Flagger analyses the new pods, and promotes them or takes the change back by itself.",
)
