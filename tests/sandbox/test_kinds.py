"""What kinds refuse, fill in and never change."""

from typing import Any

import pytest

from sandbox.cluster import Cluster
from sandbox.errors import StatusError
from sandbox.kinds import formats, schedule
from sandbox.store import Object, thaw
from tests.support.sandbox_client import config_map, deployment, service


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster("c")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})
    return cluster


def _in_n(obj: Object, *, api_version: str = "v1", kind: str | None = None) -> Object:
    obj = {"apiVersion": api_version, "kind": kind, **obj} if kind else obj
    return obj | {"metadata": {"name": "x", "namespace": "n"} | obj.get("metadata", {})}


def _refusal(cluster: Cluster, obj: Object) -> list[tuple[str, str]]:
    with pytest.raises(StatusError) as refused:
        cluster.create(_in_n(obj))
    assert refused.value.code == 422, refused.value.message
    return [(c.reason, c.field or "") for c in refused.value.causes]


def _container(**container: Any) -> Object:
    obj = deployment()
    obj["spec"]["template"]["spec"]["containers"][0] |= container
    return obj


@pytest.mark.parametrize(
    ("container", "field"),
    [
        ({"name": "Web"}, "name"),
        ({"image": " x"}, "image"),
        ({"imagePullPolicy": "Sometimes"}, "imagePullPolicy"),
        ({"ports": [{"containerPort": 70000}]}, "ports[0].containerPort"),
        ({"ports": [{"containerPort": 80, "name": "a-name-that-is-too-long"}]}, "ports[0].name"),
        ({"env": [{"name": ""}]}, "env[0].name"),
        ({"env": [{"name": "a=b"}]}, "env[0].name"),
        (
            {"env": [{"name": "A", "value": "b", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
            "env[0].valueFrom",
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]},
            "env[0].valueFrom.fieldRef.fieldPath",
        ),
        ({"lifecycle": {"preStop": {}}}, "lifecycle.preStop"),
        ({"livenessProbe": {"exec": {}}}, "livenessProbe.exec.command"),
        ({"livenessProbe": {"httpGet": {"port": 1, "scheme": "FTP"}}}, "livenessProbe.httpGet.scheme"),
        ({"resources": {"requests": {"example.com/gpu": "1"}}}, "resources.limits"),
        ({"securityContext": {"runAsUser": -1}}, "securityContext.runAsUser"),
        (
            {"ports": [{"containerPort": 1, "hostPort": 9}, {"containerPort": 2, "hostPort": 9}]},
            "ports[1].hostPort",
        ),
        ({"env": [{"name": "A", "valueFrom": {}}]}, "env[0].valueFrom"),
        ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s"}}}]}, "env[0].valueFrom.secretKeyRef.key"),
        ({"envFrom": [{}]}, "envFrom[0]"),
        ({"envFrom": [{"configMapRef": {}}]}, "envFrom[0].configMapRef.name"),
        ({"volumeMounts": [{"name": "none", "mountPath": "/x"}]}, "volumeMounts[0].name"),
        ({"readinessProbe": {}}, "readinessProbe"),
        ({"readinessProbe": {"httpGet": {"port": 0}}}, "readinessProbe.httpGet.port"),
        ({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}, "resources.requests"),
        ({"resources": {"requests": {"nonsense": "2"}}}, "resources.requests[nonsense]"),
    ],
)
def test_a_container_is_refused_by_field(cluster: Cluster, container: dict[str, Any], field: str) -> None:
    fields = [f for _, f in _refusal(cluster, _container(**container))]
    assert fields == [f"spec.template.spec.containers[0].{field}"]


@pytest.mark.parametrize(
    ("obj", "cause"),
    [
        (deployment(strategy={"type": "Sometimes"}), ("FieldValueNotSupported", "spec.strategy.type")),
        (
            deployment(strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
            ("FieldValueForbidden", "spec.strategy.rollingUpdate"),
        ),
        (deployment(replicas=-1), ("FieldValueInvalid", "spec.replicas")),
        (deployment(minReadySeconds=900), ("FieldValueInvalid", "spec.progressDeadlineSeconds")),
        (service(ports=[]), ("FieldValueRequired", "spec.ports")),
        (service(ports=[{"port": 80}, {"port": 81, "name": "b"}]), ("FieldValueRequired", "spec.ports[0].name")),
        (service(ports=[{"port": 0}]), ("FieldValueInvalid", "spec.ports[0].port")),
        (service(type="Strange"), ("FieldValueNotSupported", "spec.type")),
        (service(ports=[{"port": 80, "nodePort": 30000}]), ("FieldValueForbidden", "spec.ports[0].nodePort")),
        (config_map(labels={"a b": "c"}), ("FieldValueInvalid", "metadata.labels")),
        (config_map(labels={"a": "-"}), ("FieldValueInvalid", "metadata.labels")),
        (config_map(annotations={"a": "x" * 300_000}), ("FieldValueTooLong", "metadata.annotations")),
        (config_map(finalizers=["not qualified"]), ("FieldValueInvalid", "metadata.finalizers")),
        (
            {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth", "metadata": {}},
            ("FieldValueRequired", "data[username]"),
        ),
        (
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec": {"accessModes": ["Sometimes"]}},
            ("FieldValueNotSupported", "spec.accessModes"),
        ),
        (
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "spec": {"minAvailable": 1, "maxUnavailable": 1},
            },
            ("FieldValueInvalid", "spec"),
        ),
        (
            {
                "apiVersion": "autoscaling/v2",
                "kind": "HorizontalPodAutoscaler",
                "spec": {"minReplicas": 3, "maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "x"}},
            },
            ("FieldValueInvalid", "spec.maxReplicas"),
        ),
        (
            {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {"rules": [{"host": "1.2.3.4"}]}},
            ("FieldValueInvalid", "spec.rules[0].host"),
        ),
        (
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "Role",
                "rules": [{"apiGroups": [""], "resources": ["x"]}],
            },
            ("FieldValueRequired", "rules[0].verbs"),
        ),
        (
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}},
            },
            ("FieldValueRequired", "spec.template.spec.restartPolicy"),
        ),
        (
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "finalizers": ["mine"]}},
            ("FieldValueInvalid", "metadata.finalizers[0]"),
        ),
        (
            {"apiVersion": "v1", "kind": "Service", "spec": {"externalTrafficPolicy": "Local", "ports": [{"port": 1}]}},
            ("FieldValueInvalid", "spec.externalTrafficPolicy"),
        ),
        (
            {"apiVersion": "v1", "kind": "Service", "spec": {"loadBalancerClass": "a/b", "ports": [{"port": 1}]}},
            ("FieldValueForbidden", "spec.loadBalancerClass"),
        ),
        (
            {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"nonsense": "1"}}},
            ("FieldValueInvalid", "spec.hard[nonsense]"),
        ),
        (
            {
                "apiVersion": "v1",
                "kind": "LimitRange",
                "spec": {"limits": [{"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}}]},
            },
            ("FieldValueInvalid", "spec.limits[0].min[cpu]"),
        ),
        (
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "spec": {"minAvailable": "200%", "selector": {}},
            },
            ("FieldValueInvalid", "spec.minAvailable"),
        ),
        (
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "spec": {"ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}]},
            },
            ("FieldValueInvalid", "spec.ingress[0].from[0].ipBlock.except[0]"),
        ),
        (
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "spec": {
                    "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "of-another"}},
                    "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}},
                },
            },
            ("FieldValueInvalid", "spec.selector"),
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else value[1],
)
def test_a_kind_is_refused_by_field(cluster: Cluster, obj: Object, cause: tuple[str, str]) -> None:
    assert cause in _refusal(cluster, obj)


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("x", "Always"),
        ("x:latest", "Always"),
        ("x:1", "IfNotPresent"),
        ("h:5000/x", "Always"),
        ("x@sha256:ab", "IfNotPresent"),
    ],
)
def test_an_image_that_may_change_is_always_pulled(cluster: Cluster, image: str, policy: str) -> None:
    made = cluster.create(_in_n(deployment(image=image)))
    assert made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == policy


@pytest.mark.parametrize(
    ("obj", "path", "value"),
    [
        (deployment(), ("spec", "selector"), {"matchLabels": {"app": "web", "b": "c"}}),
        (
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "roleRef": {"kind": "Role", "name": "a"},
            },
            ("roleRef",),
            {"kind": "Role", "name": "b"},
        ),
        (
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            },
            ("spec", "accessModes"),
            ["ReadWriteMany"],
        ),
        (
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}},
            },
            ("spec", "template", "spec", "restartPolicy"),
            "OnFailure",
        ),
        ({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "p"}, ("provisioner",), "q"),
        ({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1}, ("value",), 2),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) and "kind" in value else "",
)
def test_what_is_immutable_cannot_be_changed(cluster: Cluster, obj: Object, path: tuple[str, ...], value: Any) -> None:
    namespaced = obj["kind"] not in {"StorageClass", "PriorityClass"}
    made = cluster.create(_in_n(obj) if namespaced else obj | {"metadata": {"name": "x"}})
    changed = thaw(made)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    if obj["kind"] == "Deployment":
        changed["spec"]["template"]["metadata"]["labels"] = {"app": "web", "b": "c"}
    with pytest.raises(StatusError) as refused:
        cluster.update(changed)
    assert refused.value.reason == "Invalid"


def test_a_bound_claim_may_grow_and_not_shrink(cluster: Cluster) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}
    default = {"name": "s", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    cluster.create(
        {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": default,
            "provisioner": "p.example/p",
            "allowVolumeExpansion": True,
        }
    )
    claim = thaw(cluster.create(_in_n({"spec": spec}, kind="PersistentVolumeClaim")))
    claim["status"] = {"phase": "Bound"}
    claim = thaw(cluster.update_status(claim))
    claim["spec"]["resources"]["requests"]["storage"] = "3Gi"
    claim = thaw(cluster.update(claim))
    claim["spec"]["resources"]["requests"]["storage"] = "1Gi"
    with pytest.raises(StatusError, match=r"less than status\.capacity"):
        cluster.update(claim)


def test_a_pod_needs_its_service_account_and_class(cluster: Cluster) -> None:
    pod = {"spec": {"containers": [{"name": "c", "image": "i"}], "serviceAccountName": "nobody"}}
    with pytest.raises(StatusError, match='serviceaccount "nobody" not found'):
        cluster.create(_in_n(pod, kind="Pod"))
    del pod["spec"]["serviceAccountName"]
    with pytest.raises(StatusError, match="no PriorityClass with name high was found"):
        cluster.create(_in_n({"spec": pod["spec"] | {"priorityClassName": "high"}}, kind="Pod"))


@pytest.mark.parametrize(
    ("hard", "objects"),
    [
        ({"count/deployments.apps": "1"}, [deployment("a"), deployment("b")]),
        ({"services.nodeports": "1"}, [service("a", type="NodePort"), service("b", type="NodePort")]),
        ({"secrets": "1"}, [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": n}} for n in "ab"]),
    ],
    ids=["count", "node ports", "secrets"],
)
def test_a_quota_ends_what_is_made(cluster: Cluster, hard: dict[str, str], objects: list[Object]) -> None:
    cluster.create(_in_n({"spec": {"hard": hard}}, kind="ResourceQuota"))
    cluster.create(_in_n(objects[0]))
    with pytest.raises(StatusError, match=r"exceeded quota: x, requested: .*, used: .*, limited: ") as refused:
        cluster.create(_in_n(objects[1]))
    assert (refused.value.code, refused.value.reason) == (403, "Forbidden")


def test_a_quota_for_cpu_makes_pods_say_how_much_they_want(cluster: Cluster) -> None:
    cluster.create(_in_n({"spec": {"hard": {"requests.cpu": "1"}}}, kind="ResourceQuota"))
    container: dict[str, Any] = {"name": "c", "image": "i"}
    with pytest.raises(StatusError, match=r"must specify requests\.cpu for: c"):
        cluster.create(_in_n({"spec": {"containers": [container]}}, kind="Pod"))
    container["resources"] = {"requests": {"cpu": "1500m"}}
    with pytest.raises(
        StatusError, match=r"requested: requests\.cpu=1500m, used: requests\.cpu=0, limited: requests\.cpu=1"
    ):
        cluster.create(_in_n({"spec": {"containers": [container]}}, kind="Pod"))


@pytest.mark.parametrize("text", ["* * * * *", "0 3 * * *", "*/5 1-3 1,15 jan mon-fri", "@hourly", "@every 1h"])
def test_a_schedule_is_fine(text: str) -> None:
    assert schedule.problem(text) == ""


@pytest.mark.parametrize(
    "text", ["", "* * * *", "60 * * * *", "* * * * 8", "x * * * *", "5-1 * * * *", "*/0 * * * *", "@often"]
)
def test_a_schedule_is_refused(text: str) -> None:
    assert schedule.problem(text)


@pytest.mark.parametrize(
    ("text", "thousandths"),
    [
        ("1", 1000),
        ("250m", 250),
        ("1k", 1_000_000),
        ("1Ki", 1_024_000),
        ("0.5", 500),
        ("2e3", 2_000_000),
        ("-1", -1000),
    ],
)
def test_a_quantity_is_a_number(text: str, thousandths: int) -> None:
    assert formats.quantity(text) * 1000 == thousandths


def _pod(name: str, **spec: Any) -> Object:
    container = {"name": "c", "image": "registry.example/c:1"} | spec.pop("container", {})
    return _in_n({"metadata": {"name": name}, "spec": {"containers": [container], **spec}}, kind="Pod")


_HIGH = {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]}


@pytest.mark.parametrize(
    ("chosen", "counted", "free"),
    [
        ({"scopes": ["Terminating"]}, {"activeDeadlineSeconds": 5}, {}),
        ({"scopes": ["NotTerminating"]}, {}, {"activeDeadlineSeconds": 5}),
        ({"scopes": ["BestEffort"]}, {}, {"container": {"resources": {"requests": {"cpu": "1"}}}}),
        ({"scopes": ["NotBestEffort"]}, {"container": {"resources": {"limits": {"cpu": "1"}}}}, {}),
        ({"scopeSelector": _HIGH}, {"priorityClassName": "high"}, {}),
    ],
)
def test_a_quota_with_scopes_counts_the_pods_in_them(
    cluster: Cluster, chosen: Object, counted: Object, free: Object
) -> None:
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 9}
    cluster.create(priority)
    cluster.create(_in_n({"spec": {"hard": {"pods": "1"}} | chosen}, kind="ResourceQuota"))
    for name in ("a", "b"):
        cluster.create(_pod(f"free-{name}", **free))
    cluster.create(_pod("first", **counted))

    with pytest.raises(StatusError, match="exceeded quota: x, requested: pods=1, used: pods=1, limited: pods=1"):
        cluster.create(_pod("second", **counted))
    assert len(cluster.list("pods", "n")) == 3
