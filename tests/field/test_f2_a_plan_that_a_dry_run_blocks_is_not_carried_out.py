"""A plan says `blocked: true` because a cluster refuses a write in the dry run: nothing of it is written."""

import json

import pytest

from domain.resources import ResourceId
from services.changes.configuring import ConfigureRequest
from services.changes.errors import PlanBlockedError
from services.changes.importing import ImportRequest
from tests.support.actors import ANN
from tests.support.imports import config_map
from tests.support.two_clusters import TwoClusters

_SMALL_CLAIMS = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "small-claims"},
    "spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}]},
}
_CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}},
}


async def _request(stage, plan_digest=None):
    source = f"{stage.namespace}-source"
    if plan_digest is None:
        stage.plant("dev-1", config_map("plain"), source)
        stage.plant("dev-1", _CLAIM, source)
        await stage.adopted(source)
    return ImportRequest(
        source_environment="Development",
        namespace=stage.namespace,
        resources=(ResourceId.of("v1", "ConfigMap", "plain"), ResourceId.of("v1", "PersistentVolumeClaim", "data")),
        plan_digest=plan_digest,
    )


@pytest.mark.parametrize("previewed", [True, False], ids=["with the digest of its preview", "without a preview"])
async def test_an_import_whose_dry_run_is_refused_writes_nothing(stage, previewed):
    stage.plant("staging-1", _SMALL_CLAIMS)
    request = await _request(stage)
    if previewed:
        plan = await stage.importing.preview("shop", "Staging", request, actor=ANN)
        assert plan.blocked
        request = await _request(stage, plan.digest)
    before = stage.writes("staging-1")
    with pytest.raises(PlanBlockedError) as refused:
        await stage.importing.start("shop", "Staging", request, actor=ANN)
    assert "maximum storage usage per PersistentVolumeClaim is 1Gi" in refused.value.detail
    assert stage.writes("staging-1") == before
    assert stage.object("staging-1", "configmaps", "plain") is None


async def test_a_configure_whose_dry_run_is_refused_writes_nothing(stage):
    stage.plant("staging-1", _SMALL_CLAIMS)
    request = ConfigureRequest(
        namespace=stage.namespace, manifests=f"{json.dumps(config_map('plain'))}\n---\n{json.dumps(_CLAIM)}"
    )
    before = stage.writes("staging-1")
    with pytest.raises(PlanBlockedError):
        await stage.configuring.start("shop", "Staging", request, actor=ANN)
    assert stage.writes("staging-1") == before


async def test_a_refusal_for_want_of_what_the_copy_writes_first_does_not_block():
    clusters = TwoClusters()
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "runner"}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "debug"},
        "spec": {"serviceAccountName": "runner", "containers": [{"name": "sh", "image": "registry.example.test/sh:1"}]},
    }
    clusters.create(account)
    clusters.create(pod)
    plan = await clusters.preview()
    assert not plan.blocked
    assert "not-tried" in {p.code for p in plan.all_problems if p.resource is not None and p.resource.name == "debug"}
    await clusters.copy()
    assert clusters.in_target(pod)
