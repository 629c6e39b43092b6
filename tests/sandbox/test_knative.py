"""The stand-in for Knative treats Services as Knative Serving does, as far as promotions can notice."""

import pytest

from sandbox.knative.definitions import DEFINITIONS, REVISIONS, SERVICES
from tests.support import knative
from tests.support.sandbox_stage import NAMESPACE, SandboxStage

WEB = "registry.example/shop/web"


@pytest.fixture
def stage():
    stage = SandboxStage()
    knative.install(stage.cluster)
    return stage


def create(stage, tag="1"):
    body = knative.service(f"{WEB}:{tag}")
    stage.create({**body, "metadata": {**body["metadata"], "namespace": NAMESPACE}})
    stage.advance(60)


def change(stage, tag, seconds=180):
    stage.set_image(SERVICES, "web", f"{WEB}:{tag}")
    stage.advance(seconds)


def status(stage):
    return stage.get(SERVICES, "web")["status"]


def conditions(stage):
    return stage.conditions(SERVICES, "web")


def images(stage):
    found = (pod["spec"]["containers"][0]["image"] for pod in stage.all("pods"))
    return sorted(each.rpartition(":")[2] for each in found)


def test_without_its_settings_nobody_looks_at_a_service():
    stage = SandboxStage()
    for each in DEFINITIONS:
        stage.cluster.create(each)
    create(stage)
    assert "status" not in stage.get(SERVICES, "web")


def test_a_service_becomes_a_revision_whose_pods_serve(stage):
    create(stage)
    assert conditions(stage) == dict.fromkeys(("ConfigurationsReady", "Ready", "RoutesReady"), ("True", ""))
    assert status(stage)["latestReadyRevisionName"] == status(stage)["latestCreatedRevisionName"] == "web-00001"
    assert status(stage)["traffic"] == [{"latestRevision": True, "percent": 100, "revisionName": "web-00001"}]
    [pod] = stage.all("pods")
    assert [each["name"] for each in pod["spec"]["containers"]] == ["web", "queue-proxy"]
    labels = pod["metadata"]["labels"]
    assert (labels["serving.knative.dev/service"], labels["serving.knative.dev/revision"]) == ("web", "web-00001")


def test_a_changed_template_is_another_revision_which_takes_the_traffic_over(stage):
    create(stage)
    change(stage, "2")
    assert status(stage)["traffic"] == [{"latestRevision": True, "percent": 100, "revisionName": "web-00002"}]
    assert images(stage) == ["2"]
    assert stage.conditions(REVISIONS, "web-00001")["Ready"] == ("True", "")


def test_while_a_revision_comes_up_its_service_is_not_known_to_be_ready(stage):
    create(stage)
    seen = len(stage.changes)
    change(stage, "2")
    of_generation = [
        next(each["status"] for each in body["status"]["conditions"] if each["type"] == "Ready")
        for body in stage.changes[seen:]
        if body["kind"] == "Service" and (body.get("status") or {}).get("observedGeneration") == 2
    ]
    assert of_generation[0] == "Unknown"
    assert of_generation[-1] == "True"


def test_a_revision_that_crashes_fails_the_service_and_takes_no_traffic(stage):
    create(stage)
    change(stage, "broken")
    assert conditions(stage)["ConfigurationsReady"] == ("False", "RevisionFailed")
    assert conditions(stage)["RoutesReady"] == ("True", "")
    assert conditions(stage)["Ready"] == ("False", "RevisionFailed")
    assert [each["revisionName"] for each in status(stage)["traffic"]] == ["web-00001"]


def test_no_deployment_is_made_of_an_image_that_its_registry_lacks(stage):
    create(stage)
    change(stage, "missing")
    assert stage.conditions(REVISIONS, "web-00002")["ContainerHealthy"] == ("False", "ContainerMissing")
    assert not stage.exists("deployments", "web-00002-deployment")
    assert conditions(stage)["Ready"] == ("False", "RevisionFailed")


def test_the_way_back_from_a_revision_that_failed_is_another_revision(stage):
    create(stage)
    change(stage, "broken")
    change(stage, "1")
    assert conditions(stage)["Ready"] == ("True", "")
    assert status(stage)["latestReadyRevisionName"] == "web-00003"
    assert images(stage) == ["1"]


def test_traffic_that_is_pinned_stays_where_it_is(stage):
    create(stage)
    knative.set_traffic(stage.cluster, NAMESPACE, knative.pinned_to("web-00001"))
    change(stage, "2")
    assert conditions(stage)["Ready"] == ("True", "")
    assert status(stage)["latestReadyRevisionName"] == "web-00002"
    assert [each["revisionName"] for each in status(stage)["traffic"]] == ["web-00001"]
    assert images(stage) == ["1"]


def test_a_split_of_the_traffic_keeps_pods_of_both_revisions(stage):
    create(stage)
    knative.set_traffic(
        stage.cluster, NAMESPACE, knative.pinned_to("web-00001", 80), {"latestRevision": True, "percent": 20}
    )
    change(stage, "2")
    assert images(stage) == ["1", "2"]


def test_traffic_for_a_revision_that_is_not_there_fails_the_service(stage):
    create(stage)
    knative.set_traffic(stage.cluster, NAMESPACE, knative.pinned_to("web-gone"))
    stage.advance(60)
    assert conditions(stage)["RoutesReady"] == ("False", "RevisionMissing")
    assert [each["revisionName"] for each in status(stage)["traffic"]] == ["web-00001"]


def test_a_revision_whose_name_is_taken_by_another_template_is_refused(stage):
    create(stage)
    for tag in ("2", "3"):
        body = {"metadata": {"name": "web-green"}, "spec": {"containers": [{"name": "web", "image": f"{WEB}:{tag}"}]}}
        stage.edit(SERVICES, "web", template=body)
        stage.advance(60)
    assert conditions(stage)["Ready"] == ("False", "RevisionFailed")


def test_a_service_that_is_deleted_takes_all_with_it(stage):
    create(stage)
    stage.delete(SERVICES, "web")
    stage.advance(120)
    assert (stage.all("pods"), stage.all("deployments"), stage.all(REVISIONS)) == ([], [], [])
