"""fc-43, promotions: a blank image (which an image trigger fills in) does not stop the promotion of everything else."""

import pytest

from domain.images import ContainerRef
from domain.problems import Severity
from domain.words import Action
from services.planning.images.patch import image_patch
from services.planning.images.promotion_plan import build_promotion_plan
from services.planning.images.promotion_source import release_source
from tests.support.image_plans import codes, images_after, promote, released, resource
from tests.support.running import pod, seen, sha, workload

ONE, TWO = sha("1"), sha("2")
API = "registry.example.test/shop/api"
FILLED = f"image-registry.example.test/openshift/postgresql@{ONE}"


def cluster(name: str, database: str, tag: str):
    images = {"init-proxy": "registry.example.test/mesh/proxy:1.4.0", "init-migrate": f"{API}:{tag}"}
    api = workload("api", {**images, "api": f"{API}:{tag}"})
    digests = dict.fromkeys(("init-migrate", "api"), f"{API}@{TWO}")
    pods = [
        pod(
            api, {**images, "api": f"{API}:{tag}"}, {"init-proxy": f"registry.example.test/mesh/proxy@{ONE}", **digests}
        )
    ]
    return seen(name, [workload("ledger-db", {"postgresql": database}), api], pods)


@pytest.mark.parametrize("blank", [" ", "", "${IMAGE}", "Shop/API:1", "a b:1"])
@pytest.mark.parametrize("there", ["same", FILLED])
def test_it_is_left_as_it_is_and_the_rest_is_promoted(blank, there):
    at_target = blank if there == "same" else there
    plan = promote(cluster("dev", blank, "3.1.0"), cluster("prod", at_target, "3.0.0"))
    assert [(name, action) for name, _, action in images_after(plan)] == [
        ("postgresql", Action.BLOCKED),
        ("init-proxy", Action.UNCHANGED),
        ("init-migrate", Action.UPDATE),
        ("api", Action.UPDATE),
    ]
    assert not plan.blocked
    assert plan.clusters[0].images[0].image.reference == at_target


def test_it_is_told_as_such_once_and_with_its_text():
    plan = promote(cluster("dev", " ", "3.1.0"), cluster("prod", FILLED, "3.0.0"))
    [problem] = plan.all_problems
    assert (problem.code, problem.severity, problem.field) == ("image-invalid", Severity.WARNS, "postgresql")
    assert "' '" in problem.detail


def test_two_blanks_are_not_shown_as_equal():
    plan = promote(cluster("dev", " ", "3.1.0"), cluster("prod", " ", "3.1.0"))
    assert images_after(plan)[0][2] is Action.BLOCKED
    assert codes(plan) == ["image-invalid"]


def test_a_container_that_was_requested_by_name_blocks():
    chosen = [ContainerRef(workload=resource("ledger-db"), container="postgresql")]
    assert promote(cluster("dev", " ", "3.1.0"), cluster("prod", FILLED, "3.0.0"), selected=chosen).blocked


def test_a_valid_image_takes_the_place_of_a_blank():
    plan = promote(cluster("dev", FILLED, "3.1.0"), cluster("prod", " ", "3.0.0"))
    assert images_after(plan)[0][1:] == (FILLED, Action.UPDATE)


def test_a_rollback_to_a_release_that_holds_a_blank_restores_the_rest():
    target = seen("prod", [workload("web", {"postgresql": FILLED, "api": f"{API}:3.1.0"})])
    release = release_source(1, released(postgresql=" ", api=f"{API}:3.0.0"))
    plan = build_promotion_plan(release, "Production", [target], pin=True, selected=None)
    assert [action for _, _, action in images_after(plan)] == [Action.BLOCKED, Action.UPDATE]
    assert not plan.blocked


def test_one_write_changes_all_containers_of_a_workload_and_nothing_of_a_native_sidecar():
    plan = promote(cluster("dev", " ", "3.1.0"), cluster("prod", FILLED, "3.0.0"))
    updates = [change for change in plan.clusters[0].changes if change.action is Action.UPDATE]
    assert len({change.workload for change in updates}) == 1
    assert [one.path for one in image_patch(updates) if one.op == "replace"] == [
        "/spec/template/spec/initContainers/1/image",
        "/spec/template/spec/containers/0/image",
    ]
