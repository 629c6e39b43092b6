"""fc-22: admission webhooks write the registry and the digest into pods, and caches write their own name."""

import pytest

from domain.resources import Manifest
from domain.words import Action
from services.planning.overviews.matrix import differs
from tests.support.image_plans import codes, images_after, promote
from tests.support.running import pod, replica_set, seen, sha, workload

TWO, THREE = sha("2"), sha("3")
IMAGE = "acme/api:2.0.0"


def cluster(*pods: tuple[str, str], image: str = IMAGE, name: str = "staging-1", kind: str = "Deployment"):
    """`pods` are the image in the pod's spec and its `imageID`."""
    api = workload("api", {"api": image}, kind=kind)
    return seen(name, [api], [pod(api, {"api": text}, {"api": image_id}) for text, image_id in pods])


PINNED = (f"docker.io/acme/api:2.0.0@{TWO}", f"docker.io/acme/api@{TWO}")
CACHED = ("cache.example.test/acme/api:2.0.0", f"cache.example.test/acme/api@{TWO}")
TARGET = cluster(("acme/api:1.0.0", f"docker.io/acme/api@{sha('1')}"), image="acme/api:1.0.0", name="prod")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_the_digest_is_promoted_in_the_authors_spelling(kind):
    old = cluster(image="acme/api:1.0.0", name="prod", kind=kind)
    plan = promote(cluster(PINNED, kind=kind), old)
    assert images_after(plan) == [("api", f"acme/api:2.0.0@{TWO}", Action.UPDATE)]
    assert codes(plan) == []


@pytest.mark.parametrize(
    ("image", "text"),
    [
        ("acme/api", f"docker.io/acme/api:latest@{TWO}"),
        ("acme/api:latest", f"acme/api@{TWO}"),
        ("acme/api:2.0.0", f"index.docker.io/acme/api@{TWO}"),
        ("acme/api:2.0.0", f"acme/api:2.0.0@{TWO}"),
    ],
)
@pytest.mark.parametrize("image_id", ["", sha("9"), f"mirror.example.test/acme/api@{THREE}"])
def test_the_digest_that_the_pod_states_needs_no_report_of_its_node(image, text, image_id):
    plan = promote(cluster((text, image_id), image=image), TARGET)
    assert images_after(plan)[0][1].endswith(f"@{TWO}")
    assert codes(plan) == []


def test_a_pod_of_a_former_tag_says_nothing_of_the_newer_one():
    plan = promote(cluster((f"acme/api:1.9.0@{THREE}", "")), TARGET)
    assert images_after(plan)[0][1] == IMAGE
    assert codes(plan) == ["digest-unknown"]


def test_a_former_pod_that_is_pinned_by_its_digest_alone_is_told_by_its_revision():
    api = workload("api", {"api": IMAGE}, metadata={"annotations": {"deployment.kubernetes.io/revision": "2"}})
    pods = [
        pod(api, {"api": f"acme/api@{THREE}"}, revision="old"),
        pod(api, {"api": f"acme/api@{TWO}"}, revision="new"),
    ]
    sets = (replica_set(api, "old", "1"), replica_set(api, "new", "2"))
    plan = promote(seen("staging-1", [api], pods, replica_sets=sets), TARGET)
    assert images_after(plan)[0][1] == f"{IMAGE}@{TWO}"


def test_pods_that_were_pinned_to_two_digests_of_one_tag_are_ambiguous():
    plan = promote(cluster(PINNED, (f"acme/api:2.0.0@{THREE}", "")), TARGET)
    assert codes(plan) == ["digest-ambiguous"]


@pytest.mark.parametrize(
    "text",
    [
        "cache.example.test/acme/api:2.0.0",
        f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/docker.io/acme/api:2.0.0@{TWO}",
        f"harbor.example.test/hub/acme/api@{TWO}",
    ],
)
def test_the_digest_of_a_cache_counts_as_unknown_and_the_rewriting_is_named(text):
    plan = promote(cluster((text, CACHED[1])), TARGET)
    assert images_after(plan)[0][1] == IMAGE
    [problem] = plan.all_problems
    assert problem.code == "digest-unknown"
    assert text in problem.detail
    assert "rewrites images" in problem.detail


def test_a_target_whose_pods_are_pinned_to_the_desired_digest_is_left_alone():
    assert promote(cluster((IMAGE, f"docker.io/acme/api@{TWO}")), cluster(PINNED, name="prod")).nothing_to_do


def test_a_target_whose_pods_run_the_desired_digest_from_a_cache_is_left_alone():
    assert promote(cluster(PINNED), cluster(CACHED, name="prod")).nothing_to_do


@pytest.mark.parametrize("other", [PINNED, CACHED, (IMAGE, f"docker.io/acme/api@{TWO}"), (IMAGE, "")])
def test_a_cluster_that_rewrites_pods_does_not_look_skewed_against_one_that_does_not(other):
    clusters = [cluster(PINNED), cluster(other, name="staging-2")]
    assert promote(clusters, TARGET).skew == ()
    assert not differs(clusters)


def test_a_template_that_was_pinned_on_one_cluster_alone_is_no_skew_while_digests_are_unknown():
    """The matrix reads no pods."""
    assert not differs([cluster(), cluster(image=f"{IMAGE}@{TWO}", name="staging-2")])


def test_clusters_whose_pods_are_pinned_to_different_digests_are_skewed():
    clusters = [cluster(PINNED), cluster((f"acme/api:2.0.0@{THREE}", ""), name="staging-2")]
    assert [skew.container for skew in promote(clusters, TARGET).skew] == ["api"]


def test_an_injected_sidecar_does_not_hide_the_digest():
    api = workload("api", {"api": IMAGE})
    injected = pod(api, {"init-mesh": "mesh:1", "mesh": "mesh:1", "api": PINNED[0]}, {"api": PINNED[1]})
    assert images_after(promote(seen("staging-1", [api], [injected]), TARGET))[0][1] == f"{IMAGE}@{TWO}"


RENAMED = ["mirror.example.test/team-a-backend:release", "acme/api:2.0.0-hardened", f"mirror.example.test/x@{TWO}"]


@pytest.mark.parametrize("text", RENAMED)
@pytest.mark.parametrize("keep", ["OnDelete", "RollingUpdate"])
def test_an_image_that_was_renamed_altogether_is_told_by_the_pods_revision(text, keep):
    status = {"observedGeneration": 2, "updateRevision": "new"}
    strategy = {"updateStrategy": {"type": keep}, "metadata": {"generation": 2}}
    api = workload("api", {"api": IMAGE}, kind="StatefulSet", status=status, **strategy)
    pods = [pod(api, {"api": text}, {"api": f"mirror.example.test/x@{TWO}"}, revision="new")]
    old = cluster(image="acme/api:1.0.0", name="prod", kind="StatefulSet")
    plan = promote(seen("staging-1", [api], pods), old)
    assert images_after(plan)[0][1] == IMAGE
    [problem] = plan.all_problems
    assert problem.code == "digest-unknown"
    assert f"{text} in place of {IMAGE}" in problem.detail


def test_before_the_controller_has_seen_the_template_its_newest_pods_are_former_ones():
    status = {"observedGeneration": 1, "updateRevision": "old"}
    spec = {"updateStrategy": {"type": "OnDelete"}, "metadata": {"generation": 2}}
    api = workload("api", {"api": IMAGE}, kind="StatefulSet", status=status, **spec)
    pods = [pod(api, {"api": "acme/api:1.9.0"}, {"api": f"docker.io/acme/api@{THREE}"}, revision="old")]
    plan = promote(seen("staging-1", [api], pods), cluster(image="acme/api:1.0.0", name="prod", kind="StatefulSet"))
    assert images_after(plan)[0][1] == f"acme/api:1.9.0@{THREE}"
    assert codes(plan) == ["source-pods-kept"]


def test_what_is_ambiguous_names_the_digests_and_the_architectures_that_may_explain_them():
    pods = [(IMAGE, f"docker.io/acme/api@{digest}") for digest in (TWO, THREE)]
    [problem] = promote(cluster(*pods), TARGET).all_problems
    assert "(222222222222, 333333333333)" in problem.detail
    assert "architecture" in problem.detail


def test_an_evicted_pod_of_a_replication_controller_says_nothing_of_the_image():
    api = workload("api", {"api": IMAGE}, kind="ReplicationController")
    gone = pod(api, {"api": IMAGE}, {"api": f"docker.io/acme/api@{THREE}"}).edited()
    gone["metadata"]["name"] += "-gone"
    gone["status"] |= {"phase": "Failed", "reason": "Evicted"}
    live = pod(api, {"api": IMAGE}, {"api": f"docker.io/acme/api@{TWO}"})
    old = cluster(image="acme/api:1.0.0", name="prod", kind="ReplicationController")
    plan = promote(seen("staging-1", [api], [live, Manifest(gone)]), old)
    assert images_after(plan)[0][1] == f"{IMAGE}@{TWO}"
