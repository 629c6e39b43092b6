"""What a release settles of the drift that is open, as it is recorded."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.divergences import Divergence, DivergenceKind, FoundImage, OpenDivergence
from domain.images import ContainerImage, Image
from services.planning.drift.observing import ReleaseImages
from services.planning.drift.settling import settled
from tests.support.image_plans import DOWN, cluster, resource, workload

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
RELEASE = ReleaseImages(
    number=2,
    images=(ContainerImage(workload=resource("web"), container="web", image=Image.of("shop/web:2")),),
    clusters=frozenset({"eu", "us"}),
)


def open_drift(kind: DivergenceKind = DivergenceKind.IMAGE_DRIFT) -> OpenDivergence:
    found = FoundImage(cluster="eu", image=Image.of("shop/web:2"), expected=Image.of("shop/web:1"))
    divergence = Divergence(kind=kind, workload=resource("web"), container="web", init=False, found=(found,), release=1)
    return OpenDivergence(id="1", divergence=divergence, since=NOW, opened_at=NOW)


def runs(name: str, tag: str):
    return cluster(name, workload("web", {"web": f"shop/web:{tag}"}))


@pytest.mark.parametrize("kind", [DivergenceKind.IMAGE_DRIFT, DivergenceKind.SKEW])
def test_what_runs_as_the_release_says_closes_at_once(kind):
    found = settled([open_drift(kind)], [runs("eu", "2"), runs("us", "2")], RELEASE, now=NOW)
    assert [each.divergence.kind for each in found.closes] == [kind]
    assert not found.changes


def test_what_another_cluster_runs_is_drift_from_the_new_release():
    found = settled([open_drift()], [runs("eu", "2"), runs("us", "1")], RELEASE, now=NOW)
    (changed,) = found.changes
    assert ([each.cluster for each in changed.divergence.found], changed.divergence.release) == (["us"], 2)
    assert not found.closes


def test_while_a_cluster_cannot_be_read_nothing_closes():
    found = settled([open_drift()], [runs("eu", "2"), replace(cluster("us"), failure=DOWN)], RELEASE, now=NOW)
    assert not found.tells


def test_nothing_opens_by_it_for_it_has_not_lasted():
    assert not settled([], [runs("eu", "3"), runs("us", "3")], RELEASE, now=NOW).tells
