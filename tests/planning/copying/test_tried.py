"""What is kept of a dry run: all that it has said, and no object."""

from domain.problems import Problem, Severity
from domain.resources import Manifest
from domain.words import OnConflict
from services.planning.copying.dry_runs import DryRun, DryRuns, with_dry_run
from services.planning.copying.facts import NamespaceState
from services.planning.copying.tried import UNTRIED, Attempt, Tried, lets_pass
from tests.support.copy_plans import only, planned
from tests.support.objects import config_map, secret


def _overwriting(mode="other"):
    return planned(config_map(), secret(), live=(config_map(data={"mode": mode}),), on_conflict=OnConflict.OVERWRITE)


def _runs(plan, *problems):
    (cluster,) = plan.clusters
    stored = Manifest({**config_map().body, "data": {"mode": "fast", "defaulted": "yes"}})
    answers = {each.resource: DryRun(answer=each.desired, problems=problems) for each in cluster.resources}
    answers[cluster.resources[0].resource] = DryRun(answer=stored)
    return DryRuns(by_resource=answers, skipped=("Something was not checked.",))


def _of(severity, code="cluster-warning"):
    return Problem(code=code, severity=severity, detail="The API server says something.", cluster="staging-1")


def _attempt(plan, **changes):
    return Attempt.of(plan.clusters[0], **{"credential_version": 1, "force": False, **changes})


def test_a_plan_that_is_made_again_has_all_that_its_dry_run_has_said():
    tried = with_dry_run(_overwriting(), {"staging-1": _runs(_overwriting(), _of(Severity.WARNS))})
    assert tried != _overwriting()
    (again,) = _overwriting().clusters
    known = Tried.of(tried.clusters[0]).on(again)
    assert with_dry_run(_overwriting(), {}, known={"staging-1": known}) == tried


def test_no_object_is_kept():
    plan = planned(secret(), namespace_state=NamespaceState.MISSING)
    kept = Tried.of(plan.clusters[0]).plan
    assert [(each.desired, each.live) for each in kept.resources] == [(None, None)]
    assert kept.namespace_object is None
    assert only(plan).desired is not None


def test_a_dry_run_that_only_warns_lets_the_plan_pass():
    runs = _runs(_overwriting(), _of(Severity.WARNS))
    assert lets_pass(with_dry_run(_overwriting(), {"staging-1": runs}).clusters[0], runs)


def test_what_was_refused_or_not_answered_is_asked_again():
    for problem in (_of(Severity.BLOCKS, "admission-denied"), _of(Severity.WARNS, UNTRIED)):
        runs = _runs(_overwriting(), problem)
        assert not lets_pass(with_dry_run(_overwriting(), {"staging-1": runs}).clusters[0], runs), problem.code


def test_other_writes_another_target_and_another_credential_are_another_attempt():
    attempt = _attempt(_overwriting())
    assert attempt == _attempt(_overwriting())
    others = [
        _attempt(_overwriting("different")),
        _attempt(planned(config_map())),
        _attempt(_overwriting(), credential_version=2),
        _attempt(_overwriting(), force=True),
    ]
    assert attempt not in others
