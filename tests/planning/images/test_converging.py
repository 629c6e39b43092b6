"""What the next release has after an environment converged to the last one."""

from dataclasses import replace

from domain.images import ContainerImage, Image
from services.planning.images.converging import left_by_converging
from services.planning.images.promotion_plan import build_promotion_plan
from services.planning.images.promotion_source import release_source
from tests.support.image_plans import DOWN, cluster, ref, resource, workload


def web(container: str, reference: str, **more) -> ContainerImage:
    return ContainerImage(workload=resource("web"), container=container, image=Image.of(reference), **more)


RELEASE = (web("web", "shop/web:1"), web("proxy", "shop/proxy:1"))
DRIFTED = {"web": "shop/web:hotfix", "proxy": "shop/proxy:hotfix"}


def left(*facts, selected=None, release=RELEASE, had_by=("eu", "us"), clusters=("eu", "us")):
    plan = build_promotion_plan(release_source(1, release), "Production", facts, pin=True, selected=selected)
    found = left_by_converging(plan, release, had_by=had_by, clusters=clusters)
    return {name: {each.container: each.image.reference for each in images} for name, images in found.items()}


def test_all_that_converged_runs_the_last_release():
    facts = [cluster(name, workload("web", DRIFTED)) for name in ("eu", "us")]
    assert left(*facts) == {name: {"web": "shop/web:1", "proxy": "shop/proxy:1"} for name in ("eu", "us")}


def test_a_container_that_did_not_converge_has_the_last_release_s_image_and_not_what_runs():
    found = left(cluster("eu", workload("web", DRIFTED)), selected=[ref("web", "web")], clusters=("eu",))
    assert found == {"eu": {"web": "shop/web:1", "proxy": "shop/proxy:1"}}


def test_a_cluster_that_was_left_out_has_what_the_last_release_gave_it():
    release = (*RELEASE, web("web", "shop/web:us", cluster="us"))
    found = left(cluster("eu", workload("web", DRIFTED)), release=release)
    assert found["us"] == {"web": "shop/web:us", "proxy": "shop/proxy:1"}


def test_a_cluster_to_which_the_last_release_was_not_brought_does_not_have_the_next_one_either():
    assert left(cluster("eu", workload("web", DRIFTED)), had_by=("eu",)).keys() == {"eu"}


def test_a_container_that_the_last_release_lacks_becomes_part_of_the_next_one():
    facts = cluster("eu", workload("web", {**DRIFTED, "extra": "shop/extra:1"}))
    assert left(facts, selected=[ref("web", "web")])["eu"]["extra"] == "shop/extra:1"


def test_a_cluster_that_was_not_read_has_all_of_the_last_release_though_one_container_is_selected():
    found = left(replace(cluster("eu"), failure=DOWN), selected=[ref("web", "web")])
    assert found["eu"] == {"web": "shop/web:1", "proxy": "shop/proxy:1"}
