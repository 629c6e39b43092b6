"""Which workloads a copy names, or has restarted, because they read what it changes."""

from dataclasses import replace

from domain.resources import Manifest, ResourceId
from domain.words import Action
from services.planning.copying.plan import ClusterCopyPlan, PlannedResource, WriteMethod
from services.planning.copying.restarts import stale_workloads, with_restarts
from services.planning.plan import Change, ChangeKind

SETTINGS = ResourceId.of("v1", "ConfigMap", "settings")
WEB = ResourceId.of("apps/v1", "Deployment", "web")


def planned(resource: ResourceId, action: Action, *paths: str) -> PlannedResource:
    return PlannedResource(
        resource=resource,
        action=action,
        changes=tuple(Change(path=path, kind=ChangeKind.CHANGED) for path in paths),
        notes=(),
        wave=0,
        method=WriteMethod.APPLY,
        desired=None,
        desired_fingerprint="f",
        live_fingerprint=None,
    )


def plan(*resources: PlannedResource) -> ClusterCopyPlan:
    return ClusterCopyPlan(
        cluster="prod-eu",
        cluster_id="1",
        namespace="shop",
        namespace_action=Action.UNCHANGED,
        namespace_object=None,
        resources=resources,
        problems=(),
        unchecked=(),
        digest="sha256:0",
    )


def reader(kind: str = "Deployment", name: str = "web") -> Manifest:
    container = {"name": "web", "image": "web:1", "envFrom": [{"configMapRef": {"name": "settings"}}]}
    return Manifest(
        {
            "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": {"template": {"spec": {"containers": [container]}}},
        }
    )


CHANGED = planned(SETTINGS, Action.UPDATE, "data.MODE")


def test_a_workload_that_reads_what_is_changed_is_stale():
    assert stale_workloads(plan(CHANGED), [reader()]) == (WEB,)


def test_what_is_unchanged_makes_nothing_stale():
    assert stale_workloads(plan(replace(CHANGED, action=Action.UNCHANGED)), [reader()]) == ()


def test_a_workload_that_the_copy_rolls_out_is_not_restarted_as_well():
    rolled = planned(WEB, Action.UPDATE, "spec.template.spec.containers[web].image")
    assert stale_workloads(plan(CHANGED, rolled), [reader()]) == ()
    scaled = planned(WEB, Action.UPDATE, "spec.replicas")
    assert stale_workloads(plan(CHANGED, scaled), [reader()]) == (WEB,)


def test_a_job_is_not_restarted():
    assert stale_workloads(plan(CHANGED), [reader("Job")]) == ()


def test_the_plan_tells_what_is_not_restarted_with_its_remedy():
    [told] = with_restarts(plan(CHANGED), (WEB,), restart=False).problems
    assert (told.code, told.resource, told.blocks) == ("reads-former-configuration", WEB, False)
    assert told.remedy is not None
    assert told.remedy.request == {"restart": True}


def test_where_it_is_asked_for_the_plan_has_the_restarts():
    restarted = with_restarts(plan(CHANGED), (WEB,), restart=True)
    assert (restarted.restarts, restarted.problems) == ((WEB,), ())
