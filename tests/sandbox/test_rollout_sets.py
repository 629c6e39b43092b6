"""StatefulSets and DaemonSets beyond what the tapes hold."""

import pytest

from sandbox.store import thaw
from tests.support.sandbox_stage import NAMESPACE, SandboxStage, container, stateful_set, template

NEXT = "registry.example/shop/db:16.2"
BROKEN = "registry.example/shop/db:broken"
TEMPLATES = [
    {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
]


@pytest.fixture
def stage():
    return SandboxStage()


def images(stage):
    return {p["metadata"]["name"]: p["spec"]["containers"][0]["image"].rpartition(":")[2] for p in stage.all("pods")}


def daemon_set(**spec):
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": {"app": "agent"}},
            "template": template(container("agent", "registry.example/agent:1"), labels={"app": "agent"}),
            **spec,
        },
    }


def test_a_partition_keeps_the_ordinals_below_it_at_the_old_template(stage):
    stage.create(stateful_set(replicas=3, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}))
    stage.advance(10)
    stage.set_image("statefulsets", "db", NEXT)
    stage.advance(10)
    assert images(stage) == {"db-0": "16.1", "db-1": "16.1", "db-2": "16.2"}
    status = stage.get("statefulsets", "db")["status"]
    assert (status["updatedReplicas"], status["currentReplicas"]) == (1, 2)
    assert status["currentRevision"] != status["updateRevision"]


def test_a_pod_below_the_partition_comes_back_with_the_old_template(stage):
    stage.create(stateful_set(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}))
    stage.advance(10)
    stage.set_image("statefulsets", "db", NEXT)
    stage.advance(5)
    stage.delete("pods", "db-0")
    stage.advance(5)
    assert images(stage)["db-0"] == "16.1"


def test_on_delete_replaces_only_pods_that_a_client_deletes(stage):
    stage.create(stateful_set(updateStrategy={"type": "OnDelete"}))
    stage.advance(10)
    stage.set_image("statefulsets", "db", NEXT)
    stage.advance(10)
    assert images(stage) == {"db-0": "16.1", "db-1": "16.1"}
    stage.delete("pods", "db-1")
    stage.advance(10)
    assert images(stage) == {"db-0": "16.1", "db-1": "16.2"}


def test_a_broken_pod_blocks_the_set_even_after_the_template_is_put_right(stage):
    stage.create(stateful_set())
    stage.advance(10)
    stage.set_image("statefulsets", "db", BROKEN)
    stage.advance(10)
    stage.set_image("statefulsets", "db", NEXT)
    stage.advance(60)
    assert images(stage) == {"db-0": "16.1", "db-1": "broken"}
    stage.delete("pods", "db-1")
    stage.advance(10)
    assert images(stage) == {"db-0": "16.2", "db-1": "16.2"}


def test_parallel_management_starts_all_pods_at_once(stage):
    stage.create(stateful_set(replicas=3, podManagementPolicy="Parallel"))
    stage.advance(0.5)
    assert len(stage.all("pods")) == 3


def test_a_set_shrinks_from_its_last_ordinal_and_keeps_the_claims(stage):
    stage.create(stateful_set(replicas=3, volumeClaimTemplates=TEMPLATES))
    stage.advance(10)
    stage.edit("statefulsets", "db", replicas=1)
    stage.advance(10)
    assert list(images(stage)) == ["db-0"]
    claims = {c["metadata"]["name"]: c["status"]["phase"] for c in stage.all("persistentvolumeclaims")}
    assert claims == {"data-db-0": "Bound", "data-db-1": "Bound", "data-db-2": "Bound"}


def test_claims_go_with_their_set_where_the_policy_says_so(stage):
    policy = {"whenDeleted": "Delete", "whenScaled": "Retain"}
    stage.create(stateful_set(volumeClaimTemplates=TEMPLATES, persistentVolumeClaimRetentionPolicy=policy))
    stage.advance(10)
    stage.delete("statefulsets", "db")
    stage.advance(10)
    assert not stage.all("persistentvolumeclaims")


def test_pods_of_a_set_carry_its_name_their_ordinal_and_their_revision(stage):
    stage.create(stateful_set(replicas=1))
    stage.advance(5)
    labels = stage.get("pods", "db-0")["metadata"]["labels"]
    assert labels["statefulset.kubernetes.io/pod-name"] == "db-0"
    assert labels["apps.kubernetes.io/pod-index"] == "0"
    assert labels["controller-revision-hash"] == stage.get("statefulsets", "db")["status"]["updateRevision"]


def test_a_daemon_set_runs_one_pod_on_the_node_and_replaces_it(stage):
    stage.create(daemon_set())
    stage.advance()
    stage.set_image("daemonsets", "agent", "registry.example/agent:2")
    stage.advance()
    assert list(images(stage).values()) == ["2"]
    status = stage.get("daemonsets", "agent")["status"]
    assert (status["desiredNumberScheduled"], status["updatedNumberScheduled"], status["numberAvailable"]) == (1, 1, 1)


def test_the_newest_revision_of_a_daemon_set_is_the_one_that_its_pods_name(stage):
    stage.create(daemon_set())
    stage.advance()
    stage.set_image("daemonsets", "agent", "registry.example/agent:2")
    stage.advance()
    newest = max(stage.all("controllerrevisions"), key=lambda revision: revision["revision"])
    digest = stage.all("pods")[0]["metadata"]["labels"]["controller-revision-hash"]
    assert newest["metadata"]["name"] == f"agent-{digest}"


def test_a_daemon_set_follows_its_nodes(stage):
    stage.create(daemon_set())
    stage.advance()
    second = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}}
    stage.create(second)
    stage.advance()
    assert {pod["spec"]["nodeName"] for pod in stage.all("pods")} == {"node-0", "node-1"}


def test_a_daemon_set_leaves_a_tainted_node_alone_unless_it_tolerates_it(stage):
    node = thaw(stage.cluster.get("nodes", "node-0"))
    node["spec"]["taints"] = [{"key": "reserved", "effect": "NoSchedule"}]
    stage.cluster.update(node)
    stage.create(daemon_set())
    stage.advance()
    assert not stage.all("pods")
    tolerating = thaw(stage.get("daemonsets", "agent")["spec"]["template"])
    tolerating["spec"]["tolerations"] = [{"key": "reserved", "operator": "Exists"}]
    stage.edit("daemonsets", "agent", template=tolerating)
    stage.advance()
    assert len(stage.all("pods")) == 1
