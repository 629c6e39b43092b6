"""The stand-in for Flux behaves as Flux does, as far as promotions can notice."""

import pytest

from sandbox.flux import helm_records
from sandbox.flux.reconciling import REQUESTED_AT
from sandbox.store import thaw
from tests.support import flux
from tests.support.sandbox_stage import NAMESPACE, SandboxStage

WEB = "registry.example/shop/web"


@pytest.fixture
def stage():
    stage = SandboxStage()
    flux.install(stage.cluster, namespace=NAMESPACE)
    return stage


def image(stage, name="web"):
    pod = stage.get("deployments", name)["spec"]["template"]["spec"]
    return {each["name"]: each["image"] for each in pod["containers"]}["web"]


def ready(stage, plural):
    return stage.conditions(plural, "shop")["Ready"]


def released(stage, **spec):
    """A HelmRelease whose chart was installed."""
    stage.create(flux.folder(flux.chart(), flux.CHART, namespace=NAMESPACE))
    stage.create(flux.helm_release(namespace=NAMESPACE, **spec))
    stage.advance()
    return stage


def kustomized(stage, files=None, **spec):
    stage.create(flux.folder(files or flux.kustomization(), flux.OVERLAY, namespace=NAMESPACE))
    stage.create(flux.flux_kustomization(namespace=NAMESPACE, **spec))
    stage.advance()
    return stage


def revisions(stage):
    records = (each for each in stage.all("secrets") if each["type"] == "helm.sh/release.v1")
    labels = [each["metadata"]["labels"] for each in records]
    return sorted((int(each["version"]), each["status"]) for each in labels)


def test_a_release_is_installed_with_a_record_and_the_marks_of_its_owners(stage):
    released(stage)
    web = stage.get("deployments", "web")
    assert (image(stage), revisions(stage)) == (f"{WEB}:1", [(1, "deployed")])
    assert web["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"] == "shop"
    assert web["metadata"]["annotations"]["meta.helm.sh/release-name"] == "shop"
    assert ready(stage, "helmreleases") == ("True", "UpgradeSucceeded")


def test_other_values_are_an_upgrade_and_the_same_ones_are_none(stage):
    released(stage)
    flux.values(stage.cluster, {"image": {"tag": "2"}}, namespace=NAMESPACE)
    stage.advance(30)
    flux.values(stage.cluster, {"image": {"tag": "2"}}, namespace=NAMESPACE)
    stage.advance(30)
    assert (image(stage), revisions(stage)) == (f"{WEB}:2", [(1, "superseded"), (2, "deployed")])


def test_while_a_revision_is_waited_for_it_is_pending_and_a_newer_spec_is_not_looked_at(stage):
    released(stage)
    flux.values(stage.cluster, {"image": {"tag": "2-slow"}}, namespace=NAMESPACE)
    stage.advance(1)
    flux.values(stage.cluster, {"image": {"tag": "3"}}, namespace=NAMESPACE)
    stage.advance(1)
    assert revisions(stage)[-1] == (2, "pending-upgrade")
    assert ready(stage, "helmreleases") == ("Unknown", "Progressing")
    stage.advance(120)
    assert (image(stage), revisions(stage)[-1]) == (f"{WEB}:3", (3, "deployed"))


def test_an_upgrade_that_ends_says_nothing_of_a_spec_or_a_request_that_came_meanwhile(stage):
    released(stage, timeout="5s")
    flux.values(stage.cluster, {"image": {"tag": "broken"}}, namespace=NAMESPACE)
    stage.advance(1)
    begun = stage.get("helmreleases", "shop")["status"]["observedGeneration"]
    body = flux.live(stage.cluster, "helmreleases", namespace=NAMESPACE)
    body["metadata"]["annotations"] = {REQUESTED_AT: "later"}
    body["spec"]["chart"]["spec"]["chart"] = "./charts/none"
    stage.cluster.update(body, manager="kubectl-edit")
    seen = []
    for _ in range(40):
        stage.advance(0.2)
        status = stage.get("helmreleases", "shop")["status"]
        seen.append(
            (ready(stage, "helmreleases")[1], status["observedGeneration"], status.get("lastHandledReconcileAt"))
        )
    assert list(dict.fromkeys(seen)) == [("Progressing", begun, None), ("ArtifactFailed", begun + 1, "later")]


def test_an_image_that_does_not_start_fails_the_upgrade_after_its_time(stage):
    released(stage, timeout="20s")
    flux.values(stage.cluster, {"image": {"tag": "broken"}}, namespace=NAMESPACE)
    stage.advance(60)
    assert revisions(stage)[-1] == (2, "failed")
    assert ready(stage, "helmreleases") == ("False", "UpgradeFailed")


def test_an_image_that_somebody_wrote_stays_until_the_next_upgrade(stage):
    released(stage, interval="10s")
    stage.set_image("deployments", "web", f"{WEB}:7")
    stage.advance(60)
    assert image(stage) == f"{WEB}:7"
    flux.values(stage.cluster, {"mode": "fancy"}, namespace=NAMESPACE)
    stage.advance(30)
    assert image(stage) == f"{WEB}:1"


def test_with_drift_detection_it_is_taken_back_with_the_next_interval(stage):
    released(stage, interval="10s", driftDetection={"mode": "enabled"})
    stage.set_image("deployments", "web", f"{WEB}:7")
    stage.advance(20)
    assert image(stage) == f"{WEB}:1"


def test_a_value_with_a_target_path_beats_inline_values(stage):
    stage.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "images", "namespace": NAMESPACE},
            "data": {"web": "3"},
        }
    )
    reference = {"kind": "ConfigMap", "name": "images", "valuesKey": "web", "targetPath": "image.tag"}
    released(stage, values={"image": {"tag": "2"}}, valuesFrom=[reference])
    assert image(stage) == f"{WEB}:3"


def test_a_reference_that_is_optional_may_be_missing(stage):
    reference = {"kind": "ConfigMap", "name": "images", "targetPath": "image.tag", "optional": True}
    released(stage, valuesFrom=[reference])
    assert image(stage) == f"{WEB}:1"


def test_a_reference_that_is_missing_stops_the_release(stage):
    released(stage, valuesFrom=[{"kind": "ConfigMap", "name": "images"}])
    assert (stage.exists("deployments", "web"), ready(stage, "helmreleases")) == (False, ("False", "ValuesError"))


def test_a_release_that_is_suspended_is_left_alone(stage):
    released(stage, suspend=True)
    assert not stage.exists("deployments", "web")


def test_a_release_goes_on_where_it_was_after_a_restart(stage):
    released(stage)
    stage.restart()
    stage.advance(30)
    assert revisions(stage) == [(1, "deployed")]


def test_the_record_holds_the_chart_and_the_values_as_helm_does(stage):
    released(stage, values={"image": {"tag": "2"}})
    document = helm_records.newest(stage.controllers._world, "shop", NAMESPACE)
    assert document is not None
    assert (document["config"], document["chart"]["values"]["image"]["tag"]) == ({"image": {"tag": "2"}}, "1")
    assert [each["name"] for each in document["chart"]["templates"]] == ["templates/web.yaml"]


def test_what_a_kustomization_takes_from_git_is_applied_with_its_marks(stage):
    kustomized(stage)
    labels = stage.get("deployments", "web")["metadata"]["labels"]
    assert (image(stage), labels["kustomize.toolkit.fluxcd.io/name"]) == (f"{WEB}:1", "shop")
    assert ready(stage, "kustomizations") == ("True", "ReconciliationSucceeded")
    entries = stage.get("kustomizations", "shop")["status"]["inventory"]["entries"]
    assert entries == [{"id": "n_web_apps_Deployment", "v": "v1"}]


def test_images_of_a_kustomization_override_those_in_git(stage):
    kustomized(stage, flux.kustomization(images=f"[{{name: {WEB}, newTag: '2'}}]"))
    assert image(stage) == f"{WEB}:2"
    body = flux.live(stage.cluster, "kustomizations", namespace=NAMESPACE)
    body["spec"]["images"] = [{"name": WEB, "newTag": "3"}]
    stage.cluster.update(body, manager="kubectl-edit")
    stage.advance()
    assert image(stage) == f"{WEB}:3"


def test_an_image_that_somebody_wrote_is_taken_back_with_the_next_interval(stage):
    kustomized(stage, interval="10s")
    stage.set_image("deployments", "web", f"{WEB}:7")
    assert image(stage) == f"{WEB}:7"
    stage.advance(20)
    assert image(stage) == f"{WEB}:1"


def test_a_change_in_git_is_applied(stage):
    kustomized(stage)
    body = thaw(stage.get("configmaps", "overlays-production"))
    body["data"]["0.yaml"] = flux.workload(image=f"{WEB}:4")
    stage.cluster.update(body, manager="git")
    stage.advance()
    assert image(stage) == f"{WEB}:4"


def test_a_folder_that_is_not_there_is_said(stage):
    stage.create(flux.flux_kustomization(namespace=NAMESPACE))
    stage.advance()
    assert ready(stage, "kustomizations") == ("False", "ArtifactFailed")


def test_without_its_sources_no_flux_runs():
    stage = SandboxStage()
    flux.install(stage.cluster, namespace=NAMESPACE)
    stage.cluster.delete("gitrepositories.source.toolkit.fluxcd.io", "shop", NAMESPACE)
    stage.cluster.delete("customresourcedefinitions", "gitrepositories.source.toolkit.fluxcd.io")
    stage.advance()
    kustomized(stage)
    assert "status" not in stage.get("kustomizations", "shop")
