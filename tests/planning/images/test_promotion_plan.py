"""Promotions and roll-backs, planned from facts that are written out short: `{"web": {"web": "shop/web:1"}}`."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from domain.cluster_api import ClusterFailure
from domain.images import ContainerImage, ContainerRef, Image, ImageChange, container_key
from domain.problems import Severity
from domain.resources import Manifest, ResourceId
from domain.stored.plans import StoredImagePlan
from domain.words import Action
from services.planning.health.values import Health, HealthState
from services.planning.images.changes import digests_matter, runs_already
from services.planning.images.patch import image_patch
from services.planning.images.promotion_plan import build_promotion_plan, stored_plan
from services.planning.images.promotion_source import environment_source, release_source
from services.planning.images.releases import images_for, release_images
from services.planning.images.running import ClusterFacts, ContainerFacts, WorkloadFacts
from services.planning.objects.owners import Owner

ONE, TWO, THREE = ("sha256:" + letter * 64 for letter in "123")
DOWN = ClusterFailure(code="cluster-unreachable", detail="The cluster cannot be reached.")


def resource(name: str, kind: str = "Deployment") -> ResourceId:
    return ResourceId.of("batch/v1" if kind in {"Job", "CronJob"} else "apps/v1", kind, name)


def workload(
    name: str, images: Mapping[str, str | tuple[str, ...]], *, kind: str = "Deployment", state=HealthState.READY, **more
):
    """`images` are container → reference, or (reference, digests…)."""
    given = {key: (image,) if isinstance(image, str) else image for key, image in images.items()}
    return WorkloadFacts(
        resource=resource(name, kind),
        uid=f"uid-{name}",
        paused=more.get("paused", False),
        owner=more.get("owner"),
        health=Health(state=state, message="So it is."),
        containers=tuple(
            ContainerFacts(
                name=container,
                init=container.startswith("init"),
                pointer=f"/spec/template/spec/containers/{index}",
                image=Image.of(reference, digest=digests[0] if len(digests) == 1 else None),
                digests=tuple(digests),
            )
            for index, (container, (reference, *digests)) in enumerate(given.items())
        ),
    )


def cluster(name: str, *workloads: WorkloadFacts, **more) -> ClusterFacts:
    return ClusterFacts(cluster=name, workloads=workloads, **more)


def ref(name: str, container: str) -> ContainerRef:
    return ContainerRef(workload=resource(name), container=container)


def promote(source, targets, *, pin=True, selected=None, source_cluster=None):
    sources = source if isinstance(source, list) else [source]
    keys = frozenset(one.key for one in selected) if selected is not None else None
    found = environment_source("Staging", sources, cluster=source_cluster, pin=pin, selected=keys)
    listed = targets if isinstance(targets, list) else [targets]
    return build_promotion_plan(found, "Production", listed, pin=pin, selected=selected)


def codes(plan) -> list[str]:
    return [problem.code for problem in plan.all_problems]


def images_after(plan) -> list[tuple[str, str, Action]]:
    return [
        (change.container, change.after.reference, change.action) for one in plan.clusters for change in one.changes
    ]


STAGING = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO), "proxy": ("shop/proxy:1", ONE)}))
PRODUCTION = cluster("prod-eu", workload("web", {"web": ("shop/web:1", ONE), "proxy": ("shop/proxy:1", ONE)}))


def test_what_ran_is_promoted_with_its_digest_and_nothing_else_changes():
    plan = promote(STAGING, PRODUCTION)
    assert images_after(plan) == [
        ("web", f"shop/web:2@{TWO}", Action.UPDATE),
        ("proxy", "shop/proxy:1", Action.UNCHANGED),
    ]
    assert codes(plan) == []
    assert not plan.nothing_to_do


def test_where_tags_are_pinned_the_tag_alone_is_written():
    assert images_after(promote(STAGING, PRODUCTION, pin=False))[0] == ("web", "shop/web:2", Action.UPDATE)


def test_a_source_that_was_itself_promoted_loses_its_digest_where_tags_are_pinned():
    pinned = cluster("staging-1", workload("web", {"web": (f"shop/web:2@{TWO}", TWO)}))
    assert images_after(promote(pinned, PRODUCTION, pin=False))[0] == ("web", "shop/web:2", Action.UPDATE)


def test_the_digest_in_the_source_template_goes_before_what_its_pods_report():
    platform_only = cluster("staging-1", workload("web", {"web": (f"shop/web:2@{TWO}", THREE)}))
    assert images_after(promote(platform_only, PRODUCTION))[0][1] == f"shop/web:2@{TWO}"


def test_promoting_again_has_nothing_to_do():
    promoted = cluster("prod-eu", workload("web", {"web": (f"shop/web:2@{TWO}", TWO), "proxy": ("shop/proxy:1", ONE)}))
    plan = promote(STAGING, promoted)
    assert plan.nothing_to_do
    assert not plan.blocked


def test_a_target_that_runs_the_digest_without_naming_it_is_left_alone():
    assert promote(STAGING, cluster("prod-eu", *STAGING.workloads)).nothing_to_do


def test_a_tag_that_moved_since_the_target_started_is_promoted():
    stale = cluster("prod-eu", workload("web", {"web": ("shop/web:2", ONE)}))
    assert images_after(promote(STAGING, stale)) == [("web", f"shop/web:2@{TWO}", Action.UPDATE)]


def test_a_tag_that_moved_is_reported_only_where_tags_are_pinned():
    stale = cluster("prod-eu", workload("web", {"web": ("shop/web:2", ONE), "proxy": ("shop/proxy:1", ONE)}))
    plan = promote(STAGING, stale, pin=False)
    assert plan.nothing_to_do
    assert codes(plan) == ["tag-moved"]


@pytest.mark.parametrize(
    ("before", "after", "pin", "expected"),
    [
        (("web:1", None), ("web:1", None), True, True),
        (("web:1", None), (f"web:1@{ONE}", None), True, False),
        (("web:1", ONE), (f"web:1@{ONE}", None), True, True),
        (("web:1", TWO), (f"web:1@{ONE}", None), True, False),
        (("web:0", ONE), (f"web:1@{ONE}", None), True, False),
        ((f"web:1@{ONE}", None), ("web:1", None), True, True),
        ((f"web:1@{ONE}", None), ("web:1", ONE), False, True),
        ((f"web:1@{ONE}", None), ("web:1", TWO), False, False),
        (("web:1", TWO), ("web:1", ONE), False, True),
        (("docker.io/library/web:1", None), ("web:1", None), False, True),
        (("web", None), ("web:latest", None), False, True),
    ],
)
def test_what_counts_as_there_already(before, after, pin, expected):
    assert runs_already(Image.of(before[0], digest=before[1]), Image.of(after[0], digest=after[1]), pin=pin) is expected


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "CronJob", "Deployment"])
def test_every_kind_of_workload_is_promoted(kind):
    source = cluster("staging-1", workload("x", {"c": ("c:2", TWO), "init-c": ("i:2", TWO)}, kind=kind))
    target = cluster("prod-eu", workload("x", {"c": ("c:1", ONE), "init-c": ("i:1", ONE)}, kind=kind))
    assert [action for _, _, action in images_after(promote(source, target))] == [Action.UPDATE, Action.UPDATE]


def test_a_job_is_left_as_it_is_with_a_warning():
    source = cluster("staging-1", workload("x", {"c": ("c:2", TWO)}, kind="Job"))
    target = cluster("prod-eu", workload("x", {"c": ("c:1", ONE)}, kind="Job"))
    plan = promote(source, target)
    assert images_after(plan) == [("c", f"c:2@{TWO}", Action.BLOCKED)]
    assert codes(plan) == ["job-immutable"]
    assert not plan.blocked
    assert plan.clusters[0].images[0].image.reference == "c:1"


def test_a_job_that_was_requested_by_name_blocks():
    source = cluster("staging-1", workload("x", {"c": ("c:2", TWO)}, kind="Job"))
    target = cluster("prod-eu", workload("x", {"c": ("c:1", ONE)}, kind="Job"))
    asked = [ContainerRef(workload=resource("x", "Job"), container="c")]
    assert promote(source, target, selected=asked).blocked


def test_only_requested_containers_are_promoted():
    target = cluster("prod-eu", workload("web", {"web": ("shop/web:1", ONE), "proxy": ("shop/proxy:0", THREE)}))
    plan = promote(STAGING, target, selected=[ref("web", "proxy")])
    assert images_after(plan) == [("proxy", f"shop/proxy:1@{ONE}", Action.UPDATE)]


def test_containers_that_only_one_side_has_are_named_on_both_sides():
    target = cluster("prod-eu", workload("web", {"app": ("shop/web:1", ONE), "proxy": ("shop/proxy:1", ONE)}))
    plan = promote(STAGING, target)
    assert [(one.side, one.container, one.suggestion) for one in plan.unmatched] == [
        ("source", "web", "Deployment web, container app"),
        ("target", "app", "Deployment web, container web"),
    ]
    assert codes(plan) == ["container-unmatched"]
    assert not plan.blocked


def test_an_unmatched_container_names_the_clusters_that_lack_it():
    bare = workload("web", {"proxy": ("shop/proxy:1", ONE)})
    plan = promote(STAGING, [PRODUCTION, cluster("prod-us", bare), cluster("prod-ap", bare)])
    assert [(one.container, one.clusters) for one in plan.unmatched] == [("web", ("prod-us", "prod-ap"))]


def test_a_requested_container_that_no_target_has_blocks():
    target = cluster("prod-eu", workload("web", {"proxy": ("shop/proxy:1", ONE)}))
    assert promote(STAGING, target, selected=[ref("web", "web")]).blocked


def test_a_requested_container_that_one_target_lacks_does_not_block():
    lacking = cluster("prod-us", workload("web", {"proxy": ("shop/proxy:1", ONE)}))
    plan = promote(STAGING, [PRODUCTION, lacking], selected=[ref("web", "web")])
    assert codes(plan) == ["container-unmatched"]
    assert not plan.blocked


def test_a_requested_container_that_the_source_lacks_blocks():
    plan = promote(STAGING, PRODUCTION, selected=[ref("web", "nope")])
    assert "container-not-in-source" in codes(plan)
    assert plan.blocked


def test_nothing_that_matches_blocks():
    plan = promote(STAGING, cluster("prod-eu", workload("other", {"web": ("shop/web:1", ONE)})))
    assert "nothing-matches" in codes(plan)
    assert plan.blocked
    assert not plan.nothing_to_do


@pytest.mark.parametrize("selected", [None, [ref("web", "web")]])
def test_nothing_is_reported_missing_from_a_source_that_cannot_be_read(selected):
    plan = promote(cluster("staging-1", failure=DOWN), PRODUCTION, selected=selected)
    assert plan.blocked
    assert (codes(plan), plan.unmatched) == (["cluster-unreachable"], ())


def test_a_workload_that_a_target_lacks_is_reported():
    plan = promote(STAGING, replace(PRODUCTION, missing=(resource("api"),)))
    assert [(p.code, p.resource) for p in plan.all_problems] == [("workload-missing", resource("api"))]


SKEWED = [
    STAGING,
    cluster("staging-2", workload("web", {"web": ("shop/web:3", THREE), "proxy": ("shop/proxy:1", ONE)})),
]


def test_source_clusters_that_differ_block_until_one_is_named():
    plan = promote(SKEWED, PRODUCTION)
    assert plan.blocked
    assert [(s.container, [(i.cluster, i.image.digest) for i in s.images]) for s in plan.skew] == [
        ("web", [("staging-1", TWO), ("staging-2", THREE)])
    ]
    named = promote(SKEWED, PRODUCTION, source_cluster="staging-2")
    assert not named.blocked
    assert named.skew == ()
    assert images_after(named)[0][1] == f"shop/web:3@{THREE}"


def test_skew_of_containers_that_are_not_requested_is_no_problem():
    assert not promote(SKEWED, PRODUCTION, selected=[ref("web", "proxy")]).skew


def test_source_clusters_with_one_tag_and_different_digests_are_skewed():
    moved = cluster("staging-2", workload("web", {"web": ("shop/web:2", THREE), "proxy": ("shop/proxy:1", ONE)}))
    assert promote([STAGING, moved], PRODUCTION).skew


def test_a_source_cluster_whose_pods_do_not_run_does_not_disagree_and_another_knows_the_digest():
    silent = cluster("staging-0", workload("web", {"web": "shop/web:2", "proxy": "shop/proxy:1"}))
    plan = promote([silent, STAGING], PRODUCTION)
    assert not plan.skew
    assert images_after(plan)[0][1] == f"shop/web:2@{TWO}"
    assert codes(plan) == []


def test_without_any_digest_the_tag_is_promoted_with_a_warning():
    source = cluster("staging-1", workload("report", {"c": "c:2"}, kind="CronJob"))
    target = cluster("prod-eu", workload("report", {"c": "c:1"}, kind="CronJob"))
    plan = promote(source, target)
    assert images_after(plan) == [("c", "c:2", Action.UPDATE)]
    assert codes(plan) == ["digest-unknown"]
    assert not plan.blocked


def test_pods_that_run_two_images_under_one_tag_block():
    both = cluster("staging-1", workload("web", {"web": ("shop/web:2", ONE, TWO)}))
    plan = promote(both, PRODUCTION)
    assert codes(plan) == ["digest-ambiguous"]
    assert plan.blocked
    assert not promote(both, PRODUCTION, pin=False).blocked


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (HealthState.PENDING, "source-rolling-out"),
        (HealthState.PROGRESSING, "source-rolling-out"),
        (HealthState.FAILED, "source-failing"),
    ],
)
def test_an_unhealthy_source_is_reported(state, code):
    source = cluster("staging-1", workload("web", {"web": ("shop/web:2", TWO)}, state=state))
    plan = promote(source, PRODUCTION)
    assert codes(plan) == [code]
    assert not plan.blocked


def test_a_paused_target_blocks_where_it_would_change():
    paused = cluster("prod-eu", replace(PRODUCTION.workloads[0], paused=True))
    assert [(p.code, p.severity) for p in promote(STAGING, paused).all_problems] == [
        ("rollout-paused", Severity.BLOCKS)
    ]
    assert not promote(STAGING, paused, selected=[ref("web", "proxy")]).blocked


@pytest.mark.parametrize(
    ("controller", "code", "blocked"), [(False, "owned", False), (True, "owned-by-controller", True)]
)
def test_a_target_that_another_tool_owns_is_reported(controller, code, blocked):
    owner = Owner(tool="Helm", mark="label x", consequence="it is undone", controller=controller)
    plan = promote(STAGING, cluster("prod-eu", replace(PRODUCTION.workloads[0], owner=owner)))
    assert codes(plan) == [code]
    assert plan.blocked is blocked


def test_a_problem_of_a_workload_is_reported_once_for_all_its_containers():
    owner = Owner(tool="Helm", mark="label x", consequence="it is undone")
    both = workload("web", {"web": ("shop/web:1", ONE), "proxy": ("shop/proxy:0", THREE)}, owner=owner)
    assert codes(promote(STAGING, cluster("prod-eu", both))) == ["owned"]


def test_an_unreachable_target_is_a_problem_and_the_others_are_planned():
    plan = promote(STAGING, [PRODUCTION, cluster("prod-us", failure=DOWN)])
    assert [(p.code, p.cluster, p.severity) for p in plan.all_problems] == [
        ("cluster-unreachable", "prod-us", Severity.WARNS)
    ]
    assert images_after(plan)[0][2] is Action.UPDATE
    assert not plan.clusters[1].read
    assert [image.container for image in plan.clusters[1].desired] == ["web", "proxy"]


def test_with_an_unreachable_target_the_plan_is_not_empty():
    promoted = cluster("prod-eu", *STAGING.workloads)
    assert not promote(STAGING, [promoted, cluster("prod-us", failure=DOWN)]).nothing_to_do


def test_an_unreachable_source_cluster_blocks_only_where_no_other_can_be_read():
    down = cluster("staging-2", failure=DOWN)
    assert not promote([STAGING, down], PRODUCTION).blocked
    assert promote([down], PRODUCTION).blocked
    assert promote([STAGING, down], PRODUCTION, source_cluster="staging-2").blocked


def test_the_digest_is_of_what_is_written():
    plan = promote(STAGING, PRODUCTION)
    assert plan.digest == promote(STAGING, PRODUCTION).digest
    troubled = cluster("staging-1", replace(STAGING.workloads[0], health=Health(state=HealthState.FAILED, message="")))
    assert promote(troubled, PRODUCTION).digest == plan.digest


@pytest.mark.parametrize(
    ("sources", "targets", "pin"),
    [
        (SKEWED[1], PRODUCTION, True),
        (STAGING, PRODUCTION, False),
        (STAGING, cluster("prod-eu", workload("web", {"web": ("shop/web:0", ONE)})), True),
        (STAGING, replace(PRODUCTION, cluster="prod-us"), True),
        (STAGING, cluster("prod-eu", failure=DOWN), True),
    ],
    ids=["another source image", "another pin", "another former image", "another cluster", "the target is down"],
)
def test_the_digest_changes_when_the_plan_would_differ(sources, targets, pin):
    assert promote(sources, targets, pin=pin).digest != promote(STAGING, PRODUCTION).digest


def released(**images: str) -> list[ContainerImage]:
    return [
        ContainerImage(workload=resource("web"), container=name, init=False, image=Image.of(image))
        for name, image in images.items()
    ]


def test_a_rollback_plans_the_images_of_a_release_with_their_digests():
    source = release_source(3, released(web=f"shop/web:0@{THREE}", proxy="shop/proxy:1"))
    plan = build_promotion_plan(source, "Production", [PRODUCTION], pin=True, selected=None)
    assert images_after(plan)[0] == ("web", f"shop/web:0@{THREE}", Action.UPDATE)
    assert (plan.source_release, plan.source_environment) == (3, None)


def test_a_rollback_gives_each_cluster_its_own_former_images():
    web = released(web="shop/web:7")[0]
    release = [replace(web, cluster="prod-eu"), replace(web, cluster="prod-us", image=Image.of("shop/web:8"))]
    targets = [PRODUCTION, replace(PRODUCTION, cluster="prod-us"), replace(PRODUCTION, cluster="prod-new")]
    plan = build_promotion_plan(release_source(1, release), "Production", targets, pin=True, selected=None)
    assert [one.changes[0].after.reference for one in plan.clusters] == ["shop/web:7", "shop/web:8", "shop/web:7"]


def test_a_release_holds_every_container_of_the_target_as_it_is_afterwards():
    own = workload("own", {"own": ("own:1", ONE)})
    plan = promote(STAGING, cluster("prod-eu", *PRODUCTION.workloads, own))
    assert [(i.container, i.image.reference, i.image.digest) for i in plan.clusters[0].images] == [
        ("web", f"shop/web:2@{TWO}", TWO),
        ("proxy", "shop/proxy:1", ONE),
        ("own", "own:1", ONE),
    ]


def test_a_release_survives_its_row():
    image = replace(released(web="shop/web:7")[0], image=Image.of("shop/web:7", digest=ONE))
    stored = json.loads(json.dumps(image.to_json()))
    assert ContainerImage.from_json(stored) == image
    assert images_for([ContainerImage.from_json({**stored, "cluster": "a"})], "a")[0].cluster == "a"


def test_the_images_of_a_release_are_read_from_manifests():
    spec = {"initContainers": [{"name": "i", "image": "i:1"}], "containers": [{"name": "c", "image": "c:1"}]}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": spec}},
    }
    digests = {container_key(resource("web"), "c"): ONE}
    assert [(i.container, i.init, i.image.digest) for i in release_images([Manifest(body)], digests=digests)] == [
        ("i", True, None),
        ("c", False, ONE),
    ]


def test_a_plan_fits_into_a_row_and_its_changes_come_back():
    plan = promote(STAGING, [PRODUCTION, cluster("prod-us", failure=DOWN)])
    stored = stored_plan(plan, namespace="shop")
    kept = StoredImagePlan.from_json(json.loads(json.dumps(stored.to_json())))
    assert kept == stored
    assert kept.clusters["prod-eu"].changes == plan.clusters[0].changes
    assert [image.container for image in kept.clusters["prod-us"].desired] == ["web", "proxy"]
    assert set(kept.leaves.images) == {"prod-eu", "prod-us"}


def test_a_patch_tests_name_and_image_of_all_containers_before_it_replaces_any():
    changes = [
        ImageChange(
            workload=resource("web"),
            container=container,
            init=False,
            pointer=pointer,
            before=Image.of(f"{name}:1"),
            after=Image.of(f"{name}:2"),
            action=Action.UPDATE,
        )
        for container, pointer, name in (("web", "/spec/c/0", "a"), ("proxy", "/spec/c/1", "b"))
    ]
    assert [(one.op, one.path, one.value) for one in image_patch(changes)] == [
        ("test", "/spec/c/0/name", "web"),
        ("test", "/spec/c/0/image", "a:1"),
        ("test", "/spec/c/1/name", "proxy"),
        ("test", "/spec/c/1/image", "b:1"),
        ("replace", "/spec/c/0/image", "a:2"),
        ("replace", "/spec/c/1/image", "b:2"),
    ]


@pytest.mark.parametrize(
    ("target", "selected", "expected"),
    [
        ({"web": "shop/web:1"}, None, False),
        ({"web": f"shop/web:2@{TWO}"}, None, False),
        ({"web": "shop/web:2"}, None, True),
        ({"web": "shop/web:1", "own": "own:1"}, None, True),
        ({"web": "shop/web:1", "own": f"own:1@{ONE}"}, None, False),
        ({"web": "shop/web:1"}, frozenset(), True),
    ],
    ids=[
        "another tag",
        "says its digest",
        "the same tag",
        "one that stays",
        "one that stays and says",
        "not asked for",
    ],
)
def test_digests_matter_for_what_stays(target, selected, expected):
    desired = [image for image in STAGING.images if image.container == "web"]
    facts = cluster("prod-eu", workload("web", target))
    assert digests_matter(desired, facts, selected=selected) is expected
