"""fc-04: nodes report the digest of another repository with the same content; it is not written after our name."""

import pytest

from domain.problems import Severity
from domain.words import Action
from services.planning.images.releases import with_digests
from tests.support.image_plans import codes, images_after, promote
from tests.support.running import pod, seen, sha, workload

REPORTED, OWN = sha("7"), sha("8")
NAME = "registry.example.test/shop/web"
MIRROR = f"mirror.example.test/base/web@{REPORTED}"


def source(*image_ids: str, image: str = f"{NAME}:2.3.0", name: str = "staging-1"):
    web = workload("web", {"web": image})
    return seen(name, [web], [pod(web, {"web": image}, {"web": image_id}) for image_id in image_ids])


def target(image: str = f"{NAME}:2.2.0", image_id: str = f"{NAME}@{sha('6')}"):
    web = workload("web", {"web": image})
    return seen("prod-eu", [web], [pod(web, {"web": image}, {"web": image_id})])


def test_the_digest_of_another_repository_is_not_promoted():
    plan = promote(source(MIRROR), target())
    assert images_after(plan) == [("web", f"{NAME}:2.3.0", Action.UPDATE)]
    assert not plan.blocked


def test_the_warning_says_what_was_reported_and_that_the_tag_alone_is_promoted():
    [problem] = promote(source(MIRROR), target()).all_problems
    assert (problem.code, problem.severity) == ("digest-unknown", Severity.WARNS)
    assert MIRROR in problem.detail
    assert f"{NAME}:2.3.0" in problem.detail
    assert "by its tag alone" in problem.detail


def test_a_release_does_not_hold_that_digest_either():
    planned = promote(source(MIRROR), target()).clusters[0].images
    after = target(f"{NAME}:2.3.0", MIRROR)
    assert [image.image.digest for image in with_digests(planned, after.images)] == [None]


@pytest.mark.parametrize("image_ids", [(MIRROR, f"{NAME}@{OWN}"), (f"{NAME}@{OWN}", MIRROR)])
def test_one_pod_that_reports_the_images_own_repository_suffices(image_ids):
    plan = promote(source(*image_ids), target())
    assert images_after(plan)[0][1] == f"{NAME}:2.3.0@{OWN}"
    assert codes(plan) == []


def test_a_cluster_whose_nodes_report_the_mirror_does_not_disagree_with_one_whose_nodes_do_not():
    plan = promote([source(MIRROR), source(f"{NAME}@{OWN}", name="staging-2")], target())
    assert plan.skew == ()
    assert images_after(plan)[0][1] == f"{NAME}:2.3.0@{OWN}"
    assert codes(plan) == []


@pytest.mark.parametrize(
    ("image", "image_id"),
    [
        ("nginx:1.27", f"docker.io/library/nginx@{OWN}"),
        ("nginx:1.27", f"docker-pullable://nginx@{OWN}"),
        ("acme/api:1", f"index.docker.io/acme/api@{OWN}"),
        ("Registry.Example.test/shop/web:2.3.0", f"registry.example.test/shop/web@{OWN}"),
    ],
)
def test_another_spelling_of_the_same_repository_counts(image, image_id):
    plan = promote(source(image_id, image=image), target("old:1"))
    assert images_after(plan)[0][1] == f"{image}@{OWN}"
    assert codes(plan) == []


@pytest.mark.parametrize(
    "image_id",
    [
        f"registry.example.test/shop/web-debug@{REPORTED}",
        f"registry.example.test/web@{REPORTED}",
        f"registry.example.test:5000/shop/web@{REPORTED}",
        f"docker.io/shop/web@{REPORTED}",
    ],
)
def test_a_name_that_is_only_similar_does_not_count(image_id):
    plan = promote(source(image_id), target())
    assert images_after(plan)[0][1] == f"{NAME}:2.3.0"
    assert codes(plan) == ["digest-unknown"]


def test_a_digest_in_the_template_is_promoted_whatever_nodes_report():
    plan = promote(source(MIRROR, image=f"{NAME}:2.3.0@{OWN}"), target())
    assert images_after(plan)[0][1] == f"{NAME}:2.3.0@{OWN}"
    assert codes(plan) == []


def test_a_target_whose_nodes_report_the_desired_digest_from_a_mirror_is_left_alone():
    """Equal digest, equal content: to leave pods alone that is proof enough."""
    plan = promote(source(f"{NAME}@{OWN}"), target(f"{NAME}:2.3.0", f"mirror.example.test/base/web@{OWN}"))
    assert plan.nothing_to_do


def test_where_tags_are_pinned_nothing_is_said():
    assert codes(promote(source(MIRROR), target(), pin=False)) == []
