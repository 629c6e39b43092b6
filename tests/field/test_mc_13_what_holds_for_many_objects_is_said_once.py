"""A plan says once what holds for many objects, first what blocks, and nothing of what it does not write."""

from domain.problems import Severity
from domain.words import OnConflict
from services.planning.copying.normalize import normalize
from tests.support.copy_plans import actions, codes, only, planned
from tests.support.field_inputs import named, objects_of
from tests.support.objects import deployment, obj, secret, workload_spec

_ALL = objects_of("mc-13-warnings-of-every-custom-resource")
_MONITORS = tuple(obj("monitoring.coreos.com/v1", "ServiceMonitor", f"monitor-{n}", spec={}) for n in range(20))


def test_all_custom_resources_share_one_warning_with_their_names():
    plan = planned(*_MONITORS)
    assert codes(plan) == ["references-unknown"]
    (problem,) = plan.all_problems
    assert problem.detail.startswith("ServiceMonitor monitor-0 ")
    assert "monitor-1, " in problem.detail
    assert "15 more" in problem.detail


def test_a_rule_that_can_refer_to_nothing_is_not_warned_of():
    assert codes(planned(named(_ALL, "PrometheusRule lonely"))) == []


def test_nothing_is_said_where_nothing_is_to_be_done():
    live = [normalize(manifest).manifest for manifest in _ALL]
    plan = planned(*_ALL, live=live)
    assert plan.nothing_to_do
    assert codes(plan) == []
    assert all(resource.notes == () for resource in plan.clusters[0].resources)


def test_what_blocks_comes_first():
    plan = planned(*_MONITORS, secret(type="kubernetes.io/service-account-token"))
    assert [p.severity for p in plan.problems] == [Severity.BLOCKS, Severity.WARNS]


def test_every_problem_that_blocks_is_said_by_itself():
    tokens = [secret(f"token-{n}", type="kubernetes.io/service-account-token") for n in range(3)]
    assert codes(planned(*tokens), Severity.BLOCKS) == ["not-copyable"] * 3


def test_warnings_with_other_words_are_not_joined():
    paused = [deployment(name, paused=True) for name in ("web", "api")]
    other = deployment("cart", metadata={"annotations": {"keel.sh/policy": "force"}})
    assert codes(planned(*paused, other)) == ["paused", "image-written-by-others"]


def test_a_set_that_is_there_already_is_not_said_to_get_empty_volumes():
    claims = [{"metadata": {"name": "data"}, "spec": {}}]
    live = obj("apps/v1", "StatefulSet", spec=workload_spec(volumeClaimTemplates=claims))
    changed = obj("apps/v1", "StatefulSet", spec=workload_spec(volumeClaimTemplates=claims, replicas=3))
    plan = planned(changed, live=[live], on_conflict=OnConflict.OVERWRITE)
    assert actions(plan) == {"StatefulSet web": "update"}
    assert codes(plan) == []
    assert only(plan).notes == ()
