"""What a person should know about a copied object, and which does not prevent the copy."""

import pytest

from tests.support.copy_plans import codes, only, planned
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
