"""How problems of a plan are put to a person: in which order, and what is said once for all clusters."""

from domain.problems import Problem, Remedy, Severity
from services.planning.preflight.ordering import by_severity, said_once


def problem(code: str, severity: Severity = Severity.WARNS, cluster: str | None = None) -> Problem:
    return Problem(code=code, severity=severity, detail=f"{code} is so.", cluster=cluster)


def test_blocking_problems_come_first_and_what_tells_comes_last():
    given = [problem("a", Severity.TELLS), problem("b"), problem("c", Severity.BLOCKS), problem("d")]
    assert [each.code for each in by_severity(given)] == ["c", "b", "d", "a"]


def test_what_all_clusters_have_in_common_is_said_once_without_a_cluster():
    shared, apart = said_once(
        {
            "eu": [problem("a", cluster="eu"), problem("b", cluster="eu")],
            "us": [problem("c", cluster="us"), problem("a", cluster="us")],
        }
    )
    assert shared == (problem("a"),)
    assert apart == {"eu": (problem("b", cluster="eu"),), "us": (problem("c", cluster="us"),)}


def test_what_one_cluster_of_several_does_not_have_is_said_of_each_of_the_others():
    found = {"eu": [problem("a", cluster="eu")], "us": [problem("a", cluster="us")], "ap": []}
    assert said_once(found) == ((), {name: tuple(problems) for name, problems in found.items()})


def test_a_single_cluster_keeps_its_name_and_says_a_finding_once():
    assert said_once({"eu": [problem("a", cluster="eu")] * 2}) == ((), {"eu": (problem("a", cluster="eu"),)})


def test_findings_of_no_cluster_are_none():
    assert said_once({}) == ((), {})


def test_a_problem_that_tells_is_stored_with_its_remedy_and_a_former_process_reads_a_warning():
    remedy = Remedy(code="bring-keys", title="Bring 1 key", request={"bring": [{"name": "app"}]})
    told = Problem(code="gap", severity=Severity.TELLS, detail="It lacks a key.", remedy=remedy)
    assert Problem.from_json(told.to_json()) == told
    assert told.to_json()["severity"] == "warns"
