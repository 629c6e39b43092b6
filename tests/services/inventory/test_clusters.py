"""A cluster is probed before it is stored, and removed only while nothing uses it."""

import re
from dataclasses import replace

import pytest
import yaml

from db.transaction import Database
from domain.words import Reachability
from sandbox.faults import Failure
from sandbox.server import Sandbox
from services.errors import InUseError, NameTakenError, NotFoundError
from services.inventory.clusters import ClusterChanges, ClusterRegistry, NewCredential
from services.kube.errors import (
    AccessDeniedError,
    ClusterUnreachableError,
    CredentialRefusedError,
    KubeconfigRefusedError,
)
from services.kube.kubeconfig import KubeconfigRules
from services.kube.pool import ClusterPool
from services.net.addresses import AddressPolicy
from tests.services.inventory.conftest import LIMITS, new_environment, registration
from tests.support.actors import ADMINISTERS, SEES_ALL
from tests.support.rows import make_operation, make_target


async def test_a_registered_cluster_has_the_server_and_version_that_were_probed(registry, practice: Sandbox):
    view = await registry.register(ADMINISTERS, replace(registration(practice, "dev"), labels={"region": "eu"}))
    assert view.server == yaml.safe_load(practice.kubeconfig("dev"))["clusters"][0]["cluster"]["server"]
    assert re.fullmatch(r"v1\.\d+\.\d+.*", view.server_version)
    assert (view.reachability, view.labels, view.credential_version) == (Reachability.REACHABLE, {"region": "eu"}, 1)


async def test_a_view_holds_no_credential(registry, practice: Sandbox):
    assert practice.token("dev", "admin") not in repr(
        await registry.register(ADMINISTERS, registration(practice, "dev"))
    )


async def test_a_registration_does_not_print_its_credential(practice: Sandbox):
    assert practice.token("dev", "admin") not in repr(registration(practice, "dev"))


async def test_a_cluster_that_does_not_answer_is_not_registered(registry, practice: Sandbox):
    closed = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", practice.kubeconfig("dev"))
    with pytest.raises(ClusterUnreachableError):
        await registry.register(
            ADMINISTERS, replace(registration(practice, "dev"), credential=NewCredential(kubeconfig=closed))
        )
    assert await _names(registry) == []


async def test_a_cluster_that_refuses_the_token_is_not_registered(registry, practice: Sandbox):
    mistaken = re.sub(r"token: \S+", "token: mistaken", practice.kubeconfig("dev"))
    with pytest.raises(CredentialRefusedError):
        await registry.register(
            ADMINISTERS, replace(registration(practice, "dev"), credential=NewCredential(kubeconfig=mistaken))
        )
    assert await _names(registry) == []


async def test_a_credential_that_lacks_rights_is_not_registered_and_the_rights_are_named(registry, practice: Sandbox):
    with pytest.raises(AccessDeniedError, match=r"patch deployments\.apps"):
        await registry.register(ADMINISTERS, registration(practice, "dev", user="viewer"))
    assert await _names(registry) == []


async def test_an_address_that_the_rules_forbid_is_refused_before_any_request(
    database: Database, cluster_pool: ClusterPool, practice: Sandbox
):
    rules = KubeconfigRules(
        addresses=AddressPolicy(allow_loopback=False, allow_private=False), allow_http_to_loopback=False
    )
    registry = ClusterRegistry(database, cluster_pool, rules=rules, limits=LIMITS)
    with pytest.raises(KubeconfigRefusedError):
        await registry.register(ADMINISTERS, registration(practice, "dev"))


async def test_a_name_that_differs_only_in_case_is_taken(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    with pytest.raises(NameTakenError):
        await registry.register(ADMINISTERS, registration(practice, "staging", name="DEV"))


async def test_a_cluster_is_found_whatever_the_case_of_its_name(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    assert (await registry.get(SEES_ALL, "DEV")).name == "dev"


async def test_an_unknown_cluster_is_not_found(registry):
    with pytest.raises(NotFoundError):
        await registry.get(SEES_ALL, "nowhere")


async def test_a_rename_leaves_the_credential_and_the_labels(registry, practice: Sandbox):
    before = await registry.register(ADMINISTERS, replace(registration(practice, "dev"), labels={"region": "eu"}))
    after = await registry.update(ADMINISTERS, "dev", ClusterChanges(name="dev-2"))
    assert (after.id, after.name, after.labels) == (before.id, "dev-2", {"region": "eu"})
    assert (after.server, after.credential_version) == (before.server, 1)


async def test_a_rename_to_a_taken_name_is_refused(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    await registry.register(ADMINISTERS, registration(practice, "staging"))
    with pytest.raises(NameTakenError):
        await registry.update(ADMINISTERS, "staging", ClusterChanges(name="Dev"))


async def test_a_change_that_is_refused_changes_nothing(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    await registry.register(ADMINISTERS, registration(practice, "staging"))
    credential = NewCredential(kubeconfig=practice.kubeconfig("staging"))
    with pytest.raises(NameTakenError):
        await registry.update(
            ADMINISTERS, "staging", ClusterChanges(name="dev", labels={"a": "b"}, credential=credential)
        )
    after = await registry.get(SEES_ALL, "staging")
    assert (after.labels, after.credential_version) == ({}, 1)


async def test_a_new_credential_gets_a_new_version(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    credential = NewCredential(kubeconfig=practice.kubeconfig("dev"))
    assert (await registry.update(ADMINISTERS, "dev", ClusterChanges(credential=credential))).credential_version == 2


async def test_a_new_credential_that_lacks_rights_leaves_the_former_one(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    credential = NewCredential(kubeconfig=practice.kubeconfig("dev", user="viewer"))
    with pytest.raises(AccessDeniedError):
        await registry.update(ADMINISTERS, "dev", ClusterChanges(credential=credential))
    assert (await registry.get(SEES_ALL, "dev")).credential_version == 1
    assert (await registry.probe(SEES_ALL, "dev")).missing_rights == ()


async def test_a_cluster_that_an_environment_uses_is_not_deleted(registry, environments, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    await environments.add(ADMINISTERS, new_environment("Development", "dev"))
    with pytest.raises(InUseError) as refused:
        await registry.delete(ADMINISTERS, "dev")
    assert refused.value.users == ("environment Development",)


async def test_a_cluster_that_an_operation_uses_is_not_deleted(registry, database: Database):
    operation = await make_operation(database, await make_target(database, clusters=("dev",)))
    async with database.begin() as tx:
        environment = await tx.environments.find("Production")
        assert environment is not None
        await tx.environments.assign_clusters(environment.id, [])
    with pytest.raises(InUseError) as refused:
        await registry.delete(ADMINISTERS, "dev")
    assert refused.value.users == (f"operation {operation}",)


async def test_an_unused_cluster_is_deleted(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    await registry.delete(ADMINISTERS, "dev")
    with pytest.raises(NotFoundError):
        await registry.get(SEES_ALL, "dev")


async def test_clusters_are_listed_by_name_with_the_environments_that_use_them(
    registry, environments, practice: Sandbox
):
    for name in ("staging", "dev", "prod-eu"):
        await registry.register(ADMINISTERS, registration(practice, name))
    await environments.add(ADMINISTERS, new_environment("Development", "dev"))
    await environments.add(ADMINISTERS, new_environment("Test", "staging", "dev"))
    page = await registry.list(SEES_ALL, after=None, limit=2)
    rest = await registry.list(SEES_ALL, after=page.next, limit=2)
    assert [(each.name, each.environments) for each in (*page.items, *rest.items)] == [
        ("dev", ("Development", "Test")),
        ("prod-eu", ()),
        ("staging", ("Test",)),
    ]


async def test_a_probe_of_an_unreachable_cluster_is_a_result_that_is_recorded(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "prod-us"))
    practice.faults("prod-us").unreachable = True
    try:
        probed = await registry.probe(SEES_ALL, "prod-us")
    finally:
        practice.faults("prod-us").clear()
    assert isinstance(probed.error, ClusterUnreachableError)
    view = await registry.get(SEES_ALL, "prod-us")
    assert (view.reachability, view.last_error) == (Reachability.UNREACHABLE, probed.error.detail)
    assert view.server_version is not None  # the version that the registration read


async def test_a_probe_after_an_outage_records_that_the_cluster_answers(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "prod-us"))
    practice.faults("prod-us").unreachable = True
    try:
        await registry.probe(SEES_ALL, "prod-us")
    finally:
        practice.faults("prod-us").clear()
    assert (await registry.probe(SEES_ALL, "prod-us")).reachability is Reachability.REACHABLE
    view = await registry.get(SEES_ALL, "prod-us")
    assert (view.reachability, view.last_error) == (Reachability.REACHABLE, None)


async def test_a_probe_with_an_expired_token_records_that_the_cluster_refuses_it(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "prod-us"))
    practice.faults("prod-us").set({"failures": [{"status": 401}]})
    try:
        probed = await registry.probe(SEES_ALL, "prod-us")
    finally:
        practice.faults("prod-us").clear()
    assert probed.reachability is Reachability.REFUSED
    assert (await registry.get(SEES_ALL, "prod-us")).reachability is Reachability.REFUSED


async def test_a_probe_lists_the_rights_that_a_stored_credential_lacks(registry, database: Database, practice: Sandbox):
    async with database.begin() as tx:
        credential = practice.kubeconfig("dev", user="viewer")
        await tx.clusters.add(name="dev", labels={}, server=None, credential=credential)
    probed = await registry.probe(SEES_ALL, "dev")
    assert probed.error is None
    assert "patch deployments.apps in default" in probed.missing_rights


async def test_of_its_own_cluster_rights_are_asked_for_in_the_namespaces_that_environments_give(
    registry, database: Database, practice: Sandbox, monkeypatch
):
    def trial(credential):  # the account that Stagecoach runs with may read there, and write nothing
        account = practice.kubeconfig("dev", user="viewer")
        return ask(replace(credential, kubeconfig=lambda: account))

    ask = registry._pool.trial
    monkeypatch.setattr(registry._pool, "trial", trial)
    own = replace(registration(practice, "dev"), credential=NewCredential(kubeconfig=None))
    assert (await registry.register(ADMINISTERS, own)).in_cluster
    assert (await registry.probe(SEES_ALL, "dev")).missing_rights == ()
    async with database.begin() as tx:
        cluster = await tx.clusters.find("dev")
        assert cluster is not None
        environment = await tx.environments.add(name="Development", cluster_ids=[cluster.id])
        for pattern in ("shop", "team-*"):
            await tx.environment_namespaces.give(environment.id, pattern, applications=None, by="the suite")
    missing = (await registry.probe(SEES_ALL, "dev")).missing_rights
    assert "patch deployments.apps in shop" in missing
    assert all(each.endswith(" in shop") for each in missing)


async def test_the_namespaces_of_a_cluster_are_listed_by_name(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    listed = [each.name for each in (await registry.namespaces(ADMINISTERS, "dev")).namespaces]
    assert {"default", "kube-system"} <= set(listed)
    assert listed == sorted(listed)


async def test_a_cluster_that_hides_its_namespaces_raises(registry, practice: Sandbox):
    await registry.register(ADMINISTERS, registration(practice, "dev"))
    practice.faults("dev").failures.append(Failure(status=403, path="/namespaces"))
    try:
        with pytest.raises(AccessDeniedError):
            await registry.namespaces(ADMINISTERS, "dev")
    finally:
        practice.faults("dev").clear()


async def _names(registry: ClusterRegistry) -> list[str]:
    return [each.name for each in (await registry.list(SEES_ALL, after=None, limit=10)).items]
