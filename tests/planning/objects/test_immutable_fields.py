import pytest

from services.planning.objects.diff import diff
from services.planning.objects.immutable_fields import refused_changes
from tests.support.objects import config_map, obj, secret, service, workload_spec


def _refused(live, desired):
    return refused_changes(live, desired, diff(live, desired))


def _workload(api_version, kind, **spec):
    return obj(api_version, kind, spec=workload_spec(**spec))


_OTHER = {"matchLabels": {"app": "other"}}


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"])
def test_selectors_of_workloads_cannot_change(kind):
    assert _refused(_workload("apps/v1", kind), _workload("apps/v1", kind, selector=_OTHER)) == ("spec.selector",)


@pytest.mark.parametrize(
    "field",
    ["ordinals", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"],
)
def test_what_a_stateful_set_may_change(field):
    assert _refused(_workload("apps/v1", "StatefulSet"), _workload("apps/v1", "StatefulSet", **{field: {"a": 1}})) == ()


def test_a_stateful_set_may_change_its_replicas_and_template():
    desired = _workload("apps/v1", "StatefulSet", replicas=3, pod={"priorityClassName": "high"})
    assert _refused(_workload("apps/v1", "StatefulSet"), desired) == ()


@pytest.mark.parametrize("field", ["serviceName", "podManagementPolicy", "volumeClaimTemplates"])
def test_what_a_stateful_set_cannot_change(field):
    live = _workload("apps/v1", "StatefulSet", **{field: "a"})
    assert _refused(live, _workload("apps/v1", "StatefulSet", **{field: "b"})) == (f"spec.{field}",)


def test_a_jobs_template_and_completions_cannot_change():
    live = obj("batch/v1", "Job", spec=workload_spec(completions=1))
    desired = obj("batch/v1", "Job", spec=workload_spec(completions=2, pod={"priorityClassName": "high"}))
    assert set(_refused(live, desired)) == {"spec.completions", "spec.template.spec.priorityClassName"}


@pytest.mark.parametrize(
    ("api_version", "kind", "before", "after", "refused"),
    [
        ("batch/v1", "Job", {"spec": {"managedBy": "a"}}, {"spec": {"managedBy": "b"}}, "spec.managedBy"),
        ("batch/v1", "Job", {"spec": {}}, {"spec": {"backoffLimitPerIndex": 1}}, "spec.backoffLimitPerIndex"),
        ("discovery.k8s.io/v1", "EndpointSlice", {"addressType": "IPv4"}, {"addressType": "IPv6"}, "addressType"),
        (
            "v1",
            "ResourceQuota",
            {"spec": {"scopes": ["BestEffort"]}},
            {"spec": {"scopes": ["Terminating"]}},
            "spec.scopes",
        ),
        ("resource.k8s.io/v1", "ResourceClaim", {"spec": {"a": 1}}, {"spec": {"a": 2}}, "spec.a"),
        (
            "v1",
            "Pod",
            {"spec": {"priorityClassName": "a"}},
            {"spec": {"priorityClassName": "b"}},
            "spec.priorityClassName",
        ),
    ],
)
def test_what_other_kinds_cannot_change(api_version, kind, before, after, refused):
    assert _refused(obj(api_version, kind, **before), obj(api_version, kind, **after)) == (refused,)


def test_a_pod_may_change_its_images_and_its_deadline():
    live, desired = (
        obj("v1", "Pod", spec={"activeDeadlineSeconds": n, "containers": [{"name": "web", "image": f"web:{n}"}]})
        for n in (1, 2)
    )
    assert _refused(live, desired) == ()


def test_an_indexed_jobs_completions_may_change():
    live = obj("batch/v1", "Job", spec=workload_spec(completions=1, completionMode="Indexed"))
    desired = obj("batch/v1", "Job", spec=workload_spec(completions=2, completionMode="Indexed"))
    assert _refused(live, desired) == ()


def test_a_service_cannot_become_headless():
    assert _refused(service(clusterIP="10.0.0.1"), service(clusterIP="None")) == ("spec.clusterIP",)


def test_a_services_load_balancer_class_cannot_change():
    live, desired = (service(type="LoadBalancer", loadBalancerClass=each) for each in "ab")
    assert _refused(live, desired) == ("spec.loadBalancerClass",)


def test_a_service_gets_its_addresses_and_its_class_with_its_type():
    external = service(type="ExternalName", externalName="db.example")
    assert _refused(external, service(clusterIP="None")) == ()
    assert _refused(service(), service(type="LoadBalancer", loadBalancerClass="a")) == ()


def _claim(storage="1Gi", **spec):
    return obj("v1", "PersistentVolumeClaim", spec={"resources": {"requests": {"storage": storage}}, **spec})


def test_a_claim_may_grow_and_change_its_attributes_class():
    assert _refused(_claim("1Gi"), _claim("2Gi", volumeAttributesClassName="fast")) == ()


def test_a_claim_cannot_shrink():
    assert _refused(_claim("2Gi"), _claim("1024Mi")) == ("spec.resources.requests.storage",)


def test_a_claim_cannot_change_its_class():
    assert _refused(_claim(storageClassName="a"), _claim(storageClassName="b")) == ("spec.storageClassName",)


def test_a_secrets_type_cannot_change():
    assert _refused(secret(type="Opaque"), secret(type="kubernetes.io/tls")) == ("type",)


@pytest.mark.parametrize("make", [config_map, secret])
def test_data_of_an_immutable_object_cannot_change_but_its_labels_can(make):
    live, relabelled = make(immutable=True), make(immutable=True, metadata={"labels": {"a": "b"}})
    assert _refused(live, relabelled) == ()
    assert _refused(live, make(data={"other": "eA=="}, immutable=True)) == ("data.other",)


def test_a_bindings_role_cannot_change():
    def binding(name):
        return obj("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef={"kind": "Role", "name": name})

    assert _refused(binding("a"), binding("b")) == ("roleRef",)


def test_other_kinds_may_change_everything():
    assert _refused(obj("x.example/v1", "Thing", spec={"a": 1}), obj("x.example/v1", "Thing", spec={"a": 2})) == ()
