"""What counts as drift and as skew at one moment."""

from typing import Any

import pytest

from domain.divergences import DivergenceKind
from domain.images import ContainerImage, Image, container_key
from domain.resources import ResourceId
from services.planning.drift.observing import Observed, ReleaseImages, observe
from services.planning.health.values import Health, HealthState
from services.planning.images.pod_images import Elsewhere
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts
from services.planning.images.writers import LastWriter
from tests.support.running import sha

WEB = ResourceId.of("apps/v1", "Deployment", "web")
KEY = container_key(WEB, "web")
NAME = "registry.example/shop/web"
ONE, TWO = sha("1"), sha("2")
IMAGE, DIGEST, SKEW = DivergenceKind.IMAGE_DRIFT, DivergenceKind.DIGEST_DRIFT, DivergenceKind.SKEW


def on(
    cluster: str,
    reference: str,
    *digests: str,
    state: HealthState = HealthState.READY,
    observed: bool = True,
    **container: Any,
) -> ClusterFacts:
    digest = digests[0] if len(digests) == 1 else None
    facts = ContainerFacts(
        name="web",
        init=False,
        pointer="/spec/template/spec/containers/0",
        image=Image.of(f"{NAME}:{reference}", digest=digest),
        digests=digests,
        **container,
    )
    workload = WorkloadFacts(
        resource=WEB,
        uid="uid",
        paused=False,
        owner=None,
        health=Health(state=state, message=""),
        containers=(facts,),
        observed=observed,
    )
    return ClusterFacts(cluster=cluster, workloads=(workload,))


def released(reference: str = "1", digest: str | None = ONE, *, clusters: tuple[str, ...] = ("eu", "us")):
    image = ContainerImage(workload=WEB, container="web", image=Image.of(f"{NAME}:{reference}", digest=digest))
    return ReleaseImages(number=3, images=(image,), clusters=frozenset(clusters))


def seen(*facts: ClusterFacts, release: ReleaseImages | None = None, dead: tuple[str, ...] = ()) -> Observed:
    return observe({**{each.cluster: each for each in facts}, **dict.fromkeys(dead)}, release)


def kinds(observed: Observed) -> set[DivergenceKind]:
    return {kind for kind, _ in observed.found}


def test_what_runs_as_released_differs_in_nothing():
    cases = (
        ("1", ONE, "1", ONE),
        ("1", ONE, f"1@{ONE}", ONE),
        (f"1@{ONE}", ONE, f"1@{ONE}", ONE),
        (f"1@{ONE}", ONE, "1", ONE),
        ("1", None, "1", ONE),
        ("1", ONE, "1", None),
    )
    for reference, digest, template, runs in cases:
        found = seen(on("eu", template, *([runs] if runs else [])), release=released(reference, digest))
        assert (template, dict(found.found), found.unsure) == (template, {}, frozenset())
        assert found.is_absent((IMAGE, KEY))


def test_a_template_with_another_image_than_the_release_is_drift():
    for reference, digest in (("2", TWO), ("2", ONE), (f"1@{TWO}", TWO), (f"2@{ONE}", ONE)):
        found = seen(on("eu", reference, digest), release=released())
        assert kinds(found) == {IMAGE}, reference


def test_drift_says_which_cluster_what_instead_by_whom_and_when():
    writer = LastWriter(manager="kubectl-edit", at="2026-11-30T08:00:00Z")
    found = seen(on("eu", "1", ONE), on("us", "2", TWO, written_by=writer), release=released()).found[IMAGE, KEY]
    (image,) = found.found
    assert (image.cluster, image.image.tag, image.expected and image.expected.tag) == ("us", "2", "1")
    assert (image.manager, image.written_at and image.written_at.isoformat()) == (
        "kubectl-edit",
        "2026-11-30T08:00:00+00:00",
    )
    assert found.release == 3


def test_a_time_that_is_none_is_left_out():
    for odd in ("yesterday", "2026-11-30T08:00:00"):
        writer = LastWriter(manager="odd", at=odd)
        found = seen(on("eu", "2", TWO, written_by=writer), release=released()).found[IMAGE, KEY].found[0]
        assert (found.manager, found.written_at) == ("odd", None)


def test_drift_waits_until_the_controller_has_seen_the_template():
    found = seen(on("eu", "2", TWO, observed=False), release=released())
    assert (kinds(found), found.is_absent((IMAGE, KEY))) == (set(), False)


def test_drift_is_there_while_what_somebody_wrote_rolls_out_or_fails():
    for state in (HealthState.PROGRESSING, HealthState.FAILED, HealthState.READY):
        assert kinds(seen(on("eu", "2", TWO, state=state), release=released())) == {IMAGE}


def test_other_content_under_the_name_of_the_release_is_digest_drift():
    for digests in ((TWO,), (ONE, TWO)):
        found = seen(on("eu", "1", *digests), release=released())
        assert kinds(found) == {DIGEST}
        assert found.found[DIGEST, KEY].found[0].image.digest == TWO


def test_other_content_that_pods_have_from_a_mirror_is_digest_drift_and_the_same_content_is_not():
    for digest, expected in ((TWO, {DIGEST}), (ONE, set())):
        mirrored = Elsewhere(reference=f"mirror.example/shop/web@{digest}", digest=digest, rewritten=False)
        found = seen(on("eu", "1", elsewhere=(mirrored,)), release=released())
        assert kinds(found) == expected


def test_digests_and_skew_are_not_judged_while_pods_are_replaced():
    for state in (HealthState.PROGRESSING, HealthState.PENDING, HealthState.UNKNOWN, HealthState.TERMINATING):
        rolling = on("eu", "1", TWO, state=state)
        found = seen(rolling, on("us", "1", ONE), release=released())
        assert kinds(found) == set(), state
        assert not found.is_absent((DIGEST, KEY))
        assert not found.is_absent((SKEW, KEY))


def test_pods_that_are_kept_with_a_former_template_are_no_drift():
    former = (Image.of(f"{NAME}:0", digest=TWO),)
    assert kinds(seen(on("eu", "1", former=former, current=False), release=released())) == set()


def test_clusters_that_run_different_images_are_skew_with_the_image_of_each():
    found = seen(on("eu", "1", ONE), on("us", "2", TWO))
    assert kinds(found) == {SKEW}
    assert [(each.cluster, each.image.tag) for each in found.found[SKEW, KEY].found] == [("eu", "1"), ("us", "2")]


def test_clusters_that_run_the_same_content_under_two_names_are_no_skew():
    assert kinds(seen(on("eu", "1", ONE), on("us", "stable", ONE))) == set()


def test_a_cluster_that_is_not_live_makes_nothing_sure_except_what_is_found_elsewhere():
    found = seen(on("eu", "2", TWO), release=released(), dead=("us",))
    assert kinds(found) == {IMAGE}
    assert not found.is_absent((SKEW, KEY))
    assert not seen(on("eu", "1", ONE), release=released(), dead=("us",)).is_absent((IMAGE, KEY))


def test_a_cluster_to_which_the_release_was_not_brought_is_skew_and_no_drift():
    found = seen(on("eu", "1", ONE), on("us", "0", TWO), release=released(clusters=("eu",)))
    assert kinds(found) == {SKEW}
    expected = {each.cluster: each.expected for each in found.found[SKEW, KEY].found}
    assert expected == {"eu": None, "us": Image.of(f"{NAME}:1", digest=ONE)}


@pytest.mark.parametrize("state", [HealthState.FAILED, HealthState.PROGRESSING])
def test_a_cluster_to_which_the_release_was_not_brought_is_skew_whatever_its_pods_are_doing(state):
    behind = on("us", "0", TWO, state=state)
    assert kinds(seen(on("eu", "1", ONE), behind, release=released(clusters=("eu",)))) == {SKEW}


def test_a_cluster_that_somebody_brings_to_the_release_is_not_judged_until_its_pods_are_replaced():
    coming = on("us", "1", TWO, state=HealthState.PROGRESSING)
    found = seen(on("eu", "1", ONE), coming, release=released(clusters=("eu",)))
    assert kinds(found) == set()
    assert not found.is_absent((SKEW, KEY))


def test_where_all_clusters_went_back_by_hand_the_one_that_the_release_was_not_brought_to_is_no_skew():
    release = released(clusters=("eu",))
    assert kinds(seen(on("eu", "0", TWO), on("us", "0", TWO), release=release)) == {IMAGE}


def test_a_release_that_differs_by_cluster_is_compared_by_cluster():
    images = tuple(
        ContainerImage(workload=WEB, container="web", image=Image.of(f"{NAME}:{tag}", digest=digest), cluster=cluster)
        for tag, digest, cluster in (("1", ONE, "eu"), ("2", TWO, "us"))
    )
    release = ReleaseImages(number=3, images=images, clusters=frozenset({"eu", "us"}))
    assert kinds(seen(on("eu", "1", ONE), on("us", "2", TWO), release=release)) == {SKEW}
    swapped = seen(on("eu", "2", TWO), on("us", "1", ONE), release=release)
    assert [each.cluster for each in swapped.found[IMAGE, KEY].found] == ["eu", "us"]


def test_without_a_release_nothing_drifts_and_a_container_that_the_release_lacks_does_not_either():
    assert kinds(seen(on("eu", "9", TWO))) == set()
    other = ReleaseImages(number=3, images=(), clusters=frozenset({"eu"}))
    assert kinds(seen(on("eu", "9", TWO), release=other)) == set()
