import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.resources import Manifest
from services.planning.copying.node_ports import LAST_APPLIED
from services.planning.copying.normalize import normalize, observed
from services.planning.copying.strip_rules import STRIP_RULES, StripRule, Where
from services.planning.objects import paths
from services.planning.objects.identity import kind_name
from tests.support.objects import config_map, deployment, obj, secret, service, workload_spec

_API_VERSIONS = {"apps": "apps/v1", "batch": "batch/v1", "": "v1"}  # of other groups any version does
_VALUES = {"metadata.ownerReferences": [{"kind": "Foo", "name": "foo", "uid": "1"}]}


def _put(body: dict[str, Any], path: str, value: object) -> None:
    """Put `value` where the path leads to; lists on the way get one item."""
    head, *rest = paths.steps_of(path)
    if rest and rest[0] == paths.ITEMS:
        items = body.setdefault(head, [{}])
        _put(items[0], ".".join(rest[1:]), value)
    elif rest:
        _put(body.setdefault(head, {}), ".".join(rest).replace(".[]", "[]"), value)
    else:
        body[head] = value


def _example_of(rule: StripRule) -> tuple[Manifest, Manifest]:
    """An object that has what the rule is about, and the same object without it."""
    kind = rule.kinds[0] if rule.kinds else "Deployment.apps"
    name, _, group = kind.partition(".")
    in_template = rule.where in {Where.TEMPLATE, Where.TEMPLATE_ANNOTATION, Where.TEMPLATE_LABEL}
    body = obj(_API_VERSIONS.get(group, f"{group}/v1"), name).edited()
    if in_template:
        body["spec"] = workload_spec(pod={"serviceAccountName": "shop"})
    with_it = copy.deepcopy(body)
    holder = with_it["spec"]["template"] if in_template else with_it
    match rule.where:
        case Where.FIELD | Where.TEMPLATE:
            _put(holder, rule.name, _VALUES.get(rule.name, "something"))
        case Where.ANNOTATION | Where.TEMPLATE_ANNOTATION:
            holder["metadata"].setdefault("annotations", {})[rule.name.replace("*", "x")] = "something"
        case Where.LABEL | Where.TEMPLATE_LABEL:
            holder["metadata"].setdefault("labels", {})[rule.name.replace("*", "x")] = "something"
    return Manifest(with_it), Manifest(body)


@pytest.mark.parametrize("rule", STRIP_RULES, ids=lambda rule: rule.id)
def test_every_row_of_the_table_takes_out_what_it_names(rule):
    with_it, _ = _example_of(rule)
    result = normalize(with_it)
    assert rule.id in result.stripped
    assert "something" not in json.dumps(result.manifest.body)


def test_rules_have_names_of_their_own():
    ids = [rule.id for rule in STRIP_RULES]
    assert len(ids) == len(set(ids))


def test_what_a_person_wrote_stays_as_it_is():
    written = deployment(
        pod={"nodeSelector": {"disk": "fast"}, "unheardOf": {"deep": [1]}}, metadata={"labels": {"a": "b"}}
    )
    assert normalize(written).manifest.body == written.body


def test_the_original_is_not_changed():
    original = config_map(metadata={"uid": "1"})
    before = copy.deepcopy(original.body)
    normalize(original)
    assert original.body == before


def test_a_null_is_removed_and_an_empty_object_stays():
    policy = obj("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, "ingress": None})
    assert normalize(policy).manifest.spec == {"podSelector": {}}
    pod = deployment(pod={"volumes": [{"name": "tmp", "emptyDir": {}}]})
    assert normalize(pod).manifest.body == pod.body


def test_binary_data_is_copied_byte_for_byte():
    binary = config_map(data={}, binaryData={"logo": "AAEC/w=="})
    assert normalize(binary).manifest.body["binaryData"] == {"logo": "AAEC/w=="}


def test_a_headless_service_stays_headless():
    assert normalize(service(clusterIP="None", clusterIPs=["None"])).manifest.spec["clusterIP"] == "None"


def test_a_node_port_that_a_person_set_stays_and_an_allocated_one_goes():
    asked = {"spec": {"ports": [{"port": 80, "nodePort": 30080}, {"port": 443}]}}
    ports = [{"port": 80, "nodePort": 30080}, {"port": 443, "nodePort": 31234}]
    found = service(ports=ports, metadata={"annotations": {LAST_APPLIED: json.dumps(asked)}})
    assert normalize(found).manifest.spec["ports"] == [{"port": 80, "nodePort": 30080}, {"port": 443}]


def test_node_ports_stay_where_the_request_allows_it():
    ports = [{"port": 80, "nodePort": 30080}]
    assert normalize(service(ports=ports), keep_node_ports=True).manifest.spec["ports"] == ports


def test_a_last_applied_annotation_that_is_no_json_is_left_out_like_any_other():
    broken = service(ports=[{"port": 80, "nodePort": 30080}], metadata={"annotations": {LAST_APPLIED: "{broken"}})
    assert normalize(broken).manifest.spec["ports"] == [{"port": 80}]


_GENERATED = {"controller-uid": "1", "batch.kubernetes.io/job-name": "web"}


def test_a_job_loses_its_generated_selector_and_labels():
    spec = workload_spec()
    spec["template"]["metadata"]["labels"] |= _GENERATED
    spec["selector"] = {"matchLabels": _GENERATED}
    result = normalize(obj("batch/v1", "Job", spec=spec)).manifest
    assert "selector" not in result.spec
    assert result.spec["template"]["metadata"]["labels"] == {"app": "web"}


def test_a_job_with_a_selector_of_its_own_keeps_it():
    spec = workload_spec(manualSelector=True)
    spec["template"]["metadata"]["labels"] |= _GENERATED
    result = normalize(obj("batch/v1", "Job", spec=spec)).manifest
    assert result.spec == spec


def test_a_label_that_the_selector_names_stays_in_the_template():
    spec = workload_spec()
    spec["template"]["metadata"]["labels"]["pod-template-hash"] = "1"
    spec["selector"]["matchLabels"] = {"pod-template-hash": "1"}
    result = normalize(obj("apps/v1", "ReplicaSet", spec=spec)).manifest
    assert result.spec["template"]["metadata"]["labels"]["pod-template-hash"] == "1"


def test_pull_secrets_that_openshift_made_go_and_others_stay():
    account = obj("v1", "ServiceAccount", imagePullSecrets=[{"name": "web-dockercfg-x1z9k"}, {"name": "registry"}])
    assert normalize(account).manifest.body["imagePullSecrets"] == [{"name": "registry"}]


def test_rules_of_an_aggregated_cluster_role_are_left_to_its_controller():
    role = obj("rbac.authorization.k8s.io/v1", "ClusterRole", aggregationRule={"x": 1}, rules=[{"verbs": ["get"]}])
    assert "rules" not in normalize(role).manifest.body


def test_data_of_a_config_map_that_asks_for_an_injected_authority_is_not_copied():
    asking = config_map(
        data={"ca-bundle.crt": "PEM"}, metadata={"labels": {"config.openshift.io/inject-trusted-cabundle": "true"}}
    )
    result = normalize(asking).manifest
    assert "data" not in result.body
    assert "config.openshift.io/inject-trusted-cabundle" in result.labels


def test_only_what_an_injector_filled_in_is_left_out_of_a_config_map():
    ours = {"mode": "dev"}
    for name, key in (
        ("config.openshift.io/inject-trusted-cabundle", "ca-bundle.crt"),
        ("service.beta.openshift.io/inject-cabundle", "service-ca.crt"),
    ):
        asking = config_map(data={key: "PEM", **ours}, metadata={"annotations": {name: "true"}})
        assert normalize(asking).manifest.body["data"] == ours


def test_a_bare_pod_of_openshift_loses_what_its_admission_wrote():
    logins = [{"name": "default-dockercfg-x1z9k"}, {"name": "registry"}]
    spec = {"containers": [], "imagePullSecrets": logins, "overhead": {"cpu": "10m"}}
    pod = obj("v1", "Pod", spec=spec, metadata={"annotations": {"openshift.io/scc": "restricted-v2"}})
    copied = normalize(pod).manifest
    assert copied.spec == {"containers": [], "imagePullSecrets": [{"name": "registry"}]}
    assert copied.annotations == {}


def test_what_a_person_asks_for_in_a_manifest_of_their_own_stays():
    asked: dict[str, Any] = {"loadBalancerIP": "192.0.2.7", "externalIPs": ["192.0.2.8"], "clusterIP": "10.96.0.50"}
    spec = normalize(service(**asked, ipFamilies=["IPv6"]), by_hand=True).manifest.spec
    assert spec == {"selector": {"app": "web"}, **asked, "ipFamilies": ["IPv6"]}
    claim = obj("v1", "PersistentVolumeClaim", spec={"volumeName": "disk-1"})
    assert normalize(claim, by_hand=True).manifest.spec == {"volumeName": "disk-1"}


def test_a_bare_pod_loses_what_admission_put_into_it():
    pod = obj(
        "v1",
        "Pod",
        spec={
            "containers": [
                {
                    "name": "web",
                    "volumeMounts": [
                        {"name": "data", "mountPath": "/d"},
                        {"name": "kube-api-access-x", "mountPath": "/t"},
                    ],
                }
            ],
            "volumes": [{"name": "data", "emptyDir": {}}, {"name": "kube-api-access-x", "projected": {}}],
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300}],
        },
    )
    spec = normalize(pod).manifest.spec
    assert [volume["name"] for volume in spec["volumes"]] == ["data"]
    assert [mount["name"] for mount in spec["containers"][0]["volumeMounts"]] == ["data"]
    assert "tolerations" not in spec


def test_marks_of_another_owner_do_not_travel():
    managed = deployment(
        metadata={
            "labels": {
                "app.kubernetes.io/managed-by": "Helm",
                "app.kubernetes.io/name": "web",
                "helm.sh/chart": "web-1",
            },
            "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "dev"},
        }
    )
    result = normalize(managed).manifest
    assert result.labels == {"app.kubernetes.io/name": "web"}
    assert result.annotations == {}


def test_an_account_that_is_named_by_its_old_name_alone_is_kept():
    assert normalize(deployment(pod={"serviceAccount": "shop"})).manifest.body["spec"]["template"]["spec"] == {
        "containers": [{"name": "web", "image": "web:1"}],
        "serviceAccountName": "shop",
    }


@pytest.mark.parametrize("label", ["job-name", "controller-uid"])
def test_a_label_that_jobs_generate_is_a_persons_own_on_other_kinds(label):
    spec = workload_spec()
    spec["selector"]["matchLabels"][label] = spec["template"]["metadata"]["labels"][label] = "report"
    kept = normalize(obj("apps/v1", "Deployment", spec=spec)).manifest
    assert kept.spec["template"]["metadata"]["labels"][label] == "report"


def test_the_instance_label_stays_unless_argo_really_tracks_by_it():
    label = {"labels": {"app.kubernetes.io/instance": "shop"}}
    assert "app.kubernetes.io/instance" in normalize(deployment(metadata=label)).manifest.labels
    tracked = deployment(metadata={**label, "managedFields": [{"manager": "argocd-controller"}]})
    assert "app.kubernetes.io/instance" not in normalize(tracked).manifest.labels


def test_a_custom_resource_loses_its_status_and_nothing_else():
    custom = obj("shop.example/v1", "Campaign", spec={"any": {"thing": None, "more": 1}}, status={"ready": True})
    assert normalize(custom).manifest.body == {
        "apiVersion": "shop.example/v1",
        "kind": "Campaign",
        "metadata": {"name": "web"},
        "spec": {"any": {"thing": None, "more": 1}},
    }


def test_kinds_are_named_as_kubectl_names_them():
    assert kind_name(deployment().kind) == "Deployment.apps"
    assert kind_name(secret().kind) == "Secret"


def test_what_the_server_reports_does_not_enter_the_observed_object():
    before = deployment(metadata={"resourceVersion": "1", "generation": 1})
    after = deployment(
        metadata={"resourceVersion": "2", "generation": 1, "annotations": {"deployment.kubernetes.io/revision": "2"}}
    )
    after.body["status"] = {"replicas": 1}
    assert observed(before).body == observed(after).body


_scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
_json = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
_kinds = st.sampled_from([("v1", "ConfigMap"), ("apps/v1", "Deployment"), ("x.example/v1", "Thing"), ("v1", "Pod")])


@given(
    kind=_kinds,
    spec=st.dictionaries(st.text(max_size=5), _json, max_size=4),
    labels=st.dictionaries(st.text(), st.text()),
)
def test_what_is_normal_stays_as_it_is(kind, spec, labels):
    once = normalize(obj(*kind, metadata={"labels": labels, "uid": "1"}, spec=spec)).manifest
    assert normalize(once).manifest.body == once.body
