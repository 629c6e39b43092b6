"""The fields of Kubernetes objects that judgements and screens read, as types that a decoder fills.

Pure. A decoder skips whatever is not named here while it parses, so values of environment variables, annotations and
fields of other managers never become objects of this process. What is named here and still says too much is cut down by
`trimming`. The names are those of the Kubernetes API (https://kubernetes.io/docs/reference/kubernetes-api/).
"""

from typing import Any, Generic, TypeVar

from msgspec import Raw, Struct, field

ABSENT = Raw()  # the value of a member that is kept as it was sent, and is not there


class Shape(Struct, gc=False, omit_defaults=True, rename="camel"):
    """Members that an object lacks, or that are null, are None and not encoded. No shape can be part of a cycle."""


class Reference(Shape):
    """An owner reference; of an event, what it is about."""

    kind: str | None = None
    name: str | None = None
    uid: str | None = None
    controller: bool | None = None


class ContainerFields(Shape):
    """The fields of one container that a manager wrote, as far as the image is among them."""

    image: dict[str, Any] | None = field(default=None, name="f:image")


class Fields(Shape):
    """The way from `fieldsV1` to the containers of a pod template, whichever kind has it, and the number of pods.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """

    spec: "Fields | None" = field(default=None, name="f:spec")
    template: "Fields | None" = field(default=None, name="f:template")
    job_template: "Fields | None" = field(default=None, name="f:jobTemplate")
    replicas: dict[str, Any] | None = field(default=None, name="f:replicas")
    init_containers: dict[str, ContainerFields] | None = field(default=None, name="f:initContainers")
    containers: dict[str, ContainerFields] | None = field(default=None, name="f:containers")


class Manager(Shape):
    """An entry of `managedFields`."""

    manager: str | None = None
    operation: str | None = None
    api_version: str | None = None
    time: str | None = None
    subresource: str | None = None
    fields_v1: Fields | None = field(default=None, name="fieldsV1")


class Metadata(Shape):
    """`name`, `namespace` and `resourceVersion` are moved to the key and the version of a record."""

    name: str | None = None
    namespace: str | None = None
    resource_version: str | None = None
    uid: str | None = None
    generation: int | None = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    deletion_grace_period_seconds: int | None = None
    finalizers: list[str] | None = None
    owner_references: list[Reference] | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    managed_fields: list[Manager] | None = None


class Condition(Shape):
    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None
    last_transition_time: str | None = None
    last_update_time: str | None = None


class Probe(Shape):
    """That there is a probe is all that is read of it."""


class ContainerShape(Shape):
    """A container of a template or of a pod. `trimming` replaces command, arguments and variables by fingerprints."""

    name: str | None = None
    image: str | None = None
    restart_policy: str | None = None
    startup_probe: Probe | None = None
    readiness_probe: Probe | None = None
    command: Raw = ABSENT
    args: Raw = ABSENT
    working_dir: Raw = ABSENT
    env: Raw = ABSENT


class ImageSource(Shape):
    reference: str | None = None


class Claim(Shape):
    claim_name: str | None = None


class Volume(Shape):
    name: str | None = None
    image: ImageSource | None = None
    persistent_volume_claim: Claim | None = None


class Gate(Shape):
    condition_type: str | None = None


class PodSpec(Shape):
    node_name: str | None = None
    termination_grace_period_seconds: int | None = None
    init_containers: list[ContainerShape] | None = None
    containers: list[ContainerShape] | None = None
    volumes: list[Volume] | None = None
    readiness_gates: list[Gate] | None = None


class Template(Shape):
    spec: PodSpec | None = None


class JobSpec(Shape):
    template: Template | None = None


class RollingUpdate(Shape):
    partition: int | None = None
    max_unavailable: int | str | None = None


class Strategy(Shape):
    type: str | None = None
    rolling_update: RollingUpdate | None = None


class Ordinals(Shape):
    start: int | None = None


class WorkloadSpec(Shape):
    """The specification of every kind that makes pods."""

    replicas: int | None = None
    paused: bool | None = None
    suspend: bool | None = None
    completions: int | None = None
    min_ready_seconds: int | None = None
    progress_deadline_seconds: int | None = None
    pod_management_policy: str | None = None
    strategy: Strategy | None = None
    update_strategy: Strategy | None = None
    ordinals: Ordinals | None = None
    template: Template | None = None
    job_template: "JobTemplate | None" = None


class JobTemplate(Shape):
    spec: JobSpec | None = None


class WorkloadStatus(Shape):
    """The counts and revisions that controllers of every kind report."""

    observed_generation: int | None = None
    replicas: int | None = None
    updated_replicas: int | None = None
    ready_replicas: int | None = None
    available_replicas: int | None = None
    current_revision: str | None = None
    update_revision: str | None = None
    desired_number_scheduled: int | None = None
    current_number_scheduled: int | None = None
    updated_number_scheduled: int | None = None
    number_ready: int | None = None
    number_available: int | None = None
    active: int | list[Any] | None = None  # a CronJob lists its Jobs here
    succeeded: int | None = None
    failed: int | None = None
    conditions: list[Condition] | None = None


class Running(Shape):
    started_at: str | None = None


class Terminated(Shape):
    """`message` is dropped by `trimming` where it may be the end of a container's log."""

    exit_code: int | None = None
    reason: str | None = None
    message: str | None = None
    started_at: str | None = None
    finished_at: str | None = None


class Waiting(Shape):
    reason: str | None = None
    message: str | None = None


class ContainerState(Shape):
    running: Running | None = None
    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Shape):
    name: str | None = None
    ready: bool | None = None
    started: bool | None = None
    restart_count: int | None = None
    image_id: str | None = field(default=None, name="imageID")
    state: ContainerState | None = None
    last_state: ContainerState | None = None


class PodStatus(Shape):
    observed_generation: int | None = None
    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    pod_ip: str | None = field(default=None, name="podIP")
    conditions: list[Condition] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    container_statuses: list[ContainerStatus] | None = None


class Object(Shape):
    """What every object has. `apiVersion` and `kind` are left out of the items of lists."""

    api_version: str | None = None
    kind: str | None = None
    metadata: Metadata | None = None


class Workload(Object):
    spec: WorkloadSpec | None = None
    status: WorkloadStatus | None = None


class Pod(Object):
    spec: PodSpec | None = None
    status: PodStatus | None = None


class ControllerRevision(Object):
    revision: int | None = None


class Series(Shape):
    last_observed_time: str | None = None


class Event(Object):
    type: str | None = None
    reason: str | None = None
    message: str | None = None
    event_time: str | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    series: Series | None = None
    involved_object: Reference | None = None


class NodeStatus(Shape):
    conditions: list[Condition] | None = None


class Node(Object):
    status: NodeStatus | None = None


class Other(Object):
    """Any other kind, custom ones among them: whoever defined it decides of which types its members are."""

    spec: Raw = ABSENT
    status: Raw = ABSENT


Shaped = TypeVar("Shaped", bound=Object)


class ListMetadata(Shape):
    resource_version: str | None = None
    continue_: str | None = field(default=None, name="continue")


class Page(Shape, Generic[Shaped]):
    """A page of a list. A server that answers with something else sends no items."""

    metadata: ListMetadata
    items: list[Shaped] | None = None


class Watched(Shape, Generic[Shaped]):
    """An event of a watch."""

    type: str
    object: Shaped


class Identity(Shape):
    """Of an object that has been stored: it has a name."""

    name: str
    namespace: str | None = None
    resource_version: str | None = None


class Named(Shape):
    """An object of which nothing but its name is read."""

    metadata: Identity


class UnreadPage(Shape):
    """A page of a list whose items are not read yet."""

    metadata: ListMetadata
    items: list[Raw] | None = None


class UnreadWatched(Shape):
    """An event of a watch whose object is not read yet."""

    type: str
    object: Raw
