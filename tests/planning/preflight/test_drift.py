"""What differs from the last release where a new image is about to be written."""

from datetime import UTC, datetime

import pytest

from domain.divergences import Divergence, DivergenceKind, FoundField, FoundFields, FoundImage
from domain.images import Image
from domain.words import Action
from services.planning.preflight.drift import drifted
from tests.planning.preflight.facts import facts, planned, web

AT = datetime(2026, 12, 1, 22, 5, tzinfo=UTC)


def image_drift(cluster="eu", image="web:1", kind=DivergenceKind.IMAGE_DRIFT):
    found = FoundImage(
        cluster=cluster, image=Image.of(image), expected=Image.of("web:0"), manager="kubectl-edit", written_at=AT
    )
    return Divergence(kind=kind, workload=web().id, container="web", init=False, found=(found,), release=12)


def skew(image="web:1", *, expected="web:0"):
    found = FoundImage(cluster="eu", image=Image.of(image), expected=Image.of(expected) if expected else None)
    return Divergence(
        kind=DivergenceKind.SKEW, workload=web().id, container="web", init=False, found=(found,), release=12
    )


def field_drift(*paths, cluster="eu"):
    fields = tuple(FoundField(path=path, manager="kubectl-edit") for path in paths)
    return Divergence(
        kind=DivergenceKind.FIELD_DRIFT,
        workload=web().id,
        container="",
        init=False,
        fields=(FoundFields(cluster=cluster, fields=fields),),
        release=12,
    )


def said(divergence, *, action=Action.UPDATE):
    problems = drifted(facts(web(), divergences=(divergence,)), planned(web(), action=action))
    return [(problem.severity.value, problem.detail) for problem in problems]


def test_a_plan_that_replaces_an_image_which_somebody_changed_by_hand_warns():
    ((severity, detail),) = said(image_drift())
    assert severity == "warns"
    assert detail == (
        "Deployment web, container web, runs web:1 and not web:0, as release 12 has it. The field manager "
        "kubectl-edit wrote it at 2026-12-01 22:05 UTC. This plan replaces it."
    )


def test_a_cluster_that_the_last_release_was_not_brought_to_is_told():
    ((severity, detail),) = said(skew())
    assert severity == "tells"
    assert detail == (
        "Deployment web, container web, runs web:1 and not web:0, as release 12 has it. It was not brought to this "
        "cluster. This plan replaces it."
    )


def test_drift_that_the_plan_leaves_is_told():
    ((severity, detail),) = said(image_drift(), action=Action.UNCHANGED)
    assert severity == "tells"
    assert detail.endswith("This plan leaves it.")


@pytest.mark.parametrize(
    "over",
    [
        image_drift(cluster="us"),
        image_drift(image="web:3"),  # it runs something else by now
        skew(expected=None),  # this cluster has the release, and others do not
        skew(image="web:3"),
        field_drift("spec.replicas", cluster="us"),
    ],
)
def test_what_is_elsewhere_or_over_is_not_said(over):
    assert said(over) == []


def test_fields_that_drifted_are_named_a_few_of_them():
    ((severity, detail),) = said(field_drift("spec.replicas", ""))
    assert severity == "tells"
    assert detail == (
        "Deployment web is not as Stagecoach wrote it for release 12: spec.replicas, the object as a whole. "
        "kubectl-edit wrote that. This plan leaves it."
    )
    ((_, detail),) = said(field_drift(*(f"data[k{number}]" for number in range(7))))
    assert "data[k4] and 2 more" in detail
