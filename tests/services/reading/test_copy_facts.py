"""The facts that a copy is planned from, read from clusters."""

from domain.overrides import Overrides
from domain.resources import Manifest, ResourceId
from sandbox.server import Sandbox
from services.kube.deadline import Deadline
from services.kube.pool import ClusterPool
from services.planning.copying.facts import NamespaceState
from services.planning.objects.identity import ObjectKey
from services.reading.copy_facts import CopyInput, SourceNamespace, TargetNamespace, read_copy_facts, read_target
from tests.support.clusters import EVERYWHERE, TestCluster, practice_credentials
from tests.support.objects import config_map, deployment, secret

_SETTINGS = ResourceId.of("v1", "ConfigMap", "settings")
_ABSENT = ResourceId.of("v1", "ConfigMap", "absent")


def _deadline() -> Deadline:
    return Deadline.after(30)


def _source(cluster: TestCluster, namespace: str) -> SourceNamespace:
    return SourceNamespace(
        environment="Development", cluster_id="id-of-source", namespace=namespace, gateway=cluster.gateway
    )


def _target(cluster: TestCluster, namespace: str) -> TargetNamespace:
    return TargetNamespace(
        cluster=cluster.name, cluster_id="id-of-target", namespace=namespace, gateway=cluster.gateway
    )


async def _plant(cluster: TestCluster, namespace: str, *manifests: Manifest) -> None:
    for manifest in manifests:
        await cluster.gateway.apply(manifest, namespace=namespace, deadline=_deadline())


async def test_the_objects_of_the_source_are_read_and_those_that_it_lacks_are_named(clusters, namespace):
    source, target = clusters[:2]
    await _plant(source, namespace, config_map())

    async def read_targets(manifests: tuple[Manifest, ...]):
        return (await read_target(_target(target, namespace), manifests, Overrides(), deadline=_deadline()),)

    copy = CopyInput(
        namespace=namespace,
        overrides=Overrides(),
        source=_source(source, namespace),
        resources=(_SETTINGS, _ABSENT, _SETTINGS),
    )
    facts = await read_copy_facts(copy, read_targets, deadline=_deadline())
    assert [(each.name, each.body["data"]) for each in facts.source.manifests] == [
        ("settings", config_map().body["data"])
    ]
    assert facts.source.missing == (_ABSENT.label,)
    assert [each.cluster for each in facts.targets] == [target.name]


async def test_a_configure_reads_no_source():
    read: list[tuple[Manifest, ...]] = []

    async def read_targets(manifests: tuple[Manifest, ...]):
        read.append(manifests)
        return ()

    copy = CopyInput(namespace="shop", overrides=Overrides(), manifests=(config_map(),))
    facts = await read_copy_facts(copy, read_targets, deadline=_deadline())
    assert (read, facts.source.environment) == ([(config_map(),)], None)


async def test_a_target_has_the_live_objects_that_would_be_written_or_are_referred_to(clusters, namespace):
    cluster = clusters[0]
    await _plant(cluster, namespace, config_map(), secret())
    needs = {"containers": [{"name": "web", "image": "web:1", "envFrom": [{"secretRef": {"name": "keys"}}]}]}
    facts = await read_target(
        _target(cluster, namespace), (config_map(), deployment(pod=needs)), Overrides(), deadline=_deadline()
    )
    assert set(facts.live) == {ObjectKey.of(config_map()), ObjectKey.of(secret())}
    assert ObjectKey.of(deployment()) in facts.looked_for
    assert (facts.failure, facts.namespace_state) == (None, NamespaceState.ACTIVE)


async def test_a_namespace_that_does_not_exist_is_missing(clusters):
    target = _target(clusters[0], "there-is-no-such-namespace")
    facts = await read_target(target, (config_map(),), Overrides(), deadline=_deadline())
    assert (facts.namespace_state, facts.live) == (NamespaceState.MISSING, {})


async def test_a_target_that_does_not_answer_is_a_failure_and_raises_nothing(practice: Sandbox):
    credential = next(each for each in practice_credentials(practice) if each.name == "prod-us")
    async with ClusterPool(rules=EVERYWHERE) as pool:
        gateway = await pool.gateway(credential)
        target = TargetNamespace(cluster="prod-us", cluster_id="id", namespace="shop", gateway=gateway)
        practice.faults("prod-us").unreachable = True
        try:
            facts = await read_target(target, (config_map(),), Overrides(), deadline=_deadline())
        finally:
            practice.faults("prod-us").clear()
    assert facts.failure is not None
    assert facts.failure.code == "cluster-unreachable"
