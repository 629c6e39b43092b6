"""Addresses that API servers keep in old objects and refuse in new ones: known before, in a new namespace as well."""

import pytest

from services.changes.configuring import ConfigureRequest
from services.changes.errors import PlanBlockedError
from services.execution.trial_namespace import TRIAL_NAMESPACE
from tests.support.actors import ANN
from tests.support.imports import config_map

MANIFESTS = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: office}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
    - from:
        - ipBlock: {cidr: 192.168.0.5/24, except: [192.168.000.009/32]}
---
apiVersion: v1
kind: Service
metadata: {name: edge}
spec:
  type: LoadBalancer
  selector: {app: edge}
  loadBalancerSourceRanges: ["010.1.0.0/16"]
  ports: [{port: 443, targetPort: 8443}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: dev}
"""


def request(stage, manifests=MANIFESTS):
    return ConfigureRequest(namespace=stage.namespace, manifests=manifests)


async def preview(stage, manifests=MANIFESTS):
    return await stage.configuring.preview("shop", "Staging", request(stage, manifests), actor=ANN)


def refused(plan):
    return {p.resource.name: p.detail for p in plan.all_problems if p.resource and p.code == "cluster-invalid-object"}


@pytest.mark.parametrize("exists", [True, False], ids=["in a namespace that exists", "in a new namespace"])
async def test_each_refused_object_is_named_with_its_fields(stage, exists):
    if exists:
        stage.plant("staging-1", config_map("there-before"))
    plan = await preview(stage)
    assert plan.blocked
    assert set(refused(plan)) == {"office", "edge"}
    office, edge = refused(plan)["office"], refused(plan)["edge"]
    assert "spec.ingress[0].from[0].ipBlock.cidr: must not have bits set beyond the prefix length" in office
    assert "spec.ingress[0].from[0].ipBlock.except[0]: must not have leading 0s" in office
    assert "spec.LoadBalancerSourceRanges[0]: must not have leading 0s" in edge
    assert TRIAL_NAMESPACE not in office + edge


async def test_nothing_is_written_to_a_new_namespace_or_in_its_stead(stage):
    before = stage.writes("staging-1")
    await preview(stage)
    with pytest.raises(PlanBlockedError):
        await stage.configuring.start("shop", "Staging", request(stage), actor=ANN)
    assert stage.writes("staging-1") == before
    assert stage.object("staging-1", "configmaps", "settings", TRIAL_NAMESPACE) is None


async def test_a_plan_for_a_new_namespace_says_that_fields_were_checked_and_admission_was_not(stage):
    plan = await preview(stage, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")
    assert not plan.blocked
    (unchecked,) = plan.clusters[0].unchecked
    assert "admission and quotas were not checked. The fields were" in unchecked


async def test_what_holds_in_the_other_namespace_alone_does_not_block(stage):
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none"},
        "spec": {"hard": {"configmaps": "0"}},
    }
    stage.plant("staging-1", quota, TRIAL_NAMESPACE)
    try:
        plan = await preview(stage, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")
    finally:
        stage.sandbox.cluster("staging-1").delete("resourcequotas", "none", TRIAL_NAMESPACE)
    assert not plan.blocked
    assert "field validation were not checked" in plan.clusters[0].unchecked[0]
