import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.resources import Manifest
from services.planning.copying.normalize import normalize
from services.planning.objects.diff import diff
from services.planning.objects.list_items import repeated_keys
from services.planning.plan import ChangeKind
from tests.support.objects import config_map, deployment, obj, service, workload_spec


def _changes(live, desired):
    return [(change.kind.value, change.path, change.before, change.after) for change in diff(live, desired)]


def _container(**body):
    return {"containers": [{"name": "web", "image": "web:1", **body}]}


def test_an_object_does_not_differ_from_itself():
    assert diff(deployment(), deployment()) == ()


def test_all_of_an_object_that_is_not_there_is_added():
    assert _changes(None, config_map(data={"a": "1", "tls.crt": "2"})) == [
        ("added", "data.a", None, "1"),
        ("added", "data[tls.crt]", None, "2"),
    ]


def test_what_the_server_defaulted_and_we_do_not_send_is_no_difference():
    live = deployment(
        pod={**_container(imagePullPolicy="Always"), "restartPolicy": "Always"}, progressDeadlineSeconds=600
    )
    assert diff(live, deployment()) == ()


def test_a_changed_field_is_named_by_its_list_items_key():
    live, desired = deployment(), deployment(pod={"containers": [{"name": "web", "image": "web:2"}]})
    assert _changes(live, desired) == [("changed", "spec.template.spec.containers[web].image", "web:1", "web:2")]


@pytest.mark.parametrize(
    ("field", "both"),
    [
        ("ports", [{"containerPort": 80}, {"containerPort": 81}]),
        ("volumeMounts", [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/b"}]),
    ],
)
def test_the_order_of_a_list_in_which_it_means_nothing_does_not_matter(field, both):
    there, wanted = _container(**{field: both}), _container(**{field: both[::-1]})
    assert diff(deployment(pod=there), deployment(pod=wanted)) == ()


def test_the_order_of_variables_matters_as_they_refer_to_those_before_them():
    one = _container(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])
    other = _container(env=[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}])
    path = "spec.template.spec.containers[web].env"
    assert _changes(deployment(pod=one), deployment(pod=other)) == [("changed", path, ["A", "B"], ["B", "A"])]


def test_an_item_that_another_writer_put_between_ours_is_no_change_of_order():
    one = _container(env=[{"name": "A", "value": "1"}, {"name": "INJECTED"}, {"name": "B", "value": "2"}])
    other = _container(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}])
    assert diff(deployment(pod=one), deployment(pod=other)) == ()


def test_a_change_of_order_hides_no_removal_in_the_same_list():
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "C", "value": "3"}]
    items: dict[str, Any] = {f'k:{{"name":"{one["name"]}"}}': {".": {}, "f:name": {}, "f:value": {}} for one in env}
    template = {"f:spec": {"f:containers": {'k:{"name":"web"}': {"f:env": items}}}}
    live = _owned(deployment(pod=_container(env=env)), {"f:spec": {"f:template": template}})
    changes = diff(live, deployment(pod=_container(env=[env[1], env[0]])))
    assert [(c.kind.value, c.path.rpartition(".")[2]) for c in changes] == [("changed", "env"), ("removed", "env[C]")]


def test_what_we_wrote_by_an_update_is_ours_to_remove_too():
    live = _owned(config_map(data={"a": "1", "b": "2"}), {"f:data": {"f:a": {}, "f:b": {}}}, operation="Update")
    assert _changes(live, config_map(data={"a": "1"})) == [("removed", "data.b", "2", None)]


@pytest.mark.parametrize(
    ("live", "desired"),
    [
        ({}, {"a": None}),
        ({"a": None}, {"a": 1}),
        ({"a": 1}, {"a": None}),
        ({"a": 1}, {"a": True}),
        ({"a": [{}]}, {"a": [{"b": None}]}),
        ({"a": [{"operator": "Equal"}]}, {"a": [{}]}),
        ({}, {"a": []}),
        ({}, {"a": {}}),
        ({"limits": {"cpu": "1"}}, {"limits": {"cpu": "1000m"}}),
    ],
)
def test_in_a_custom_resource_every_value_counts(live, desired):
    there, wanted = obj("x.example/v1", "Thing", spec=live), obj("x.example/v1", "Thing", spec=desired)
    assert len(diff(there, wanted)) == 1
    assert diff(wanted, wanted) == ()


def test_an_item_that_others_added_to_a_list_with_keys_is_no_difference():
    live = _container(env=[{"name": "A", "value": "1"}, {"name": "INJECTED", "value": "x"}])
    assert diff(deployment(pod=live), deployment(pod=_container(env=[{"name": "A", "value": "1"}]))) == ()


def test_a_port_whose_protocol_is_left_out_is_a_tcp_port():
    live = service(ports=[{"port": 80, "protocol": "TCP", "targetPort": 80}])
    assert diff(live, service(ports=[{"port": 80, "targetPort": 80}])) == ()
    changed = service(ports=[{"port": 80, "targetPort": 8080}])
    assert _changes(live, changed) == [("changed", "spec.ports[80].targetPort", 80, 8080)]


def test_the_same_port_with_another_protocol_is_another_port():
    live = service(ports=[{"port": 53, "protocol": "TCP"}])
    desired = service(ports=[{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}])
    assert [change.path for change in diff(live, desired)] == ["spec.ports[53,UDP]"]


def test_a_list_without_keys_is_compared_as_a_whole():
    live = deployment(pod=_container(args=["a", "b"]))
    desired = deployment(pod=_container(args=["a"]))
    assert _changes(live, desired) == [("changed", "spec.template.spec.containers[web].args", ["a", "b"], ["a"])]


def test_a_map_that_is_applied_as_a_whole_is_compared_as_a_whole():
    live = service()
    live.body["spec"]["selector"] = {"app": "web", "tier": "front"}
    assert _changes(live, service()) == [("changed", "spec.selector", {"app": "web", "tier": "front"}, {"app": "web"})]


def test_defaults_inside_of_what_is_applied_as_a_whole_are_no_difference():
    rule = {"ports": [{"port": 80}]}
    live = obj(
        "networking.k8s.io/v1", "NetworkPolicy", spec={"ingress": [{"ports": [{"port": 80, "protocol": "TCP"}]}]}
    )
    assert diff(live, obj("networking.k8s.io/v1", "NetworkPolicy", spec={"ingress": [rule]})) == ()


def test_the_default_status_of_a_jobs_failure_rules_is_no_difference():
    def job(condition):
        rules = [{"action": "Ignore", "onPodConditions": [condition]}]
        return obj("batch/v1", "Job", spec={"podFailurePolicy": {"rules": rules}})

    assert diff(job({"type": "Evicted", "status": "True"}), job({"type": "Evicted"})) == ()
    assert len(diff(job({"type": "Evicted", "status": "False"}), job({"type": "Evicted"}))) == 1


@pytest.mark.parametrize(
    ("live", "desired"),
    [
        ([{"to": [{"podSelector": {}}]}], [{"to": [{"podSelector": {"matchLabels": {}}}], "ports": []}]),
        ([{}], [{"from": [], "ports": None}]),
    ],
)
def test_empty_lists_and_maps_inside_of_a_whole_are_no_difference(live, desired):
    there = obj("networking.k8s.io/v1", "NetworkPolicy", spec={"egress": live})
    assert diff(there, obj("networking.k8s.io/v1", "NetworkPolicy", spec={"egress": desired})) == ()


def test_an_empty_selector_inside_of_a_whole_is_a_difference():
    there: list[Any] = [{"from": [{"podSelector": {}}]}]
    wanted: list[Any] = [{"from": [{"podSelector": {}, "namespaceSelector": {}}]}]
    changes = diff(
        obj("networking.k8s.io/v1", "NetworkPolicy", spec={"ingress": there}),
        obj("networking.k8s.io/v1", "NetworkPolicy", spec={"ingress": wanted}),
    )
    assert len(changes) == 1


def test_a_field_that_we_drop_inside_of_a_whole_is_a_difference():
    live = obj("x.example/v1", "Thing", spec={"items": [{"a": 1, "b": 2}]})
    assert len(diff(live, obj("x.example/v1", "Thing", spec={"items": [{"a": 1}]}))) == 1


@pytest.mark.parametrize(("live", "desired"), [("500m", "0.5"), ("1Gi", "1024Mi"), ("1", 1), ("1e3", "1k")])
def test_quantities_are_compared_by_what_they_mean(live, desired):
    there = deployment(pod=_container(resources={"requests": {"cpu": live}}))
    assert diff(there, deployment(pod=_container(resources={"requests": {"cpu": desired}}))) == ()


def test_texts_that_only_look_like_quantities_are_compared_as_texts():
    assert len(diff(config_map(data={"limit": "1Gi"}), config_map(data={"limit": "1024Mi"}))) == 1


@pytest.mark.parametrize("nothing", [{}, [], None])
def test_what_the_server_forgets_is_no_difference(nothing):
    assert diff(deployment(), deployment(pod={"nodeSelector": nothing})) == ()


def test_an_empty_object_that_means_something_is_a_difference():
    live = deployment(pod={"volumes": [{"name": "tmp"}]})
    desired = deployment(pod={"volumes": [{"name": "tmp", "emptyDir": {}}]})
    assert [change.path for change in diff(live, desired)] == ["spec.template.spec.volumes[tmp].emptyDir"]


def test_false_is_a_value_where_the_server_keeps_it():
    desired = deployment(pod={"automountServiceAccountToken": False, "hostNetwork": False})
    assert [change.path for change in diff(deployment(), desired)] == [
        "spec.template.spec.automountServiceAccountToken"
    ]


def test_status_and_identity_are_not_compared():
    live = deployment(metadata={"uid": "1", "resourceVersion": "7"})
    live.body["status"] = {"replicas": 1}
    assert diff(live, deployment()) == ()


def test_labels_and_annotations_are_compared_one_by_one():
    live = config_map(metadata={"labels": {"a": "1", "theirs": "x"}})
    desired = config_map(metadata={"labels": {"a": "2"}, "annotations": {"example.org/note": "n"}})
    assert _changes(live, desired) == [
        ("changed", "metadata.labels.a", "1", "2"),
        ("added", "metadata.annotations[example.org/note]", None, "n"),
    ]


def test_the_version_in_which_an_object_is_read_is_no_difference():
    assert diff(obj("autoscaling/v1", "Thing", spec={"a": 1}), obj("autoscaling/v2", "Thing", spec={"a": 1})) == ()


def _owned(manifest, fields, manager="stagecoach", operation="Apply"):
    body = manifest.edited()
    entry = {"manager": manager, "operation": operation, "fieldsV1": fields}
    body["metadata"].setdefault("managedFields", []).append(entry)
    return Manifest(body)


def test_a_field_that_only_we_own_and_leave_out_is_removed():
    live = _owned(config_map(data={"a": "1", "b": "2"}), {"f:data": {".": {}, "f:a": {}, "f:b": {}}})
    assert _changes(live, config_map(data={"a": "1"})) == [("removed", "data.b", "2", None)]


def test_a_field_that_others_own_too_stays():
    live = _owned(config_map(data={"a": "1", "b": "2"}), {"f:data": {"f:a": {}, "f:b": {}}})
    live = _owned(live, {"f:data": {"f:b": {}}}, manager="kubectl", operation="Update")
    assert diff(live, config_map(data={"a": "1"})) == ()


def test_a_field_that_others_own_alone_stays():
    live = _owned(config_map(data={"a": "1", "b": "2"}), {"f:data": {"f:b": {}}}, manager="kubectl")
    assert diff(live, config_map(data={"a": "1"})) == ()


_PROXY = 'k:{"name":"proxy"}'


def test_a_list_item_that_only_we_own_and_leave_out_is_removed_as_one():
    live = deployment(pod={"containers": [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy:1"}]})
    fields: dict[str, object] = {
        "f:spec": {"f:template": {"f:spec": {"f:containers": {_PROXY: {".": {}, "f:name": {}, "f:image": {}}}}}}
    }
    assert _changes(_owned(live, fields), deployment()) == [
        ("removed", "spec.template.spec.containers[proxy]", {"name": "proxy", "image": "proxy:1"}, None)
    ]


def test_an_owned_field_that_is_gone_already_is_no_removal():
    live = _owned(config_map(data={"a": "1"}), {"f:data": {"f:a": {}, "f:b": {}}})
    assert diff(live, config_map(data={"a": "1"})) == ()


def test_a_port_that_only_we_own_is_found_though_its_protocol_is_left_out():
    ports: dict[str, object] = {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}
    live = _owned(service(ports=[{"port": 80, "protocol": "TCP"}]), {"f:spec": {"f:ports": ports}})
    assert diff(live, service(ports=[{"port": 80}])) == ()


def test_lists_with_repeated_keys_are_compared_as_a_whole():
    twice = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    live = deployment(pod=_container(env=[{"name": "A", "value": "2"}]))
    assert len(diff(live, deployment(pod=_container(env=twice)))) == 1
    assert diff(deployment(pod=_container(env=twice)), deployment(pod=_container(env=twice))) == ()


def test_repeated_keys_are_named():
    assert repeated_keys([{"name": "A"}, {"name": "B"}, {"name": "A"}], ("name",)) == (("A",),)


_scalars = st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
_json = st.recursive(_scalars, lambda i: st.lists(i, max_size=3) | st.dictionaries(st.text(max_size=5), i, max_size=3))
_spec = st.dictionaries(st.sampled_from(["replicas", "selector", "template", "x", "ports"]), _json, max_size=4)
_kinds = st.sampled_from([("v1", "Service"), ("apps/v1", "Deployment"), ("x.example/v1", "Thing")])


@given(kind=_kinds, spec=_spec)
def test_nothing_differs_from_itself(kind, spec):
    manifest = normalize(obj(*kind, spec=spec)).manifest
    assert diff(manifest, manifest) == ()


@given(desired_spec=_spec, live_spec=_spec)
def test_after_a_merge_of_what_was_added_nothing_differs(desired_spec, live_spec):
    live, desired = obj("x.example/v1", "Thing", spec=live_spec), obj("x.example/v1", "Thing", spec=desired_spec)
    merged = Manifest({**live.edited(), "spec": _merge(copy.deepcopy(live_spec), desired_spec)})
    assert diff(merged, desired) == ()


def _merge(live, desired):
    if not (isinstance(live, dict) and isinstance(desired, dict)):
        return desired
    return {**live, **{key: _merge(live.get(key), value) for key, value in desired.items()}}


def test_a_change_says_whether_it_adds_removes_or_changes():
    live = _owned(config_map(data={"a": "1", "b": "2"}), {"f:data": {"f:b": {}}})
    kinds = {change.kind for change in diff(live, config_map(data={"a": "0", "c": "3"}))}
    assert kinds == {ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED}


def test_a_claim_template_does_not_differ_by_what_the_server_fills_in():
    templates = [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}]
    there = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data"},
            "spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem"},
            "status": {"phase": "Pending"},
        }
    ]
    live = obj("apps/v1", "StatefulSet", spec=workload_spec(volumeClaimTemplates=there))
    assert diff(live, obj("apps/v1", "StatefulSet", spec=workload_spec(volumeClaimTemplates=templates))) == ()


@pytest.mark.parametrize(
    "container",
    [
        {"env": [{"name": "EMPTY", "value": ""}]},
        {"readinessProbe": {"initialDelaySeconds": 0}},
        {"ports": [{"containerPort": 80, "hostPort": 0}]},
        {"volumeMounts": [{"mountPath": "/data", "name": "data", "subPath": ""}]},
    ],
)
def test_an_empty_value_that_no_server_keeps_is_no_difference(container):
    """A person writes it, and the server leaves it out of what it answers: it would be an update for ever."""
    forgotten = {
        key: [{k: v for k, v in item.items() if v not in {"", 0}} for item in value] if isinstance(value, list) else {}
        for key, value in container.items()
    }
    assert diff(deployment(pod=_container(**forgotten)), deployment(pod=_container(**container))) == ()


def test_an_empty_value_that_the_server_keeps_is_a_difference():
    assert len(diff(config_map(data={"a": "1"}), config_map(data={"a": "1", "value": ""}))) == 1
    live = _container(env=[{"name": "EMPTY", "value": "full"}])
    assert len(diff(deployment(pod=live), deployment(pod=_container(env=[{"name": "EMPTY", "value": ""}])))) == 1


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"max": {"cpu": "2"}}, {"default": {"cpu": "2"}, "defaultRequest": {"cpu": "2"}}),
        ({"min": {"cpu": "1"}}, {"defaultRequest": {"cpu": "1"}}),
        (
            {"default": {"cpu": "1"}, "max": {"cpu": "2", "memory": "1Gi"}},
            {"default": {"cpu": "1", "memory": "1Gi"}, "defaultRequest": {"cpu": "1", "memory": "1Gi"}},
        ),
    ],
)
def test_limits_that_a_server_fills_in_are_no_difference(given, stored):
    desired = obj("v1", "LimitRange", spec={"limits": [{"type": "Container", **given}]})
    live = obj("v1", "LimitRange", spec={"limits": [{"type": "Container", **given, **stored}]})
    assert diff(live, desired) == ()


def test_another_limit_is_a_difference():
    def limited(cpu):
        return obj("v1", "LimitRange", spec={"limits": [{"type": "Container", "default": {"cpu": cpu}}]})

    assert [change.path for change in diff(limited("1"), limited("2"))] == ["spec.limits"]


def test_a_port_of_an_endpoint_slice_needs_no_name():
    stored, given = {"name": "", "port": 80, "protocol": "TCP"}, {"port": 80}
    live, desired = (obj("discovery.k8s.io/v1", "EndpointSlice", ports=[each]) for each in (stored, given))
    assert diff(live, desired) == ()


def test_a_condition_of_a_pod_failure_policy_is_true_by_default():
    def job(condition):
        policy = {"rules": [{"action": "Ignore", "onPodConditions": [condition]}]}
        return obj("batch/v1", "Job", spec=workload_spec(podFailurePolicy=policy))

    stored, given = {"type": "DisruptionTarget", "status": "True"}, {"type": "DisruptionTarget"}
    assert diff(job(stored), job(given)) == ()
    assert diff(job({**stored, "status": "False"}), job(given)) != ()
