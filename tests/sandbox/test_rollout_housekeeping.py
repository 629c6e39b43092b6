"""Namespaces, owners, autoscalers, budgets and quotas: what controllers keep in order."""

import pytest

from sandbox.cluster import Cluster
from sandbox.controllers.namespaces import ROOT_CERTIFICATE
from sandbox.rollout import Controllers
from sandbox.store import thaw
from tests.support.sandbox_stage import NAMESPACE, SandboxStage, config_map, deployment, stateful_set


@pytest.fixture
def stage():
    return SandboxStage()


def owned_by(owner, *, blocking=True):
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "blockOwnerDeletion": blocking,
    }
    owned = config_map("owned")
    owned["metadata"]["ownerReferences"] = [reference]
    return owned


def test_a_new_namespace_gets_its_default_service_account(stage):
    stage.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fresh"}})
    stage.advance(1)
    assert [a["metadata"]["name"] for a in stage.cluster.list("serviceaccounts", "fresh")] == ["default"]
    assert not stage.cluster.list("configmaps", "fresh")


def test_a_new_namespace_gets_the_root_certificate_where_that_is_wanted(stage):
    cluster = Cluster("other", clock=stage.clock)
    Controllers(cluster, root_certificates=True).start()
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fresh"}})
    stage.advance(1)
    assert [m["metadata"]["name"] for m in cluster.list("configmaps", "fresh")] == [ROOT_CERTIFICATE]


def test_a_deleted_namespace_is_emptied_and_goes(stage):
    stage.create(config_map())
    stage.create(deployment())
    stage.advance()
    stage.cluster.delete("namespaces", NAMESPACE)
    stage.advance()
    assert stage.cluster.get("namespaces", NAMESPACE) is None
    left = [e.key for e in stage.cluster.store.everything() if e.key.namespace == NAMESPACE]
    assert left == []


def test_a_finalizer_holds_a_deleted_namespace_which_says_so_after_a_while(stage):
    held = config_map("held")
    held["metadata"]["finalizers"] = ["example.com/hold"]
    stage.create(held)
    stage.cluster.delete("namespaces", NAMESPACE)
    version = stage.cluster.get("namespaces", NAMESPACE)["metadata"]["resourceVersion"]
    stage.advance(1)
    assert stage.cluster.get("namespaces", NAMESPACE)["metadata"]["resourceVersion"] == version
    stage.advance(5)
    conditions = {c["type"]: c["message"] for c in stage.cluster.get("namespaces", NAMESPACE)["status"]["conditions"]}
    assert "example.com/hold in 1 resource instances" in conditions["NamespaceFinalizersRemaining"]
    released = thaw(stage.get("configmaps", "held"))
    released["metadata"]["finalizers"] = []
    stage.cluster.update(released)
    stage.advance()
    assert stage.cluster.get("namespaces", NAMESPACE) is None


def test_replica_sets_and_pods_go_after_their_deployment(stage):
    stage.create(deployment())
    stage.advance()
    stage.delete("deployments", "web")
    assert not stage.exists("deployments", "web")
    stage.advance()
    assert not stage.all("replicasets")
    assert not stage.all("pods")


def test_in_the_foreground_an_owner_goes_last(stage):
    stage.create(deployment())
    stage.advance()
    stage.changes.clear()
    stage.delete("deployments", "web", propagation="Foreground")
    assert stage.exists("deployments", "web")
    stage.advance()
    gone = [o["kind"] for o in stage.changes if not stage.exists(o["kind"].lower() + "s", o["metadata"]["name"])]
    assert gone[-1] == "Deployment"
    assert not stage.all("pods")


def test_orphans_stay_and_forget_their_owner(stage):
    stage.create(deployment())
    stage.advance()
    stage.delete("deployments", "web", propagation="Orphan")
    stage.advance()
    assert not stage.exists("deployments", "web")
    assert ["ownerReferences" in rs["metadata"] for rs in stage.all("replicasets")] == [False]
    assert len(stage.all("pods")) == 2


def test_a_deployment_that_comes_back_takes_up_what_it_left_behind(stage):
    stage.create(deployment())
    stage.advance()
    before = {pod["metadata"]["uid"] for pod in stage.all("pods")}
    stage.delete("deployments", "web", propagation="Orphan")
    stage.advance()
    stage.create(deployment())
    stage.advance()
    assert {pod["metadata"]["uid"] for pod in stage.all("pods")} == before
    assert stage.conditions("deployments", "web")["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_a_stateful_set_that_comes_back_takes_up_the_pods_it_left_behind(stage):
    stage.create(stateful_set())
    stage.advance(10)
    before = {pod["metadata"]["uid"] for pod in stage.all("pods")}
    stage.delete("statefulsets", "db", propagation="Orphan")
    stage.advance()
    stage.create(stateful_set())
    stage.advance(10)
    assert {pod["metadata"]["uid"] for pod in stage.all("pods")} == before
    assert stage.get("statefulsets", "db")["status"]["readyReplicas"] == 2


def test_a_copy_that_names_an_owner_of_another_cluster_is_collected(stage):
    stranger = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "far", "uid": "not-from-here"}}
    stage.create(owned_by(stranger))
    stage.advance()
    assert not stage.exists("configmaps", "owned")


def test_an_object_with_a_living_owner_stays(stage):
    stage.create(owned_by(stage.create(config_map("owner"))))
    stage.advance()
    assert stage.exists("configmaps", "owned")


def test_an_autoscaler_keeps_its_target_within_its_limits(stage):
    stage.create(deployment(replicas=1))
    stage.create(autoscaler(low=2, high=4))
    stage.advance()
    assert stage.get("deployments", "web")["spec"]["replicas"] == 2
    stage.edit("deployments", "web", replicas=9)
    stage.advance()
    assert stage.get("deployments", "web")["spec"]["replicas"] == 4
    status = stage.get("horizontalpodautoscalers", "web")["status"]
    assert (status["currentReplicas"], status["desiredReplicas"]) == (4, 4)


def test_an_autoscaler_leaves_a_stopped_target_alone(stage):
    stage.create(deployment(replicas=0))
    stage.create(autoscaler(low=2, high=4))
    stage.advance()
    assert stage.get("deployments", "web")["spec"]["replicas"] == 0
    assert stage.conditions("horizontalpodautoscalers", "web")["ScalingActive"] == ("False", "ScalingDisabled")


def test_an_autoscaler_by_what_pods_request_cannot_scale_pods_that_request_nothing(stage):
    found = stage.create(deployment(replicas=2))
    stage.create(autoscaler(low=2, high=4))
    stage.advance(10)
    name = stage.all("pods")[0]["metadata"]["name"]
    assert stage.conditions("horizontalpodautoscalers", "web")["ScalingActive"] == ("False", "FailedGetResourceMetric")
    [said] = [
        each["message"]
        for each in stage.get("horizontalpodautoscalers", "web")["status"]["conditions"]
        if each["type"] == "ScalingActive"
    ]
    assert said == (
        "the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in "
        f"container web of Pod {name}"
    )
    template = thaw(found)["spec"]["template"]
    template["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100m"}}
    stage.edit("deployments", "web", template=template)
    stage.advance(30)
    assert stage.conditions("horizontalpodautoscalers", "web")["ScalingActive"] == ("True", "ValidMetricFound")


def test_an_autoscaler_without_its_target_says_so_until_it_is_there(stage):
    stage.create(autoscaler(low=2, high=4))
    stage.advance()
    assert stage.conditions("horizontalpodautoscalers", "web")["AbleToScale"] == ("False", "FailedGetScale")
    stage.create(deployment())
    stage.advance()
    assert stage.conditions("horizontalpodautoscalers", "web")["AbleToScale"][0] == "True"


def test_a_budget_follows_the_pods_that_it_selects(stage):
    metadata = {"name": "web", "namespace": NAMESPACE}
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    stage.create({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": metadata, "spec": spec})
    stage.create(deployment(replicas=3))
    stage.advance()
    status = stage.get("poddisruptionbudgets", "web")["status"]
    assert (status["expectedPods"], status["currentHealthy"], status["disruptionsAllowed"]) == (3, 3, 2)


def test_a_quota_counts_what_there_is(stage):
    metadata = {"name": "few", "namespace": NAMESPACE}
    hard = {"configmaps": "5", "count/deployments.apps": "3"}
    stage.create({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}})
    stage.create(config_map("a"))
    stage.create(deployment())
    stage.advance()
    assert stage.get("resourcequotas", "few")["status"]["used"] == {"configmaps": "1", "count/deployments.apps": "1"}


def test_events_go_after_an_hour(stage):
    stage.create(deployment())
    stage.advance()
    assert stage.all("events")
    stage.advance(3700)
    assert not stage.all("events")


def autoscaler(*, low, high):
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": NAMESPACE},
        "spec": {"scaleTargetRef": target, "minReplicas": low, "maxReplicas": high},
    }
