"""Cuts a decoded object down to what judgements and screens read of it. Pure.

What a controller made (the pods of a Deployment, its ReplicaSets) is never an app environment's own resource: nobody
asks who wrote its images, or whose marks it carries.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import msgspec
import orjson
from msgspec import Raw

from domain.cluster_api import FIELD_MANAGER
from domain.declared_kinds import Declaration
from domain.resources import Kind
from services.planning.health.pods import is_of_the_runtime, says_its_message
from services.planning.health.revisions import TEMPLATE_HASH_LABEL
from services.planning.live.marks import is_kept_manager, kept, of_revision, revision_of
from services.planning.live.others import trim_spec, trim_status
from services.planning.live.shapes import (
    ABSENT,
    Condition,
    ContainerFields,
    ContainerShape,
    ContainerStatus,
    Event,
    Fields,
    Manager,
    Metadata,
    Node,
    Object,
    Other,
    Pod,
    PodSpec,
    PodStatus,
    Reference,
    Volume,
    Workload,
)
from services.planning.objects.built_in import is_built_in
from services.planning.objects.workloads import is_workload, template_path
from services.planning.tools.rows import Place

_QUOTED = 300  # characters of a message, as many as are quoted
_WHOLE = 2048  # characters at each end of a message of which words are looked for
_POD_CONDITIONS: frozenset[str | None] = frozenset({"Ready", "PodScheduled", "DisruptionTarget"})
_WORKLOAD_CONDITIONS = frozenset({"Available", "Progressing", "ReplicaFailure", "Failed", "Complete", "Suspended"})
_DATED = frozenset({"Available", "ReplicaFailure"})  # conditions of workloads whose time is read
_SAYS_WHY = frozenset({"ReplicaFailure", "Failed", "PodScheduled"})  # conditions whose messages are quoted
_KEEPS_PODS = frozenset({"ReplicaSet", "ReplicationController"})
_HAS_ADDRESS = "yes"


def trimmed(kind: Kind, found: Object, *, key: bytes, declaration: Declaration | None = None) -> Object:
    """The object, cut down in place. `kind` is that of the request: items of lists do not name theirs.

    `key`, of at most 64 bytes, is the installation's: without it nobody guesses what a fingerprint was made of.
    """
    found.api_version = found.kind = None
    metadata = found.metadata = found.metadata or Metadata()
    controller = controller_of(metadata)
    _trim_metadata(kind, metadata, controller)
    match found:
        case Pod():
            _trim_pod(found, controller, key)
        case Workload():
            _trim_workload(kind, found, controller, key)
        case Event():
            found.message = found.message[:_QUOTED] if found.message else None
        case Node(status=status):
            for each in status.conditions or () if status is not None else ():
                each.message = each.reason = each.last_update_time = None
        case Other():
            _trim_other(kind, found, declaration)
        case _:
            pass
    return found


def _trim_other(kind: Kind, found: Other, declaration: Declaration | None) -> None:
    custom = not is_built_in(kind) and not is_workload(kind) and declaration is None
    if found.metadata is not None and custom:  # no screen shows who owns a custom resource
        found.metadata.labels = found.metadata.annotations = found.metadata.managed_fields = None
    found.spec = trim_spec(kind, found.spec, declaration)
    found.status = trim_status(kind, found.status, declaration)


def controller_of(metadata: Metadata) -> Reference | None:
    """The owner reference of the controller; None without one."""
    for each in metadata.owner_references or ():
        if each.controller:
            return each
    return None


def _trim_metadata(kind: Kind, metadata: Metadata, controller: Reference | None) -> None:
    metadata.name = metadata.namespace = metadata.resource_version = None
    metadata.owner_references = [controller] if controller is not None else None
    if not metadata.deletion_timestamp:
        metadata.finalizers = metadata.deletion_grace_period_seconds = None
    if controller is not None:
        metadata.managed_fields = None
        metadata.labels = of_revision(metadata.labels)
        metadata.annotations = revision_of(metadata.annotations)
        return
    metadata.labels = kept(Place.LABEL, metadata.labels)
    metadata.annotations = kept(Place.ANNOTATION, metadata.annotations)
    metadata.managed_fields = _managers(kind, metadata.managed_fields)


def _trim_workload(kind: Kind, workload: Workload, controller: Reference | None, key: bytes) -> None:
    spec, status = workload.spec, workload.status
    if status is not None:
        status.active = status.active if isinstance(status.active, int) else None
        status.conditions = [
            Condition(
                type=each.type,
                status=each.status,
                reason=each.reason,
                message=_quoted(each.message) if each.type in _SAYS_WHY else None,
                last_transition_time=each.last_transition_time if each.type in _DATED else None,
                last_update_time=each.last_update_time if each.type == "Progressing" else None,
            )
            for each in status.conditions or ()
            if each.type in _WORKLOAD_CONDITIONS
        ] or None
    if spec is None:
        return
    metadata = workload.metadata or Metadata()
    salt = _salt(metadata.uid, key) if controller is None and _keeps_pods(kind.name, metadata) else None
    job = spec.job_template.spec if spec.job_template is not None else None
    template = job.template if job is not None else spec.template
    if template is not None and template.spec is not None:
        _trim_template(template.spec, salt)


def _trim_template(spec: PodSpec, salt: bytes | None) -> None:
    spec.node_name = spec.readiness_gates = None
    spec.volumes = [Volume(name=each.name, image=each.image) for each in spec.volumes or () if each.image] or None
    spec.init_containers = [_template_container(each, salt) for each in spec.init_containers or ()] or None
    spec.containers = [_template_container(each, salt) for each in spec.containers or ()] or None


def _template_container(found: ContainerShape, salt: bytes | None) -> ContainerShape:
    cut = ContainerShape(name=found.name, image=found.image)
    return cut if salt is None else _with_fingerprints(cut, found, salt)


def _trim_pod(pod: Pod, controller: Reference | None, key: bytes) -> None:
    spec, status = pod.spec or PodSpec(), pod.status
    salt = None
    if controller is not None and _keeps_pods(controller.kind, pod.metadata or Metadata()):
        salt = _salt(controller.uid, key)
    spec.termination_grace_period_seconds = None
    if spec.volumes:
        spec.volumes = [each for each in spec.volumes if each.image or each.persistent_volume_claim] or None
    containers = (*(spec.init_containers or ()), *(spec.containers or ()))
    for each in containers:
        _with_fingerprints(each, each, salt)
    if status is None:
        return
    status.pod_ip = _HAS_ADDRESS if status.pod_ip else None
    status.message = _quoted(status.message) if status.phase == "Failed" else None
    ready = any(each.type == "Ready" and each.status == "True" for each in status.conditions or ())
    if ready:
        for each in containers:
            each.restart_policy = each.readiness_probe = each.startup_probe = None  # they say why a pod is not ready
    wanted = _POD_CONDITIONS
    if spec.readiness_gates:
        wanted = wanted.union((each.condition_type for each in spec.readiness_gates), ("ContainersReady",))
    _trim_pod_conditions(status, wanted, ready=ready)
    is_timed = controller is not None and controller.kind == "Job"  # whether it matters since when it runs
    for state in (*(status.init_container_statuses or ()), *(status.container_statuses or ())):
        _trim_status(state, is_timed=is_timed)


def _trim_pod_conditions(status: PodStatus, wanted: frozenset[str | None], *, ready: bool) -> None:
    """Of a pod that is ready nobody asks since when it has had a node."""
    found = []
    for each in status.conditions or ():
        kind = each.type
        if kind not in wanted or (ready and kind == "PodScheduled" and each.status == "True"):
            continue
        each.message = _quoted(each.message) if kind in _SAYS_WHY else None
        each.last_update_time = None
        if kind == "Ready":
            each.last_transition_time = None
        found.append(each)
    status.conditions = found or None


def _trim_status(found: ContainerStatus, *, is_timed: bool) -> None:
    found.restart_count = found.restart_count or None
    if found.ready:
        found.started = None
    if found.ready and not found.restart_count and not is_timed and found.state is not None and found.state.running:
        found.state.running.started_at = None
    if found.last_state is not None and found.last_state.terminated is None:
        found.last_state = None
    for state in (found.state, found.last_state):
        if state is None:
            continue
        if state.waiting is not None:
            state.waiting.message = _bounded(state.waiting.message) if says_its_message(state.waiting.reason) else None
        if state.terminated is not None:
            ended = state.terminated
            ended.message = _bounded(ended.message) if is_of_the_runtime(ended.reason) else None


def _managers(kind: Kind, entries: Sequence[Manager] | None) -> list[Manager] | None:
    """Of each container the entry that wrote its image last, as `images.writers` finds it, and the tools' entries.

    And those that own the number of pods: a timeline says who scaled.
    """
    last: dict[str, int] = {}
    written = [_images(kind, each) for each in entries or ()]
    for index, (entry, names) in enumerate(zip(entries or (), written, strict=True)):
        for name in names:
            if name not in last or (entry.time or "") >= ((entries or ())[last[name]].time or ""):
                last[name] = index
    found = []
    for index, (entry, names) in enumerate(zip(entries or (), written, strict=True)):
        manager = entry.manager or ""
        is_other = manager not in {"", FIELD_MANAGER}
        won = [name for name in names if last[name] == index] if is_other else []
        scales = is_other and _scales(entry)
        if not won and not scales and not is_kept_manager(manager):
            continue
        entry.api_version = None
        entry.fields_v1 = _fields_of(kind, won, scales=scales)
        found.append(entry)
    return found or None


def _scales(entry: Manager) -> bool:
    spec = entry.fields_v1.spec if entry.fields_v1 is not None else None
    return spec is not None and spec.replicas is not None


def _images(kind: Kind, entry: Manager) -> list[str]:
    """The keys of the containers whose image the entry's manager wrote, as `k:{"name":"web"}`."""
    fields = entry.fields_v1 if not entry.subresource else None
    for step in _steps(kind):
        fields = getattr(fields, step) if fields is not None else None
    if fields is None:
        return []
    lists = (fields.init_containers or {}, fields.containers or {})
    return [key for each in lists for key, value in each.items() if key.startswith("k:") and value.image is not None]


def _fields_of(kind: Kind, keys: Sequence[str], *, scales: bool) -> Fields | None:
    fields: Fields | None = None
    if keys:
        fields = Fields(containers={key: ContainerFields(image={}) for key in keys})
        for step in reversed(_steps(kind)):
            outer = Fields()
            setattr(outer, step, fields)
            fields = outer
    if scales:
        fields = fields or Fields()
        fields.spec = fields.spec or Fields()
        fields.spec.replicas = {}
    return fields


@lru_cache(maxsize=64)
def _steps(kind: Kind) -> tuple[str, ...]:
    """The members of `Fields` that lead to the specification of the pods."""
    path = template_path(kind)
    return () if path is None else (*("job_template" if each == "jobTemplate" else each for each in path), "spec")


def _keeps_pods(kind: str | None, metadata: Metadata) -> bool:
    """Whether pods may keep a former template: a controller of this kind replaces none.

    What carries the hash of a pod template is a Deployment's, which does: for its pods only the images are compared,
    and not what takes most of a pod's bytes.
    """
    return kind in _KEEPS_PODS and TEMPLATE_HASH_LABEL not in (metadata.labels or {})


def _with_fingerprints(cut: ContainerShape, found: ContainerShape, salt: bytes | None) -> ContainerShape:
    """With fingerprints in place of values, which may be secret: enough to tell whether a pod is of a template."""
    if salt is None:
        cut.command = cut.args = cut.working_dir = cut.env = ABSENT
        return cut
    cut.command, cut.args, cut.working_dir = (
        _fingerprint(each, salt) for each in (found.command, found.args, found.working_dir)
    )
    cut.env = _fingerprints(found.env, salt)
    return cut


def _salt(uid: str | None, key: bytes) -> bytes:
    """The key of one controller's fingerprints, so that those of different ones cannot be compared."""
    return hashlib.blake2b((uid or "").encode(), digest_size=32, key=key).digest()


def _fingerprint(value: Raw, salt: bytes) -> Raw:
    """Of a JSON value."""
    if value is ABSENT:
        return ABSENT
    print_ = hashlib.blake2b(
        orjson.dumps(orjson.loads(bytes(value)), option=orjson.OPT_SORT_KEYS), digest_size=8, key=salt
    )
    return Raw(b'"' + print_.hexdigest().encode() + b'"')


def _fingerprints(values: Raw, salt: bytes) -> Raw:
    """Of each value of a list. It is taken apart only here: most containers' variables are dropped as they are.

    Raises `msgspec.DecodeError` where it is no list.
    """
    found = _values.decode(values) if values is not ABSENT else None
    return Raw(b"[" + b",".join(bytes(_fingerprint(each, salt)) for each in found) + b"]") if found else ABSENT


_values = msgspec.json.Decoder(list[Raw] | None)


def _quoted(message: str | None) -> str | None:
    return message[:_QUOTED] if message else None


def _bounded(message: str | None) -> str | None:
    """Whole as a rule: some words are looked for anywhere in it."""
    if message is None or len(message) <= 2 * _WHOLE:
        return message
    return f"{message[:_WHOLE]}{message[-_WHOLE:]}"
