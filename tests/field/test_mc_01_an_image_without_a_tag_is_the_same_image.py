"""mc-01: a promotion restarts nothing that it does not change, however the target spells the image that it runs."""

import pytest

from domain.words import Action
from services.planning.images.changes import digests_matter
from services.planning.images.promotion_plan import build_promotion_plan
from services.planning.images.promotion_source import release_source
from services.planning.overviews.matrix import differs
from tests.support.image_plans import images_after, promote, released, resource
from tests.support.running import pod, seen, sha, workload

ONE, TWO = sha("1"), sha("2")
DB, CACHE, WEB = (f"registry.example.test/{name}" for name in ("base/ledgerdb", "base/ledgercache", "ledger/web"))


def cluster(name: str, images: dict[str, tuple[str, str | None]]):
    """Deployments by name, each with its image and the digest that its pods report."""
    workloads, pods = [], []
    for each, (image, digest) in images.items():
        deployment = workload(each, {"c": image})
        workloads.append(deployment)
        if digest is not None:
            repository = image.partition("@")[0]
            repository = repository if "/" not in repository.rpartition(":")[0] else repository.rpartition(":")[0]
            pods.append(pod(deployment, {"c": image}, {"c": f"{repository}@{digest}"}))
    return seen(name, workloads, pods)


def test_only_what_has_another_image_changes():
    source = cluster("dev", {"db": (DB, ONE), "cache": (f"{CACHE}:latest", ONE), "web": (f"{WEB}:1.1.0", TWO)})
    targets = [
        cluster(name, {"db": (DB, ONE), "cache": (f"{CACHE}:latest", ONE), "web": (f"{WEB}:1.0.0", ONE)})
        for name in ("prod-eu", "prod-us")
    ]
    plan = promote(source, targets)
    assert (
        images_after(plan)
        == [
            ("c", DB, Action.UNCHANGED),
            ("c", f"{CACHE}:latest", Action.UNCHANGED),
            ("c", f"{WEB}:1.1.0@{TWO}", Action.UPDATE),
        ]
        * 2
    )


@pytest.mark.parametrize(
    ("target", "source", "unchanged"),
    [
        ((DB, ONE), (DB, ONE), True),
        ((DB, ONE), (f"{DB}:latest", ONE), True),
        ((f"{DB}:latest", ONE), (DB, ONE), True),
        ((f"{DB}@{ONE}", None), (DB, ONE), True),  # as a promotion without the tag once wrote it
        ((f"{DB}:latest@{ONE}", None), (DB, ONE), True),
        ((DB, ONE), (f"{DB}@{ONE}", None), True),
        ((f"{DB}:7", ONE), (f"{DB}@{ONE}", None), True),  # a digest alone names no other tag
        ((f"{DB}@{ONE}", None), (f"{DB}:7", ONE), True),
        ((f"{DB}@{ONE}", None), (DB, None), True),
        ((DB, TWO), (DB, ONE), False),
        ((DB, None), (DB, ONE), False),
        ((f"{DB}@{TWO}", None), (DB, ONE), False),
        ((f"{DB}@{ONE}", None), (f"{DB}:7", None), False),
        ((f"{DB}:7", ONE), (DB, ONE), False),
        (("docker.io/library/redis", ONE), ("redis:latest", ONE), True),
        (("redis", ONE), ("redis:latest", ONE), True),
    ],
)
def test_a_tag_that_is_left_out_is_latest_wherever_it_is_compared(target, source, unchanged):
    plan = promote(cluster("dev", {"db": source}), cluster("prod", {"db": target}))
    assert (images_after(plan)[0][2] is Action.UNCHANGED) is unchanged


def test_an_image_that_did_change_is_written_with_the_tag_that_was_left_out():
    plan = promote(cluster("dev", {"db": (DB, TWO)}), cluster("prod", {"db": (DB, ONE)}))
    assert images_after(plan) == [("c", f"{DB}:latest@{TWO}", Action.UPDATE)]


@pytest.mark.parametrize("image", [DB, f"{DB}@{ONE}", f"{DB}:latest@{ONE}"])
def test_a_rollback_leaves_it_alone_too(image):
    target = seen("prod-eu", [d := workload("web", {"db": DB})], [pod(d, {"db": DB}, {"db": f"{DB}@{ONE}"})])
    release = release_source(1, released(db=image))
    plan = build_promotion_plan(release, "Production", [target], pin=True, selected=None)
    assert plan.nothing_to_do


@pytest.mark.parametrize("source", [DB, f"{DB}:latest", f"{DB}@{ONE}"])
def test_the_digests_of_the_target_are_read_where_they_decide(source):
    templates = seen("prod", [workload("db", {"c": DB})])
    desired = seen("dev", [workload("db", {"c": source})]).images
    assert digests_matter(desired, templates, selected=None)
    assert desired[0].workload == resource("db")


def test_where_tags_are_pinned_an_image_of_which_only_the_digest_is_written_stays():
    source = cluster("dev", {"db": (DB, ONE)})
    assert promote(source, cluster("prod", {"db": (f"{DB}@{ONE}", None)}), pin=False).nothing_to_do


def test_clusters_that_spell_one_image_in_several_ways_are_no_skew():
    spelt = [DB, f"{DB}:latest", f"{DB}@{ONE}", f"{DB}:latest@{ONE}"]
    sources = [cluster(f"dev-{number}", {"db": (image, ONE)}) for number, image in enumerate(spelt)]
    assert promote(sources, cluster("prod", {"db": (DB, ONE)})).skew == ()
    assert not differs(sources)
