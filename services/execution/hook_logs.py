"""Reads the logs of a Job's pods, and hides secrets in them: also the values of the Secrets that its pods read.

Nothing of those values goes further than this module.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway
from services.planning.objects.owners import controller_of
from services.planning.objects.pod_references import references_of_pods
from services.planning.objects.reference_values import SECRET
from services.planning.rings.job_template import OPERATION_LABEL
from services.planning.rings.log_redaction import redacted_log

_PODS = Kind(group="", version="v1", name="Pod")
_SECRETS = Kind(group="", version="v1", name="Secret")
_LINES = 4000
_MOST = 1024 * 1024  # bytes that are read of one container; those that are kept are fewer
_KEPT = 128 * 1024  # of one container, before secrets are hidden in it
_CONTAINERS = 8


@dataclass(frozen=True, kw_only=True)
class JobLog:
    """The log as it is kept; None where there is none. `problem`: why it could not be read, for people."""

    text: str | None = None
    cut: bool = False
    problem: str | None = None


async def read_job_log(gateway: ClusterGateway, job: Manifest, *, namespace: str, deadline: Deadline) -> JobLog:
    """The log of the pod that ended last, of the containers that failed, or of all where none did. Raises nothing."""
    try:
        selector = f"{OPERATION_LABEL}={job.labels.get(OPERATION_LABEL)}"
        pods = await gateway.list(_PODS, namespace=namespace, label_selector=selector, deadline=deadline)
        pod = _telling([pod for pod in pods.items if _is_of(pod, job)])
        if pod is None:
            return JobLog(problem="It has no pod whose log could be read.")
        raw, cut = await _of_containers(gateway, pod, namespace=namespace, deadline=deadline)
    except ClusterError as error:
        return JobLog(problem=f"Its log could not be read: {error.detail}")
    secrets, unread = await _secrets_of(gateway, pod, namespace=namespace, deadline=deadline)
    if unread is not None:
        # What cannot be hidden is not kept.
        return JobLog(problem=f"Its log is not kept, because the Secrets that it may quote could not be read: {unread}")
    text, cut = redacted_log(raw, secrets, cut=cut)
    return JobLog(text=text, cut=cut)


def _is_of(pod: Manifest, job: Manifest) -> bool:
    owner = controller_of(pod)
    return owner is not None and owner.get("uid") == job.uid


def _telling(pods: Sequence[Manifest]) -> Manifest | None:
    """The newest of the pods that have failed; without one, the newest."""
    newest = sorted(pods, key=lambda pod: str(pod.metadata.get("creationTimestamp") or ""))
    failed = [pod for pod in newest if pod.status.get("phase") == "Failed"]
    return next(reversed(failed or newest), None)


async def _of_containers(
    gateway: ClusterGateway, pod: Manifest, *, namespace: str, deadline: Deadline
) -> tuple[bytes, bool]:
    """The logs one after the other, each under its container's name where there are several; and whether one is cut."""
    names = _names(pod)
    parts, cut = [], False
    for name in names:
        raw, shortened = await _of_container(gateway, pod.name, name, namespace=namespace, deadline=deadline)
        heading = f"==> {name} <==\n".encode() if len(names) > 1 else b""
        parts.append(heading + raw)
        cut = cut or (shortened and not heading)
    return b"\n".join(parts), cut


async def _of_container(
    gateway: ClusterGateway, pod: str, container: str, *, namespace: str, deadline: Deadline
) -> tuple[bytes, bool]:
    """Fewer lines, as long as so many are longer than what is read: bytes are counted from the first line on."""
    lines = _LINES
    while True:
        raw = await gateway.pod_log(pod, container, namespace=namespace, lines=lines, most=_MOST, deadline=deadline)
        if len(raw) < _MOST or lines == 1:
            shortened = len(raw) > _KEPT
            return (raw[-_KEPT:].partition(b"\n")[2] if shortened else raw), shortened or raw.count(b"\n") >= lines
        lines = max(1, lines // 20)


def _names(pod: Manifest) -> list[str]:
    """The containers that failed; else those that have started."""
    statuses = [
        each
        for member in ("initContainerStatuses", "containerStatuses")
        for each in pod.status.get(member) or ()
        if isinstance(each, dict)
    ]
    failed = [str(each.get("name")) for each in statuses if _exit_code(each) not in {None, 0}]
    started = [
        str(each.get("name"))
        for each in pod.status.get("containerStatuses") or ()
        if isinstance(each, dict) and ({"running", "terminated"} & set(each.get("state") or ()))
    ]
    return (failed or started)[:_CONTAINERS]


def _exit_code(status: dict[str, object]) -> object:
    for member in ("state", "lastState"):
        states = status.get(member)
        ended = states.get("terminated") if isinstance(states, dict) else None
        if isinstance(ended, dict):
            return ended.get("exitCode")
    return None


async def _secrets_of(
    gateway: ClusterGateway, pod: Manifest, *, namespace: str, deadline: Deadline
) -> tuple[list[str], str | None]:
    """The values of the Secrets that the pod refers to; or why one of them could not be read."""
    names = {each.name for each in references_of_pods(pod) if each.group_kind == SECRET}
    values: list[str] = []
    for name in sorted(names):
        try:
            secret = await gateway.get(_SECRETS, name, namespace=namespace, deadline=deadline)
        except ClusterError as error:
            return [], error.detail
        values += _decoded((secret.body.get("data") or {}).values() if secret is not None else ())
    return values, None


def _decoded(values: Iterable[object]) -> list[str]:
    found = []
    for value in values:
        try:
            found.append(base64.b64decode(str(value), validate=True).decode())
        except (binascii.Error, ValueError):
            continue  # what is no text is in no log
    return found
