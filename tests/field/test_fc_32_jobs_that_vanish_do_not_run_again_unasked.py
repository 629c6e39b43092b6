"""A Job is an act: it is picked by hand, says that it runs, and is not silently created again once it is gone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.resources import Manifest
from services.planning.copying.consents import Consent
from services.planning.copying.plan import CopyChoices
from services.planning.copying.planner import plan_copy
from services.planning.health.absence import absent
from services.planning.health.values import Children, HealthState
from services.planning.images.running import cluster_facts
from services.planning.objects.identity import ObjectKey
from tests.support.copy_plans import actions, blocking, codes, planned
from tests.support.field_inputs import named, objects_of, preselected
from tests.support.objects import FINGERPRINTS, config_map, deployment, facts, obj, target

_ALL = objects_of("fc-32-jobs-that-vanish-and-run-again")
_MIGRATE, _SEED = named(_ALL, "Job schema-migrate"), named(_ALL, "Job seed-data")


def _about(plan, code):
    return [problem for problem in plan.all_problems if problem.code == code]


def _again(*manifests, allow=(), live=()):
    """The plan of another import of what the app environment has already had."""
    recorded = frozenset(map(ObjectKey.of, manifests))
    cluster = target(*live, knows=manifests)
    read = replace(facts(*manifests, targets=(cluster,)), recorded=recorded)
    return plan_copy(read, CopyChoices(overrides=Overrides(allow=allow)), FINGERPRINTS)


def test_jobs_and_hooks_are_not_preselected():
    hook = obj("v1", "ConfigMap", "hook", metadata={"annotations": {"helm.sh/hook": "pre-install"}}, data={})
    assert preselected((*_ALL, hook, deployment())) == {"Deployment web"}


def test_the_first_plan_says_that_creating_them_runs_them_and_when_they_go():
    found = _about(planned(*_ALL), "runs-when-created")
    assert len(found) == 2
    assert "60 seconds" in found[0].detail
    assert "0 seconds" in found[1].detail


def test_the_hooks_of_helm_and_argo_are_told_by_name():
    details = " ".join(problem.detail for problem in _about(planned(*_ALL), "release-hook"))
    assert "Job schema-migrate is a hook of Helm" in details
    assert "Job seed-data is a hook of Argo CD" in details


def test_instructions_to_the_release_tools_are_left_out_and_the_rest_survives():
    copied = {r.resource.name: r.desired for r in planned(*_ALL).clusters[0].resources if r.desired is not None}
    for manifest in copied.values():
        assert manifest.annotations == {}
        assert manifest.labels == {}
    assert copied["schema-migrate"].spec == _MIGRATE.spec
    assert copied["seed-data"].spec["ttlSecondsAfterFinished"] == 0


def test_a_job_that_ran_here_and_is_gone_blocks_the_second_plan():
    plan = _again(_MIGRATE)
    assert blocking(plan) == ["runs-again"]
    (problem,) = _about(plan, "runs-again")
    assert problem.consent == "finished-jobs"
    assert "schema-migrate" in problem.detail
    assert "finished-jobs" in problem.detail


def test_with_consent_it_runs_again():
    plan = _again(_MIGRATE, allow=(Consent.FINISHED_JOBS,))
    assert actions(plan) == {"Job schema-migrate": "create"}


def test_a_job_that_is_still_there_is_unchanged_and_says_nothing():
    live = planned(_MIGRATE).clusters[0].resources[0].desired
    plan = _again(_MIGRATE, live=[live])
    assert actions(plan) == {"Job schema-migrate": "unchanged"}
    assert codes(plan) == []


def test_a_run_of_a_custom_resource_that_is_gone_is_not_created_again_either():
    plan = _again(obj("x.example/v1", "Reindex", status={"startTime": "1", "completionTime": "2"}))
    assert plan.blocked


def test_other_objects_that_are_gone_are_created_again():
    assert blocking(_again(config_map(), deployment())) == []


def test_a_finished_job_of_the_source_still_asks_for_consent():
    finished = Manifest({**_MIGRATE.body, "status": {"conditions": [{"type": "Complete", "status": "True"}]}})
    assert codes(planned(finished), Severity.BLOCKS) == ["not-copyable"]


def test_a_job_that_has_vanished_is_not_called_missing():
    health = absent(_MIGRATE.id)
    assert health.state is HealthState.READY
    assert "is not known" in health.message
    assert absent(deployment().id).state is HealthState.MISSING


@pytest.mark.parametrize(("manifest", "missing"), [(_MIGRATE, False), (deployment(), True)])
def test_what_is_said_of_a_cluster_that_lacks_a_vanished_job_is_that_nothing_is_missing(manifest, missing):
    found = cluster_facts("dev", [manifest.id], (), Children(), now=datetime.now(UTC), policy=None)
    assert bool(found.missing) is missing
