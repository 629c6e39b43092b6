"""The gateway on practice clusters, or on real ones where STAGECOACH_TEST_KUBECONFIGS names them."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from domain.cluster_api import JsonPatchOperation, Right
from domain.resources import Kind, Manifest
from sandbox.server import Sandbox
from services.kube.deadline import Deadline
from services.kube.errors import (
    AccessDeniedError,
    AlreadyExistsError,
    ClusterUnreachableError,
    CredentialRefusedError,
    FieldConflictError,
    InvalidObjectError,
    NamespaceMissingError,
    PatchTestFailedError,
    ResourceGoneError,
    WriteConflictError,
)
from services.kube.gateway import ClusterCredential
from services.kube.kubernetes_gateway import KubernetesGateway
from services.kube.pool import ClusterPool
from services.kube.probe import probe
from tests.support.clusters import TestCluster

CONFIG_MAP = Kind.of("v1", "ConfigMap")
DEPLOYMENT = Kind.of("apps/v1", "Deployment")
CANARY = "hunter2-canary"


@pytest.fixture
def gateway(clusters: tuple[TestCluster, ...]) -> KubernetesGateway:
    return clusters[0].gateway


def config_map(name: str = "a", *, labels: dict[str, str] | None = None, **data: str) -> Manifest:
    metadata = {"name": name, **({"labels": labels} if labels else {})}
    return Manifest({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def deployment(image: str = "nginx:1", **spec: Any) -> Manifest:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}}
    body = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template, **spec}
    return Manifest({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": body})


async def test_every_cluster_tells_its_version(clusters: tuple[TestCluster, ...], soon: Deadline):
    versions = await asyncio.gather(*(cluster.gateway.version(deadline=soon) for cluster in clusters))
    assert all(version.git_version.startswith("v1.") for version in versions)


async def test_discovery_says_which_kinds_are_namespaced(gateway: KubernetesGateway, soon: Deadline):
    kinds = await gateway.served_kinds(deadline=soon)
    deployments, *_ = kinds.versions_of(("apps", "Deployment"))
    namespaces, *_ = kinds.versions_of(("", "Namespace"))
    assert (deployments.plural, deployments.namespaced, namespaces.namespaced) == ("deployments", True, False)
    assert {"get", "list", "watch", "patch"} <= deployments.verbs


async def test_a_namespace_that_was_made_is_listed(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    assert namespace in {found.name for found in await gateway.namespaces(deadline=soon)}


async def test_an_apply_of_what_is_there_changes_nothing(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    once = await gateway.apply(config_map(k="v"), namespace=namespace, deadline=soon)
    twice = await gateway.apply(config_map(k="v"), namespace=namespace, deadline=soon)
    assert once.resource_version == twice.resource_version


async def test_a_dry_run_tells_what_would_be_and_leaves_it(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    would_be = await gateway.apply(deployment(), namespace=namespace, dry_run=True, deadline=soon)
    assert would_be.spec["strategy"]["type"] == "RollingUpdate"
    assert await gateway.get(DEPLOYMENT, "web", namespace=namespace, deadline=soon) is None


async def test_an_apply_over_anothers_field_is_a_conflict_that_names_it(
    gateway: KubernetesGateway, namespace: str, soon: Deadline
):
    await gateway.create(config_map(k="theirs"), namespace=namespace, deadline=soon)  # an Update, not an Apply
    with pytest.raises(FieldConflictError) as caught:
        await gateway.apply(config_map(k="ours"), namespace=namespace, deadline=soon)
    assert [cause.field for cause in caught.value.causes] == [".data.k"]


async def test_a_forced_apply_takes_the_field(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    await gateway.create(config_map(k="theirs"), namespace=namespace, deadline=soon)
    taken = await gateway.apply(config_map(k="ours"), namespace=namespace, force=True, deadline=soon)
    assert taken.body["data"] == {"k": "ours"}


@pytest.mark.parametrize("dry_run", [False, True])
async def test_an_apply_into_a_missing_namespace_is_reported(gateway: KubernetesGateway, soon: Deadline, dry_run: bool):
    with pytest.raises(NamespaceMissingError):
        await gateway.apply(config_map(), namespace="stagecoach-no-such", dry_run=dry_run, deadline=soon)


async def test_an_undeclared_field_is_named(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    with pytest.raises(InvalidObjectError) as caught:
        await gateway.apply(deployment(replica=1), namespace=namespace, deadline=soon)
    assert [cause.field for cause in caught.value.causes] == [".spec.replica"]


async def test_an_immutable_field_is_named(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    await gateway.apply(deployment(), namespace=namespace, deadline=soon)
    changed = deployment().edited()
    changed["spec"]["selector"]["matchLabels"] = {"app": "other"}
    changed["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    with pytest.raises(InvalidObjectError) as caught:
        await gateway.apply(Manifest(changed), namespace=namespace, deadline=soon)
    assert [(cause.field, cause.message) for cause in caught.value.causes] == [("spec.selector", "field is immutable")]


async def test_a_refused_secret_is_not_quoted(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "kubernetes.io/dockerconfigjson"}
    secret = Manifest({**body, "stringData": {".dockerconfigjson": CANARY}})
    for write in (gateway.apply, gateway.create):
        with pytest.raises(InvalidObjectError) as caught:
            await write(secret, namespace=namespace, deadline=soon)
        assert CANARY[:6] not in f"{caught.value!r} {caught.value.members()} {caught.value.causes}"
        assert caught.value.causes[0].field == "data[.dockerconfigjson]"


async def test_creating_twice_is_reported(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    await gateway.create(config_map(), namespace=namespace, deadline=soon)
    with pytest.raises(AlreadyExistsError):
        await gateway.create(config_map(), namespace=namespace, deadline=soon)


async def test_a_replacement_of_an_old_version_is_refused(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    old = await gateway.create(config_map(k="1"), namespace=namespace, deadline=soon)
    await gateway.replace(Manifest({**old.body, "data": {"k": "2"}}), namespace=namespace, deadline=soon)
    with pytest.raises(WriteConflictError):
        await gateway.replace(Manifest({**old.body, "data": {"k": "3"}}), namespace=namespace, deadline=soon)


IMAGE = "/spec/template/spec/containers/0/image"


def image_change(old: str, new: str) -> list[JsonPatchOperation]:
    return [
        JsonPatchOperation(op="test", path=IMAGE, value=old),
        JsonPatchOperation(op="replace", path=IMAGE, value=new),
    ]


async def test_a_patch_changes_what_is_as_it_was_seen(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    await gateway.apply(deployment("nginx:1"), namespace=namespace, deadline=soon)
    operations = image_change("nginx:1", "nginx:2")
    changed = await gateway.patch_json(DEPLOYMENT, "web", operations, namespace=namespace, deadline=soon)
    assert changed.spec["template"]["spec"]["containers"][0]["image"] == "nginx:2"


async def test_a_patch_of_what_changed_meanwhile_is_refused(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    await gateway.apply(deployment("nginx:1"), namespace=namespace, deadline=soon)
    operations = image_change("nginx:0", "nginx:2")
    with pytest.raises(PatchTestFailedError):
        await gateway.patch_json(DEPLOYMENT, "web", operations, namespace=namespace, deadline=soon)


async def test_a_patch_of_what_is_gone_is_reported(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    with pytest.raises(ResourceGoneError):
        await gateway.patch_json(DEPLOYMENT, "web", image_change("a", "b"), namespace=namespace, deadline=soon)


async def test_a_list_longer_than_a_page_is_whole_and_once(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    names = {f"m-{number:03}" for number in range(205)}
    maps = (config_map(name, labels={"of": "many"}) for name in names)
    await asyncio.gather(*(gateway.create(m, namespace=namespace, deadline=soon) for m in maps))
    listed = await gateway.list(CONFIG_MAP, namespace=namespace, label_selector="of=many", deadline=soon)
    assert sorted(item.name for item in listed.items) == sorted(names)
    assert {item.kind for item in listed.items} == {CONFIG_MAP}


async def test_only_what_is_selected_is_listed(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    await gateway.create(config_map("a", labels={"app": "x"}), namespace=namespace, deadline=soon)
    await gateway.create(config_map("b", labels={"app": "y"}), namespace=namespace, deadline=soon)
    by_label = await gateway.list(CONFIG_MAP, namespace=namespace, label_selector="app=x", deadline=soon)
    by_field = await gateway.list(CONFIG_MAP, namespace=namespace, field_selector="metadata.name=b", deadline=soon)
    assert ([m.name for m in by_label.items], [m.name for m in by_field.items]) == (["a"], ["b"])


async def test_a_watch_tells_what_happened_since_the_list(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    seen = await gateway.list(CONFIG_MAP, namespace=namespace, field_selector="metadata.name=a", deadline=soon)
    await gateway.create(config_map(k="1"), namespace=namespace, deadline=soon)
    await gateway.apply(config_map(k="2"), namespace=namespace, force=True, deadline=soon)
    await gateway.delete(CONFIG_MAP, "a", namespace=namespace, deadline=soon)
    watch = gateway.watch(
        CONFIG_MAP,
        namespace=namespace,
        resource_version=seen.resource_version,
        field_selector="metadata.name=a",
        deadline=soon,
    )
    received = []
    async with aclosing(watch):
        async for event in watch:
            received.append((event.type.value, event.object.body["data"]))
            if len(received) == 3:
                break
    assert received == [("ADDED", {"k": "1"}), ("MODIFIED", {"k": "2"}), ("DELETED", {"k": "2"})]


async def test_a_deletion_says_whether_there_was_something(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    made = await gateway.create(config_map(), namespace=namespace, deadline=soon)
    assert not await gateway.delete(CONFIG_MAP, "a", namespace=namespace, uid="another", deadline=soon)
    assert await gateway.delete(CONFIG_MAP, "a", namespace=namespace, uid=made.uid, deadline=soon)
    assert not await gateway.delete(CONFIG_MAP, "a", namespace=namespace, deadline=soon)


async def test_an_administrator_misses_no_right(gateway: KubernetesGateway, namespace: str, soon: Deadline):
    assert (await probe(gateway, deadline=soon)).missing == ()
    assert (await probe(gateway, namespaces=[namespace], deadline=soon)).missing == ()


# --- what needs practice clusters


def credential(practice: Sandbox, name: str, user: str) -> ClusterCredential:
    text = practice.kubeconfig(name, user)
    return ClusterCredential(cluster_id=f"{name}-{user}", name=name, version=1, kubeconfig=lambda: text)


async def test_a_viewer_misses_rights_by_name(practice: Sandbox, cluster_pool: ClusterPool, soon: Deadline):
    gateway = await cluster_pool.gateway(credential(practice, "dev", "viewer"))
    report = await probe(gateway, deadline=soon)
    assert "patch deployments.apps" in report.missing_words
    assert "list configmaps" not in report.missing_words


async def test_a_viewers_rights_are_those_it_has(practice: Sandbox, cluster_pool: ClusterPool, soon: Deadline):
    gateway = await cluster_pool.gateway(credential(practice, "dev", "viewer"))
    asked = [
        Right(verb=verb, group="", resource=resource, namespace="default")
        for verb in ("get", "list", "patch")
        for resource in ("configmaps", "secrets")
    ]
    held = await gateway.rights(asked, deadline=soon)
    assert {(right.verb, right.resource) for right in held} == {("get", "configmaps"), ("list", "configmaps")}


async def test_what_a_viewer_may_not_read_is_named(practice: Sandbox, cluster_pool: ClusterPool, soon: Deadline):
    gateway = await cluster_pool.gateway(credential(practice, "dev", "viewer"))
    with pytest.raises(AccessDeniedError, match="may not list secrets"):
        await gateway.list(Kind.of("v1", "Secret"), namespace="default", deadline=soon)


async def test_a_wrong_token_is_reported(practice: Sandbox, cluster_pool: ClusterPool, soon: Deadline):
    text = practice.kubeconfig("dev").replace(practice.token("dev"), "wrong-token")
    wrong = ClusterCredential(cluster_id="wrong", name="dev", version=1, kubeconfig=lambda: text)
    async with cluster_pool.trial(wrong) as gateway:
        with pytest.raises(CredentialRefusedError):
            await probe(gateway, deadline=soon)


async def test_a_cluster_that_is_cut_off_is_unreachable_and_the_others_are_not(
    practice: Sandbox, cluster_pool: ClusterPool, soon: Deadline
):
    async with (
        cluster_pool.trial(credential(practice, "dev", "admin")) as cut_off,
        cluster_pool.trial(credential(practice, "staging", "admin")) as well,
    ):
        practice.cut_off("dev")
        try:
            with pytest.raises(ClusterUnreachableError):
                await cut_off.version(deadline=soon)
            assert (await well.version(deadline=soon)).git_version
        finally:
            practice.faults("dev").clear()


async def test_a_watch_survives_that_its_cluster_is_cut_off(
    practice: Sandbox, cluster_pool: ClusterPool, soon: Deadline
):
    async with cluster_pool.trial(credential(practice, "prod-us", "admin")) as gateway:
        listed = await gateway.list(CONFIG_MAP, namespace="default", deadline=soon)
        watch = gateway.watch(CONFIG_MAP, namespace="default", resource_version=listed.resource_version, deadline=soon)
        async with aclosing(watch):
            coming = asyncio.ensure_future(anext(watch))
            async with asyncio.timeout(60):
                while practice.watches("prod-us") == 0:
                    await asyncio.sleep(0.01)
            practice.cut_off("prod-us")
            await asyncio.sleep(0.1)  # so long it is away
            practice.faults("prod-us").clear()
            await gateway.create(config_map("after-the-cut"), namespace="default", deadline=soon)
            assert (await coming).object.name == "after-the-cut"


async def test_writes_that_a_cluster_turns_away_for_now_are_sent_again(
    practice: Sandbox, cluster_pool: ClusterPool, soon: Deadline
):
    practice.faults("prod-eu").set({"failures": [{"status": 503, "methods": ["PATCH"], "count": 2}]})
    try:
        async with cluster_pool.trial(credential(practice, "prod-eu", "admin")) as gateway:
            applied = await gateway.apply(config_map("persistent"), namespace="default", deadline=soon)
    finally:
        practice.faults("prod-eu").clear()
    assert applied.name == "persistent"
