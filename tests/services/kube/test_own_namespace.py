"""The namespace that Stagecoach runs in is never read, written or listed, however its cluster is registered."""

from collections.abc import AsyncIterator

import pytest

from domain.resources import Kind, Manifest
from sandbox.server import Sandbox
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterCredential
from services.kube.in_cluster import ServiceAccount
from services.kube.own_namespace import OwnNamespaceError
from services.kube.pool import ClusterPool
from tests.support.clusters import EVERYWHERE

_SECRET, _NAMESPACE = (Kind(group="", version="v1", name=name) for name in ("Secret", "Namespace"))
_OWN = "ours"


def _soon() -> Deadline:
    return Deadline.after(20)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(["home", "away"]) as sandbox:
        for name in ("home", "away"):
            cluster = sandbox.cluster(name)
            cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _OWN}})
            cluster.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": _OWN}})
        yield sandbox


def _credential(sandbox: Sandbox, name: str) -> ClusterCredential:
    return ClusterCredential(cluster_id=name, name=name, version=1, kubeconfig=lambda: sandbox.kubeconfig(name))


class _Pool(ClusterPool):
    """Knows by itself where it runs, as a pod does by its service account."""

    home: str | None = None

    async def _home_uid(self, deadline: Deadline) -> str | None:
        del deadline
        return self.home


async def _pool_at(sandbox: Sandbox, home: str | None) -> _Pool:
    pool = _Pool(rules=EVERYWHERE, own_namespace=_OWN)
    if home is not None:
        found = sandbox.cluster(home).get("namespaces", "kube-system")
        assert found is not None
        pool.home = found["metadata"]["uid"]
    return pool


async def test_the_same_cluster_registered_by_a_kubeconfig_is_recognised(sandbox: Sandbox):
    async with await _pool_at(sandbox, "home") as pool:
        gateway = await pool.gateway(_credential(sandbox, "home"))
        secret = Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "more"}})
        for call in (
            lambda: gateway.get(_SECRET, "keys", namespace=_OWN, deadline=_soon()),
            lambda: gateway.get(_NAMESPACE, _OWN, namespace=None, deadline=_soon()),
            lambda: gateway.list(_SECRET, namespace=_OWN, deadline=_soon()),
            lambda: gateway.pod_log("web-1", "web", namespace=_OWN, lines=1, most=1, deadline=_soon()),
            lambda: gateway.apply(secret, namespace=_OWN, deadline=_soon()),
            lambda: gateway.apply(secret, namespace=_OWN, dry_run=True, deadline=_soon()),
            lambda: gateway.create(secret, namespace=_OWN, deadline=_soon()),
            lambda: gateway.delete(_SECRET, "keys", namespace=_OWN, deadline=_soon()),
        ):
            with pytest.raises(OwnNamespaceError):
                await call()
        with pytest.raises(OwnNamespaceError):
            async for _ in gateway.watch(_SECRET, namespace=_OWN, resource_version="0", deadline=_soon()):
                pass
        assert _OWN not in [each.name for each in await gateway.namespaces(deadline=_soon())]
        everywhere = await gateway.list(_SECRET, namespace=None, deadline=_soon())
        assert "keys" not in [each.name for each in everywhere.items]


async def test_a_namespace_of_this_name_on_another_cluster_is_an_ordinary_one(sandbox: Sandbox):
    async with await _pool_at(sandbox, "home") as pool:
        gateway = await pool.gateway(_credential(sandbox, "away"))
        assert await gateway.get(_SECRET, "keys", namespace=_OWN, deadline=_soon()) is not None
        assert _OWN in [each.name for each in await gateway.namespaces(deadline=_soon())]


async def test_where_it_cannot_be_told_the_name_alone_decides(sandbox: Sandbox):
    async with await _pool_at(sandbox, None) as pool:
        gateway = await pool.gateway(_credential(sandbox, "away"))
        with pytest.raises(OwnNamespaceError):
            await gateway.get(_SECRET, "keys", namespace=_OWN, deadline=_soon())


def test_the_namespace_is_that_of_the_mounted_service_account(tmp_path):

    assert ServiceAccount(folder=tmp_path).namespace is None
    (tmp_path / "namespace").write_text("stagecoach\n")
    assert ServiceAccount(folder=tmp_path).namespace == "stagecoach"
