"""What holds a rollout up on a real cluster: nodes that fall silent, and pods that a namespace does not let in."""

import pytest

from sandbox.store import thaw
from tests.support.sandbox_stage import NAMESPACE, SandboxStage, container, deployment, stateful_set, template

OLD, NEW = "registry.example/agent:1", "registry.example/agent:2"


@pytest.fixture
def stage():
    return SandboxStage()


def daemon_set(**pod):
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": template(container("agent", OLD), labels={"app": "agent"}, **pod),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}},
        },
    }


def silence(stage, name: str, status: str = "Unknown") -> None:
    node = thaw(stage.cluster.get("nodes", name, ""))
    ready = {
        "type": "Ready",
        "status": status,
        "reason": "NodeStatusUnknown",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    stage.cluster.update_status({**node, "status": {"conditions": [ready]}}, manager="client")
    stage.advance(1)


@pytest.fixture
def nodes(stage):
    """Two nodes with the agent on each, of which the second has fallen silent."""
    stage.cluster.create(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "zz-dead"}, "spec": {}}, manager="client"
    )
    stage.create(daemon_set())
    stage.advance(10)
    silence(stage, "zz-dead")
    return stage


def lost(stage):
    (pod,) = (pod for pod in stage.all("pods") if pod["spec"]["nodeName"] == "zz-dead")
    return pod


def test_the_pods_of_a_silent_node_are_not_ready_though_their_containers_are(nodes):
    pod = lost(nodes)
    assert {c["type"]: c["status"] for c in pod["status"]["conditions"]}["Ready"] == "False"
    assert pod["status"]["containerStatuses"][0]["ready"]
    assert nodes.events("NodeNotReady") == ["Node is not ready"]


def test_a_daemon_set_does_not_finish_over_a_silent_node(nodes):
    nodes.set_image("daemonsets", "agent", NEW)
    nodes.advance(300)
    status = nodes.get("daemonsets", "agent")["status"]
    assert (status["desiredNumberScheduled"], status["updatedNumberScheduled"], status["numberReady"]) == (2, 1, 1)
    assert lost(nodes)["metadata"]["deletionTimestamp"]


def test_a_silent_node_uses_up_what_may_be_unavailable(nodes):
    nodes.edit("daemonsets", "agent", updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}})
    nodes.set_image("daemonsets", "agent", NEW)
    nodes.advance(300)
    assert "updatedNumberScheduled" not in nodes.get("daemonsets", "agent")["status"]


def test_a_node_that_reports_again_ends_its_pods(nodes):
    nodes.set_image("daemonsets", "agent", NEW)
    nodes.advance(60)
    silence(nodes, "zz-dead", "True")
    nodes.advance(60)
    assert nodes.get("daemonsets", "agent")["status"]["numberReady"] == 2


def test_no_pod_is_scheduled_onto_a_silent_node(nodes):
    nodes.create(deployment(replicas=3))
    nodes.advance(10)
    assert "zz-dead" not in {
        p["spec"].get("nodeName") for p in nodes.all("pods") if p["metadata"]["labels"]["app"] == "web"
    }


@pytest.fixture
def baseline(stage):
    namespace = thaw(stage.cluster.get("namespaces", NAMESPACE, ""))
    namespace["metadata"].setdefault("labels", {})["pod-security.kubernetes.io/enforce"] = "baseline"
    stage.cluster.update(namespace, manager="client")
    return stage


WHY = 'is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'


def test_each_controller_says_in_its_words_that_its_pods_are_refused(baseline):
    baseline.create(daemon_set(hostNetwork=True))
    keeper = stateful_set(replicas=1)
    keeper["spec"]["template"]["spec"]["hostNetwork"] = True
    baseline.create(keeper)
    baseline.advance(3)
    messages = baseline.events("FailedCreate")
    assert any(each.startswith('Error creating: pods "agent-') and each.endswith(WHY) for each in messages)
    assert f'create Pod db-0 in StatefulSet db failed error: pods "db-0" {WHY}' in messages
    assert baseline.all("pods") == []


@pytest.mark.parametrize(
    ("pod", "why"),
    [
        ({"volumes": [{"name": "etc", "hostPath": {"path": "/etc"}}]}, 'hostPath volumes (volume "etc")'),
        ({"hostPID": True, "hostIPC": True}, "host namespaces (hostPID=true, hostIPC=true)"),
    ],
)
def test_what_the_level_does_not_allow_is_named(baseline, pod, why):
    baseline.create(daemon_set(**pod))
    baseline.advance(3)
    assert why in baseline.events("FailedCreate")[0]


def test_a_namespace_without_a_level_lets_every_pod_in(stage):
    stage.create(daemon_set(hostNetwork=True))
    stage.advance(10)
    assert stage.get("daemonsets", "agent")["status"]["numberReady"] == 1
