"""Deployments and their ReplicaSets beyond what the tapes hold."""

import pytest

from tests.support.sandbox_stage import NAMESPACE, SandboxStage, container, deployment, template

NEXT = "registry.example/shop/web:1.5.0"
REVISION = "deployment.kubernetes.io/revision"


@pytest.fixture
def stage():
    return SandboxStage()


def replica_sets(stage):
    """Image → (revision, desired replicas)."""
    return {
        rs["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]: (
            rs["metadata"]["annotations"][REVISION],
            rs["spec"]["replicas"],
        )
        for rs in stage.all("replicasets")
    }


def pod_counts(stage):
    """(replicas, available) in each status that the Deployment passed through."""
    statuses = [o["status"] for o in stage.changes if o["kind"] == "Deployment" and o.get("status")]
    return [(s.get("replicas", 0), s.get("availableReplicas", 0)) for s in statuses]


def test_going_back_to_a_former_template_takes_its_replica_set_up_again(stage):
    stage.create(deployment())
    stage.advance()
    stage.set_image("deployments", "web", NEXT)
    stage.advance()
    stage.set_image("deployments", "web", "registry.example/shop/web:1.4.0")
    stage.advance()
    assert replica_sets(stage) == {"1.4.0": ("3", 2), "1.5.0": ("2", 0)}
    assert stage.get("deployments", "web")["metadata"]["annotations"][REVISION] == "3"
    old = next(rs for rs in stage.all("replicasets") if rs["spec"]["replicas"])
    assert old["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


def test_only_as_many_old_replica_sets_stay_as_the_history_may_hold(stage):
    stage.create(deployment(revisionHistoryLimit=1))
    stage.advance()
    for tag in ("2", "3", "4"):
        stage.set_image("deployments", "web", f"registry.example/shop/web:{tag}")
        stage.advance()
    assert replica_sets(stage) == {"3": ("3", 0), "4": ("4", 2)}


@pytest.mark.parametrize(
    ("surge", "unavailable", "most", "fewest"), [(1, 0, 5, 4), (0, 1, 4, 3), ("50%", "25%", 6, 3), (0, "100%", 4, 0)]
)
def test_a_rollout_stays_within_surge_and_unavailability(stage, surge, unavailable, most, fewest):
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    strategy = {"type": "RollingUpdate", "rollingUpdate": rolling}
    stage.create(deployment(replicas=4, strategy=strategy))
    stage.advance()
    stage.changes.clear()
    stage.set_image("deployments", "web", NEXT)
    stage.advance(30)
    counts = pod_counts(stage)
    assert max(replicas for replicas, _ in counts) <= most
    assert min(available for _, available in counts) >= fewest
    assert stage.get("deployments", "web")["status"]["updatedReplicas"] == 4


def test_a_resumed_deployment_rolls_out_what_it_was_given_while_paused(stage):
    stage.create(deployment())
    stage.advance()
    stage.edit("deployments", "web", paused=True)
    stage.set_image("deployments", "web", NEXT)
    stage.advance(60)
    assert list(replica_sets(stage)) == ["1.4.0"]
    assert stage.conditions("deployments", "web")["Progressing"] == ("Unknown", "DeploymentPaused")
    stage.edit("deployments", "web", paused=False)
    stage.advance()
    assert replica_sets(stage)["1.5.0"] == ("2", 2)
    assert stage.conditions("deployments", "web")["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_scaling_changes_the_replica_set_and_makes_no_new_one(stage):
    stage.create(deployment())
    stage.advance()
    stage.edit("deployments", "web", replicas=5)
    stage.advance()
    assert replica_sets(stage) == {"1.4.0": ("1", 5)}
    assert stage.get("deployments", "web")["status"]["availableReplicas"] == 5
    stage.edit("deployments", "web", replicas=0)
    stage.advance()
    assert not stage.all("pods")


def test_a_deployment_that_is_scaled_amid_a_failing_rollout_keeps_both_templates(stage):
    stage.create(deployment(replicas=4))
    stage.advance()
    stage.set_image("deployments", "web", "registry.example/shop/web:broken")
    stage.advance()
    stage.edit("deployments", "web", replicas=8)
    stage.advance()
    desired = replica_sets(stage)
    assert desired["broken"][1] >= 1
    assert desired["1.4.0"][1] >= 6
    assert sum(replicas for _, replicas in desired.values()) <= 10


def test_a_pod_counts_as_available_only_after_its_minimum_of_ready_seconds(stage):
    stage.create(deployment(minReadySeconds=5, progressDeadlineSeconds=60))
    stage.advance(4)
    status = stage.get("deployments", "web")["status"]
    assert (status["readyReplicas"], status.get("availableReplicas", 0)) == (2, 0)
    stage.advance(4)
    assert stage.get("deployments", "web")["status"]["availableReplicas"] == 2


def test_a_template_that_is_put_right_after_the_deadline_rolls_out(stage):
    stage.create(deployment(pod=template(container(image="registry.example/shop/web:missing"))))
    stage.advance(12)
    assert stage.conditions("deployments", "web")["Progressing"] == ("False", "ProgressDeadlineExceeded")
    stage.set_image("deployments", "web", NEXT)
    stage.advance()
    assert stage.conditions("deployments", "web")["Progressing"] == ("True", "NewReplicaSetAvailable")


def test_a_quota_that_is_used_up_shows_as_replica_failure_and_is_made_up_for_when_it_grows(stage):
    metadata = {"name": "few", "namespace": NAMESPACE}
    stage.create({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "1"}}})
    stage.create(deployment())
    stage.advance()
    assert stage.conditions("deployments", "web")["ReplicaFailure"] == ("True", "FailedCreate")
    assert any("exceeded quota: few" in message for message in stage.events("FailedCreate"))
    stage.edit("resourcequotas", "few", hard={"pods": "5"})
    stage.advance()
    assert "ReplicaFailure" not in stage.conditions("deployments", "web")
    assert stage.get("deployments", "web")["status"]["availableReplicas"] == 2


def test_a_missing_service_account_shows_as_replica_failure_until_it_is_there(stage):
    stage.create(deployment(pod=template(serviceAccountName="shop")))
    stage.advance()
    assert stage.conditions("deployments", "web")["ReplicaFailure"] == ("True", "FailedCreate")
    stage.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "shop", "namespace": NAMESPACE}})
    stage.advance()
    assert stage.get("deployments", "web")["status"]["availableReplicas"] == 2


def test_a_pod_that_is_deleted_is_replaced(stage):
    stage.create(deployment())
    stage.advance()
    before = {pod["metadata"]["name"] for pod in stage.all("pods")}
    stage.delete("pods", min(before))
    stage.advance()
    after = {pod["metadata"]["name"] for pod in stage.all("pods")}
    assert len(after) == 2
    assert min(before) not in after


def test_a_rollout_goes_on_after_a_restart_from_what_is_stored(stage):
    stage.create(deployment(replicas=4))
    stage.advance()
    stage.set_image("deployments", "web", NEXT)
    stage.advance(1)
    assert 0 < stage.get("deployments", "web")["status"].get("updatedReplicas", 0) < 4
    stage.restart()
    stage.advance(10)
    status = stage.get("deployments", "web")["status"]
    assert (status["updatedReplicas"], status["replicas"], status["availableReplicas"]) == (4, 4, 4)


def test_the_progress_deadline_is_kept_over_a_restart(stage):
    stage.create(deployment(pod=template(container(image="registry.example/shop/web:missing"))))
    stage.advance(2)
    stage.restart()
    stage.advance(10)
    assert stage.conditions("deployments", "web")["Progressing"] == ("False", "ProgressDeadlineExceeded")


def test_a_deployment_is_looked_at_only_when_clients_have_left_it_alone(stage):
    stage.create(deployment())
    for count in range(1, 6):
        stage.advance(0.2)
        stage.edit("deployments", "web", replicas=count)
    assert not stage.all("replicasets")
    stage.advance(0.4)
    assert replica_sets(stage) == {"1.4.0": ("1", 5)}


def test_a_client_that_never_stops_writing_cannot_hold_up_a_deployment_for_ever(stage):
    stage.create(deployment())
    for count in range(1, 15):
        stage.advance(0.2)
        stage.edit("deployments", "web", replicas=count)
    assert stage.all("replicasets")


def test_nothing_is_written_when_nothing_happens(stage):
    stage.create(deployment())
    stage.advance(30)
    stage.changes.clear()
    stage.advance(1800)
    assert not stage.changes
