"""What is refused of the rarer kinds and fields, and which fields the causes name."""

from typing import Any

import pytest

from sandbox.cluster import Cluster
from sandbox.errors import StatusError
from sandbox.store import Object
from tests.support.sandbox_client import DEPLOYMENTS, Client, causes, deployment

POD: Object = {"containers": [{"name": "c", "image": "registry.example/c:1"}], "restartPolicy": "Never"}
INVALID, REQUIRED, FORBIDDEN = "FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden"
UNSUPPORTED = "FieldValueNotSupported"


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster("c")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})
    return cluster


def _create(cluster: Cluster, api_version: str, kind: str, **rest: Any) -> None:
    metadata = {"name": "x", "namespace": "n"} | rest.pop("metadata", {})
    cluster.create({"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest})


def _refused(cluster: Cluster, api_version: str, kind: str, **rest: Any) -> set[tuple[str, str]]:
    with pytest.raises(StatusError) as refused:
        _create(cluster, api_version, kind, **rest)
    assert refused.value.code == 422, refused.value.message
    return {(c.reason, c.field or "") for c in refused.value.causes}


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({"hostAliases": [{"ip": "nowhere"}]}, (INVALID, "hostAliases[0].ip")),
        ({"ephemeralContainers": [{"name": "e", "image": "e:1"}]}, (FORBIDDEN, "ephemeralContainers")),
        (
            {
                "hostNetwork": True,
                "containers": [{"name": "c", "image": "c:1", "ports": [{"containerPort": 80, "hostPort": 81}]}],
            },
            (INVALID, "containers[0].ports[0].containerPort"),
        ),
    ],
)
def test_a_template_is_refused_by_field(cluster: Cluster, spec: Object, cause: tuple[str, str]) -> None:
    obj = deployment()
    obj["spec"]["template"]["spec"] |= spec

    assert _refused(cluster, "apps/v1", "Deployment", spec=obj["spec"]) == {
        (cause[0], f"spec.template.spec.{cause[1]}")
    }


@pytest.mark.parametrize("expression", [{"key": "a", "operator": "Like"}, {"key": "a", "operator": "In"}])
def test_a_selector_that_cannot_be_read_is_told_twice(cluster: Cluster, expression: Object) -> None:
    spec = deployment()["spec"] | {"selector": {"matchExpressions": [expression]}}

    found = _refused(cluster, "apps/v1", "Deployment", spec=spec)

    assert (INVALID, "spec.selector") in found
    assert len(found) == 2


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({"podReplacementPolicy": "Never"}, (UNSUPPORTED, "spec.podReplacementPolicy")),
        ({"backoffLimitPerIndex": 1}, (INVALID, "spec.backoffLimitPerIndex")),
        ({"managedBy": "me"}, (INVALID, "spec.managedBy")),
        (
            {"podFailurePolicy": {}, "template": {"spec": POD | {"restartPolicy": "OnFailure"}}},
            (INVALID, "spec.template.spec.restartPolicy"),
        ),
    ],
)
def test_a_job_is_refused_by_field(cluster: Cluster, spec: Object, cause: tuple[str, str]) -> None:
    assert _refused(cluster, "batch/v1", "Job", spec={"template": {"spec": POD}} | spec) == {cause}


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({"selector": {"matchLabels": {"a": "b"}}}, (INVALID, "spec.jobTemplate.spec.selector")),
        ({"manualSelector": True}, (UNSUPPORTED, "spec.jobTemplate.spec.manualSelector")),
    ],
)
def test_a_cron_jobs_jobs_find_their_pods_by_themselves(cluster: Cluster, spec: Object, cause: tuple[str, str]) -> None:
    job = {"template": {"spec": POD}} | spec

    refused = _refused(cluster, "batch/v1", "CronJob", spec={"schedule": "@daily", "jobTemplate": {"spec": job}})

    assert refused == {cause}


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"defaultBackend": {}}, {(INVALID, "spec.defaultBackend")}),
        ({}, {(INVALID, "spec")}),
        (
            {"rules": [{"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {}}]}}]},
            {(INVALID, "spec.rules[0].http.paths[0].backend")},
        ),
    ],
)
def test_an_ingress_without_a_backend_is_invalid(cluster: Cluster, spec: Object, found: set[tuple[str, str]]) -> None:
    assert _refused(cluster, "networking.k8s.io/v1", "Ingress", spec=spec) == found


def _metric(kind: str, **source: Any) -> Object:
    return {"metrics": [{"type": kind, kind.lower(): source}]}


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"metrics": [{}]}, {(REQUIRED, "spec.metrics[0].type"), (UNSUPPORTED, "spec.metrics[0].type")}),
        (
            _metric("Pods", metric={"name": "m"}, target={"type": "Value", "value": "1"}),
            {(REQUIRED, "spec.metrics[0].pods.target.averageValue")},
        ),
        (
            _metric("External", metric={}, target={"type": "Value", "value": "1"}),
            {(REQUIRED, "spec.metrics[0].external.metric.name")},
        ),
        (
            _metric("External", metric={"name": "m"}, target={"type": "Value", "value": "1", "averageValue": "1"}),
            {(FORBIDDEN, "spec.metrics[0].external.target.value")},
        ),
        (
            _metric("Object", metric={"name": "m"}, target={"type": "Value"}, describedObject={"kind": "A"}),
            {
                (REQUIRED, "spec.metrics[0].object.describedObject.name"),
                (REQUIRED, "spec.metrics[0].object.target.averageValue"),
            },
        ),
        (
            {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 4000}}},
            {(INVALID, "spec.behavior.scaleDown.stabilizationWindowSeconds")},
        ),
        ({"behavior": {"scaleUp": {"selectPolicy": "Any"}}}, {(UNSUPPORTED, "spec.behavior.scaleUp.selectPolicy")}),
        (
            {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 4000}]}}},
            {(INVALID, "spec.behavior.scaleUp.policies[0].periodSeconds")},
        ),
    ],
)
def test_an_autoscaler_is_refused_by_field(cluster: Cluster, spec: Object, found: set[tuple[str, str]]) -> None:
    target = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "w"}, "maxReplicas": 3}

    assert _refused(cluster, "autoscaling/v2", "HorizontalPodAutoscaler", spec=target | spec) == found


@pytest.mark.parametrize(
    ("kind", "rest", "cause"),
    [
        (
            "ClusterRole",
            {"rules": [{"nonResourceURLs": ["/x"], "resources": ["pods"], "verbs": ["get"]}]},
            (INVALID, "rules[0].nonResourceURLs"),
        ),
        ("ClusterRole", {"aggregationRule": {}}, (REQUIRED, "aggregationRule.clusterRoleSelectors")),
    ],
)
def test_a_role_is_refused_by_field(cluster: Cluster, kind: str, rest: Object, cause: tuple[str, str]) -> None:
    assert _refused(cluster, "rbac.authorization.k8s.io/v1", kind, metadata={"namespace": ""}, **rest) == {cause}


def _chosen(scope: str, operator: str, *values: str) -> Object:
    expression: Object = {"scopeName": scope, "operator": operator}
    return {"scopeSelector": {"matchExpressions": [expression | ({"values": list(values)} if values else {})]}}


SELECTED = "spec.scopeSelector.matchExpressions"


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"scopes": ["Sometimes"]}, {(INVALID, "spec.scopes")}),
        ({"scopes": ["BestEffort", "NotBestEffort"]}, {(INVALID, "spec.scopes")}),
        ({"scopes": ["Terminating"], "hard": {"configmaps": "1"}}, {(INVALID, "spec.scopes")}),
        ({"scopes": ["BestEffort"], "hard": {"requests.cpu": "1"}}, {(INVALID, "spec.scopes")}),
        (_chosen("Sometimes", "Exists"), {(INVALID, f"{SELECTED}.scopeName")}),
        (_chosen("PriorityClass", "In"), {(REQUIRED, f"{SELECTED}.values")}),
        (_chosen("PriorityClass", "Exists", "high"), {(INVALID, f"{SELECTED}.values")}),
        (_chosen("PriorityClass", "Like", "high"), {(INVALID, f"{SELECTED}.operator")}),
        (_chosen("BestEffort", "In", "high"), {(INVALID, f"{SELECTED}.operator")}),
    ],
)
def test_the_scopes_of_a_quota_have_to_fit(cluster: Cluster, spec: Object, found: set[tuple[str, str]]) -> None:
    assert _refused(cluster, "v1", "ResourceQuota", spec={"hard": {"pods": "1"}} | spec) == found


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        (
            {"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}},
            {
                (INVALID, "spec.limits[0].min[cpu]"),
                (INVALID, "spec.limits[0].default[cpu]"),
                (INVALID, "spec.limits[0].defaultRequest[cpu]"),
            },
        ),
        ({"type": "PersistentVolumeClaim"}, {(REQUIRED, "spec.limits[0].limits")}),
        (
            {"type": "Container", "maxLimitRequestRatio": {"cpu": "500m"}},
            {(INVALID, "spec.limits[0].maxLimitRequestRatio[cpu]")},
        ),
        ({"type": "Pod", "max": {"apples": "1"}}, {(INVALID, "spec.limits[0].max[apples]")}),
    ],
)
def test_a_limit_is_refused_by_field(cluster: Cluster, limit: Object, found: set[tuple[str, str]]) -> None:
    assert _refused(cluster, "v1", "LimitRange", spec={"limits": [limit]}) == found


def test_a_network_policy_has_no_more_than_two_types(cluster: Cluster) -> None:
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress", "Ingress"]}

    assert _refused(cluster, "networking.k8s.io/v1", "NetworkPolicy", spec=spec) == {(INVALID, "spec.policyTypes")}


def test_a_namespace_keeps_the_finalizers_of_its_spec(cluster: Cluster) -> None:
    cluster.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "m"}, "spec": {"finalizers": ["a.example/b"]}}
    )

    kept = cluster.get("namespaces", "m")
    assert kept is not None
    assert kept["spec"]["finalizers"] == ["a.example/b", "kubernetes"]


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        ({"observedGeneration": -1}, {"status.observedGeneration"}),
        (
            {"replicas": -1},
            {f"status.{name}" for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")},
        ),
        ({"replicas": 1, "readyReplicas": 2}, {"status.readyReplicas"}),
        ({"replicas": 3, "readyReplicas": 1, "availableReplicas": 2}, {"status.availableReplicas"}),
    ],
)
async def test_a_status_that_cannot_be_is_refused(client: Client, status: Object, fields: set[str]) -> None:
    await client.create(DEPLOYMENTS, deployment())

    code, answer = await client.merge(f"{DEPLOYMENTS}/web/status", {"status": status})

    assert code == 422
    assert {field for _, field in causes(answer)} == fields


async def test_the_scopes_of_a_quota_stay(client: Client) -> None:
    quotas = "/api/v1/namespaces/n/resourcequotas"
    await client.create(quotas, {"metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}, "scopes": ["BestEffort"]}})

    code, answer = await client.merge(f"{quotas}/q", {"spec": {"scopes": ["Terminating"]}})

    assert (code, causes(answer)) == (422, [(INVALID, "spec.scopes")])


@pytest.mark.parametrize(("manager", "reason"), [("m" * 129, "FieldValueTooLong"), ("a%01b", "FieldValueInvalid")])
async def test_a_manager_that_cannot_be_recorded_is_refused_in_the_options_of_its_verb(
    client: Client, manager: str, reason: str
) -> None:
    path, body = "/api/v1/namespaces/n/configmaps", {"metadata": {"name": "c"}}

    for method, at, kind in (("POST", path, "CreateOptions"), ("PUT", f"{path}/c", "UpdateOptions")):
        code, answer = await client.send(method, f"{at}?fieldManager={manager}", body)
        assert (code, answer["details"]["kind"], causes(answer)) == (422, kind, [(reason, "fieldManager")])


async def test_a_list_without_a_limit_is_whole_and_one_without_a_number_is_refused(client: Client) -> None:
    path = "/api/v1/namespaces/n/configmaps"

    statuses = {
        query: (await client.send("GET", f"{path}?{query}"))[0] for query in ("limit=-1", "limit=x", "timeoutSeconds=x")
    }

    assert statuses == {"limit=-1": 200, "limit=x": 400, "timeoutSeconds=x": 400}


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        (
            {"type": "ExternalName", "externalName": "a.example", "clusterIP": "10.96.1.1", "ipFamilies": ["IPv4"]},
            {(FORBIDDEN, "spec.clusterIPs"), (FORBIDDEN, "spec.ipFamilies")},
        ),
        ({"externalIPs": ["127.0.0.1"]}, {(INVALID, "spec.externalIPs[0]")}),
        ({"externalIPs": ["169.254.1.1"]}, {(INVALID, "spec.externalIPs[0]")}),
        ({"clusterIP": "10.96.1.1", "clusterIPs": ["10.96.1.2"]}, {(INVALID, "spec.clusterIPs")}),
        ({"clusterIPs": ["10.96.1.2"]}, {(INVALID, "spec.clusterIPs")}),
        ({"clusterIP": "None", "clusterIPs": ["None", "10.96.1.2"]}, {(INVALID, "spec.clusterIPs")}),
        ({"ipFamilies": ["IPv5"]}, {(UNSUPPORTED, "spec.ipFamilies[0]")}),
        ({"ipFamilyPolicy": "Both"}, {(UNSUPPORTED, "spec.ipFamilyPolicy")}),
        ({"trafficDistribution": "Any"}, {(UNSUPPORTED, "spec.trafficDistribution")}),
        ({"healthCheckNodePort": 31000}, {(INVALID, "spec.healthCheckNodePort")}),
        ({"loadBalancerSourceRanges": ["10.0.0.0/8"]}, {(FORBIDDEN, "spec.LoadBalancerSourceRanges")}),
        (
            {"type": "LoadBalancer", "loadBalancerSourceRanges": ["nowhere"]},
            {(INVALID, "spec.LoadBalancerSourceRanges[0]")},
        ),
        ({"type": "LoadBalancer", "ports": [{"port": 10250}]}, {(INVALID, "spec.ports[0]")}),
        (
            {
                "type": "NodePort",
                "ports": [
                    {"name": "a", "port": 80, "nodePort": 30080},
                    {"name": "b", "port": 81, "nodePort": 30080},
                ],
            },
            {("FieldValueDuplicate", "spec.ports[1].nodePort")},
        ),
    ],
)
def test_a_service_is_refused_by_field(cluster: Cluster, spec: Object, found: set[tuple[str, str]]) -> None:
    assert _refused(cluster, "v1", "Service", spec={"ports": [{"port": 80}]} | spec) == found


def test_the_class_of_a_new_ingress_is_not_two_classes(cluster: Cluster) -> None:
    noted = {"annotations": {"kubernetes.io/ingress.class": "one"}}
    spec = {"ingressClassName": "two", "defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}

    refused = _refused(cluster, "networking.k8s.io/v1", "Ingress", metadata=noted, spec=spec)

    assert refused == {(INVALID, "annotations.kubernetes.io/ingress.class")}


def test_a_claim_names_its_source_in_both_fields(cluster: Cluster) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    source = {"kind": "PersistentVolumeClaim", "name": "other"}

    assert _refused(
        cluster, "v1", "PersistentVolumeClaim", spec=spec | {"dataSource": {"kind": "PersistentVolumeClaim"}}
    ) >= {(REQUIRED, "spec.dataSource.name")}
    _create(cluster, "v1", "PersistentVolumeClaim", spec=spec | {"dataSource": source})

    [claim] = cluster.list("persistentvolumeclaims", "n")
    assert claim["spec"]["dataSourceRef"] == source


REVIEWS = "/apis/authorization.k8s.io/v1"
ASKED: Object = {"resourceAttributes": {"verb": "get", "resource": "pods"}}


@pytest.mark.parametrize(
    ("plural", "spec", "field"),
    [
        ("selfsubjectaccessreviews", {}, "spec.resourceAttributes"),
        (
            "selfsubjectaccessreviews",
            ASKED | {"nonResourceAttributes": {"verb": "get", "path": "/"}},
            "spec.nonResourceAttributes",
        ),
        ("subjectaccessreviews", ASKED, "spec.user"),
    ],
)
async def test_a_review_of_nothing_of_two_things_or_of_nobody_is_refused(
    client: Client, plural: str, spec: Object, field: str
) -> None:
    code, answer = await client.send("POST", f"{REVIEWS}/{plural}", {"spec": spec})

    assert (code, causes(answer)) == (422, [(INVALID, field)])


async def test_a_table_includes_what_it_knows_how_to(client: Client) -> None:
    path = "/api/v1/namespaces/n/configmaps?includeObject=Half"

    code, answer = await client.send("GET", path, Accept="application/json;as=Table;g=meta.k8s.io;v=v1")

    assert (code, answer["details"]["kind"], causes(answer)) == (422, "TableOptions", [(INVALID, "includeObject")])


@pytest.mark.parametrize(("grows", "code"), [(True, 200), (False, 403)])
async def test_a_bound_claim_grows_if_its_class_lets_it(client: Client, *, grows: bool, code: int) -> None:
    claims = "/api/v1/namespaces/n/persistentvolumeclaims"
    made = {"metadata": {"name": "slow"}, "provisioner": "p.example/p", "allowVolumeExpansion": grows}
    await client.create("/apis/storage.k8s.io/v1/storageclasses", made)
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "slow",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    await client.create(claims, {"metadata": {"name": "c"}, "spec": spec})
    await client.merge(f"{claims}/c/status", {"status": {"phase": "Bound"}})

    status, _ = await client.merge(f"{claims}/c", {"spec": {"resources": {"requests": {"storage": "2Gi"}}}})

    assert status == code


@pytest.mark.parametrize("schedule", ["CRON_TZ=UTC 0 3 * * *", "TZ=UTC @daily"])
def test_a_new_cron_job_may_have_no_time_zone_in_its_schedule(cluster: Cluster, schedule: str) -> None:
    job = {"template": {"spec": POD}}

    refused = _refused(cluster, "batch/v1", "CronJob", spec={"schedule": schedule, "jobTemplate": {"spec": job}})

    assert refused == {(INVALID, "spec.schedule")}
