"""Rights that the Jobs of a strategy need, and where they run."""

from dataclasses import replace

from domain.cluster_api import Right
from domain.resources import Manifest
from domain.stored.checks import Check, HttpCheck, JobCheck, Window
from domain.stored.hooks import Hook, HookMoment, JobScope, JobTemplate
from domain.stored.strategies import ByNames, Remaining, Ring, Strategy
from services.planning.preflight.findings import findings_on
from services.planning.preflight.job_rights import rights_of_jobs
from services.planning.rings.job_places import places_of_jobs
from services.planning.rings.resolution import RingCluster
from tests.planning.preflight.facts import facts, planned, web

_CLUSTERS = tuple(RingCluster(name=name, labels={}) for name in ("a", "b", "c", "d"))
_RINGS = (Ring(selector=ByNames(names=("b",))), Ring(selector=Remaining()))
_JOB = JobTemplate(manifest=Manifest({"apiVersion": "batch/v1", "kind": "Job"}))


def _found(*lacking: Right) -> list[tuple[str, str, str]]:
    on = replace(facts(web()), lacking_job_rights=frozenset(lacking))
    return [(each.code, each.severity.value, each.detail) for each in findings_on(on, planned(web()))]


def test_without_a_lacking_right_nothing_is_said() -> None:
    assert _found() == []


def test_hooks_that_could_not_be_run_block() -> None:
    create, *_, log = rights_of_jobs("shop")
    ((code, severity, detail),) = _found(create, log)
    assert (code, severity) == ("hook-rights", "blocks")
    assert "may not create jobs in shop" in detail
    assert "rbac-hooks.yaml" in detail


def test_logs_that_could_not_be_read_are_told() -> None:
    ((code, severity, _),) = _found(rights_of_jobs("shop")[-1])
    assert (code, severity) == ("hook-log-rights", "tells")


def _hook(when: HookMoment, scope: JobScope) -> Hook:
    return Hook(name="x", when=when, scope=scope, job=_JOB)


def _check(scope: JobScope) -> Check:
    return Check(name="x", asks=JobCheck(job=_JOB, scope=scope))


def test_jobs_run_on_the_clusters_that_they_are_for() -> None:
    request = HttpCheck(url="https://web.example", window=Window(seconds=1, every=1))
    once, each = JobScope.ENVIRONMENT, JobScope.CLUSTER
    expected = {
        "": Strategy(rings=_RINGS),
        "b": Strategy(rings=_RINGS, hooks=(_hook(HookMoment.BEFORE, once),)),
        "a": Strategy(rings=_RINGS, hooks=(_hook(HookMoment.AFTER, once),)),
        "abcd": Strategy(hooks=(_hook(HookMoment.AFTER, each),)),
        "ab": Strategy(rings=tuple(replace(ring, checks=(_check(once),)) for ring in _RINGS)),
        "acd": Strategy(rings=(_RINGS[0], replace(_RINGS[1], checks=(_check(each),)))),
    }
    for places, strategy in expected.items():
        assert places_of_jobs(strategy, _CLUSTERS) == frozenset(places), places
    asking = replace(_RINGS[0], checks=(Check(name="x", asks=request),))
    assert places_of_jobs(Strategy(rings=(asking, _RINGS[1])), _CLUSTERS) == frozenset()
    assert places_of_jobs(Strategy(), ()) == frozenset()
