"""fc-30: workloads whose pods nothing replaces. What is promoted from them is what their pods run, and that is said."""

from dataclasses import replace
from typing import Any

import pytest

from domain.problems import Severity
from domain.words import Action, DeployMode, Pin
from services.planning.images.releases import is_running, with_digests
from services.planning.overviews.application import application_overview
from services.planning.overviews.matrix import images_of
from services.planning.overviews.values import SeenCluster, SeenEnvironment
from services.reading.running_index import index_of_facts, run_by_pods
from tests.support.image_plans import codes, images_after, promote, ref, resource
from tests.support.rollouts import START
from tests.support.running import pod, replica_set, seen, sha, workload

OLD, NEW = sha("1"), sha("2")
NAME = "registry.example.test/fin/ledger"
ON_DELETE = {"kind": "StatefulSet", "updateStrategy": {"type": "OnDelete"}}
HELD = {"kind": "StatefulSet", "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 3}}}
KEPT = {
    "on delete": ON_DELETE,
    "partition": HELD,
    "daemon set": {"kind": "DaemonSet", "updateStrategy": {"type": "OnDelete"}},
    "controller": {"kind": "ReplicationController"},
    "replica set": {"kind": "ReplicaSet"},
    "paused": {"kind": "Deployment", "paused": True},
}


def source(*tags: str, template: str = f"{NAME}:5.2.0@{NEW}", spec=None, name: str = "staging-1"):
    """A ledger whose pods, by ordinal, run these tags."""
    ledger = workload("ledger", {"ledger": template, "agent": "agent:1"}, **(spec or ON_DELETE))
    pods = [
        pod(
            ledger,
            {"ledger": f"{NAME}:{tag}", "agent": "agent:1"},
            {"ledger": f"{NAME}@{OLD if tag == '5.1.0' else NEW}", "agent": f"agent@{OLD}"},
            ordinal=ordinal,
            revision=tag,
        )
        for ordinal, tag in enumerate(tags)
    ]
    return seen(name, [ledger], pods)


def target(kind: str = "StatefulSet", image: str = f"{NAME}:5.0.0@{sha('0')}"):
    return seen("prod-eu", [workload("ledger", {"ledger": image}, kind=kind)])


@pytest.mark.parametrize("spec", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("pin", [True, False])
def test_while_no_pod_runs_the_template_the_former_image_is_promoted_and_said(spec, pin):
    plan = promote(source("5.1.0", "5.1.0", "5.1.0", spec=spec), target(spec["kind"]), pin=pin)
    assert images_after(plan) == [("ledger", f"{NAME}:5.1.0@{OLD}" if pin else f"{NAME}:5.1.0", Action.UPDATE)]
    [kept] = [problem for problem in plan.all_problems if problem.code == "source-pods-kept"]
    assert kept.severity is Severity.WARNS
    assert f"{NAME}:5.1.0" in kept.detail
    assert f"{NAME}:5.2.0" in kept.detail
    assert not [code for code in codes(plan) if code.startswith("digest-")]


def test_once_all_pods_run_the_template_nothing_is_left_to_say():
    plan = promote(source("5.2.0", "5.2.0", "5.2.0"), target())
    assert images_after(plan)[0][1] == f"{NAME}:5.2.0@{NEW}"
    assert "source-pods-kept" not in codes(plan)
    assert not plan.blocked


@pytest.mark.parametrize("pin", [True, False])
def test_pods_that_differ_block_until_the_container_is_left_out(pin):
    some = source("5.2.0", "5.1.0", "5.1.0")
    plan = promote(some, target(), pin=pin)
    [problem] = [each for each in plan.all_problems if each.blocks]
    assert problem.code == "source-pods-differ"
    assert "5.1.0" in problem.detail
    assert "5.2.0" in problem.detail
    both = seen("prod-eu", [workload("ledger", {"ledger": NAME, "agent": "agent:0"}, kind="StatefulSet")])
    assert not promote(some, both, selected=[_ledger("agent")]).blocked


def test_pods_above_the_partition_are_on_their_way_and_do_not_count():
    rolling = {"kind": "StatefulSet", "updateStrategy": {"rollingUpdate": {"partition": 1}}}
    plan = promote(source("5.2.0", "5.1.0", "5.2.0", spec=rolling), target())
    assert images_after(plan)[0][1] == f"{NAME}:5.2.0@{NEW}"
    assert "source-pods-differ" not in codes(plan)


def test_the_partition_counts_from_the_first_ordinal():
    shifted: dict[str, Any] = {**HELD, "ordinals": {"start": 5}}
    ledger = workload("ledger", {"ledger": f"{NAME}:5.2.0"}, **shifted)
    old = pod(ledger, {"ledger": f"{NAME}:5.1.0"}, {"ledger": f"{NAME}@{OLD}"}, ordinal=7)
    assert images_after(promote(seen("s", [ledger], [old]), target()))[0][1] == f"{NAME}:5.1.0@{OLD}"


def test_a_rollout_that_replaces_its_pods_promotes_its_template_as_before():
    rolling = {"kind": "StatefulSet", "updateStrategy": {"type": "RollingUpdate"}}
    plan = promote(source("5.1.0", "5.1.0", template=f"{NAME}:5.2.0", spec=rolling), target())
    assert images_after(plan)[0][1] == f"{NAME}:5.2.0"
    assert "source-pods-kept" not in codes(plan)


def test_a_former_revision_with_the_same_images_is_no_former_image():
    assert "source-pods-kept" not in codes(promote(source("5.2.0", template=f"{NAME}:5.2.0"), target()))


def test_a_paused_deployment_has_no_revision_of_its_template_yet():
    marks = {"generation": 2, "annotations": {"deployment.kubernetes.io/revision": "1"}}
    ledger = workload(
        "ledger", {"ledger": f"{NAME}:5.2.0"}, metadata=marks, status={"observedGeneration": 2}, paused=True
    )
    old = pod(ledger, {"ledger": f"{NAME}:5.1.0"}, {"ledger": f"{NAME}@{OLD}"})
    facts = seen("staging-1", [ledger], [old], replica_sets=(replica_set(ledger, "abc", "1"),))
    plan = promote(facts, target("Deployment"))
    assert images_after(plan)[0][1] == f"{NAME}:5.1.0@{OLD}"
    assert "source-pods-kept" in codes(plan)


def test_what_a_target_keeps_is_not_written_again():
    """Its template has the image. Restarting its pods is up to those who chose OnDelete."""
    from_pods = source("5.2.0", template=f"{NAME}:5.2.0@{NEW}")
    kept = source("5.1.0", template=f"{NAME}:5.2.0@{NEW}", name="prod-eu")
    assert promote(from_pods, kept).nothing_to_do


def test_a_release_does_not_claim_a_digest_that_no_pod_runs():
    kept = source("5.1.0", template=f"{NAME}:5.2.0")
    assert [image.image.digest for image in with_digests(kept.images, kept.images)] == [None, OLD]


def test_the_overview_shows_what_pods_run_and_that_another_image_is_written():
    [container, _] = overview(source("5.1.0", "5.1.0"))
    [shown] = container.images
    assert (shown.image.tag, shown.image.digest) == ("5.1.0", OLD)
    assert shown.written is not None
    assert shown.written.tag == "5.2.0"


def test_the_overview_shows_the_template_where_pods_run_it():
    assert [each.written for one in overview(source("5.2.0", "5.2.0")) for each in one.images] == [None, None]


def test_a_push_is_compared_with_what_is_written_not_with_what_pods_keep():
    """Else 5.1.5 would be an upgrade, and take 5.2.0 back before any pod ran it."""
    rows = index_of_facts("a", [source("5.1.0")])
    assert [row.reference for row in rows] == [f"{NAME}:5.2.0@{NEW}", f"agent:1@{OLD}"]


def test_the_matrix_shows_what_pods_run_and_that_another_image_is_written():
    ledger, agent = images_of(source("5.1.0", "5.1.0"))
    assert (ledger.tag, ledger.digest) == ("5.1.0", OLD)
    assert ledger.written is not None
    assert ledger.written.tag == "5.2.0"
    assert (agent.tag, agent.written) == ("1", None)


@pytest.mark.parametrize(
    ("tags", "runs"),
    [(("5.1.0", "5.1.0"), "5.1.0"), (("5.2.0", "5.1.0"), None), (("5.2.0", "5.2.0"), "5.2.0")],
    ids=["no pod", "one pod", "all pods"],
)
def test_the_release_that_pods_run_is_the_current_one(tags, runs):
    running = run_by_pods(index_of_facts("a", [source(*tags)]))
    releases = {tag: source(tag, template=f"{NAME}:{tag}").images for tag in ("5.1.0", "5.2.0")}
    assert [tag for tag, images in releases.items() if is_running(images, running)] == ([runs] if runs else [])


def overview(facts):
    cluster = SeenCluster(cluster=facts.cluster, facts=facts, read_at=START, failure=None)
    environment = SeenEnvironment(
        environment="Staging",
        rank=1,
        configured=True,
        namespace="fin",
        deploy_mode=DeployMode.MANUAL,
        pin=Pin.DIGEST,
        active_operation=None,
        resources=tuple(one.resource for one in facts.workloads),
        clusters=(cluster,),
    )
    [shown] = application_overview("ledger", [environment], read_at=START).environments
    return shown.workloads[0].containers


def _ledger(container: str):
    return replace(ref("ledger", container), workload=resource("ledger", "StatefulSet"))
