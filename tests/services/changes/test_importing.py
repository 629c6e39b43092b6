import asyncio
import base64
import copy
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.resources import ResourceId
from domain.secret_text import SecretText
from domain.words import Action, EventType, OnConflict, OperationState, Outcome
from services.changes.errors import PlanBlockedError, PlanOutdatedError
from services.changes.importing import Importing, ImportRequest
from services.changes.new_operations import IdempotencyKey
from services.errors import (
    AlreadyConfiguredError,
    InvalidRequestError,
    NotConfiguredError,
    NotFoundError,
    OperationUnderwayError,
)
from services.limits import Limits
from services.planning.plan import Comparison
from tests.support.copy_stage import ANN, FINGERPRINTS, CopyStage

_SETTINGS = ResourceId.of("v1", "ConfigMap", "shop-settings")
_DATABASE = ResourceId.of("v1", "Secret", "shop-database")
_WEB = ResourceId.of("apps/v1", "Deployment", "web")
_LOGIN_CONSENT = ("registry-credentials",)


async def _request(stage: CopyStage, *resources: ResourceId, **changes) -> ImportRequest:
    """These resources of Development, or everything."""
    await stage.adopted()
    # Tests share the clusters, and no two namespaces may serve the same host.
    hosts = {} if resources else {"shop.dev.example": f"{stage.namespace}.example"}
    values = {
        "source_environment": "Development",
        "namespace": stage.namespace,
        "resources": resources or await stage.everything(_LOGIN_CONSENT),
        "overrides": Overrides(allow=_LOGIN_CONSENT, ingress_hosts=hosts),
    }
    return ImportRequest(**{**values, **changes})


async def _preview(stage: CopyStage, request: ImportRequest, environment: str = "Staging"):
    return await stage.importing.preview("shop", environment, request, actor=ANN)


def _blocking(plan):
    return [(p.cluster, p.code) for p in plan.all_problems if p.severity is Severity.BLOCKS]


def _config_map(name="shop-settings", **body):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **body}


def _namespace(name):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


# The whole of it


async def test_the_example_application_is_copied_to_two_clusters_and_runs_there(stage):
    ended = await stage.import_to("Production", await _request(stage))
    assert (ended.state, [each.outcome for each in ended.clusters]) == (
        OperationState.SUCCEEDED,
        [Outcome.SUCCEEDED, Outcome.SUCCEEDED],
    )
    for cluster in ("prod-eu", "prod-us"):
        assert stage.object(cluster, "deployments", "web")["status"]["availableReplicas"] >= 1
        assert stage.object(cluster, "storefronts", "shop") is not None
        assert stage.object(cluster, "cronjobs", "report")["spec"]["suspend"] is True


async def test_a_second_import_finds_nothing_to_do(stage):
    request = await _request(stage)
    await stage.import_to("Staging", request)
    plan = await _preview(stage, request)
    assert plan.nothing_to_do
    before = stage.writes("staging-1")
    ended = await stage.import_to("Staging", request)
    assert [each.outcome for each in ended.clusters] == [Outcome.UNCHANGED]
    assert stage.writes("staging-1") == before


async def test_the_app_environment_is_configured_afterwards_with_what_was_imported(stage):
    request = await _request(stage, _SETTINGS, _DATABASE)
    await stage.import_to("Staging", request)
    async with stage.database.read() as tx:
        place = await tx.app_environments.find("shop", "Staging")
    assert (place.configured, place.namespace) == (True, stage.namespace)
    assert [each.name for each in place.resources] == ["shop-settings", "shop-database"]


async def test_the_imported_images_are_a_release(stage):
    await stage.import_to("Staging", await _request(stage))
    async with stage.database.read() as tx:
        place = await tx.app_environments.find("shop", "Staging")
        releases = await tx.releases.list(place.id, limit=5)
    containers = {(each.workload.name, each.container) for each in releases.items[0].images}
    assert ("web", "web") in containers


async def test_the_timeline_has_every_object_in_the_order_of_writing(stage):
    ended = await stage.import_to("Staging", await _request(stage))
    applied = [e.resource for e in await stage.events_of(ended.id) if e.type is EventType.RESOURCE_APPLIED]
    kinds = [resource.rsplit("/", 2)[1] for resource in applied]
    assert kinds[0] == "Namespace"
    for before, after in (
        ("ServiceAccount", "Secret"),
        ("Secret", "Service"),
        ("Service", "Deployment"),
        ("Deployment", "Ingress"),
    ):
        assert kinds.index(before) < kinds.index(after)


async def test_overrides_reach_the_cluster(stage):
    overrides = Overrides(
        allow=_LOGIN_CONSENT,
        config_maps={"shop-settings": {"LOG_LEVEL": "warning"}},
        secrets={"shop-database": {"password": SecretText("typed-in")}},
        replicas={"Deployment/checkout": 3},
        ingress_hosts={"shop.dev.example": f"{stage.namespace}.staging.example"},
    )
    await stage.import_to("Staging", await _request(stage, overrides=overrides))
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"]["LOG_LEVEL"] == "warning"
    password = stage.object("staging-1", "secrets", "shop-database")["data"]["password"]
    assert base64.b64decode(password) == b"typed-in"
    assert stage.object("staging-1", "deployments", "checkout")["spec"]["replicas"] == 3
    assert (
        stage.object("staging-1", "ingresses", "shop")["spec"]["rules"][0]["host"]
        == f"{stage.namespace}.staging.example"
    )


async def test_a_role_binding_gives_its_rights_to_the_account_of_its_own_namespace(stage):
    await stage.import_to("Staging", await _request(stage))
    subjects = stage.object("staging-1", "rolebindings", "shop-settings-reader")["subjects"]
    assert {subject.get("namespace") for subject in subjects} == {stage.namespace}


async def test_nothing_of_the_source_is_changed(stage):
    request = await _request(stage)
    before = stage.writes("dev-1")
    await stage.import_to("Staging", request)
    assert stage.writes("dev-1") == before


# The preview


async def test_a_preview_writes_nothing(stage):
    request = await _request(stage)
    before = stage.writes("prod-eu")
    await _preview(stage, request, "Production")
    assert stage.writes("prod-eu") == before


async def test_a_preview_without_the_namespace_says_what_could_not_be_tried(stage):
    plan = await _preview(stage, await _request(stage, _SETTINGS))
    assert plan.clusters[0].namespace_action is Action.CREATE
    assert stage.namespace in plan.clusters[0].unchecked[0]
    assert not plan.blocked


async def test_what_a_server_refuses_in_a_dry_run_is_a_problem(stage):
    stage.plant("staging-1", _config_map("other"))
    too_long = Overrides(config_maps={"shop-settings": {"LOG_LEVEL": "x" * 1_100_000}})
    plan = await _preview(stage, await _request(stage, _SETTINGS, overrides=too_long))
    assert ("staging-1", "cluster-invalid-object") in _blocking(plan)
    assert [r.action for r in plan.clusters[0].resources] == [Action.BLOCKED]


async def test_a_plan_has_the_problems_of_all_clusters(stage):
    for cluster, mode in (("prod-eu", "eu"), ("prod-us", "us")):
        stage.plant(cluster, _config_map(data={"LOG_LEVEL": mode}))
    plan = await _preview(stage, await _request(stage, _SETTINGS), "Production")
    assert _blocking(plan) == [("prod-eu", "target-differs"), ("prod-us", "target-differs")]


async def test_a_quota_that_is_used_up_is_found_before_anything_is_written(stage):
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few"},
        "spec": {"hard": {"secrets": "0"}},
    }
    stage.plant("staging-1", quota)
    plan = await _preview(stage, await _request(stage, _DATABASE))
    assert ("staging-1", "quota-exceeded") in _blocking(plan)


async def test_a_reference_to_a_missing_object_is_reported(stage):
    plan = await _preview(stage, await _request(stage, _WEB))
    missing = {p.detail for p in plan.all_problems if p.code == "missing-reference" and p.severity is Severity.BLOCKS}
    assert any("ConfigMap shop-settings" in detail for detail in missing)
    assert any("ServiceAccount shop" in detail for detail in missing)


async def test_a_kind_that_the_target_does_not_serve_is_a_problem_of_that_cluster(stage):
    practice = stage.sandbox.cluster("prod-us")
    definition = copy.deepcopy(practice.get("customresourcedefinitions", "storefronts.practice.example", ""))
    del definition["metadata"]["resourceVersion"]
    storefront = next(r for r in await _everything(stage) if r.kind.name == "Storefront")
    practice.remove("customresourcedefinitions", "storefronts.practice.example", "")
    try:
        plan = await _preview(stage, await _request(stage, storefront), "Production")
    finally:
        practice.create(definition)
    assert _blocking(plan) == [("prod-us", "missing-api-version")]


async def _everything(stage):
    await stage.adopted()
    return await stage.everything(_LOGIN_CONSENT)


async def test_rights_that_are_missing_are_named(stage, example_clusters):
    await _as_a_viewer(stage, example_clusters)
    plan = await _preview(stage, await _request(stage, _SETTINGS))
    found = [p for p in plan.all_problems if p.code == "missing-right"]
    assert found
    assert {p.cluster for p in found} == {"staging-1"}


async def _as_a_viewer(stage, sandbox):
    """Staging's credential may only read ConfigMaps from now on."""
    async with stage.database.begin() as tx:
        record = await tx.clusters.find("staging-1")
        kubeconfig = sandbox.kubeconfig("staging-1", user="viewer")
        await tx.clusters.replace_credential(record.id, credential=kubeconfig, server=record.server)


# Conflicts


async def test_an_object_that_exists_and_differs_stops_the_import(stage):
    stage.plant("staging-1", _config_map(data={"LOG_LEVEL": "theirs"}))
    request = await _request(stage, _SETTINGS)
    with pytest.raises(PlanBlockedError) as blocked:
        await stage.importing.start("shop", "Staging", request, actor=ANN)
    assert [p.code for p in blocked.value.problems if p.severity is Severity.BLOCKS] == ["target-differs"]
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {"LOG_LEVEL": "theirs"}


async def test_an_existing_object_is_overwritten_on_request(stage):
    stage.plant("staging-1", _config_map(data={"LOG_LEVEL": "theirs", "MORE": "theirs"}))
    ended = await stage.import_to("Staging", await _request(stage, _SETTINGS, on_conflict=OnConflict.OVERWRITE))
    source = stage.object("dev-1", "configmaps", "shop-settings", "shop")["data"]
    assert ended.state is OperationState.SUCCEEDED
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {**source, "MORE": "theirs"}


async def test_an_existing_object_is_kept_on_request(stage):
    stage.plant("staging-1", _config_map(data={"LOG_LEVEL": "theirs"}))
    request = await _request(stage, _SETTINGS, _DATABASE, on_conflict=OnConflict.KEEP)
    ended = await stage.import_to("Staging", request)
    assert ended.state is OperationState.SUCCEEDED
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {"LOG_LEVEL": "theirs"}
    assert stage.object("staging-1", "secrets", "shop-database") is not None


async def test_a_key_that_the_source_lost_is_removed_by_the_next_import(stage):
    more = Overrides(config_maps={"shop-settings": {"EXTRA": "1"}})
    await stage.import_to("Staging", await _request(stage, _SETTINGS, overrides=more))
    again = await _request(stage, _SETTINGS, on_conflict=OnConflict.OVERWRITE)
    plan = await _preview(stage, again)
    assert [(c.path, c.kind) for c in plan.clusters[0].resources[0].changes] == [("data.EXTRA", "removed")]
    await stage.import_to("Staging", again)
    assert "EXTRA" not in stage.object("staging-1", "configmaps", "shop-settings")["data"]


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


# Plans and requests


async def test_a_previewed_plan_is_executed(stage):
    request = await _request(stage, _SETTINGS)
    plan = await _preview(stage, request)
    ended = await stage.import_to("Staging", replace(request, plan_digest=plan.digest))
    assert ended.plan_digest == plan.digest


async def test_a_plan_that_has_become_outdated_is_refused_with_the_new_one(stage):
    request = await _request(stage, _SETTINGS)
    plan = await _preview(stage, request)
    stage.plant("staging-1", _config_map(data=stage.object("dev-1", "configmaps", "shop-settings", "shop")["data"]))
    with pytest.raises(PlanOutdatedError) as outdated:
        await stage.importing.start("shop", "Staging", replace(request, plan_digest=plan.digest), actor=ANN)
    new = outdated.value.plan
    assert (new.blocked, new.nothing_to_do) == (True, False)  # the labels differ


async def test_the_same_request_twice_is_one_operation(stage):
    request, key = await _request(stage, _SETTINGS), IdempotencyKey(key="k", fingerprint="f")
    one = await stage.importing.start("shop", "Staging", request, actor=ANN, idempotency=key)
    other = await stage.importing.start("shop", "Staging", request, actor=ANN, idempotency=key)
    assert one.id == other.id


async def test_a_second_operation_in_an_app_environment_is_refused_with_the_first(stage):
    request = await _request(stage)
    _hold(stage, asyncio.Event())
    first = await stage.importing.start("shop", "Staging", request, actor=ANN)
    with pytest.raises(OperationUnderwayError) as refused:
        await stage.importing.start("shop", "Staging", request, actor=ANN)
    assert refused.value.operation == first.id


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"source_environment": "Nowhere"}, NotFoundError),
        ({"source_environment": "Staging"}, InvalidRequestError),
        ({"source_environment": "Production"}, NotConfiguredError),
        ({"source_cluster": "prod-eu"}, InvalidRequestError),
        ({"namespace": None}, InvalidRequestError),
    ],
)
async def test_a_request_that_contradicts_itself_is_refused(stage, changes, error):
    request = replace(await _request(stage, _SETTINGS), **changes)
    with pytest.raises(error):
        await _preview(stage, request)


async def test_a_configured_app_environment_is_not_imported_into_another_namespace(stage):
    request = await _request(stage, _SETTINGS)
    await stage.import_to("Staging", request)
    with pytest.raises(AlreadyConfiguredError):
        await _preview(stage, replace(request, namespace=f"{stage.namespace}-other"))


async def test_what_is_not_in_the_source_is_named(stage):
    plan = await _preview(stage, await _request(stage, _SETTINGS, ResourceId.of("v1", "Secret", "nothing")))
    assert _blocking(plan) == [(None, "source-missing")]


# Trouble


async def test_a_cluster_that_is_down_does_not_stop_the_others(stage):
    request = await _request(stage, _SETTINGS)
    stage.sandbox.cut_off("prod-eu")
    plan = await _preview(stage, request, "Production")
    assert [p.code for p in plan.clusters[0].problems] == ["cluster-unreachable"]
    ended = await stage.import_to("Production", request)
    assert [(each.cluster_name, each.outcome) for each in ended.clusters] == [
        ("prod-eu", Outcome.UNREACHABLE),
        ("prod-us", Outcome.SUCCEEDED),
    ]
    assert ended.state is OperationState.FAILED


async def test_a_cluster_that_hangs_leaves_time_to_try_the_others(stage):
    request = await _request(stage, _SETTINGS)
    stage.plant("prod-us", _config_map(name="other"))
    stage.sandbox.faults("prod-eu").latency_ms = 60_000.0
    stage.sandbox.faults("prod-us").latency_ms = 200.0  # more than the crumbs of the time for a plan
    common = (stage.database, stage.pool, stage.operations, FINGERPRINTS)
    hasty = Importing(*common, Limits(plan=6.0))
    plan = await hasty.preview("shop", "Production", request, actor=ANN)
    unread, tried = plan.clusters
    assert not unread.reachable
    assert (tried.unchecked, tried.problems) == ((), ())


async def test_a_retry_reaches_a_cluster_that_was_down(stage):
    request = await _request(stage, _SETTINGS)
    stage.sandbox.cut_off("prod-eu")
    ended = await stage.import_to("Production", request)
    stage.sandbox.faults("prod-eu").clear()
    async with stage.database.read() as tx:
        record = await tx.clusters.find("prod-eu")
    stage.pool.answers(record.id)
    before = stage.writes("prod-us")
    await stage.operations.retry(ended.id, actor=ANN)
    again = await stage.end_of(ended.id)
    assert [(each.cluster_name, each.outcome, each.detail) for each in again.clusters] == [
        ("prod-eu", Outcome.SUCCEEDED, None),
        ("prod-us", Outcome.SUCCEEDED, None),
    ]
    assert stage.object("prod-eu", "configmaps", "shop-settings") is not None
    assert stage.writes("prod-us") == before


async def test_work_that_was_lost_in_a_crash_is_planned_again(stage):
    stage.engine.forgetful = True
    request = await _request(stage)
    typed_in = {"shop-database": {"password": SecretText("typed-in")}}
    ended = await stage.import_to("Staging", replace(request, overrides=replace(request.overrides, secrets=typed_in)))
    assert [(each.outcome, each.detail) for each in ended.clusters] == [(Outcome.SUCCEEDED, None)]
    password = stage.object("staging-1", "secrets", "shop-database")["data"]["password"]
    assert base64.b64decode(password) == b"typed-in"


async def test_an_import_goes_on_where_it_was_killed(stage):
    request = await _request(stage)
    stage.sandbox.faults("staging-1").set({"latency_ms": 30})
    started = await stage.importing.start("shop", "Staging", request, actor=ANN)
    async with asyncio.timeout(20):
        while stage.object("staging-1", "secrets", "shop-database") is None:
            await asyncio.sleep(0.01)
    stage.engine.running[started.id].cancel()
    with suppress(asyncio.CancelledError):
        await stage.engine.running[started.id]
    stage.sandbox.faults("staging-1").clear()
    await stage.engine.start(started.id, attempt=1, waves=1)
    ended = await stage.end_of(started.id)
    assert [(each.outcome, each.detail) for each in ended.clusters] == [(Outcome.SUCCEEDED, None)]
    assert (await _preview(stage, request)).nothing_to_do


async def test_a_source_that_changed_after_the_crash_fails_and_says_so(stage):
    stage.engine.forgetful = True
    source = f"{stage.namespace}-source"
    stage.plant("dev-1", _config_map(data={"mode": "a"}), source)
    await stage.adopted(source)
    request = ImportRequest(source_environment="Development", namespace=stage.namespace, resources=(_SETTINGS,))
    release = asyncio.Event()
    _hold(stage, release)
    started = await stage.importing.start("shop", "Staging", request, actor=ANN)
    stage.sandbox.cluster("dev-1").update(_placed(_config_map(data={"mode": "b"}), source), manager="kubectl")
    release.set()
    ended = await stage.end_of(started.id)
    assert [(each.outcome, each.code) for each in ended.clusters] == [(Outcome.FAILED, "source-changed")]


def _placed(body, namespace):
    return {**body, "metadata": {**body["metadata"], "namespace": namespace}}


def _hold(stage, release):
    """No operation starts until `release` is set."""
    step = stage.engine.step

    async def held(name, call, *arguments):
        await release.wait()
        return await step(name, call, *arguments)

    stage.engine.step = held


async def test_a_server_that_fails_for_good_ends_the_cluster_with_its_reason(stage):
    stage.plant("staging-1", _config_map("other"))
    request = await _request(stage, _SETTINGS, _DATABASE)
    release = asyncio.Event()
    _hold(stage, release)
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
        "v1/Secret/shop-database",
    )


async def test_an_object_that_another_writer_created_meanwhile_is_not_overwritten(stage):
    stage.plant("staging-1", _config_map("other"))
    request = await _request(stage, _SETTINGS)
    release = asyncio.Event()
    _hold(stage, release)
    started = await stage.importing.start("shop", "Staging", request, actor=ANN)
    stage.plant("staging-1", _config_map(data={"LOG_LEVEL": "theirs"}))
    release.set()
    ended = await stage.end_of(started.id)
    assert [(each.outcome, each.code) for each in ended.clusters] == [(Outcome.FAILED, "changed-meanwhile")]
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {"LOG_LEVEL": "theirs"}


# Secrets


async def test_no_value_of_a_secret_is_in_plans_rows_or_events(stage, raw):
    typed_in, of_the_source = "canary-typed-in", "canary-of-the-source"
    source = f"{stage.namespace}-source"
    encoded = base64.b64encode(of_the_source.encode()).decode()
    keys = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "type": "Opaque"}
    stage.plant("dev-1", {**keys, "data": {"a": encoded, "b": encoded}}, source)
    stage.plant("staging-1", {**keys, "data": {"b": "bGl2ZS1jYW5hcnk="}})
    await stage.adopted(source)
    request = ImportRequest(
        source_environment="Development",
        namespace=stage.namespace,
        resources=(ResourceId.of("v1", "Secret", "keys"),),
        overrides=Overrides(secrets={"keys": {"a": SecretText(typed_in)}}),
        on_conflict=OnConflict.OVERWRITE,
    )
    plan = await _preview(stage, request)
    changes = {change.path: change.comparison for change in plan.clusters[0].resources[0].changes}
    assert changes == {"data.a": Comparison.MISSING, "data.b": Comparison.DIFFERS}
    ended = await stage.import_to("Staging", request)
    seen = [repr(plan), repr(ended), *(repr(event) for event in await stage.events_of(ended.id))]
    for table in ("operations", "operation_clusters", "operation_events", "operation_secrets", "releases"):
        seen += [json.dumps(row, default=str) for row in await raw(f"SELECT * FROM {table}")]
    text = "\n".join(seen)
    for canary in (typed_in, of_the_source, "live-canary"):
        assert canary not in text
        assert base64.b64encode(canary.encode()).decode() not in text
    written = stage.object("staging-1", "secrets", "keys")["data"]
    assert base64.b64decode(written["a"]).decode() == typed_in
    assert base64.b64decode(written["b"]).decode() == of_the_source
