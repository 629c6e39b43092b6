"""A plan as a whole: what its digest covers, and what dry runs add to it."""

import pytest

from domain.overrides import Overrides
from domain.problems import Problem, Severity
from domain.resources import Manifest
from domain.words import Action, OnConflict
from services.planning.copying.dry_runs import DryRun, DryRuns, with_dry_run
from services.planning.copying.facts import NamespaceState
from tests.support.copy_plans import NEEDS_SETTINGS, actions, autoscaler, only, owner_of_replicas, planned
from tests.support.objects import (
    config_map,
    deployment,
    secret,
    service,
)


def test_a_blocked_plan_does_not_say_that_there_is_nothing_to_do():
    plan = planned(config_map(), live=(config_map(data={"mode": "other"}),))
    assert plan.blocked
    assert not plan.nothing_to_do


def test_the_same_facts_give_the_same_digest():
    assert planned(config_map(), deployment()).digest == planned(config_map(), deployment()).digest


@pytest.mark.parametrize(
    "changed",
    [
        planned(config_map(data={"mode": "other"})),
        planned(config_map(), overrides=Overrides(config_maps={"settings": {"a": "b"}})),
        planned(config_map(), live=(config_map(),)),
        planned(config_map(), namespace_state=NamespaceState.MISSING),
        planned(config_map(), on_conflict=OnConflict.KEEP),
        planned(config_map(), service()),
        planned(config_map(), cluster="other-1"),
    ],
)
def test_a_plan_that_would_do_something_else_has_another_digest(changed):
    assert changed.digest != planned(config_map()).digest


def test_what_the_target_has_enters_the_digest_where_it_would_be_changed():
    def plan(mode):
        return planned(config_map(), live=(config_map(data={"mode": mode}),), on_conflict=OnConflict.OVERWRITE)

    assert plan("a").digest != plan("b").digest


def test_an_autoscaler_at_work_does_not_make_a_plan_outdated():
    def plan(replicas):
        live = deployment(replicas=replicas, metadata={"managedFields": [owner_of_replicas("stagecoach")]})
        return planned(deployment(), live=(live,), autoscalers=(autoscaler(),))

    assert plan(3).digest == plan(7).digest


def test_status_and_versions_do_not_make_a_plan_outdated():
    def plan(version):
        live = config_map(data={"mode": "x"}, metadata={"resourceVersion": version})
        return planned(config_map(), live=(live,), on_conflict=OnConflict.OVERWRITE)

    assert plan("1").digest == plan("2").digest


def test_a_dry_run_that_is_refused_blocks_and_leaves_the_digest():
    plan = planned(config_map())
    refused = Problem(code="cluster-admission-denied", severity=Severity.BLOCKS, detail="No.", cluster="staging-1")
    answers = {"staging-1": DryRuns(by_resource={only(plan).resource: DryRun(problems=(refused,))}, skipped=("x",))}
    tried = with_dry_run(plan, answers)
    assert tried.blocked
    assert tried.digest == plan.digest
    assert actions(tried) == {"ConfigMap settings": Action.BLOCKED}
    assert tried.clusters[0].unchecked == ("x",)


def test_a_dry_run_shows_what_the_server_changes_of_its_own_accord():
    live = deployment()
    desired = deployment(pod={"priorityClassName": "high"})
    answer = deployment(pod={"priorityClassName": "high", "preemption": "Never"})
    plan = planned(desired, live=(live,), on_conflict=OnConflict.OVERWRITE)
    tried = with_dry_run(plan, {"staging-1": DryRuns(by_resource={only(plan).resource: DryRun(answer=answer)})})
    paths = [change.path for change in only(tried).changes]
    assert paths == ["spec.template.spec.priorityClassName", "spec.template.spec.preemption"]


def test_a_plan_carried_out_leaves_nothing_to_do():
    manifests = (config_map(), secret(), service(ports=[{"port": 80}]), deployment(pod=NEEDS_SETTINGS))
    first = planned(*manifests)
    live = tuple(Manifest(r.desired.edited()) for r in first.clusters[0].resources if r.desired)
    assert len(live) == len(manifests)
    assert planned(*manifests, live=live).nothing_to_do
