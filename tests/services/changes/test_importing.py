"""Imports: copied objects and their references, conflicts, plans and what clusters refuse."""

import asyncio
import base64
import copy
import json
from dataclasses import replace

import pytest

from domain.overrides import Overrides
from domain.problems import Severity
from domain.resources import ResourceId
from domain.secret_text import SecretText
from domain.words import EventType, OnConflict, OperationState, Outcome
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
from services.planning.copying.plan import CopyPlan
from services.planning.plan import Comparison
from tests.support.actors import ANN
from tests.support.copy_stage import FINGERPRINTS
from tests.support.imports import (
    DATABASE,
    LOGIN_CONSENT,
    SETTINGS,
    blocking,
    config_map,
    hold,
    import_preview,
    import_request,
)
from tests.support.rows import add_environment

_WEB = ResourceId.of("apps/v1", "Deployment", "web")


async def test_the_example_application_is_copied_to_two_clusters_and_runs_there(stage):
    ended = await stage.import_to("Production", await import_request(stage))
    assert (ended.state, [each.outcome for each in ended.clusters]) == (
        OperationState.SUCCEEDED,
        [Outcome.SUCCEEDED, Outcome.SUCCEEDED],
    )
    for cluster in ("prod-eu", "prod-us"):
        assert stage.object(cluster, "deployments", "web")["status"]["availableReplicas"] >= 1
        assert stage.object(cluster, "storefronts", "shop") is not None
        assert stage.object(cluster, "cronjobs", "report")["spec"]["suspend"] is True


async def test_a_second_import_finds_nothing_to_do(stage):
    request = await import_request(stage)
    await stage.import_to("Staging", request)
    plan = await import_preview(stage, request)
    assert plan.nothing_to_do
    before = stage.writes("staging-1")
    ended = await stage.import_to("Staging", request)
    assert [each.outcome for each in ended.clusters] == [Outcome.UNCHANGED]
    assert stage.writes("staging-1") == before


async def test_the_app_environment_is_configured_afterwards_with_what_was_imported(stage):
    request = await import_request(stage, SETTINGS, DATABASE)
    await stage.import_to("Staging", request)
    async with stage.database.read() as tx:
        place = await tx.app_environments.find("shop", "Staging")
    assert (place.configured, place.namespace) == (True, stage.namespace)
    assert [each.name for each in place.resources] == ["shop-settings", "shop-database"]


async def test_the_imported_images_are_a_release(stage):
    await stage.import_to("Staging", await import_request(stage))
    async with stage.database.read() as tx:
        place = await tx.app_environments.find("shop", "Staging")
        releases = await tx.releases.list(place.id, limit=5)
    containers = {(each.workload.name, each.container) for each in releases.items[0].images}
    assert ("web", "web") in containers


async def test_the_timeline_has_every_object_in_the_order_of_writing(stage):
    ended = await stage.import_to("Staging", await import_request(stage))
    applied = [e.resource for e in await stage.events_of(ended.id) if e.type is EventType.RESOURCE_APPLIED]
    kinds = [resource.kind.name for resource in applied]
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
        allow=LOGIN_CONSENT,
        config_maps={"shop-settings": {"LOG_LEVEL": "warning"}},
        secrets={"shop-database": {"password": SecretText("typed-in")}},
        replicas={"Deployment/checkout": 3},
        ingress_hosts={"shop.dev.example": f"{stage.namespace}.staging.example"},
    )
    await stage.import_to("Staging", await import_request(stage, overrides=overrides))
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"]["LOG_LEVEL"] == "warning"
    password = stage.object("staging-1", "secrets", "shop-database")["data"]["password"]
    assert base64.b64decode(password) == b"typed-in"
    assert stage.object("staging-1", "deployments", "checkout")["spec"]["replicas"] == 3
    assert (
        stage.object("staging-1", "ingresses", "shop")["spec"]["rules"][0]["host"]
        == f"{stage.namespace}.staging.example"
    )


async def test_a_role_binding_gives_its_rights_to_the_account_of_its_own_namespace(stage):
    await stage.import_to("Staging", await import_request(stage))
    subjects = stage.object("staging-1", "rolebindings", "shop-settings-reader")["subjects"]
    assert {subject.get("namespace") for subject in subjects} == {stage.namespace}


async def test_nothing_of_the_source_is_changed(stage):
    request = await import_request(stage)
    before = stage.writes("dev-1")
    await stage.import_to("Staging", request)
    assert stage.writes("dev-1") == before


async def test_a_preview_writes_nothing(stage):
    request = await import_request(stage)
    before = stage.writes("prod-eu")
    await import_preview(stage, request, "Production")
    assert stage.writes("prod-eu") == before


async def test_a_plan_has_the_problems_of_all_clusters(stage):
    for cluster, mode in (("prod-eu", "eu"), ("prod-us", "us")):
        stage.plant(cluster, config_map(data={"LOG_LEVEL": mode}))
    plan = await import_preview(stage, await import_request(stage, SETTINGS), "Production")
    assert blocking(plan) == [("prod-eu", "target-differs"), ("prod-us", "target-differs")]


async def test_a_quota_that_is_used_up_is_found_before_anything_is_written(stage):
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few"},
        "spec": {"hard": {"secrets": "0"}},
    }
    stage.plant("staging-1", quota)
    plan = await import_preview(stage, await import_request(stage, DATABASE))
    assert ("staging-1", "quota-exceeded") in blocking(plan)


async def test_a_reference_to_a_missing_object_is_reported(stage):
    plan = await import_preview(stage, await import_request(stage, _WEB))
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
        plan = await import_preview(stage, await import_request(stage, storefront), "Production")
    finally:
        practice.create(definition)
    assert blocking(plan) == [("prod-us", "missing-api-version")]


async def _everything(stage):
    await stage.adopted()
    return await stage.everything(LOGIN_CONSENT)


async def test_rights_that_are_missing_are_named(stage, example_clusters):
    await _as_a_viewer(stage, example_clusters)
    plan = await import_preview(stage, await import_request(stage, SETTINGS))
    found = [p for p in plan.all_problems if p.code == "missing-right"]
    assert found
    assert {p.cluster for p in found} == {"staging-1"}


async def _as_a_viewer(stage, sandbox):
    """Staging's credential may only read ConfigMaps from now on."""
    async with stage.database.begin() as tx:
        record = await tx.clusters.find("staging-1")
        kubeconfig = sandbox.kubeconfig("staging-1", user="viewer")
        await tx.clusters.replace_credential(record.id, credential=kubeconfig, server=record.server)


async def test_an_object_that_exists_and_differs_stops_the_import(stage):
    stage.plant("staging-1", config_map(data={"LOG_LEVEL": "theirs"}))
    request = await import_request(stage, SETTINGS)
    with pytest.raises(PlanBlockedError) as blocked:
        await stage.importing.start("shop", "Staging", request, actor=ANN)
    assert [p.code for p in blocked.value.problems if p.severity is Severity.BLOCKS] == ["target-differs"]
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {"LOG_LEVEL": "theirs"}


async def test_an_existing_object_is_overwritten_on_request(stage):
    stage.plant("staging-1", config_map(data={"LOG_LEVEL": "theirs", "MORE": "theirs"}))
    ended = await stage.import_to("Staging", await import_request(stage, SETTINGS, on_conflict=OnConflict.OVERWRITE))
    source = stage.object("dev-1", "configmaps", "shop-settings", "shop")["data"]
    assert ended.state is OperationState.SUCCEEDED
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {**source, "MORE": "theirs"}


async def test_an_existing_object_is_kept_on_request(stage):
    stage.plant("staging-1", config_map(data={"LOG_LEVEL": "theirs"}))
    request = await import_request(stage, SETTINGS, DATABASE, on_conflict=OnConflict.KEEP)
    ended = await stage.import_to("Staging", request)
    assert ended.state is OperationState.SUCCEEDED
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {"LOG_LEVEL": "theirs"}
    assert stage.object("staging-1", "secrets", "shop-database") is not None


async def test_a_key_that_the_source_lost_is_removed_by_the_next_import(stage):
    more = Overrides(config_maps={"shop-settings": {"EXTRA": "1"}})
    await stage.import_to("Staging", await import_request(stage, SETTINGS, overrides=more))
    again = await import_request(stage, SETTINGS, on_conflict=OnConflict.OVERWRITE)
    plan = await import_preview(stage, again)
    assert [(c.path, c.kind) for c in plan.clusters[0].resources[0].changes] == [("data.EXTRA", "removed")]
    await stage.import_to("Staging", again)
    assert "EXTRA" not in stage.object("staging-1", "configmaps", "shop-settings")["data"]


async def test_an_import_by_key_leaves_all_other_keys_whoever_wrote_them(stage):
    source = stage.object("dev-1", "configmaps", "shop-settings", "shop")["data"]
    key, *others = sorted(source)
    written = Overrides(config_maps={"shop-settings": {key: None, "OURS": "1"}})
    await stage.import_to("Staging", await import_request(stage, SETTINGS, overrides=written))
    before = stage.object("staging-1", "configmaps", "shop-settings")["data"]
    only = Overrides(only_keys={"ConfigMap/shop-settings": (key,)})
    ended = await stage.import_to("Staging", await import_request(stage, SETTINGS, overrides=only))
    assert ended.state is OperationState.SUCCEEDED
    assert others
    assert stage.object("staging-1", "configmaps", "shop-settings")["data"] == {**before, key: source[key]}


async def test_a_previewed_plan_is_executed(stage):
    request = await import_request(stage, SETTINGS)
    plan = await import_preview(stage, request)
    ended = await stage.import_to("Staging", replace(request, plan_digest=plan.digest))
    assert ended.plan_digest == plan.digest


async def test_a_plan_that_has_become_outdated_is_refused_with_the_new_one(stage):
    request = await import_request(stage, SETTINGS)
    plan = await import_preview(stage, request)
    stage.plant("staging-1", config_map(data=stage.object("dev-1", "configmaps", "shop-settings", "shop")["data"]))
    with pytest.raises(PlanOutdatedError) as outdated:
        await stage.importing.start("shop", "Staging", replace(request, plan_digest=plan.digest), actor=ANN)
    new = outdated.value.plan
    assert isinstance(new, CopyPlan)
    assert (new.blocked, new.nothing_to_do) == (True, False)  # the labels differ


async def test_the_same_request_twice_is_one_operation(stage):
    request, key = await import_request(stage, SETTINGS), IdempotencyKey(key="k", fingerprint="f")
    one = await stage.importing.start("shop", "Staging", request, actor=ANN, idempotency=key)
    other = await stage.importing.start("shop", "Staging", request, actor=ANN, idempotency=key)
    assert one.id == other.id


async def test_a_second_operation_in_an_app_environment_is_refused_with_the_first(stage):
    request = await import_request(stage)
    hold(stage, asyncio.Event())
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
    request = replace(await import_request(stage, SETTINGS), **changes)
    with pytest.raises(error):
        await import_preview(stage, request)


async def test_a_configured_app_environment_is_not_imported_into_another_namespace(stage):
    request = await import_request(stage, SETTINGS)
    await stage.import_to("Staging", request)
    with pytest.raises(AlreadyConfiguredError):
        await import_preview(stage, replace(request, namespace=f"{stage.namespace}-other"))


async def test_what_is_not_in_the_source_is_named(stage):
    plan = await import_preview(stage, await import_request(stage, SETTINGS, ResourceId.of("v1", "Secret", "nothing")))
    assert blocking(plan) == [(None, "source-missing")]


async def test_a_cluster_that_is_down_does_not_stop_the_others(stage):
    request = await import_request(stage, SETTINGS)
    stage.sandbox.cut_off("prod-eu")
    plan = await import_preview(stage, request, "Production")
    assert [p.code for p in plan.clusters[0].problems] == ["cluster-unreachable"]
    ended = await stage.import_to("Production", request)
    assert [(each.cluster_name, each.outcome) for each in ended.clusters] == [
        ("prod-eu", Outcome.UNREACHABLE),
        ("prod-us", Outcome.SUCCEEDED),
    ]
    assert ended.state is OperationState.FAILED


async def test_a_cluster_that_hangs_leaves_time_to_try_the_others(stage):
    request = await import_request(stage, SETTINGS)
    stage.plant("prod-us", config_map(name="other"))
    stage.sandbox.faults("prod-eu").latency_ms = 60_000.0
    stage.sandbox.faults("prod-us").latency_ms = 200.0  # more than the crumbs of the time for a plan
    common = (stage.database, stage.pool, stage.operations, FINGERPRINTS)
    hasty = Importing(*common, Limits(plan=6.0))
    plan = await hasty.preview("shop", "Production", request, actor=ANN)
    unread, tried = plan.clusters
    assert not unread.reachable
    assert (tried.unchecked, tried.problems) == ((), ())


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
    plan = await import_preview(stage, request)
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


async def test_a_namespace_that_another_environment_has_on_the_cluster_is_called_that(stage):
    await stage.import_to("Staging", await import_request(stage, SETTINGS))
    async with stage.database.begin() as tx:
        [cluster] = (await tx.app_environments.find("shop", "Staging")).environment.clusters
        await add_environment(tx, "Trial", cluster.id)
    request = await import_request(stage, SETTINGS)
    there = await import_preview(stage, request, "Trial")
    elsewhere = await import_preview(stage, replace(request, namespace=f"{stage.namespace}-trial"), "Trial")
    own = await import_preview(stage, request, "Staging")
    shared = [[p.code for p in plan.all_problems if p.code == "namespace-shared"] for plan in (there, elsewhere, own)]
    assert shared == [["namespace-shared"], [], []]


def _dry_runs(stage, cluster="staging-1"):
    return sum(record.dry_run and f"/{stage.namespace}/" in record.path for record in stage.sandbox.writes(cluster))


async def test_a_start_does_not_repeat_the_dry_run_of_its_preview(stage):
    stage.plant("staging-1", config_map("other"))
    request = await import_request(stage, SETTINGS, DATABASE)
    plan = await import_preview(stage, request)
    assert _dry_runs(stage) == 2
    ended = await stage.import_to("Staging", replace(request, plan_digest=plan.digest))
    assert (ended.state, _dry_runs(stage)) == (OperationState.SUCCEEDED, 2)
    assert stage.object("staging-1", "configmaps", SETTINGS.name) is not None


async def test_a_start_without_the_digest_of_a_preview_tries_its_writes_itself(stage):
    stage.plant("staging-1", config_map("other"))
    request = await import_request(stage, SETTINGS, DATABASE)
    await import_preview(stage, request)
    ended = await stage.import_to("Staging", request)
    assert (ended.state, _dry_runs(stage)) == (OperationState.SUCCEEDED, 4)
