"""Jobs and CronJobs."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.errors import Cause
from sandbox.kinds import formats, schedule
from sandbox.kinds.findings import IMMUTABLE, invalid, required, unsupported
from sandbox.kinds.meta import validate_selector
from sandbox.kinds.pod_defaults import default_template
from sandbox.kinds.pods import EMPTY_TEMPLATE, validate_template
from sandbox.kinds.rules import Rules
from sandbox.store import Object

_CRON_NAME_LIMIT = 52


def _default_job_spec(spec: dict[str, Any]) -> None:
    """Defaults of a Job; a CronJob's template gets only those of its pods."""
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("manualSelector", False)
    spec.setdefault("podReplacementPolicy", "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed")


def _default_job(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    default_template(spec.setdefault("template", {}))
    _default_job_spec(spec)
    labels = spec["template"]["metadata"].get("labels")
    if labels and not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = dict(labels)


def _prepare_job(obj: Object) -> None:
    """A Job finds its pods by its own uid, unless somebody chose the selector."""
    spec, metadata = obj["spec"], obj["metadata"]
    if spec["manualSelector"]:
        return
    generated = {
        "batch.kubernetes.io/controller-uid": metadata["uid"],
        "batch.kubernetes.io/job-name": metadata["name"],
        "controller-uid": metadata["uid"],
        "job-name": metadata["name"],
    }
    template = spec["template"]["metadata"]
    template["labels"] = (template.get("labels") or {}) | generated
    metadata["labels"] = (metadata.get("labels") or {}) | generated
    spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": metadata["uid"]}}


def _validate_job_spec(spec: dict[str, Any], field: str) -> Iterator[Cause]:
    yield from validate_template(spec["template"], f"{field}.template", restart=("OnFailure", "Never"))
    for name in ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        if spec.get(name, 0) < 0:
            yield invalid(f"{field}.{name}", spec[name], "must be greater than or equal to 0")
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        yield required(f"{field}.completions", "when completion mode is Indexed")


def _validate_job(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    if spec["manualSelector"] and not spec.get("selector"):
        yield required("spec.selector")
    yield from validate_selector(spec.get("selector"), "spec.selector")
    yield from _validate_job_spec(spec, "spec")
    if problem := formats.label(obj["metadata"].get("name", "")):
        yield invalid("spec.template.labels", obj["metadata"].get("name", ""), problem)


def _forbid_job(new: Object, old: Object) -> Iterator[Cause]:
    names = ["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"]
    if new["spec"].get("completionMode") != "Indexed":
        names.append("completions")
    started = not old["spec"].get("suspend") or "startTime" in (old.get("status") or {})
    if started:
        names.append("template")
    for name in names:
        if new["spec"].get(name) != old["spec"].get(name):
            yield invalid(f"spec.{name}", new["spec"].get(name), IMMUTABLE)


def _carry_job(new: Object, old: Object) -> None:
    """The generated selector and labels stay when a body leaves them out."""
    if new["spec"].get("manualSelector") or "selector" in new["spec"]:
        return
    new["spec"]["selector"] = old["spec"].get("selector")
    kept = {"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"}
    old_labels = old["spec"]["template"]["metadata"].get("labels") or {}
    labels = new["spec"]["template"]["metadata"].setdefault("labels", {})
    labels |= {k: v for k, v in old_labels.items() if k in kept and k not in labels}


def _default_cronjob(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    job = spec.setdefault("jobTemplate", {})
    job.setdefault("metadata", {})
    default_template(job.setdefault("spec", {}).setdefault("template", {}))
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)


def _validate_cronjob(obj: Object) -> Iterator[Cause]:
    spec, name = obj["spec"], obj["metadata"].get("name", "")
    if len(name) > _CRON_NAME_LIMIT:
        yield invalid("metadata.name", name, f"must be no more than {_CRON_NAME_LIMIT} characters")
    if not spec.get("schedule"):
        yield required("spec.schedule")
    elif problem := schedule.problem(spec["schedule"]):
        yield invalid("spec.schedule", spec["schedule"], problem)
    zone = spec.get("timeZone")
    if zone is not None and not _is_zone(zone):
        yield invalid("spec.timeZone", zone, f"unknown time zone {zone}")
    options = ("Allow", "Forbid", "Replace")
    if spec["concurrencyPolicy"] not in options:
        yield unsupported("spec.concurrencyPolicy", spec["concurrencyPolicy"], options)
    for limit in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        if spec.get(limit, 0) < 0:
            yield invalid(f"spec.{limit}", spec[limit], "must be greater than or equal to 0")
    yield from _validate_job_spec(spec["jobTemplate"]["spec"], "spec.jobTemplate.spec")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


_EMPTY_JOB = {"template": EMPTY_TEMPLATE}

JOBS = {
    ("batch", "jobs"): Rules(
        default=_default_job,
        prepare=_prepare_job,
        validate=_validate_job,
        forbid=_forbid_job,
        carry_over=_carry_job,
        empty={"spec": _EMPTY_JOB, "status": {}},
        status={},
        generation=True,
    ),
    ("batch", "cronjobs"): Rules(
        default=_default_cronjob,
        validate=_validate_cronjob,
        empty={"spec": {"schedule": "", "jobTemplate": {"metadata": {}, "spec": _EMPTY_JOB}}, "status": {}},
        status={},
        generation=True,
    ),
}
