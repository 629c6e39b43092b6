"""How problems of a plan are put to a person: blocking ones first, and what all clusters have in common said once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from domain.problems import Problem, Severity

_ORDER = {Severity.BLOCKS: 0, Severity.WARNS: 1, Severity.TELLS: 2}


def by_severity(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that block, then those that warn, then those that tell; each in the order that they had."""
    return tuple(sorted(problems, key=lambda problem: _ORDER[problem.severity]))


def said_once(
    findings: Mapping[str, Sequence[Problem]],
) -> tuple[tuple[Problem, ...], dict[str, tuple[Problem, ...]]]:
    """Findings by cluster, as those that all of these clusters have in common, without a cluster, and the others.

    Of one cluster nothing is common. Equal findings of one cluster become one.
    """
    distinct = {cluster: tuple(dict.fromkeys(problems)) for cluster, problems in findings.items()}
    if len(distinct) < 2:
        return (), distinct
    first, *others = ({_anywhere(problem) for problem in problems} for problems in distinct.values())
    common = first.intersection(*others)
    shared = dict.fromkeys(
        anywhere for problems in distinct.values() for each in problems if (anywhere := _anywhere(each)) in common
    )
    return tuple(shared), {
        cluster: tuple(problem for problem in problems if _anywhere(problem) not in common)
        for cluster, problems in distinct.items()
    }


def _anywhere(problem: Problem) -> Problem:
    return replace(problem, cluster=None)
