"""Where the pods behind a Service are: Endpoints and EndpointSlices."""

from typing import Any

import pytest

from sandbox.store import Object
from tests.support.sandbox_client import service
from tests.support.sandbox_stage import NAMESPACE, SandboxStage, deployment


@pytest.fixture
def stage() -> SandboxStage:
    return SandboxStage()


def _service(name: str = "web", **spec: Any) -> Object:
    made = service(name, **spec)
    made["metadata"]["namespace"] = NAMESPACE
    return made


def _behind(stage: SandboxStage) -> dict[str, str]:
    """The labels of the pods of the Deployment that `stage` makes."""
    labels: dict[str, str] = stage.get("deployments", "web")["spec"]["selector"]["matchLabels"]
    return labels


def _slices(stage: SandboxStage) -> list[Object]:
    return stage.all("endpointslices")


def test_ready_pods_stand_behind_their_service(stage: SandboxStage) -> None:
    stage.create(deployment())
    stage.create(_service(selector=_behind(stage), ports=[{"name": "http", "port": 80, "targetPort": 8080}]))
    stage.advance(10)

    pods = stage.all("pods")
    [subset] = stage.get("endpoints", "web")["subsets"]
    [made] = _slices(stage)

    assert sorted(a["ip"] for a in subset["addresses"]) == sorted(p["status"]["podIP"] for p in pods)
    assert subset["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert made["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    assert made["metadata"]["name"].startswith("web-")
    assert [e["conditions"] for e in made["endpoints"]] == [
        {"ready": True, "serving": True, "terminating": False} for _ in pods
    ]


def test_a_service_that_selects_nothing_has_empty_endpoints(stage: SandboxStage) -> None:
    stage.create(_service(selector={"app": "nobody"}))
    stage.advance()

    assert "subsets" not in stage.get("endpoints", "web")
    assert [s.get("endpoints") for s in _slices(stage)] == [None]


def test_a_pod_that_crashes_is_not_ready_there(stage: SandboxStage) -> None:
    stage.create(deployment())
    stage.set_image("deployments", "web", "registry.example/web:broken")
    stage.create(_service(selector=_behind(stage)))
    stage.advance(10)

    [subset] = stage.get("endpoints", "web")["subsets"]

    assert "addresses" not in subset
    assert subset["notReadyAddresses"]


@pytest.mark.parametrize("spec", [{"selector": None}, {"type": "ExternalName", "externalName": "a.example"}])
def test_a_service_that_finds_no_pods_by_itself_gets_no_endpoints(stage: SandboxStage, spec: Object) -> None:
    stage.create(_service(**spec))
    stage.advance()

    assert (stage.all("endpoints"), _slices(stage)) == ([], [])


def test_endpoints_go_with_their_service_and_those_made_by_hand_stay(stage: SandboxStage) -> None:
    stage.create({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "own", "namespace": NAMESPACE}})
    stage.create(_service(selector={"app": "nobody"}))
    stage.advance()
    stage.delete("services", "web")
    stage.advance()

    assert [e["metadata"]["name"] for e in stage.all("endpoints")] == ["own"]
    assert _slices(stage) == []


def test_nothing_is_written_when_no_pod_changes(stage: SandboxStage) -> None:
    stage.create(deployment())
    stage.create(_service(selector=_behind(stage)))
    stage.advance(10)
    before = stage.cluster.store.version
    stage.advance(60)

    assert stage.cluster.store.version == before
