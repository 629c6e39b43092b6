"""Whoever judges by records judges as by the objects themselves, whatever pods, workloads and events say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.resources import Manifest
from services.planning.health.assessment import assess
from services.planning.health.hold_ups import names_of_nodes_to_read
from services.planning.health.obstacles import needs_events
from services.planning.health.values import Children, Health, HealthPolicy, Observations
from services.planning.images.running import cluster_facts
from services.planning.overviews.matrix import status_decides
from tests.support.live import record_of

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
POLICY = HealthPolicy()
DIGEST = "sha256:" + "ab" * 32
IMAGES = st.sampled_from(
    [
        "registry.example/shop/web:1",
        "registry.example/shop/web:2",
        f"registry.example/shop/web@{DIGEST}",
        "mirror/web:1",
    ]
)
NAMES = st.sampled_from(["web", "proxy"])
TIMES = st.sampled_from([10, 70, 400, 4000]).map(
    lambda seconds: (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
)
REASONS = st.sampled_from(
    [
        "ContainerCreating",
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "PostStartHookError",
        "StartError",
        "OOMKilled",
        "Error",
        "NodeNotReady",
    ]
)
MESSAGES = st.sampled_from(
    [
        "",
        'secret "db" not found',
        "manifest unknown",
        "no match for platform",
        "persistentvolumeclaim is not bound",
        "x" * 700,
        "hunter2",
    ]
)
BOOL = st.sampled_from(["True", "False", "Unknown"])
COUNT = st.integers(0, 3)


def some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping with any of these members."""
    return st.fixed_dictionaries({}, optional=members)


ENDED = some(exitCode=COUNT, reason=REASONS, message=MESSAGES, startedAt=TIMES, finishedAt=TIMES)
STATE = st.one_of(
    st.fixed_dictionaries({"running": some(startedAt=TIMES)}),
    st.fixed_dictionaries({"waiting": some(reason=REASONS, message=MESSAGES)}),
    st.fixed_dictionaries({"terminated": ENDED}),
    st.just({}),
)
ENV = st.lists(
    st.sampled_from([{"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "INJECTED", "value": "x"}]),
    max_size=2,
)
CONTAINER = st.fixed_dictionaries(
    {"name": NAMES, "image": IMAGES},
    optional={
        "env": ENV,
        "command": st.sampled_from([["run"], ["run", "--token=hunter2"]]),
        "restartPolicy": st.just("Always"),
        "readinessProbe": st.just({"exec": {"command": ["true"]}}),
        "startupProbe": st.just({"httpGet": {"port": 80}}),
    },
)
CONTAINERS = st.lists(CONTAINER, min_size=1, max_size=2, unique_by=lambda each: each["name"])
STATUS = st.fixed_dictionaries(
    {"name": NAMES},
    optional={
        "ready": st.booleans(),
        "started": st.booleans(),
        "restartCount": st.integers(0, 6),
        "imageID": st.sampled_from([f"registry.example/shop/web@{DIGEST}", f"mirror/web@{DIGEST}", ""]),
        "state": STATE,
        "lastState": STATE,
    },
)
STATUSES = st.lists(STATUS, max_size=2, unique_by=lambda each: each["name"])


def condition(*types: str) -> st.SearchStrategy[dict[str, Any]]:
    more = {"reason": REASONS | st.sampled_from(["Unschedulable", "SchedulingGated", "NewReplicaSetAvailable"])}
    more |= {"message": MESSAGES, "lastTransitionTime": TIMES, "lastUpdateTime": TIMES}
    return st.fixed_dictionaries({"type": st.sampled_from(types), "status": BOOL}, optional=more)


def conditions(*types: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(condition(*types), max_size=4, unique_by=lambda each: each["type"])


POD_STATUS = some(
    phase=st.sampled_from(["Pending", "Running", "Failed", "Succeeded"]),
    reason=st.sampled_from(["Evicted", "NodeLost", "NodeAffinity"]),
    message=MESSAGES,
    podIP=st.just("10.0.0.1"),
    observedGeneration=COUNT,
    conditions=conditions("Ready", "ContainersReady", "PodScheduled", "DisruptionTarget", "Initialized", "gate"),
    initContainerStatuses=STATUSES,
    containerStatuses=STATUSES,
)
POD_SPEC = st.fixed_dictionaries(
    {"containers": CONTAINERS},
    optional={
        "initContainers": CONTAINERS,
        "nodeName": st.just("node-1"),
        "readinessGates": st.just([{"conditionType": "gate"}]),
        "volumes": st.just(
            [
                {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
                {"name": "model", "image": {"reference": "registry.example/model:1"}},
                {"name": "secret", "secret": {"secretName": "db"}},
            ]
        ),
    },
)
LABELS = some(
    **{
        "app": st.just("web"),
        "app.kubernetes.io/managed-by": st.sampled_from(["Helm", "me"]),
        "app.kubernetes.io/instance": st.just("shop"),
        "kustomize.toolkit.fluxcd.io/name": st.just("shop"),
        "keel.sh/policy": st.sampled_from(["never", "all"]),
    }
)
TRIGGERS = '[{"fieldPath":"spec.template.spec.containers[?(@.name==\\"web\\")].image"}]'
ANNOTATIONS = some(
    **{
        "deployment.kubernetes.io/revision": st.sampled_from(["1", "2"]),
        "meta.helm.sh/release-name": st.just("shop"),
        "meta.helm.sh/release-namespace": st.just("shop"),
        "argocd.argoproj.io/tracking-id": st.sampled_from(["shop:apps/Deployment:shop/web", "other:/Pod:a/b"]),
        "image.openshift.io/triggers": st.sampled_from([TRIGGERS, "[]", "x"]),
        "kapp.k14s.io/original": st.just('{"data":"hunter2"}'),
        "kubectl.kubernetes.io/last-applied-configuration": st.just('{"data":"hunter2"}'),
    }
)
PATHS = {"CronJob": ("f:spec", "f:jobTemplate", "f:spec", "f:template", "f:spec"), "Pod": ("f:spec",)}


def managed(kind: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Managers that wrote images, or other fields, at some time."""

    def fields(names: list[str]) -> dict[str, Any]:
        inner: dict[str, Any] = {"f:containers": {f'k:{{"name":"{name}"}}': {"f:image": {}} for name in names}}
        for step in reversed(PATHS.get(kind, ("f:spec", "f:template", "f:spec"))):
            inner = {step: inner}
        return inner

    managers = ["stagecoach", "kubectl-edit", "helm", "terraform-provider-helm", "argocd-controller", "Terraform", "x"]
    entry = st.fixed_dictionaries(
        {
            "manager": st.sampled_from(managers),
            "operation": st.sampled_from(["Apply", "Update"]),
            "apiVersion": st.just("apps/v1"),
            "fieldsType": st.just("FieldsV1"),
            "fieldsV1": st.lists(NAMES, max_size=2, unique=True).map(fields),
        },
        optional={"time": TIMES, "subresource": st.sampled_from(["status", "scale"])},
    )
    return st.lists(entry, max_size=4)


KINDS = st.sampled_from(
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod"]
)
GROUPS = {"Pod": "v1", "ReplicationController": "v1", "Job": "batch/v1", "CronJob": "batch/v1"}
COUNTS: tuple[str, ...] = (
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
    "succeeded",
)
COUNTS += ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberReady", "active")
COUNTS += ("numberAvailable", "failed")
STRATEGY = some(
    type=st.sampled_from(["OnDelete", "RollingUpdate", "Recreate"]),
    rollingUpdate=some(partition=COUNT, maxUnavailable=st.sampled_from([1, "25%"])),
)
GENERAL_SPEC = {
    "replicas": COUNT,
    "paused": st.booleans(),
    "suspend": st.booleans(),
    "completions": COUNT,
    "minReadySeconds": COUNT,
    "progressDeadlineSeconds": st.sampled_from([60, 2_147_483_647]),
    "podManagementPolicy": st.sampled_from(["OrderedReady", "Parallel"]),
    "strategy": STRATEGY,
    "updateStrategy": STRATEGY,
    "ordinals": some(start=COUNT),
}


@st.composite
def workloads(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(KINDS)
    metadata = {
        "name": "web",
        "namespace": "shop",
        "uid": "uid-web",
        "resourceVersion": "7",
        "generation": draw(COUNT),
        "creationTimestamp": draw(TIMES),
        "labels": draw(LABELS),
        "annotations": draw(ANNOTATIONS),
        "managedFields": draw(managed(kind)),
        **draw(some(deletionTimestamp=TIMES)),
    }
    body = {"apiVersion": GROUPS.get(kind, "apps/v1"), "kind": kind, "metadata": metadata}
    if kind == "Pod":
        return {**body, "spec": draw(POD_SPEC), "status": draw(POD_STATUS)}
    template = {"spec": draw(POD_SPEC)}
    inner = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
    revisions = {"currentRevision": st.sampled_from(["a", "b"]), "updateRevision": st.sampled_from(["a", "b"])}
    status = draw(some(**dict.fromkeys(COUNTS, COUNT), **revisions))
    types = ("Available", "Progressing", "ReplicaFailure", "Failed", "Complete", "Suspended", "FailureTarget")
    status |= {"conditions": draw(conditions(*types))}
    return {**body, "spec": {**draw(some(**GENERAL_SPEC)), **inner}, "status": status}


@st.composite
def pods(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    number, hash_ = draw(COUNT), draw(st.sampled_from(["a", "b"]))
    above = {"Deployment": ("ReplicaSet", f"web-{hash_}"), "CronJob": ("Job", f"web-{hash_}")}.get(kind, (kind, "web"))
    labels = {"Deployment": {"pod-template-hash": hash_}}.get(kind, {"controller-revision-hash": hash_})
    owner = {"apiVersion": "x", "kind": above[0], "name": above[1], "uid": f"uid-{above[1]}", "controller": True}
    metadata = {
        "name": f"web-{hash_}-{number}",
        "namespace": "shop",
        "uid": f"uid-{hash_}-{number}",
        "resourceVersion": draw(st.sampled_from(["8", "9"])),
        "creationTimestamp": draw(TIMES),
        "labels": {} if kind in {"ReplicaSet", "ReplicationController"} else {"app": "web", **labels},
        "ownerReferences": [{**owner, "controller": False, "uid": "of another"}, owner],
        **draw(some(deletionTimestamp=TIMES, deletionGracePeriodSeconds=st.sampled_from([30, 300]))),
        **draw(some(finalizers=st.just(["example.com/wait"]))),
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": draw(POD_SPEC),
        "status": draw(POD_STATUS),
    }


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    about = draw(
        st.sampled_from(
            [
                {"kind": "Pod", "name": "web-a-0", "uid": "uid-a-0"},
                {"kind": "Deployment", "name": "web", "uid": "uid-web"},
                {"kind": "PersistentVolumeClaim", "name": "data", "uid": "uid-data"},
            ]
        )
    )
    reasons = ["FailedCreate", "SuccessfulCreate", "FailedMount", "Pulling", "Pulled", "NodeNotReady"]
    reasons += ["FailedAttachVolume", "ProvisioningFailed"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "web.1", "namespace": "shop", "creationTimestamp": draw(TIMES)},
        "involvedObject": about,
        "reason": draw(st.sampled_from(reasons)),
        "type": draw(st.sampled_from(["Normal", "Warning"])),
        "message": draw(MESSAGES),
        **draw(some(firstTimestamp=TIMES, lastTimestamp=TIMES, series=some(lastObservedTime=TIMES))),
    }


@st.composite
def namespaces(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A workload, and what lies beside it."""
    workload = draw(workloads())
    kind = workload["kind"]
    found = draw(st.lists(pods(kind), max_size=3, unique_by=lambda each: each["metadata"]["name"]))
    found += draw(st.lists(events(), max_size=2))
    found += [below(kind, hash_, revision) for hash_, revision in (("a", 1), ("b", 2))]
    ready = draw(condition("Ready"))
    found.append(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "status": {"conditions": [ready]}}
    )
    return workload, found


def below(kind: str, hash_: str, revision: int) -> dict[str, Any]:
    owner = {"kind": kind, "name": "web", "uid": "uid-web", "controller": True}
    made, version = {"DaemonSet": ("ControllerRevision", "apps/v1"), "CronJob": ("Job", "batch/v1")}.get(
        kind, ("ReplicaSet", "apps/v1")
    )
    metadata = {
        "name": f"web-{hash_}",
        "namespace": "shop",
        "uid": f"uid-web-{hash_}",
        "creationTimestamp": f"2026-12-01T10:0{revision}:00Z",
        "labels": {"controller-revision-hash": hash_, "pod-template-hash": hash_},
        "annotations": {"deployment.kubernetes.io/revision": str(revision)},
        "ownerReferences": [owner],
    }
    return {"apiVersion": version, "kind": made, "metadata": metadata, "revision": revision}


FIELDS = {
    "Pod": "pods",
    "ReplicaSet": "replica_sets",
    "ControllerRevision": "controller_revisions",
    "Job": "jobs",
    "Event": "events",
    "Node": "nodes",
}


def judged(workload: Manifest, found: list[Manifest], started: datetime | None) -> list[object]:
    """All that is asked of a workload and of what lies beside it."""
    below: dict[str, Any] = {
        name: tuple(each for each in found if each.kind.name == kind) for kind, name in FIELDS.items()
    }
    children = Children(**below)
    observations: Observations | None = None if started is None else {}
    health = assess(workload, now=NOW, policy=POLICY, children=children, started=started, observations=observations)
    facts = cluster_facts("west", [workload.id], [workload], children, now=NOW, policy=POLICY)
    return [
        health,
        [replace(each, entries=()) for each in facts.workloads],  # only plans ask which fields a manager has
        status_decides(workload, now=NOW, policy=POLICY),
        needs_events(workload, children, now=NOW),
        names_of_nodes_to_read(workload, children, now=NOW),
    ]


@settings(max_examples=120, deadline=None)
@given(namespaces(), st.sampled_from([None, NOW - timedelta(minutes=2)]))
def test_what_is_judged_by_records_is_what_is_judged_by_the_objects(made, started):
    workload, found = made
    whole = judged(Manifest(workload), [Manifest(each) for each in found], started)
    records = [record_of(each) for each in (workload, *found)]
    first, *others = [record.as_manifest() for record in records]
    assert judged(first, others, started) == whole


@settings(max_examples=40, deadline=None)
@given(namespaces())
def test_no_value_of_a_variable_an_annotation_or_a_log_is_kept(made):
    workload, found = made
    for each in (workload, *(one for one in found if one["kind"] == "Pod")):
        kept = record_of(each).encoded().decode()
        assert '{"data"' not in kept.replace("\\", "")
        assert "--token" not in kept
        for container in each["spec"].get("containers", ()):
            assert all(f'"value": "{variable["value"]}"' not in kept for variable in container.get("env", ()))


def under_way(**status: Any) -> list[dict[str, Any]]:
    """A Deployment that rolls out, its ReplicaSet, and a pod with this status."""
    template = {"spec": {"containers": [{"name": "web", "image": "registry.example/shop/web:1"}]}}
    metadata = {"name": "web", "namespace": "shop", "uid": "uid-web", "generation": 1}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {**metadata, "annotations": {"deployment.kubernetes.io/revision": "1"}},
        "spec": {"replicas": 1, "template": template},
        "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1},
    }
    owner = {"kind": "ReplicaSet", "name": "web-a", "uid": "uid-web-a", "controller": True}
    of_pod = {"name": "web-a-0", "namespace": "shop", "uid": "uid-a-0", "creationTimestamp": "2026-12-01T11:50:00Z"}
    of_pod["resourceVersion"] = "3"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**of_pod, "labels": {"pod-template-hash": "a"}, "ownerReferences": [owner]},
        "spec": {"nodeName": "node-1", **template["spec"]},
        "status": status,
    }
    return [deployment, below("Deployment", "a", 1), pod]


def message_by_records(*objects: dict[str, Any]) -> str:
    """What is said of the first, which is the same by the objects and by their records."""
    whole = judged(Manifest(objects[0]), [Manifest(each) for each in objects[1:]], None)
    first, *others = [record_of(each).as_manifest() for each in objects]
    assert judged(first, others, None) == whole
    health = whole[0]
    assert isinstance(health, Health)
    return health.message


def test_a_record_says_why_and_when_a_node_ended_a_pod():
    ended = {"type": "DisruptionTarget", "status": "True", "lastTransitionTime": "2026-12-01T11:58:00Z"}
    evicted = under_way(phase="Failed", reason="Evicted", message="The node had no memory.", conditions=[ended])
    evicted[2]["metadata"]["creationTimestamp"] = "2026-12-01T08:00:00Z"
    assert "Evicted (The node had no memory)" in message_by_records(*evicted)


def test_a_record_says_what_the_runtime_says_of_a_container_that_never_started():
    ended = {"exitCode": 128, "reason": "StartError", "message": "exec: no such file"}
    status = {"name": "web", "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    crashing = under_way(phase="Running", containerStatuses=[{**status, "lastState": {"terminated": ended}}])
    assert "exec: no such file" in message_by_records(*crashing)


def test_a_record_says_whether_a_pod_has_its_network():
    mount = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "web.1", "namespace": "shop", "creationTimestamp": "2026-12-01T11:59:00Z"},
        "involvedObject": {"kind": "Pod", "name": "web-a-0", "uid": "uid-a-0"},
        "reason": "FailedMount",
        "type": "Warning",
        "message": "no such volume",
    }
    assert "no such volume" in message_by_records(*under_way(phase="Pending"), mount)
    assert "no such volume" not in message_by_records(*under_way(phase="Pending", podIP="10.0.0.1"), mount)


def test_a_record_tells_pods_of_a_former_template_by_their_variables():
    def body(kind: str, metadata: dict[str, Any], value: str) -> dict[str, Any]:
        container = {"name": "web", "image": "registry.example/shop/web:1", "env": [{"name": "A", "value": value}]}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": {"containers": [container]}}

    owner = {"kind": "ReplicationController", "name": "web", "uid": "uid-web", "controller": True}
    pods = [
        body(
            "Pod",
            {"name": f"web-{value}", "namespace": "shop", "uid": f"uid-{value}", "ownerReferences": [owner]},
            value,
        )
        | {"status": {"phase": "Running"}}
        for value in ("new", "old")
    ]
    controller = body("ReplicationController", {"name": "web", "namespace": "shop", "uid": "uid-web"}, "new")
    controller["spec"] = {"replicas": 2, "template": {"spec": controller["spec"]}}
    controller["status"] = {"availableReplicas": 2}
    assert message_by_records(controller, *pods).startswith("1 of 2 pods run the new template")
    assert all('"new"' not in record_of(each).encoded().decode() for each in (controller, *pods))
