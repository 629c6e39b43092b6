"""Jobs and CronJobs."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.errors import Cause
from sandbox.kinds import formats, schedule
from sandbox.kinds.findings import IMMUTABLE, invalid, required, unsupported
from sandbox.kinds.meta import selects, validate_selector
from sandbox.kinds.pod_defaults import default_template
from sandbox.kinds.pods import EMPTY_TEMPLATE, validate_template
from sandbox.kinds.rules import Rules
from sandbox.store import Object

_CRON_NAME_LIMIT = 52
_UID_LABEL = "batch.kubernetes.io/controller-uid"


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
    """A Job finds its pods by its own uid, unless its author chose the selector."""
    spec, metadata = obj["spec"], obj["metadata"]
    if spec["manualSelector"]:
        return
    generated = _generated_labels(obj)
    template = spec["template"]["metadata"]
    template["labels"] = generated | (template.get("labels") or {})
    metadata["labels"] = generated | (metadata.get("labels") or {})
    selector = spec.setdefault("selector", {})
    selector["matchLabels"] = {_UID_LABEL: metadata["uid"]} | (selector.get("matchLabels") or {})


def _generated_labels(obj: Object) -> dict[str, str]:
    name, uid = obj["metadata"].get("name", ""), obj["metadata"]["uid"]
    return {_UID_LABEL: uid, "batch.kubernetes.io/job-name": name, "controller-uid": uid, "job-name": name}


def _validate_generated(obj: Object) -> Iterator[Cause]:
    """Labels and a selector of another Job, copied along with it, would claim that Job's pods."""
    generated, labels = _generated_labels(obj), obj["spec"]["template"]["metadata"].get("labels") or {}
    for key, value in generated.items():
        if key not in labels:
            yield required(f"spec.template.metadata.labels[{key}]", f"must be '{value}'")
        elif labels[key] != value:
            yield invalid(f"spec.template.metadata.labels[{key}]", labels, f"must be '{value}'")
    if not selects(obj["spec"]["selector"], generated):
        yield invalid("spec.selector", obj["spec"]["selector"], "`selector` not auto-generated")


def _validate_job_spec(spec: dict[str, Any], field: str) -> Iterator[Cause]:
    if spec["template"]["spec"].get("restartPolicy") == "Always":  # the default: the author chose none
        yield required(f"{field}.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')
    yield from validate_template(spec["template"], f"{field}.template", restart=("OnFailure", "Never", "Always"))
    modes = ("Indexed", "NonIndexed")
    if spec.get("completionMode", "NonIndexed") not in modes:
        yield unsupported(f"{field}.completionMode", spec["completionMode"], modes)
    for name in ("parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"):
        if spec.get(name, 0) < 0:
            yield invalid(f"{field}.{name}", spec[name], "must be greater than or equal to 0")
    if spec.get("backoffLimitPerIndex") is not None and spec.get("completionMode") != "Indexed":
        yield invalid(f"{field}.backoffLimitPerIndex", spec["backoffLimitPerIndex"], "requires indexed completion mode")
    replacements = ("Failed", "TerminatingOrFailed")
    if spec.get("podReplacementPolicy", "Failed") not in replacements:
        yield unsupported(f"{field}.podReplacementPolicy", spec["podReplacementPolicy"], replacements)
    if "podFailurePolicy" in spec and spec["template"]["spec"].get("restartPolicy") != "Never":
        policy = spec["template"]["spec"].get("restartPolicy")
        detail = 'only "Never" is supported when podFailurePolicy is specified'
        yield invalid(f"{field}.template.spec.restartPolicy", policy, detail)
    if (manager := spec.get("managedBy")) is not None and not _is_domain_path(manager):
        yield invalid(f"{field}.managedBy", manager, 'must be a domain-prefixed path (such as "acme.io/foo")')
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        yield required(f"{field}.completions", "when completion mode is Indexed")


def _is_domain_path(text: str) -> bool:
    domain, slash, path = text.partition("/")
    return bool(slash and path) and not formats.subdomain(domain)


def _validate_job(obj: Object) -> Iterator[Cause]:
    spec = obj["spec"]
    selector = spec.get("selector")
    if selector is None:
        yield required("spec.selector")
    elif problems := list(validate_selector(selector, "spec.selector")):
        yield from problems
    else:
        if not spec["manualSelector"]:
            yield from _validate_generated(obj)
        labels = spec["template"]["metadata"].get("labels") or {}
        if not selects(selector, labels):
            yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    yield from _validate_job_spec(spec, "spec")
    if problem := formats.label(obj["metadata"].get("name", "")):
        yield invalid("spec.template.labels", obj["metadata"].get("name", ""), problem)


def _forbid_job(new: Object, old: Object) -> Iterator[Cause]:
    names = ["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "successPolicy"]
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
    elif "TZ" in spec["schedule"] and "timeZone" in spec:
        both = "cannot use both timeZone field and TZ or CRON_TZ in schedule"
        yield invalid("spec.schedule", spec["schedule"], both)
    zone = spec.get("timeZone")
    if zone is not None and not _is_zone(zone):
        yield invalid("spec.timeZone", zone, f"unknown time zone {zone}")
    options = ("Allow", "Forbid", "Replace")
    if spec["concurrencyPolicy"] not in options:
        yield unsupported("spec.concurrencyPolicy", spec["concurrencyPolicy"], options)
    for limit in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        if spec.get(limit, 0) < 0:
            yield invalid(f"spec.{limit}", spec[limit], "must be greater than or equal to 0")
    job = spec["jobTemplate"]["spec"]
    yield from _validate_job_spec(job, "spec.jobTemplate.spec")
    if "selector" in job:
        yield invalid("spec.jobTemplate.spec.selector", job["selector"], "`selector` will be auto-generated")
    if job.get("manualSelector"):
        yield unsupported("spec.jobTemplate.spec.manualSelector", job["manualSelector"], ("nil", "false"))


def _validate_new_cronjob(obj: Object) -> Iterator[Cause]:
    text = obj["spec"].get("schedule") or ""
    if "TZ" in text:  # an old object may have it: pkg/apis/batch/validation, validateScheduleFormat
        yield invalid("spec.schedule", text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")


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
        validate_new=_validate_new_cronjob,
        empty={"spec": {"schedule": "", "jobTemplate": {"metadata": {}, "spec": _EMPTY_JOB}}, "status": {}},
        status={},
        generation=True,
    ),
}
