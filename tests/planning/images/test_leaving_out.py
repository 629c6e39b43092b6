"""What a request leaves out stays as it is, and nothing is said of it."""

from domain.images import Omission
from services.planning.images.leaving_out import remaining
from tests.support.image_plans import (
    ONE,
    PRODUCTION,
    SKEWED,
    STAGING,
    TWO,
    cluster,
    codes,
    images_after,
    promote,
    ref,
    resource,
    workload,
)

WEB = Omission(workload=resource("web"))
WEBS_WEB = Omission(workload=resource("web"), container="web")


def test_a_container_that_is_left_out_gets_no_image_and_is_not_called_unmatched():
    plan = promote(STAGING, PRODUCTION, omitted=(WEBS_WEB,))
    assert [container for container, _, _ in images_after(plan)] == ["proxy"]
    assert (plan.unmatched, codes(plan)) == ((), [])


def test_a_release_still_records_what_is_left_out_as_it_runs():
    [one] = promote(STAGING, PRODUCTION, omitted=(WEB,)).clusters
    assert {each.container: each.image.reference for each in one.images} == {
        "web": "shop/web:1",
        "proxy": "shop/proxy:1",
    }


def test_skew_of_what_is_left_out_does_not_block():
    assert codes(promote(SKEWED, PRODUCTION)) == ["source-skew"]
    assert codes(promote(SKEWED, PRODUCTION, omitted=(WEBS_WEB,))) == []


def test_a_paused_workload_that_is_left_out_does_not_keep_the_others():
    source = cluster("staging-1", *(workload(name, {name: (f"shop/{name}:2", TWO)}) for name in ("api", "web")))
    target = cluster(
        "prod-eu",
        workload("api", {"api": ("shop/api:1", ONE)}),
        workload("web", {"web": ("shop/web:1", ONE)}, paused=True),
    )
    assert promote(source, target).blocked
    plan = promote(source, target, omitted=(WEB,))
    assert not plan.blocked
    assert [container for container, _, _ in images_after(plan)] == ["api"]


def test_nobody_misses_a_workload_that_is_left_out():
    target = cluster("prod-eu", missing=(resource("web"),))
    assert "workload-missing" in codes(promote(STAGING, target))
    assert codes(promote(STAGING, target, omitted=(WEB,))) == []


def test_what_is_named_and_left_out_is_left_out():
    assert remaining((ref("web", "web"), ref("web", "proxy")), (WEBS_WEB,)) == (ref("web", "proxy"),)
    assert remaining(None, (WEBS_WEB,)) is None
