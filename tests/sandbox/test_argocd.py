"""The stand-in for Argo CD behaves as Argo CD does, as far as promotions can notice."""

import pytest

from sandbox.store import thaw
from tests.support import argocd
from tests.support.argocd import ALWAYS_DENIED, CONTROL, SELF_HEALING
from tests.support.sandbox_stage import SandboxStage

WEB = "registry.example/shop/web"


@pytest.fixture
def stage():
    stage = SandboxStage()
    argocd.install(stage.cluster)
    return stage


def images(stage, name="web"):
    pod = stage.get("deployments", name)["spec"]["template"]["spec"]
    return {each["name"]: each["image"] for each in [*pod.get("initContainers", ()), *pod["containers"]]}


def status(stage, name="shop"):
    return argocd.live(stage.cluster, name)["status"]


def phase(stage):
    state = status(stage).get("operationState", {})
    return state.get("phase"), state.get("message")


def override(stage, *entries, name="shop"):
    body = argocd.live(stage.cluster, name)
    body["spec"]["source"]["kustomize"] = {"images": [*entries]}
    argocd.change(stage.cluster, body)


def synced(stage, files=None, **spec):
    """An application that was synced once."""
    stage.create(argocd.folder(files or argocd.kustomization()))
    stage.create(argocd.application(**{"syncPolicy": SELF_HEALING, **spec}))
    stage.advance()
    return stage


def test_without_its_settings_nobody_looks_at_an_application():
    stage = SandboxStage()
    argocd.install(stage.cluster)
    stage.cluster.delete("configmaps", "argocd-cm", CONTROL)
    synced(stage)
    assert "status" not in argocd.live(stage.cluster)


def test_an_automated_application_is_synced_by_itself(stage):
    synced(stage)
    assert images(stage)["web"] == f"{WEB}:1"
    assert (status(stage)["sync"]["status"], status(stage)["health"]["status"]) == ("Synced", "Healthy")
    assert status(stage)["sourceType"] == "Kustomize"


def test_what_was_synced_names_its_application(stage):
    synced(stage)
    annotations = stage.get("deployments", "web")["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/tracking-id"] == "shop:apps/Deployment:n/web"


def test_an_application_that_is_not_automated_waits_for_an_operation(stage):
    synced(stage, syncPolicy={})
    assert not stage.exists("deployments", "web")
    assert status(stage)["sync"]["status"] == "OutOfSync"
    argocd.request_sync(stage.cluster)
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:1"
    assert phase(stage) == ("Succeeded", "successfully synced (all tasks run)")
    assert "operation" not in argocd.live(stage.cluster)


def test_self_heal_brings_an_image_back_that_somebody_wrote(stage):
    synced(stage)
    stage.set_image("deployments", "web", f"{WEB}:2")
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:1"


def test_without_self_heal_an_image_that_somebody_wrote_stays_out_of_sync(stage):
    synced(stage, syncPolicy={"automated": {}})
    stage.set_image("deployments", "web", f"{WEB}:2")
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:2"
    assert status(stage)["sync"]["status"] == "OutOfSync"


def test_an_override_is_a_new_source_and_synced_once_without_self_heal(stage):
    synced(stage, syncPolicy={"automated": {}})
    override(stage, f"{WEB}={WEB}:2")
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:2"
    assert status(stage)["sync"]["comparedTo"]["source"]["kustomize"] == {"images": [f"{WEB}={WEB}:2"]}


def test_an_override_changes_every_container_of_that_name_and_no_other(stage):
    synced(stage)
    override(stage, f"{WEB}={WEB}:2@sha256:{'a' * 64}")
    stage.advance()
    new = f"{WEB}:2@sha256:{'a' * 64}"
    assert images(stage) == {"prepare": new, "web": new, "proxy": "registry.example/shop/proxy:1"}


def test_the_last_override_of_a_name_wins_and_beats_that_of_the_kustomization(stage):
    of_git = "[{name: registry.example/shop/web, newTag: '7'}]"
    synced(stage, files=argocd.kustomization(images=of_git))
    assert images(stage)["web"] == f"{WEB}:7"
    override(stage, f"{WEB}={WEB}:2", f"{WEB}={WEB}:3")
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:3"


def test_a_port_in_an_overrides_name_is_no_tag(stage):
    local = "localhost:5000/web"
    synced(stage, files=argocd.kustomization(argocd.workload(image=f"{local}:1")))
    override(stage, f"{local}={local}:2")
    stage.advance()
    assert images(stage)["web"] == f"{local}:2"


def test_a_parameter_of_helm_beats_the_values_of_the_chart(stage):
    synced(stage, files=argocd.chart())
    body = argocd.live(stage.cluster)
    body["spec"]["source"]["helm"] = {"parameters": [{"name": "image.tag", "value": "2", "forceString": True}]}
    argocd.change(stage.cluster, body)
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:2"
    assert status(stage)["sourceType"] == "Helm"


def test_the_overrides_of_each_of_several_sources_hold_for_it_alone(stage):
    stage.create(argocd.folder(argocd.kustomization()))
    stage.create(argocd.folder(argocd.kustomization(argocd.workload("other")), name="second", path="second"))
    overridden = argocd.source("second", kustomize={"images": [f"{WEB}={WEB}:2"]})
    stage.create(argocd.application(sources=(argocd.source(), overridden), syncPolicy=SELF_HEALING))
    stage.advance()
    assert (images(stage)["web"], images(stage, "other")["web"]) == (f"{WEB}:1", f"{WEB}:2")
    assert len(status(stage)["sync"]["revisions"]) == 2


def test_a_sync_window_holds_an_operation_back_until_it_is_over(stage):
    stage.create(argocd.project(ALWAYS_DENIED))
    synced(stage, syncPolicy={})
    argocd.request_sync(stage.cluster)
    stage.advance()
    assert phase(stage) == ("Running", "Sync operation blocked by sync window")
    opened = thaw(stage.cluster.get("appprojects", "default", CONTROL))
    stage.cluster.update({**opened, "spec": {}}, manager="client")
    stage.advance()
    assert phase(stage)[0] == "Succeeded"


def test_a_manual_sync_passes_a_window_that_lets_it(stage):
    stage.create(argocd.project({**ALWAYS_DENIED, "manualSync": True}))
    synced(stage)
    assert not stage.exists("deployments", "web"), "automated syncs are held back"
    argocd.request_sync(stage.cluster)
    stage.advance()
    assert phase(stage)[0] == "Succeeded"


def test_an_operation_that_the_cluster_refuses_fails(stage):
    synced(stage)
    override(stage, f"{WEB}={WEB}:2")
    broken = argocd.folder(argocd.kustomization(argocd.workload().replace("replicas: 1", "replicas: -1")))
    stage.cluster.update(broken, manager="client")
    stage.advance()
    assert [each["type"] for each in status(stage)["conditions"]] == ["ComparisonError"]
    assert images(stage)["web"] == f"{WEB}:1"


def test_a_refresh_compares_anew_and_takes_its_request_away(stage):
    synced(stage)
    before = status(stage)["reconciledAt"]
    argocd.request_refresh(stage.cluster)
    stage.advance()
    assert status(stage)["reconciledAt"] > before
    assert "argocd.argoproj.io/refresh" not in argocd.live(stage.cluster)["metadata"].get("annotations", {})


def test_the_generation_rises_with_the_status_because_there_is_no_subresource(stage):
    synced(stage)
    before = argocd.live(stage.cluster)["metadata"]["generation"]
    argocd.request_refresh(stage.cluster)
    stage.advance()
    assert argocd.live(stage.cluster)["metadata"]["generation"] == before + 1


def test_a_failing_image_leaves_the_application_progressing_and_synced(stage):
    synced(stage)
    override(stage, f"{WEB}={WEB}:broken")
    stage.advance(3)
    assert (status(stage)["sync"]["status"], status(stage)["health"]["status"]) == ("Synced", "Progressing")
    assert phase(stage)[0] == "Succeeded"


def test_an_application_set_writes_its_applications_and_takes_changes_back(stage):
    stage.create(argocd.folder(argocd.kustomization()))
    stage.create(argocd.application_set(argocd.application("shop-{{environment}}", syncPolicy=SELF_HEALING)))
    stage.advance()
    owner = argocd.live(stage.cluster, "shop-production")["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("ApplicationSet", "shops", True)
    override(stage, f"{WEB}={WEB}:2", name="shop-production")
    stage.advance()
    assert "kustomize" not in argocd.live(stage.cluster, "shop-production")["spec"]["source"]
    assert images(stage)["web"] == f"{WEB}:1"


def test_an_application_set_that_only_creates_leaves_changes_alone(stage):
    stage.create(argocd.folder(argocd.kustomization()))
    template = argocd.application("shop-{{environment}}", syncPolicy=SELF_HEALING)
    stage.create(argocd.application_set(template, syncPolicy={"applicationsSync": "create-only"}))
    stage.advance()
    override(stage, f"{WEB}={WEB}:2", name="shop-production")
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:2"


def test_an_application_set_that_ignores_a_field_leaves_changes_of_it_alone(stage):
    stage.create(argocd.folder(argocd.kustomization()))
    template = argocd.application("shop-{{environment}}", syncPolicy=SELF_HEALING)
    ignored = [{"jsonPointers": ["/spec/source/kustomize/images"]}]
    stage.create(argocd.application_set(template, ignoreApplicationDifferences=ignored))
    stage.advance()
    override(stage, f"{WEB}={WEB}:2", name="shop-production")
    body = argocd.live(stage.cluster, "shop-production")
    argocd.change(stage.cluster, {**body, "spec": {**body["spec"], "project": "other"}})
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:2"
    assert argocd.live(stage.cluster, "shop-production")["spec"]["project"] == "default"


def test_an_image_that_is_left_to_a_manager_stays_through_syncs(stage):
    rule = {"group": "apps", "kind": "Deployment", "managedFieldsManagers": ["stagecoach"]}
    policy = {**SELF_HEALING, "syncOptions": ["RespectIgnoreDifferences=true"]}
    synced(stage, ignoreDifferences=[rule], syncPolicy=policy)
    changed = thaw(stage.get("deployments", "web"))
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = f"{WEB}:2"
    stage.cluster.update(changed, manager="stagecoach")
    stage.advance()
    argocd.request_sync(stage.cluster)
    stage.advance()
    assert images(stage)["web"] == f"{WEB}:2"
    assert status(stage)["sync"]["status"] == "Synced"
