"""Writing a copy to a cluster, and trying its writes in a dry run before."""

import asyncio
from typing import Any, cast

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.resources import Manifest, ResourceId
from domain.words import Action, OnConflict, Outcome
from services.changes.importing import ImportRequest
from services.execution.copy_dry_run import try_writes
from services.execution.copying import copy_to_cluster
from services.kube.deadline import Deadline
from services.kube.errors import AdmissionDeniedError, BudgetExceededError, ClusterError, ClusterUnreachableError
from services.kube.gateway import ClusterGateway
from services.planning.copying.dry_runs import with_dry_run
from services.planning.copying.facts import NamespaceState
from services.planning.copying.plan import CopyChoices
from services.planning.copying.planner import plan_copy
from services.planning.copying.work import CopyWork, work_of
from tests.support.actors import ANN
from tests.support.fake_cluster import FakeLog
from tests.support.imports import DATABASE, SETTINGS, blocking, config_map, hold, import_preview, import_request
from tests.support.objects import FINGERPRINTS, deployment, facts, target

_POD_SECURITY = 'would violate PodSecurity "restricted:latest": runAsNonRoot != true'
_TWICE = {"containers": [{"name": "web", "image": "web:1", "env": [{"name": "A"}, {"name": "A"}]}]}


class _Warning:
    """A cluster that takes every write and has a warning for it."""

    async def apply(self, manifest: Manifest, *, on_warning: Any, dry_run: bool, **_: Any) -> Manifest:
        assert dry_run
        on_warning(_POD_SECURITY)
        return manifest

    create = apply


@pytest.mark.parametrize("pod", [None, _TWICE], ids=["applied", "created"])
async def test_a_warning_of_the_api_server_is_a_problem_that_does_not_block(pod):
    plan = plan_copy(facts(deployment(pod=pod)), CopyChoices(), FINGERPRINTS)
    (cluster,) = plan.clusters
    runs = await try_writes(cluster, _Warning(), force=False, deadline=Deadline.after(10))  # type: ignore[arg-type]
    tried = with_dry_run(plan, {cluster.cluster: runs})
    warned = [p for p in tried.clusters[0].problems if p.code == "cluster-warning"]
    assert [(p.severity, p.detail) for p in warned] == [
        (Severity.WARNS, f"Deployment web: the API server warns: {_POD_SECURITY}")
    ]
    assert not tried.blocked


class _Silent:
    """A cluster that says nothing, or refuses, when it is asked for a namespace."""

    def __init__(self, error: ClusterError) -> None:
        self._error = error

    async def create(self, *_: Any, **__: Any) -> Manifest:
        raise self._error


class _FailingLater:
    """A cluster that takes one write and refuses the next ones."""

    cluster = "staging-1"

    def __init__(self) -> None:
        self._taken: list[Manifest] = []

    async def apply(self, manifest: Manifest, **_: Any) -> Manifest:
        if self._taken:
            raise AdmissionDeniedError("No more objects.", cluster=self.cluster)
        self._taken.append(manifest)
        return manifest


async def test_what_was_written_is_told_though_other_writes_beside_it_fail():
    plan = plan_copy(facts(*(Manifest(config_map(each)) for each in ("first", "second"))), CopyChoices(), FINGERPRINTS)
    work = work_of(plan.clusters[0], on_conflict=OnConflict.FAIL)
    assert isinstance(work, CopyWork)
    told: list[str] = []

    async def on_written(answer: Manifest) -> None:
        told.append(answer.name)

    gateway = cast("ClusterGateway", _FailingLater())
    result = await copy_to_cluster(work, gateway, FakeLog(), deadline=Deadline.after(60), on_written=on_written)
    assert (result.outcome, told) == (Outcome.FAILED, ["first"])


@pytest.mark.parametrize(
    ("error", "blocked"),
    [
        (ClusterUnreachableError("Connection refused.", cluster="staging-1"), False),
        (BudgetExceededError("The time was up.", cluster="staging-1"), False),
        (AdmissionDeniedError("No more namespaces.", cluster="staging-1"), True),
    ],
)
async def test_only_a_refused_namespace_blocks(error, blocked):
    web = deployment()
    place = target(knows=(web,), namespace_state=NamespaceState.MISSING)
    plan = plan_copy(facts(web, targets=(place,)), CopyChoices(), FINGERPRINTS)
    (cluster,) = plan.clusters
    runs = await try_writes(cluster, _Silent(error), force=False, deadline=Deadline.after(10))  # type: ignore[arg-type]
    tried = with_dry_run(plan, {cluster.cluster: runs})
    assert tried.blocked is blocked
    assert any(error.detail in said for said in (*tried.clusters[0].unchecked, *(p.detail for p in tried.all_problems)))


async def test_a_preview_without_the_namespace_says_what_could_not_be_tried(stage):
    plan = await import_preview(stage, await import_request(stage, SETTINGS))
    assert plan.clusters[0].namespace_action is Action.CREATE
    assert stage.namespace in plan.clusters[0].unchecked[0]
    assert not plan.blocked


async def test_what_a_server_refuses_in_a_dry_run_is_a_problem(stage):
    stage.plant("staging-1", config_map("other"))
    too_long = Overrides(config_maps={"shop-settings": {"LOG_LEVEL": "x" * 1_100_000}})
    plan = await import_preview(stage, await import_request(stage, SETTINGS, overrides=too_long))
    assert ("staging-1", "cluster-invalid-object") in blocking(plan)
    assert [r.action for r in plan.clusters[0].resources] == [Action.BLOCKED]


def _with_env(*values: str, **metadata: object) -> dict[str, object]:
    """A Deployment whose variable A is there once for each value."""
    env = [{"name": "A", "value": value} for value in values]
    container = {"name": "twice", "image": "registry.practice.example/shop/web:1.0.0", "env": env}
    spec = {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "twice"}},
        "template": {"metadata": {"labels": {"app": "twice"}}, "spec": {"containers": [container]}},
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "twice", **metadata}, "spec": spec}


async def _twice_adopted(stage, **choices: Any) -> ImportRequest:
    source = f"{stage.namespace}-source"
    stage.plant("dev-1", _with_env("1", "2"), source)
    await stage.adopted(source)
    return ImportRequest(
        source_environment="Development",
        namespace=stage.namespace,
        resources=(ResourceId.of("apps/v1", "Deployment", "twice"),),
        **choices,
    )


async def test_a_replaced_object_keeps_the_metadata_of_other_writers(stage):
    theirs = {"labels": {"team": "shop"}, "finalizers": ["shop.example/guard"]}
    stage.plant("staging-1", _with_env("0", **theirs))
    ended = await stage.import_to("Staging", await _twice_adopted(stage, on_conflict=OnConflict.OVERWRITE))
    assert {(each.outcome, each.detail) for each in ended.clusters} == {(Outcome.SUCCEEDED, None)}
    replaced = stage.object("staging-1", "deployments", "twice")
    assert len(replaced["spec"]["template"]["spec"]["containers"][0]["env"]) == 2
    assert {key: replaced["metadata"].get(key) for key in theirs} == theirs


async def test_a_list_with_repeated_keys_is_created_since_apply_refuses_it(stage):
    ended = await stage.import_to("Staging", await _twice_adopted(stage))
    assert [(each.outcome, each.detail) for each in ended.clusters] == [(Outcome.SUCCEEDED, None)]
    made = stage.object("staging-1", "deployments", "twice")
    assert [each["value"] for each in made["spec"]["template"]["spec"]["containers"][0]["env"]] == ["1", "2"]


async def test_a_server_that_fails_for_good_ends_the_cluster_with_its_reason(stage):
    stage.plant("staging-1", config_map("other"))
    request = await import_request(stage, SETTINGS, DATABASE)
    release = asyncio.Event()
    hold(stage, release)
    started = await stage.importing.start("shop", "Staging", request, actor=ANN)
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few"},
        "spec": {"hard": {"secrets": "0"}},
    }
    stage.plant("staging-1", quota)
    release.set()
    ended = await stage.end_of(started.id)
    (cluster,) = ended.clusters
    assert (cluster.outcome, cluster.code, cluster.resource) == (
        Outcome.FAILED,
        "cluster-quota",
        ResourceId.of("v1", "Secret", "shop-database"),
    )


async def test_an_object_that_another_writer_created_meanwhile_is_not_overwritten(stage):
    stage.plant("staging-1", config_map("other"))
    request = await import_request(stage, SETTINGS)
    release = asyncio.Event()
    hold(stage, release)
    started = await stage.importing.start("shop", "Staging", request, actor=ANN)
    stage.plant("staging-1", config_map(data={"LOG_LEVEL": "theirs"}))
    release.set()
    ended = await stage.end_of(started.id)
    assert [(each.outcome, each.code) for each in ended.clusters] == [(Outcome.FAILED, "changed-meanwhile")]
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {"LOG_LEVEL": "theirs"}
