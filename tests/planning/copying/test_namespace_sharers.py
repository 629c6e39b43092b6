"""Namespaces that another environment uses on the same cluster."""

from domain.problems import Severity
from services.planning.copying.plan import CopyChoices
from services.planning.copying.planner import plan_copy
from tests.support.objects import FINGERPRINTS, config_map, facts, target


def shared(*sharers: str):
    where = target(knows=(config_map(),), sharers=sharers)
    plan = plan_copy(facts(config_map(), targets=(where,)), CopyChoices(), FINGERPRINTS)
    return [problem for problem in plan.all_problems if problem.code == "namespace-shared"]


def test_a_namespace_of_its_own_is_not_spoken_of():
    assert shared() == []


def test_a_namespace_that_another_environment_uses_is_called_that_and_does_not_block():
    [problem] = shared("shop in Development")
    assert (problem.severity, problem.cluster, problem.field) == (Severity.WARNS, "staging-1", "namespace")
    assert problem.detail.startswith("Namespace shop is that of shop in Development on this cluster, too:")


def test_of_many_only_some_are_named():
    [problem] = shared("a in Dev", "b in Dev", "c in Dev", "d in Dev", "e in Dev")
    assert "a in Dev, b in Dev, c in Dev and 2 more on this cluster, too" in problem.detail


def test_the_warning_does_not_change_the_digest():
    def digest(*sharers):
        where = target(knows=(config_map(),), sharers=sharers)
        return plan_copy(facts(config_map(), targets=(where,)), CopyChoices(), FINGERPRINTS).digest

    assert digest("shop in Development") == digest()


def test_the_source_itself_is_called_the_source_and_not_shared():
    where = target(knows=(config_map(),), sharers=("shop in Development",))
    place = {"cluster_id": where.cluster_id, "namespace": "shop"}
    plan = plan_copy(facts(config_map(), targets=(where,), **place), CopyChoices(), FINGERPRINTS)
    assert [problem.code for problem in plan.all_problems] == ["same-place"]
