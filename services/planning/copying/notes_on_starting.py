"""What a source object's pods wait for that a controller has to do which not every cluster has. Pure.

The API server accepts each of these, and pods that wait are no error of their object, so nothing else says it before
the write (https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/,
…/workloads/pods/pod-lifecycle/#pod-readiness-gate and …/tasks/extend-kubernetes/configure-multiple-schedulers/).
"""

from collections.abc import Iterator
from typing import Any

from domain.problems import Problem, Severity
from domain.resources import Manifest
from services.planning.objects.workloads import pod_spec, template_path

_DEFAULT = "default-scheduler"


def notes_on_starting(manifest: Manifest) -> Iterator[Problem]:
    """The warnings about schedulers and gates, all of severity `warns`, without a cluster."""
    spec, label = pod_spec(manifest), manifest.id.label
    if spec is None:
        return
    root = ".".join((*(template_path(manifest.kind) or ()), "spec"))
    scheduler = spec.get("schedulerName")
    if scheduler and scheduler != _DEFAULT:
        yield _note(
            "other-scheduler",
            f"The pods of {label} ask for the scheduler {scheduler}: where none of that name runs, they stay Pending "
            "without an event.",
            manifest,
            f"{root}.schedulerName",
        )
    gates = _named(spec.get("schedulingGates"), "name")
    if gates and template_path(manifest.kind):  # of a Pod, a webhook may have written them
        yield _note(
            "scheduling-gates",
            f"The pods of {label} are scheduled once a controller has removed {gates} (schedulingGates).",
            manifest,
            f"{root}.schedulingGates",
        )
    conditions = _named(spec.get("readinessGates"), "conditionType")
    if conditions and template_path(manifest.kind):
        yield _note(
            "readiness-gates",
            f"The pods of {label} are ready once a controller has set {conditions} (readinessGates).",
            manifest,
            f"{root}.readinessGates",
        )


def _named(items: Any, member: str) -> str:
    return ", ".join(str(each.get(member)) for each in items or () if isinstance(each, dict))


def _note(code: str, detail: str, manifest: Manifest, field: str) -> Problem:
    return Problem(code=code, severity=Severity.WARNS, detail=detail, resource=manifest.id, field=field)
