"""Makes the Job of a hook or check from its template, and says what is wrong with a template. Pure.

A container's image is written outright, or as a placeholder that gets an image of the operation:

* `$(image)`: that of the operation's container with the same name as the template's; else the operation's only image;
* `$(image:web)`: that of the operation's container `web`; `$(image:shop/web)`: of container `web` of workload `shop`.

A placeholder is no image reference (https://github.com/distribution/reference), so none is taken for one.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from domain.hook_runs import RunKey
from domain.images import ContainerImage
from domain.resources import Kind, Manifest
from services.planning.dangers.dangers import dangers_of
from services.planning.dangers.found import FoundDanger
from services.planning.objects.workloads import containers, pod_spec, pod_template

JOB = Kind(group="batch", version="v1", name="Job")
OPERATION_LABEL = "stagecoach.dev/operation"
RUN_LABEL = "stagecoach.dev/hook"
RUN_ANNOTATION = "stagecoach.dev/run"
# A run that is taken up after a crash still finds its Job: so long, the cluster keeps what has ended.
LEAST_TTL_SECONDS = 60 * 60
TTL_SECONDS = 24 * 60 * 60

_PLACEHOLDER = re.compile(r"\$\(image(?::(?P<container>[^()\s]{1,300}))?\)")
_BEGINS_LIKE_ONE = "$("
_SECRET_NAME = re.compile(r"passw|passphrase|secret|token|credential|private|api_?key", re.IGNORECASE)
# Variables that name where a secret is, as DB_PASSWORD_FILE does, or that belong to no secret.
_NAMES_NO_SECRET = re.compile(r"_(file|path|name|dir|ref|url|host|endpoint|ttl|seconds|timeout)$", re.IGNORECASE)


class JobTemplateError(ValueError):
    """The template cannot become a Job of this operation; `detail` says why, and what to write instead."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def faults_of(manifest: Manifest, *, namespace: str | None) -> Iterator[str]:
    """What keeps a template from becoming a Job, in sentences. `namespace` None: not known yet.

    What the API server refuses besides is its own to say, when the Job is made.
    """
    if manifest.kind != JOB:
        yield f"A template is a Job (apiVersion batch/v1, kind Job), not {manifest.kind}."
        return
    named = manifest.namespace
    if named is not None and namespace is not None and named != namespace:
        yield f"The template names the namespace {named}; its Job runs in {namespace}. Leave the namespace out."
    if not all(isinstance(each, dict) for each in (manifest.body.get("spec"), pod_template(manifest))):
        yield "The template has no spec.template."
        return
    for member in ("selector", "manualSelector"):
        if manifest.spec.get(member):
            yield f"spec.{member} would let the Job count pods of others. Leave it out."
    if manifest.spec.get("suspend"):
        yield "A Job that is suspended never ends. Leave spec.suspend out."
    for member in ("ownerReferences", "finalizers"):
        if manifest.metadata.get(member):
            yield f"metadata.{member} ties the Job to something else. Leave it out."
    yield from _faults_of_pods(manifest)


def _faults_of_pods(manifest: Manifest) -> Iterator[str]:
    spec = pod_spec(manifest) or {}
    if spec.get("restartPolicy") not in {"Never", "OnFailure"}:
        yield "The pods of a Job need spec.template.spec.restartPolicy: Never, or OnFailure."
    found = containers(manifest)
    if not any(not each.init for each in found):
        yield "The template has no containers."
    for container in found:
        if not container.name or not container.image:
            yield f"{container.path} needs a name and an image."
        elif container.image.startswith(_BEGINS_LIKE_ONE) and not _PLACEHOLDER.fullmatch(container.image):
            yield (
                f"'{container.image[:60]}' of {container.path} is no placeholder. Write $(image), $(image:CONTAINER) "
                "or $(image:WORKLOAD/CONTAINER)."
            )
        yield from _literal_secrets(container.body, container.path)


def _literal_secrets(body: Any, path: str) -> Iterator[str]:
    """Templates are shown to everyone who sees the environment, so a secret may not be in one."""
    for variable in body.get("env") or ():
        name = str(variable.get("name", "")) if isinstance(variable, dict) else ""
        if _SECRET_NAME.search(name) and not _NAMES_NO_SECRET.search(name) and variable.get("value"):
            yield (
                f"{path}.env[{name}] has a value that looks like a secret, and templates are shown. Take it from a "
                "Secret of the namespace (valueFrom.secretKeyRef)."
            )


def refused_dangers(job: Manifest, *, namespace: str, allowed: Iterable[str]) -> tuple[FoundDanger, ...]:
    """What the Job's pods may do that the environment does not allow for good, as imports are asked for it."""
    given = frozenset(allowed)
    return tuple(each for each in dangers_of(job, namespace=namespace) if each.danger.value not in given)


def job_name(key: RunKey) -> str:
    """The name of a run's Job: the same each time that it is asked for, and no other run's."""
    told = "\n".join((key.operation_id, str(key.ring), key.part, key.name, key.cluster or "", str(key.number)))
    return f"stagecoach-{key.name}-{hashlib.sha256(told.encode()).hexdigest()[:10]}"


def make_job(
    template: Manifest, key: RunKey, *, images: Sequence[ContainerImage], namespace: str, seconds: int
) -> Manifest:
    """The Job of a run. Raises `JobTemplateError` where a placeholder has no image, or the template has a fault."""
    fault = next(faults_of(template, namespace=namespace), None)
    if fault is not None:
        raise JobTemplateError(fault)
    body = template.edited()
    body.pop("status", None)
    metadata = body.get("metadata") or {}
    marks = {OPERATION_LABEL: key.operation_id, RUN_LABEL: key.name}
    body["metadata"] = {
        "name": job_name(key),
        "namespace": namespace,
        "labels": {**(metadata.get("labels") or {}), **marks},
        "annotations": {**(metadata.get("annotations") or {}), RUN_ANNOTATION: run_mark(key)},
    }
    spec = body["spec"]
    kept = spec.get("ttlSecondsAfterFinished")
    spec["ttlSecondsAfterFinished"] = max(kept, LEAST_TTL_SECONDS) if isinstance(kept, int) else TTL_SECONDS
    limit = spec.get("activeDeadlineSeconds")
    spec["activeDeadlineSeconds"] = min(limit, seconds) if isinstance(limit, int) else seconds
    pods = spec["template"].setdefault("metadata", {})
    pods["labels"] = {**(pods.get("labels") or {}), **marks}
    for container in containers(Manifest(body)):
        if isinstance(container.body, dict):
            container.body["image"] = _image_of(container.name, container.image, images)
    return Manifest(body)


def run_mark(key: RunKey) -> str:
    """What a Job's annotation says of the run that it belongs to."""
    return f"{key.operation_id}/{key.ring}/{key.part}/{key.name}/{key.cluster or ''}/{key.number}"


def is_job_of(live: Manifest, key: RunKey) -> bool:
    """Whether a Job that has the run's name is the run's own."""
    return live.labels.get(OPERATION_LABEL) == key.operation_id and live.annotations.get(RUN_ANNOTATION) == run_mark(
        key
    )


def _image_of(container: str, written: str, images: Sequence[ContainerImage]) -> str:
    placeholder = _PLACEHOLDER.fullmatch(written)
    if placeholder is None:
        return written
    asked = placeholder["container"]
    if asked is None:
        found = _references(each for each in images if each.container == container) or _references(images)
    else:
        workload, _, name = asked.rpartition("/")
        found = _references(each for each in images if each.container == name and workload in {"", each.workload.name})
    if len(found) == 1:
        return found.pop()
    have = ", ".join(sorted({f"{each.workload.name}/{each.container}" for each in images})) or "none"
    why = "no image of the operation is meant by" if not found else "several images of the operation are meant by"
    raise JobTemplateError(
        f"In the template's container {container}, {why} {written}. Write $(image:WORKLOAD/CONTAINER) for one of those "
        f"that the operation has: {have}."
    )


def _references(images: Iterable[ContainerImage]) -> set[str]:
    return {each.image.reference for each in images}
