from dataclasses import replace
from typing import Any

import pytest

from domain.images import ImageChange, WriteMethod, WrittenAs
from domain.problems import Severity
from domain.stored.git_files import GitFile
from domain.stored.image_deliveries import REFUSED, ImageDeliveries, WorkloadDelivery
from domain.stored.plans import StoredImagePlan, StoredImages
from domain.stored.rollouts import UndoImages
from domain.words import Action, FileForm, ImageConsent, ImageDelivery
from services.planning.images.possible_deliveries import possible_deliveries
from services.planning.images.promotion_plan import build_promotion_plan, stored_plan
from services.planning.images.promotion_source import named_source
from services.planning.objects.manager_entries import ManagerEntry
from services.planning.objects.workload_owners import Tool, WorkloadOwner
from tests.support.image_plans import cluster, codes, released, resource, workload

RELEASE = WorkloadOwner(
    tool=Tool.HELM,
    name="the Helm release shop in namespace shop",
    returns="whose next upgrade brings the chart's image back",
    manager="helm",
)
CONSENT = frozenset({ImageConsent.OWNED_UNTIL_NEXT_UPGRADE})
APPLIED = WrittenAs(manager="helm", method=WriteMethod.APPLY)


def _container(fields: dict[str, Any]) -> dict[str, Any]:
    container = {'k:{"name":"web"}': {".": {}, **fields}}
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": container}}}}


def applied_by(manager: str) -> ManagerEntry:
    fields = _container({"f:name": {}, "f:image": {}})
    return ManagerEntry(index=0, manager=manager, applies=True, api_version="apps/v1", time="", fields=fields)


def web(name="web", **more):
    return replace(workload(name, {"web": "shop/web:1"}), **more)


def planned(*workloads, allow=frozenset(), deliveries=REFUSED, image="shop/web:2"):
    images = [replace(each, workload=one.resource) for one in workloads for each in released(web=image)]
    facts = cluster("prod-eu", *workloads)
    source = named_source(images)
    return build_promotion_plan(
        source, "Production", [facts], pin=True, selected=None, allow=allow, deliveries=deliveries
    )


def delivered(name, delivery):
    return ImageDeliveries(workloads=(WorkloadDelivery(workload=resource(name), delivery=delivery),))


def test_a_workload_of_a_delivery_tool_is_blocked_and_names_the_consent():
    plan = planned(web(delivered_by=RELEASE))
    (problem,) = plan.all_problems
    assert (problem.code, problem.severity, problem.consent) == ("owned", Severity.BLOCKS, "owned-until-next-upgrade")
    assert problem.tool == "Helm"
    assert problem.detail == (
        "Deployment web belongs to the Helm release shop in namespace shop, whose next upgrade brings the chart's "
        "image back: change it there, or allow 'owned-until-next-upgrade' to write it here."
    )


def test_with_the_consent_it_is_written_and_the_plan_says_what_comes_back():
    plan = planned(web(delivered_by=RELEASE, entries=(applied_by("helm"),)), allow=CONSENT)
    (problem,) = plan.all_problems
    assert (problem.code, plan.blocked, problem.tool) == ("owned-until-next-upgrade", False, "Helm")
    assert problem.detail.endswith("brings the chart's image back. Change it there, too, to keep the new one.")
    assert [change.written_as for change in plan.clusters[0].changes] == [APPLIED]


def test_an_image_that_another_tool_took_from_the_owner_is_said_to_be_written_in_that_ones_name():
    release = ManagerEntry(
        index=0, manager="helm", applies=True, api_version="apps/v1", time="", fields=_container({"f:name": {}})
    )
    keel = replace(release, index=1, manager="keel", applies=False, fields=_container({"f:image": {}}))
    plan = planned(web(delivered_by=RELEASE, entries=(release, keel)), allow=CONSENT)
    assert codes(plan) == ["owned-until-next-upgrade", "patched-in-anothers-name"]


def test_what_holds_for_many_workloads_is_said_once():
    names = [f"web-{number}" for number in range(8)]
    (problem,) = planned(*(web(name, delivered_by=RELEASE) for name in names)).all_problems
    assert problem.resource is None
    assert problem.detail.startswith(
        "Deployment web-0, Deployment web-1, Deployment web-2, Deployment web-3, Deployment web-4 and 3 more belong to"
    )


def test_a_workload_that_does_not_change_is_not_spoken_of():
    assert codes(planned(web(delivered_by=RELEASE), image="shop/web:1")) == []


def test_two_managers_that_apply_one_image_block_the_plan():
    plan = planned(web(entries=(applied_by("ci"), replace(applied_by("gitops"), index=1))))
    (problem,) = plan.all_problems
    assert (problem.code, problem.consent) == ("owners-disagree", None)
    assert problem.detail.startswith("ci and gitops both apply the image of Deployment web")


def test_the_name_in_which_an_image_is_written_is_part_of_the_plans_digest():
    plain, applied = planned(web()), planned(web(entries=(applied_by("ci"),)))
    assert plain.digest != applied.digest


def test_the_name_is_stored_with_the_change_and_with_what_undoing_needs():
    (change,) = planned(web(entries=(applied_by("helm"),))).clusters[0].changes
    stored = StoredImages.from_json(StoredImages(read=True, changes=(change,)).to_json())
    undo = UndoImages.from_json(UndoImages.of([change]).to_json())
    assert [each.written_as for each in (*stored.changes, *undo.changes)] == [APPLIED, APPLIED]
    assert undo.changes[0].reversed().written_as == APPLIED


def test_a_change_that_the_former_release_stored_is_written_in_our_name():
    stored = {
        "workload": resource("web").to_json(),
        "container": "web",
        "init": False,
        "pointer": "/spec/template/spec/containers/0",
        "before": {"image": "shop/web:1"},
        "after": {"image": "shop/web:2"},
        "action": Action.UPDATE.value,
    }
    assert ImageChange.from_json(stored).written_as is None


def test_with_the_delivery_as_owner_it_is_written_without_a_consent():
    deliveries = ImageDeliveries(owned=ImageDelivery.AS_OWNER)
    plan = planned(web(delivered_by=RELEASE, entries=(applied_by("helm"),)), deliveries=deliveries)
    assert codes(plan) == ["owned-until-next-upgrade"]
    assert [change.written_as for change in plan.clusters[0].changes] == [APPLIED]


def test_a_workload_can_be_refused_where_the_others_are_written():
    deliveries = replace(delivered("web", ImageDelivery.REFUSE), owned=ImageDelivery.AS_OWNER)
    plan = planned(web(delivered_by=RELEASE), web("api", delivered_by=RELEASE), deliveries=deliveries)
    assert [(each.code, each.resource.name) for each in plan.all_problems] == [
        ("owned", "web"),
        ("owned-until-next-upgrade", "api"),
    ]


def test_a_workload_of_nobody_is_blocked_where_its_delivery_is_refused():
    plan = planned(web(), deliveries=delivered("web", ImageDelivery.REFUSE))
    assert (codes(plan), plan.blocked) == (["delivery-refused"], True)


def test_a_consent_does_not_lift_what_was_refused_for_a_workload_of_nobody():
    plan = planned(web(), deliveries=delivered("web", ImageDelivery.REFUSE), allow=CONSENT)
    assert plan.blocked


def test_the_delivery_direct_is_blocked_where_the_owner_has_the_image():
    plan = planned(
        web(delivered_by=RELEASE, entries=(applied_by("helm"),)), deliveries=delivered("web", ImageDelivery.DIRECT)
    )
    (problem,) = plan.all_problems
    assert (problem.code, problem.severity) == ("direct-takes-from-others", Severity.BLOCKS)
    assert "the image belongs to helm" in problem.detail


def test_the_delivery_direct_is_blocked_where_an_earlier_version_took_the_image_from_the_owner():
    named = replace(applied_by("helm"), fields=_container({"f:name": {}}), time="2026-01-01T00:00:00Z")
    ours = replace(
        applied_by("stagecoach"), applies=False, fields=_container({"f:image": {}}), time="2026-01-02T00:00:00Z"
    )
    plan = planned(web(delivered_by=RELEASE, entries=(named, ours)), deliveries=delivered("web", ImageDelivery.DIRECT))
    assert "direct-takes-from-others" in codes(plan)


def test_the_delivery_direct_writes_in_our_name_what_the_owner_leaves_out():
    unset = replace(applied_by("helm"), fields=_container({"f:name": {}}))
    plan = planned(web(delivered_by=RELEASE, entries=(unset,)), deliveries=delivered("web", ImageDelivery.DIRECT))
    assert (codes(plan), plan.blocked) == (["delivered-directly"], False)
    assert [change.written_as for change in plan.clusters[0].changes] == [None]


def test_a_workload_whose_owner_has_the_image_can_be_written_as_its_owner():
    (possible,) = possible_deliveries(web(delivered_by=RELEASE, entries=(applied_by("helm"),)))
    assert (possible.delivery, "'helm upgrade'" in possible.steps[1]) == (ImageDelivery.AS_OWNER, True)


def test_a_workload_whose_owner_leaves_the_image_out_can_be_written_directly():
    unset = replace(applied_by("helm"), fields=_container({"f:name": {}}))
    (possible,) = possible_deliveries(web(delivered_by=RELEASE, entries=(unset,)))
    assert possible.delivery is ImageDelivery.DIRECT


FILE = GitFile(repository="config", branch="main", path="apps/web.yaml", form=FileForm.MANIFEST)


def by_git(name: str, file: GitFile | None) -> ImageDeliveries:
    delivery = WorkloadDelivery(workload=resource(name), delivery=ImageDelivery.GIT, file=file)
    return ImageDeliveries(workloads=(delivery,))


@pytest.mark.parametrize("owner", [RELEASE, None])
def test_with_the_delivery_git_a_branch_is_handed_what_it_names_whoever_owns_the_workload(owner):
    plan = planned(web(delivered_by=owner), deliveries=by_git("web", FILE))
    (change,) = plan.clusters[0].changes
    assert change.handed_over is not None
    assert (change.handed_over.owner.name, change.handed_over.owner.namespace) == ("config", "main")
    assert (plan.blocked, change.written_as) == (False, None)


def test_the_delivery_git_without_a_file_is_blocked():
    plan = planned(web(delivered_by=RELEASE), deliveries=by_git("web", None))
    assert [each.code for each in plan.all_problems if each.blocks] == ["git-file-unset"]


def test_the_file_of_a_workload_is_stored_with_a_plan():
    plan = stored_plan(planned(web(), deliveries=by_git("web", FILE)), namespace="shop")
    assert StoredImagePlan.from_json(plan.to_json()) == plan


def test_nothing_is_possible_where_two_managers_apply_the_image():
    torn = (applied_by("helm"), replace(applied_by("ci"), index=1))
    assert possible_deliveries(web(delivered_by=RELEASE, entries=torn)) == ()


def test_a_plan_with_image_deliveries_is_of_a_version_that_the_former_release_leaves_alone():
    plain = stored_plan(planned(web()), namespace="shop")
    chosen = stored_plan(planned(web(), deliveries=delivered("web", ImageDelivery.DIRECT)), namespace="shop")
    assert (plain.version, chosen.version) == (1, 2)
    assert StoredImagePlan.from_json(chosen.to_json()) == chosen
