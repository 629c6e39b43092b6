"""A namespace as it is found: each object is copied, refused or told of as what it is."""

import pytest

from services.planning.copying.consents import Consent
from services.planning.copying.refusals import refusal_of
from tests.support.copy_plans import actions, codes, only, planned
from tests.support.field_inputs import named, objects_of
from tests.support.objects import obj

_ALL = objects_of("fc-44-a-lived-in-namespace")
_REFUSED = (
    "Secret crm-token-abcde",
    "Secret sh.helm.release.v1.crm.v7",
    "ConfigMap kube-root-ca.crt",
    "ConfigMap istio-ca-root-cert",
    "EndpointSlice erp-db-x7k2p",
    "Lease crm-leader",
    "ControllerRevision crm-5d4f",
)
_SOURCE = {"namespace": "crm-test"}


def _planned(*labels, live=(), **facts):
    manifests = [named(_ALL, label) for label in labels]
    return planned(*manifests, live=live, source_facts=_SOURCE, **facts)


def _desired(label, **facts):
    return only(_planned(label, **facts)).desired


def _details(plan, code):
    return [problem.detail for problem in plan.all_problems if problem.code == code]


@pytest.mark.parametrize("label", _REFUSED)
def test_what_belongs_to_the_cluster_is_refused(label):
    assert refusal_of(named(_ALL, label), consents=frozenset(Consent)) is not None


def test_everything_else_is_copied():
    others = [m for m in _ALL if m.id.label not in _REFUSED]
    assert [m.id.label for m in others if refusal_of(m) is not None] == []


def test_the_root_of_the_mesh_is_said_to_be_the_meshs_own():
    refusal = refusal_of(named(_ALL, "ConfigMap istio-ca-root-cert"))
    assert refusal is not None
    assert "mesh publishes" in refusal.reason


def test_a_slice_that_staff_wrote_is_copied_and_its_address_told():
    plan = _planned("EndpointSlice legacy-queue-1")
    assert actions(plan) == {"EndpointSlice legacy-queue-1": "create"}
    (detail,) = _details(plan, "addresses-of-the-source")
    assert "10.80.0.30" in detail


def test_a_mirrored_slice_is_refused_with_that_reason():
    slice_ = named(_ALL, "EndpointSlice erp-db-x7k2p")
    without_owner = obj(
        "discovery.k8s.io/v1", "EndpointSlice", "erp-db-x7k2p", metadata={"labels": dict(slice_.labels)}
    )
    refusal = refusal_of(without_owner)
    assert refusal is not None
    assert "mirrors" in refusal.reason


def test_endpoints_are_copied_and_the_address_of_the_sources_network_is_told():
    plan = _planned("Service erp-db", "Endpoints erp-db")
    (detail,) = _details(plan, "addresses-of-the-source")
    assert "10.80.0.12" in detail
    service = plan.clusters[0].resources[0].desired
    assert service.spec["clusterIP"] == "None"


def test_a_public_address_is_no_address_of_the_sources_network():
    public = obj("v1", "Endpoints", "dns", subsets=[{"addresses": [{"ip": "9.9.9.9"}]}])
    assert codes(planned(public)) == []


def test_a_load_balancer_is_told_with_its_class_addresses_and_source_ranges():
    plan = _planned("Service crm-public")
    assert {*codes(plan)} == {
        "names-outside-cluster",
        "load-balancer-class",
        "source-ranges",
        "addresses-left-out",
    }
    (detail,) = _details(plan, "source-ranges")
    assert "198.51.100.0/24" in detail
    spec = only(plan).desired.spec
    assert {*spec} & {"clusterIP", "clusterIPs", "healthCheckNodePort", "loadBalancerIP"} == set()
    assert spec["externalTrafficPolicy"] == "Local"


def test_a_bare_pod_is_told():
    plan = _planned("Pod toolbox")
    (detail,) = _details(plan, "bare-pod")
    assert "no controller restarts" in detail
    assert {"nodeName", "ephemeralContainers"} & {*only(plan).desired.spec} == set()


def test_the_zone_of_the_sources_nodes_is_told_where_no_node_has_it():
    node = obj("v1", "Node", "n1", metadata={"labels": {"kubernetes.io/os": "linux"}})
    plan = _planned("StatefulSet crm", nodes=(node,))
    (detail,) = _details(plan, "no-node-fits")
    assert "eu-central-1b" in detail


def test_an_account_loses_generated_entries_and_is_told_of_its_role():
    plan = _planned("ServiceAccount crm")
    desired = only(plan).desired.body
    assert "secrets" not in desired
    assert desired["imagePullSecrets"] == [{"name": "regcred"}]
    assert desired["automountServiceAccountToken"] is False
    assert "names-outside-cluster" in codes(plan)


def test_an_account_to_which_the_targets_openshift_added_its_login_is_unchanged():
    live = _desired("ServiceAccount crm").edited()
    live["imagePullSecrets"] = [{"name": "crm-dockercfg-zzzzz"}, *live["imagePullSecrets"]]
    live["secrets"] = [{"name": "crm-dockercfg-zzzzz"}]
    plan = _planned("ServiceAccount crm", live=[type(named(_ALL, "ServiceAccount crm"))(live)])
    assert actions(plan) == {"ServiceAccount crm": "unchanged"}


def test_a_binding_follows_its_namespace_and_the_stranger_in_it_is_told():
    plan = _planned("RoleBinding crm-view")
    subjects = only(plan).desired.body["subjects"]
    assert [s.get("namespace") or s["name"] for s in subjects] == ["shop", "ci", "system:serviceaccounts:shop"]
    assert "subject-elsewhere" in codes(plan)


def test_a_second_plan_of_all_that_was_copied_is_unchanged_and_silent():
    manifests = [m for m in _ALL if m.id.label not in _REFUSED]
    written = [r.desired for r in planned(*manifests, source_facts=_SOURCE).clusters[0].resources]
    again = planned(*manifests, live=written, source_facts=_SOURCE)
    assert {*actions(again).values()} == {"unchanged"}
    assert codes(again) == []
