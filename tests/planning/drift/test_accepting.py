"""What accepting records: the release that has no drift where it runs, and why it is refused."""

from dataclasses import replace
from typing import Any

from domain.cluster_api import ClusterFailure
from domain.images import ContainerImage, ContainerRef, Image
from domain.resources import ResourceId
from services.planning.drift.accepting import AcceptancePlan, plan_acceptance
from services.planning.drift.observing import ReleaseImages, observe
from services.planning.health.values import Health, HealthState
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts
from tests.support.running import sha

WEB = ResourceId.of("apps/v1", "Deployment", "web")
ONE, TWO, THREE = sha("1"), sha("2"), sha("3")


def image(container: str, tag: str, digest: str | None = None) -> Image:
    return Image.of(f"registry.example/shop/{container}:{tag}", digest=digest)


def running(name: str, tag: str, *digests: str, **more: Any) -> ContainerFacts:
    only = digests[0] if len(digests) == 1 else None
    pointer = f"/spec/template/spec/containers/{name}"
    return ContainerFacts(name=name, init=False, pointer=pointer, image=image(name, tag, only), digests=digests, **more)


def on(
    cluster: str, *containers: ContainerFacts, state: HealthState = HealthState.READY, observed: bool = True
) -> ClusterFacts:
    workload = WorkloadFacts(
        resource=WEB,
        uid="uid",
        paused=False,
        owner=None,
        health=Health(state=state, message="1 of 2 pods are new."),
        containers=containers,
        observed=observed,
    )
    return ClusterFacts(cluster=cluster, workloads=(workload,))


def dead(cluster: str) -> ClusterFacts:
    failure = ClusterFailure(code="cluster-unreachable", detail="It does not answer.")
    return ClusterFacts(cluster=cluster, failure=failure)


def released(*images: tuple[str, str, str | None], clusters: tuple[str, ...] = ("eu", "us")) -> ReleaseImages:
    held = tuple(ContainerImage(workload=WEB, container=name, image=image(name, tag, of)) for name, tag, of in images)
    return ReleaseImages(number=3, images=held, clusters=frozenset(clusters))


WEB_1 = released(("web", "1", ONE))


def plan(
    *facts: ClusterFacts,
    release: ReleaseImages | None = WEB_1,
    cluster: str | None = None,
    only: tuple[str, ...] | None = None,
) -> AcceptancePlan:
    selected = tuple(ContainerRef(workload=WEB, container=each) for each in only) if only is not None else None
    return plan_acceptance("Production", facts, release, cluster=cluster, selected=selected)


def codes(made: AcceptancePlan, *, blocking: bool = True) -> list[tuple[str, str | None]]:
    return [(each.code, each.cluster) for each in made.problems if each.blocks is blocking]


def recorded(made: AcceptancePlan) -> dict[str, tuple[str | None, str | None]]:
    return {each.container: (each.image.tag, each.image.digest) for each in made.images}


def left(made: AcceptancePlan, *facts: ClusterFacts) -> set[tuple[str, str]]:
    """What differs, by kind and cluster, once the plan's release is the last one."""
    release = ReleaseImages(number=made.release + 1, images=made.images, clusters=frozenset(made.clusters))
    found = observe({each.cluster: each if each.failure is None else None for each in facts}, release).found
    return {(kind.value, image.cluster) for (kind, _), each in found.items() for image in each.found}


def test_what_runs_becomes_the_release_with_its_digest_and_nothing_differs_from_it():
    facts = (on("eu", running("web", "2", TWO)), on("us", running("web", "2", TWO)))
    made = plan(*facts)
    (change,) = made.changes
    assert change.before is not None
    assert (change.before.tag, change.after.tag, change.clusters) == ("1", "2", ("eu", "us"))
    assert (recorded(made), made.clusters, made.problems) == ({"web": ("2", TWO)}, ("eu", "us"), ())
    assert left(made, *facts) == set()


def test_content_that_moved_under_its_tag_is_accepted():
    facts = (on("eu", running("web", "1", TWO)),)
    made = plan(*facts)
    assert (recorded(made), made.blocked, left(made, *facts)) == ({"web": ("1", TWO)}, False, set())


def test_content_that_is_not_one_is_accepted_without_a_digest_and_that_is_said():
    facts = (on("eu", running("web", "1", ONE, TWO)),)
    made = plan(*facts)
    assert (recorded(made), codes(made, blocking=False)) == ({"web": ("1", None)}, [("digest-unknown", "eu")])
    assert (made.blocked, left(made, *facts)) == (False, set())


def test_a_digest_that_no_pod_reports_at_the_moment_is_kept():
    release = released(("web", "1", ONE), ("proxy", "1", ONE))
    made = plan(on("eu", running("web", "1"), running("proxy", "2", TWO)), release=release)
    assert recorded(made) == {"web": ("1", ONE), "proxy": ("2", TWO)}
    assert [each.container for each in made.changes] == ["proxy"]


def test_only_the_selected_containers_are_accepted_and_the_others_still_drift():
    facts = (on("eu", running("web", "2", TWO), running("proxy", "2", TWO)),)
    release = released(("web", "1", ONE), ("proxy", "1", ONE))
    made = plan(*facts, release=release, only=("web",))
    assert recorded(made) == {"web": ("2", TWO), "proxy": ("1", ONE)}
    assert left(made, *facts) == {("image-drift", "eu")}


def test_a_container_of_another_image_on_each_cluster_keeps_what_it_has_there():
    differing = tuple(
        ContainerImage(workload=WEB, container="proxy", image=image("proxy", tag), cluster=cluster)
        for cluster, tag in (("eu", "1"), ("us", "2"))
    )
    release = ReleaseImages(number=3, images=(*WEB_1.images, *differing), clusters=frozenset({"eu", "us"}))
    facts = [on(each, running("web", "2", TWO), running("proxy", tag)) for each, tag in (("eu", "1"), ("us", "2"))]
    made = plan(*facts, release=release, only=("web",))
    held = {(each.container, each.cluster, each.image.tag) for each in made.images}
    assert held == {("web", None, "2"), ("proxy", "eu", "1"), ("proxy", "us", "2")}


def test_containers_that_are_gone_leave_the_release_and_new_ones_enter_it():
    made = plan(on("eu", running("proxy", "1", ONE)))
    assert (recorded(made), made.changes[0].before) == ({"proxy": ("1", ONE)}, None)


def test_where_there_is_no_release_what_runs_is_the_first():
    made = plan(on("eu", running("web", "1", ONE)), release=None)
    assert (made.release, recorded(made), made.blocked) == (0, {"web": ("1", ONE)}, False)


def test_clusters_that_differ_are_refused_until_one_is_named():
    facts = (on("eu", running("web", "2", TWO)), on("us", running("web", "1", ONE)))
    made = plan(*facts)
    assert codes(made) == [("clusters-differ", None)]
    assert "web:2 on eu, registry.example/shop/web:1 on us" in made.problems[0].detail
    named = plan(*facts, cluster="eu")
    assert (recorded(named), named.clusters, named.changes[0].clusters) == ({"web": ("2", TWO)}, ("eu",), ("eu",))
    assert (codes(named), codes(named, blocking=False)) == ([], [("cluster-differs", "us")])
    assert left(named, *facts) == {("skew", "eu"), ("skew", "us")}


def test_a_selection_that_no_cluster_would_have_as_a_whole_is_refused():
    release = released(("web", "2", TWO), ("proxy", "2", TWO), clusters=("eu",))  # it failed on us
    facts = (
        on("eu", running("web", "2", TWO), running("proxy", "2", TWO)),
        on("us", running("web", "1", ONE), running("proxy", "1", ONE)),
    )
    assert codes(plan(*facts, release=release, cluster="us", only=("web",))) == [("release-nowhere", None)]
    assert plan(*facts, release=release, cluster="us").clusters == ("us",)


def test_what_is_rolling_out_is_refused_and_another_workloads_rollout_is_not():
    for state, observed in ((HealthState.PROGRESSING, True), (HealthState.PENDING, True), (HealthState.READY, False)):
        rolling = on("eu", running("web", "2", TWO), state=state, observed=observed)
        assert codes(plan(rolling)) == [("rollout-underway", "eu")]
        assert codes(plan(rolling, on("us", running("web", "1", ONE)))) == [("rollout-underway", "eu")]
    release = released(("web", "1", ONE), ("proxy", "1", ONE))
    same = on("eu", running("web", "1", ONE), state=HealthState.PROGRESSING)
    assert codes(plan(same, release=release)) == [("nothing-to-accept", None)]


def test_what_fails_is_accepted_with_a_warning():
    made = plan(on("eu", running("web", "2", TWO), state=HealthState.FAILED))
    assert (made.blocked, codes(made, blocking=False)) == (False, [("workload-failing", "eu")])


def test_pods_that_are_kept_with_a_former_template_are_told():
    made = plan(on("eu", running("web", "2", TWO, former=(image("web", "1"),), current=False)))
    assert (made.blocked, codes(made, blocking=False)) == (False, [("pods-kept", "eu")])


def test_what_does_not_differ_is_refused():
    for facts, cluster in (
        ((on("eu", running("web", "1", ONE)),), None),
        ((on("eu", running("web", "1", ONE)), on("us", running("web", "2", TWO))), "eu"),
    ):
        assert codes(plan(*facts, cluster=cluster)) == [("nothing-to-accept", None)]
    assert codes(plan(ClusterFacts(cluster="eu"), release=None)) == [("nothing-to-accept", None)]


def test_a_container_that_runs_nowhere_is_refused():
    assert codes(plan(on("eu", running("web", "2", TWO)), only=("web", "typo"))) == [("container-missing", None)]


def test_a_cluster_that_cannot_be_read_refuses_unless_another_one_is_named():
    facts = (on("eu", running("web", "2", TWO)), dead("us"))
    assert codes(plan(*facts)) == codes(plan(*facts, cluster="us")) == [("cluster-unreachable", "us")]
    named = plan(*facts, cluster="eu")
    assert (named.blocked, named.clusters, codes(named, blocking=False)) == (
        False,
        ("eu",),
        [("cluster-unreachable", "us")],
    )


def test_the_digest_names_what_is_recorded_and_the_release_before():
    one = plan(on("eu", running("web", "2", TWO)))
    assert one.digest == plan(on("eu", running("web", "2", TWO), state=HealthState.FAILED)).digest
    others = (
        plan(on("eu", running("web", "3", TWO))),
        plan(on("eu", running("web", "2", THREE))),
        plan(on("us", running("web", "2", TWO))),
        plan(on("eu", running("web", "2", TWO)), release=replace(WEB_1, number=4)),
    )
    assert one.digest not in {each.digest for each in others}
