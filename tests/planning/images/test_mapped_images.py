"""Promotions into an environment whose clusters pull under names of their own."""

from dataclasses import replace

from domain.image_mappings import ImageMapping
from domain.words import Action
from services.planning.images.changes import digests_matter
from services.planning.images.promotion_plan import build_promotion_plan
from services.planning.images.promotion_source import environment_source
from tests.support.image_plans import ONE, STAGING, TWO, cluster, codes, images_after, workload

MAPPINGS = (ImageMapping(source="docker.io/shop", target="registry.prod/shop"),)


def into(*running: str | tuple[str, ...], pin: bool = True, source=STAGING):
    named = {"web": running[0], **({"proxy": running[1]} if len(running) > 1 else {})}
    target = cluster("prod-eu", workload("web", named))
    found = environment_source("Staging", [source], cluster=None, pin=pin, selected=None, mappings=MAPPINGS)
    return build_promotion_plan(found, "Production", [target], pin=pin, selected=None)


def test_what_is_promoted_gets_the_mapped_name_with_its_tag_and_digest():
    plan = into(("registry.prod/shop/web:1", ONE), ("registry.prod/shop/proxy:1", ONE))
    assert images_after(plan)[0] == ("web", f"registry.prod/shop/web:2@{TWO}", Action.UPDATE)
    assert images_after(plan)[1][2] is Action.UNCHANGED
    assert codes(plan) == []


def test_a_tag_alone_is_written_under_the_mapped_name_where_the_environment_pins_tags():
    plan = into(("registry.prod/shop/web:1", ONE), pin=False)
    assert images_after(plan)[0] == ("web", "registry.prod/shop/web:2", Action.UPDATE)


def test_the_same_digest_under_the_former_name_is_nothing_to_do():
    assert into(("shop/web:2", TWO), ("shop/proxy:1", ONE)).nothing_to_do
    assert into(("shop/web:2", TWO), ("shop/proxy:1", ONE), pin=False).nothing_to_do
    assert images_after(into(("shop/web:1", TWO)))[0][2] is Action.UPDATE  # people read the tag
    assert images_after(into("shop/web:2"))[0][2] is Action.UPDATE  # whether it is the same is not known


def test_the_digest_of_a_container_with_the_former_name_is_read():
    desired = environment_source("S", [STAGING], cluster=None, pin=True, selected=None, mappings=MAPPINGS).images
    former = cluster("prod-eu", workload("web", {"web": "shop/web:2"}))
    assert digests_matter(desired, former, selected=None, mappings=MAPPINGS)
    assert not digests_matter(desired, former, selected=None)


def test_an_image_volume_with_the_mapped_name_does_not_differ():
    source = replace(STAGING, workloads=(replace(STAGING.workloads[0], volumes=(("model", "shop/model:1"),)),))
    target = cluster("prod-eu", replace(STAGING.workloads[0], volumes=(("model", "registry.prod/shop/model:1"),)))
    found = environment_source("S", [source], cluster=None, pin=True, selected=None, mappings=MAPPINGS)
    assert "image-volume-differs" not in codes(build_promotion_plan(found, "P", [target], pin=True, selected=None))
    bare = environment_source("S", [source], cluster=None, pin=True, selected=None)
    assert "image-volume-differs" in codes(build_promotion_plan(bare, "P", [target], pin=True, selected=None))
