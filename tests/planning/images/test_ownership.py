from dataclasses import replace
from typing import Any

from domain.images import ImageChange, WriteMethod, WrittenAs
from domain.problems import Severity
from domain.stored.plans import StoredImages
from domain.stored.rollouts import UndoImages
from domain.words import Action, ImageConsent
from services.planning.images.promotion_plan import build_promotion_plan
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


def planned(*workloads, allow=frozenset(), image="shop/web:2"):
    images = [replace(each, workload=one.resource) for one in workloads for each in released(web=image)]
    facts = cluster("prod-eu", *workloads)
    return build_promotion_plan(named_source(images), "Production", [facts], pin=True, selected=None, allow=allow)


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
