"""Fields that an acceptance takes as they are, and the drift that it settles."""

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from domain.configuration import ConfigurationReading
from domain.divergences import Divergence, DivergenceKind, FoundField, FoundFields, OpenDivergence
from domain.problems import Problem, Severity
from domain.resources import Manifest, ResourceId
from services.planning.drift.accepting_fields import (
    AcceptedFields,
    WrittenFacts,
    about_fields,
    accept_fields,
    settled_fields,
)
from services.planning.drift.fields import differing_fields
from services.planning.drift.observing import Observed, with_fields
from services.planning.drift.written import written_object
from tests.support.objects import PRINTS

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SETTINGS, LOGIN = ResourceId.of("v1", "ConfigMap", "settings"), ResourceId.of("v1", "Secret", "login")
KEY, FIELD = DivergenceKind.KEY_DRIFT, DivergenceKind.FIELD_DRIFT
PLACE = "place"


def config_map(resource: ResourceId = SETTINGS, **data: str) -> dict[str, Any]:
    own = {"manager": "stagecoach", "operation": "Apply", "fieldsV1": {"f:data": {f"f:{key}": {} for key in data}}}
    return {
        "apiVersion": "v1",
        "kind": resource.kind.name,
        "metadata": {"name": resource.name, "managedFields": [own]},
        "data": data,
    }


def facts(cluster: str = "eu", *, before: dict[str, Any], after: dict[str, Any] | None) -> WrittenFacts:
    written = written_object(Manifest(before), PRINTS, place=PLACE)
    live = {written.resource: Manifest(after)} if after is not None else {}
    return WrittenFacts(cluster=cluster, written={written.resource: written.fields}, live=live)


def accepted(
    *found: WrittenFacts, cluster: str | None = None, selected: tuple[ResourceId, ...] | None = None
) -> tuple[AcceptedFields, ...]:
    return accept_fields(found, PRINTS, place=PLACE, cluster=cluster, selected=selected)


CHANGED = facts(before=config_map(a="1", b="2", c="3"), after=config_map(a="1", b="9"))


def test_what_differs_is_taken_as_it_is_and_differs_no_more():
    (one,) = accepted(CHANGED)
    assert (one.resource, one.cluster, [(each.path, each.removed) for each in one.fields]) == (
        SETTINGS,
        "eu",
        [("data.b", False), ("data.c", True)],
    )
    live = Manifest(config_map(a="1", b="9"))
    assert differing_fields(live, one.now.fields, PRINTS, place=PLACE) == ()
    live = Manifest(config_map(a="1", b="2"))
    assert [each.path for each in differing_fields(live, one.now.fields, PRINTS, place=PLACE)] == ["data.b"]


def test_an_object_that_is_gone_is_compared_no_more():
    (one,) = accepted(facts(before=config_map(a="1"), after=None))
    assert one.now.fields == {}
    assert differing_fields(None, one.now.fields, PRINTS, place=PLACE) == ()


def test_only_what_was_named_is_taken():
    other = replace(CHANGED, cluster="us")
    assert [each.cluster for each in accepted(CHANGED, other)] == ["eu", "us"]
    assert [each.cluster for each in accepted(CHANGED, other, cluster="us")] == ["us"]
    assert accepted(CHANGED, selected=(LOGIN,)) == accepted(CHANGED, selected=()) == ()
    assert len(accepted(CHANGED, selected=(SETTINGS,))) == 1


def test_an_object_as_it_was_written_is_not_in_the_plan():
    body = config_map(a="1")
    assert accepted(facts(before=body, after=copy.deepcopy(body))) == ()


def test_what_cannot_be_read_blocks_where_it_was_named_and_warns_else():
    unread = replace(CHANGED, live={}, unread=frozenset({SETTINGS}))
    assert accepted(unread) == ()
    for selected, severity in (((SETTINGS,), Severity.BLOCKS), (None, Severity.WARNS)):
        (problem,) = about_fields([unread], cluster=None, selected=selected)
        assert (problem.severity, problem.resource, problem.cluster) == (severity, SETTINGS, "eu")
    assert not list(about_fields([unread], cluster="us", selected=None))
    failure = Problem(code="cluster-unreachable", severity=Severity.BLOCKS, detail="It does not answer.", cluster="eu")
    assert list(about_fields([replace(CHANGED, failure=failure)], cluster=None, selected=None)) == [failure]


def row(kind: DivergenceKind, *clusters: str, resource: ResourceId = SETTINGS) -> OpenDivergence:
    fields = tuple(FoundFields(cluster=each, fields=(FoundField(path="data.b"),)) for each in clusters)
    divergence = Divergence(kind=kind, workload=resource, container="", init=False, fields=fields, release=1)
    return OpenDivergence(id="1", divergence=divergence, since=NOW, opened_at=NOW)


def test_an_acceptance_closes_the_drift_of_its_objects_and_leaves_that_of_other_clusters():
    step = settled_fields(
        [row(KEY, "eu"), row(FIELD, "eu"), row(KEY, "eu", resource=LOGIN)], accepted(CHANGED), release=2
    )
    assert ([each.divergence.kind for each in step.closes], step.changes) == ([KEY, FIELD], ())
    (left,) = settled_fields([row(KEY, "eu", "us")], accepted(CHANGED), release=2).changes
    assert ([each.cluster for each in left.divergence.fields], left.divergence.release) == (["us"], 2)


def reading(**more: Any) -> ConfigurationReading:
    differing = {SETTINGS: (FoundField(path="data.b"), FoundField(path="metadata.labels.app"))}
    return ConfigurationReading(**{"read_at": NOW, "differing": differing, "release": 3, **more})


def test_what_was_read_is_drift_of_keys_and_of_fields_on_the_clusters_that_have_it():
    found = with_fields(Observed(release=3), {"eu": reading(), "us": reading(), "ap": reading(differing={})}).found
    assert {key[0]: [each.cluster for each in one.fields] for key, one in found.items()} == {
        KEY: ["eu", "us"],
        FIELD: ["eu", "us"],
    }
    assert {(one.workload, one.container, one.release) for one in found.values()} == {(SETTINGS, "", 3)}


def test_what_was_compared_with_another_release_or_is_of_no_live_cluster_neither_opens_nor_closes():
    for other in (reading(release=2), None):
        observed = with_fields(Observed(release=3), {"eu": other})
        assert observed.found == {}
        for kind in (KEY, FIELD):
            assert not observed.is_absent((kind, ("", "ConfigMap", "settings", "")))
        assert observed.is_absent((DivergenceKind.SKEW, ("apps", "Deployment", "web", "web")))
    assert with_fields(Observed(release=3), {"eu": reading(differing={})}).is_absent(
        (KEY, ("", "ConfigMap", "settings", ""))
    )
