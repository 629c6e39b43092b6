"""What a person should know about a copied object, and which does not prevent the copy."""

from typing import Any

import pytest

from domain.overrides import Overrides
from domain.words import OnConflict
from services.planning.copying.notes import notes_on
from tests.support.copy_plans import actions, codes, only, planned
from tests.support.objects import (
    deployment,
    obj,
    service,
    workload_spec,
)

NOTES = {
    "names-outside-cluster": obj(
        "v1", "ServiceAccount", metadata={"annotations": {"eks.amazonaws.com/role-arn": "arn"}}
    ),
    "injected-container": deployment(pod={"containers": [{"name": "istio-proxy", "image": "x"}]}),
    "paused": deployment(paused=True),
    "data-not-copied": obj("v1", "PersistentVolumeClaim", spec={}),
    "service-without-selector": obj("v1", "Service", spec={"ports": [{"port": 80}]}),
    "load-balancer-class": service(loadBalancerClass="internal"),
    "sealed-for-source": obj("bitnami.com/v1alpha1", "SealedSecret", spec={"encryptedData": {"token": "AgB"}}),
    "addresses-left-out": service(type="LoadBalancer", loadBalancerIP="192.0.2.7"),
    "node-left-out": deployment(pod={"nodeName": "node-1"}),
    "references-unknown": obj("x.example/v1", "Campaign", spec={}),
}


@pytest.mark.parametrize("code", NOTES)
def test_what_a_person_should_know_is_told_and_stops_nothing(code):
    plan = planned(NOTES[code])
    assert codes(plan) == [code]
    assert not plan.blocked
    assert len(only(plan).notes) == 1


def test_a_stateful_set_with_claims_gets_empty_volumes_and_says_so():
    claims = [{"metadata": {"name": "data"}, "spec": {"volumeName": "pv-1"}}]
    plan = planned(obj("apps/v1", "StatefulSet", spec=workload_spec(volumeClaimTemplates=claims)))
    assert codes(plan) == ["data-not-copied"]
    assert only(plan).desired.spec["volumeClaimTemplates"][0]["spec"] == {}


def test_an_external_name_needs_no_selector():
    assert codes(planned(obj("v1", "Service", spec={"type": "ExternalName", "externalName": "db.example"}))) == []


def test_data_in_a_directory_of_a_node_is_not_copied_and_what_every_node_has_is_no_data():
    def mounting(path):
        return deployment(pod={"volumes": [{"name": "data", "hostPath": {"path": path}}]})

    allowed = Overrides(allow=("privileged-pods",))
    told = planned(mounting("/srv/shop"), overrides=allowed).all_problems
    assert [(each.code, each.field) for each in told if each.code == "data-not-copied"] == [
        ("data-not-copied", "spec.template.spec.volumes[data]")
    ]
    for path in ("/var/log", "/var/log/pods/", "/", "/proc", "/dev/fuse"):
        assert codes(planned(mounting(path), overrides=allowed)) == ["danger-privileged-pods"]


def test_address_families_are_told_where_somebody_chose_them():
    families: dict[str, Any] = {"ipFamilies": ["IPv6"], "ipFamilyPolicy": "SingleStack"}
    chosen = {"fieldsV1": {"f:spec": {"f:ipFamilies": {}}}, "manager": "helm", "operation": "Apply"}
    plan = planned(service(**families, metadata={"managedFields": [chosen]}))
    assert codes(plan) == ["address-families-left-out"]
    assert codes(planned(service(**families))) == []


@pytest.mark.parametrize("spec", ["text", ["list"], 1, {}])
@pytest.mark.parametrize(
    ("version", "kind"), [("x.example/v1", "Campaign"), ("sparkoperator.k8s.io/v1", "ScheduledSparkApplication")]
)
def test_a_custom_resource_may_have_anything_for_its_spec(version, kind, spec):
    odd = obj(version, kind, spec=spec, status="text")
    assert actions(planned(odd, live=[odd], on_conflict=OnConflict.OVERWRITE))
    assert isinstance(only(planned(odd)).desired.body["spec"], type(spec))


def test_fixed_addresses_of_names_are_told_except_those_of_the_pod_itself():
    fixed = deployment(
        pod={
            "hostAliases": [{"ip": "10.0.0.7", "hostnames": ["db.internal"]}, {"ip": "127.0.0.1", "hostnames": ["x"]}],
            "dnsConfig": {"nameservers": ["10.96.0.10"]},
        }
    )
    told = [note.detail for note in notes_on(fixed) if note.code == "addresses-of-names"]
    assert "10.0.0.7 for db.internal)" in told[0]  # and not the pod's own 127.0.0.1
    assert "10.96.0.10" in told[1]
    blocked = deployment(pod={"hostAliases": [{"ip": "127.0.0.1", "hostnames": ["ads.example"]}]})
    assert "addresses-of-names" not in {note.code for note in notes_on(blocked)}


def test_a_suspended_job_does_not_run_when_it_is_created():
    job = obj("batch/v1", "Job", spec=workload_spec(suspend=True))
    (note,) = only(planned(job)).notes
    assert "once it is resumed" in note


def test_a_secret_sealed_for_any_namespace_is_tied_to_the_key_alone():
    anywhere = {"annotations": {"sealedsecrets.bitnami.com/cluster-wide": "true"}}
    sealed = obj("bitnami.com/v1alpha1", "SealedSecret", metadata=anywhere, spec={"encryptedData": {"token": "AgB"}})
    (note,) = only(planned(sealed)).notes
    assert "for its namespace" not in note
    assert "unless both clusters share a key" in note


def test_what_a_controller_noted_under_a_name_that_is_told_otherwise_is_left_out_in_silence():
    noted = {"metallb.io/ip-allocated-from-pool": "lab", "cloud.google.com/neg-status": "{}"}
    plan = planned(service(metadata={"annotations": noted}))
    assert codes(plan) == []
    assert only(plan).desired.annotations == {}


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        ({"nfs": {"server": "10.0.0.5", "path": "/data"}}, "nfs 10.0.0.5 /data"),
        ({"cephfs": {"monitors": ["10.0.0.5:6789"], "path": "/"}}, "cephfs 10.0.0.5:6789 /"),
        ({"awsElasticBlockStore": {"volumeID": "vol-1"}}, "vol-1"),
        ({"csi": {"driver": "smb.csi.k8s.io"}}, "smb.csi.k8s.io"),
    ],
)
def test_storage_that_the_copy_would_share_is_told(volume, said):
    [note] = notes_on(deployment(pod={"volumes": [{"name": "data", **volume}]}))
    assert (note.code, said in note.detail) == ("storage-shared", True)


def test_volumes_of_the_cluster_are_not_shared():
    volumes = [{"name": "a", "emptyDir": {}}, {"name": "b", "csi": {"driver": "secrets-store.csi.k8s.io"}}]
    assert notes_on_codes(deployment(pod={"volumes": volumes})) == set()


def test_a_claim_that_chooses_its_volume_by_labels_is_told():
    spec = {"selector": {"matchLabels": {"disk": "a"}}}
    assert "volume-by-label" in notes_on_codes(obj("v1", "PersistentVolumeClaim", spec=spec))
    claims = workload_spec(volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": spec}])
    assert "volume-by-label" in notes_on_codes(obj("apps/v1", "StatefulSet", spec=claims))
    assert "volume-by-label" not in notes_on_codes(obj("v1", "PersistentVolumeClaim", spec={}))


def notes_on_codes(manifest):
    return {note.code for note in notes_on(manifest)}
