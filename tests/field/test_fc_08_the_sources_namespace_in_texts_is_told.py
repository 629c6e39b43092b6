"""Texts that name the source's namespace are copied as they are, and the plan says in which fields they stand."""

import base64
import json

import pytest

from domain.overrides import Overrides
from domain.secret_text import SecretText
from services.planning.copying.normalize import normalize
from services.planning.copying.rewrite import Move, rewrite
from tests.support.field_inputs import named, objects_of
from tests.support.objects import config_map, deployment, obj, secret

_MOVE = Move(source="shop", target="shop-staging")
_ALL = objects_of("fc-08-namespace-named-in-texts")
_CODE = "names-source-namespace"


def _told(manifest, **overrides):
    result = rewrite(normalize(manifest).manifest, move=_MOVE, overrides=Overrides(**overrides))
    return [problem for problem in result.problems if problem.code == _CODE]


def _told_of(label):
    (problem,) = _told(named(_ALL, label))
    return problem


@pytest.mark.parametrize(
    ("label", "fields"),
    [
        ("Service legacy-db", ["spec.externalName"]),
        ("Secret conn", ["data.url"]),
        (
            "Deployment web",
            ["containers[web].args[0]", "args[1]", "env[CART]", "livenessProbe.httpGet.httpHeaders[Host]"],
        ),
        ("Ingress web", ["auth-tls-secret", "auth-url", "router.middlewares"]),
    ],
)
def test_each_place_is_named(label, fields):
    detail = _told_of(label).detail
    assert [field for field in fields if field not in detail] == []


def test_nothing_else_is_named():
    detail = _told_of("Deployment web").detail
    assert "SHOP_TITLE" not in detail
    assert "image" not in detail


def test_the_texts_survive_as_they_are():
    for manifest in _ALL:
        before = normalize(manifest).manifest
        after = rewrite(before, move=_MOVE, overrides=Overrides()).manifest
        assert after.body == before.body


def test_no_value_of_a_secret_is_shown():
    problem = _told_of("Secret conn")
    shown = json.dumps(problem.to_json())
    assert "hunter2" not in shown
    assert "postgres" not in shown
    assert base64.b64encode(b"postgres").decode()[:8] not in shown


def test_binary_values_of_a_secret_are_passed_over():
    assert _told(secret(data={"keystore": base64.b64encode(b"\xfe\xed\xfe\xed .shop.svc \xff").decode()})) == []


def test_an_override_of_the_value_settles_it():
    assert (
        _told(named(_ALL, "Secret conn"), secrets={"conn": {"url": SecretText("postgres://db.shop-staging.svc")}}) == []
    )


def test_a_service_monitor_that_names_the_namespace_is_told():
    monitor = obj("monitoring.coreos.com/v1", "ServiceMonitor", spec={"namespaceSelector": {"matchNames": ["shop"]}})
    (problem,) = _told(monitor)
    assert "spec.namespaceSelector.matchNames[0]" in problem.detail


def test_an_option_and_its_value_in_two_arguments_are_read_together():
    pod = {"containers": [{"name": "web", "command": ["run", "--namespace", "shop"], "args": ["-n", "shop"]}]}
    (problem,) = _told(deployment(pod=pod))
    assert "command[2]" in problem.detail
    assert "args[1]" in problem.detail


def test_names_of_affinities_and_searched_domains_are_told():
    pod = {
        "dnsConfig": {"searches": ["shop.svc.cluster.local"]},
        "affinity": {
            "podAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"topologyKey": "kubernetes.io/hostname", "namespaces": ["shop"]}
                ]
            }
        },
    }
    (problem,) = _told(deployment(pod=pod))
    assert "searches" in problem.detail
    assert "namespaces" in problem.detail


def test_many_places_of_one_object_are_said_in_one_sentence():
    settings = config_map(data={f"KEY_{index}": f"http://a{index}.shop.svc" for index in range(40)})
    (problem,) = _told(settings)
    assert "35 more places" in problem.detail


def test_policies_of_other_networks_that_name_the_namespace_are_told():
    cilium = obj(
        "cilium.io/v2",
        "CiliumNetworkPolicy",
        spec={"ingress": [{"fromEndpoints": [{"matchLabels": {"k8s:io.kubernetes.pod.namespace": "shop"}}]}]},
    )
    calico = obj(
        "crd.projectcalico.org/v1",
        "NetworkPolicy",
        spec={"types": [{"source": {"namespaceSelector": "projectcalico.org/name == 'shop'"}}]},
    )
    istio = obj(
        "security.istio.io/v1",
        "AuthorizationPolicy",
        spec={"rules": [{"from": [{"source": {"principals": ["cluster.local/ns/shop/sa/web"]}}]}]},
    )
    for policy in (cilium, calico, istio):
        assert len(_told(policy)) == 1


def test_a_label_of_pods_that_is_called_as_the_namespace_is_no_namespace():
    cilium = obj("cilium.io/v2", "CiliumNetworkPolicy", spec={"endpointSelector": {"matchLabels": {"app": "shop"}}})
    assert _told(cilium) == []


ISTIO = "networking.istio.io/v1"


@pytest.mark.parametrize(
    ("manifest", "field"),
    [
        (obj(ISTIO, "Sidecar", spec={"egress": [{"hosts": ["shop/*"]}]}), "spec.egress[0].hosts[0]"),
        (obj(ISTIO, "VirtualService", spec={"gateways": ["shop/edge"]}), "spec.gateways[0]"),
        (obj(ISTIO, "VirtualService", spec={"exportTo": ["shop"]}), "spec.exportTo[0]"),
        (
            obj(
                "cilium.io/v2",
                "CiliumNetworkPolicy",
                spec={"ingress": [{"matchExpressions": [{"key": "io.kubernetes.pod.namespace", "values": ["shop"]}]}]},
            ),
            "spec.ingress[0].matchExpressions[0].values[0]",
        ),
        (
            obj("v1", "ConfigMap", binaryData={"url": base64.b64encode(b"http://db.shop.svc").decode()}),
            "binaryData.url",
        ),
    ],
)
def test_what_meshes_and_policies_name_and_encoded_files_are_searched(manifest, field):
    (problem,) = _told(manifest)
    assert field in problem.detail
