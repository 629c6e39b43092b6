"""Clusters for tests that need some: practice clusters, or real ones.

`STAGECOACH_TEST_KUBECONFIGS` names kubeconfig files of real clusters, separated by `:` (two or more, with an
administrator's credential); then every test on `clusters` runs there. Each test has a namespace of its own, which is
deleted afterwards. Tests that make clusters misbehave, or inspect them, use `practice`, which is never a real cluster.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from domain.resources import Kind, Manifest
from sandbox.server import Sandbox
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterCredential
from services.kube.kubeconfig import KubeconfigRules
from services.kube.kubernetes_gateway import KubernetesGateway
from services.kube.pool import ClusterPool
from services.net.addresses import AddressPolicy

NAMESPACE = Kind.of("v1", "Namespace")
EVERYWHERE = KubeconfigRules(
    addresses=AddressPolicy(allow_loopback=True, allow_private=True),
    allow_http_to_loopback=True,
)
_PRACTICE = ("dev", "staging", "prod-eu", "prod-us")
_SPEED = 20.0  # times faster than on a real cluster
_REAL_SECONDS = 90.0


@dataclass(frozen=True, kw_only=True)
class TestCluster:
    """A cluster that a test may change, in its own namespace."""

    __test__ = False  # not a class of tests

    credential: ClusterCredential  # the administrator's
    gateway: KubernetesGateway

    @property
    def name(self) -> str:
        return self.credential.name


@pytest.fixture(scope="session")
async def practice() -> AsyncIterator[Sandbox]:
    """`dev`, `staging`, `prod-eu` and `prod-us`, without the example. A test that sets faults clears them."""
    async with Sandbox(_PRACTICE, speed=_SPEED) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
async def cluster_pool() -> AsyncIterator[ClusterPool]:
    async with ClusterPool(rules=EVERYWHERE) as pool:
        yield pool


@pytest.fixture(scope="session")
async def clusters(practice: Sandbox, cluster_pool: ClusterPool) -> tuple[TestCluster, ...]:
    """At least two, practice or real."""
    return tuple(
        [
            TestCluster(credential=credential, gateway=await cluster_pool.gateway(credential))
            for credential in _real_credentials() or practice_credentials(practice)
        ]
    )


@pytest.fixture
async def namespace(clusters: tuple[TestCluster, ...]) -> AsyncIterator[str]:
    """The name of a namespace that is fresh on every cluster."""
    name = f"stagecoach-test-{secrets.token_hex(4)}"
    fresh = Manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    deadline = Deadline.after(_REAL_SECONDS)
    await asyncio.gather(*(c.gateway.apply(fresh, namespace=None, deadline=deadline) for c in clusters))
    yield name
    deadline = Deadline.after(_REAL_SECONDS)
    await asyncio.gather(*(c.gateway.delete(NAMESPACE, name, namespace=None, deadline=deadline) for c in clusters))


def practice_credentials(sandbox: Sandbox) -> tuple[ClusterCredential, ...]:
    """The administrator's, of each cluster."""
    return tuple(
        ClusterCredential(
            cluster_id=f"practice-{name}", name=name, version=1, kubeconfig=partial(sandbox.kubeconfig, name)
        )
        for name in sandbox.names
    )


def _real_credentials() -> tuple[ClusterCredential, ...]:
    paths = [Path(path) for path in os.environ.get("STAGECOACH_TEST_KUBECONFIGS", "").split(":") if path]
    if len(paths) == 1:
        pytest.fail("STAGECOACH_TEST_KUBECONFIGS names one cluster; the tests need two or more")
    return tuple(
        ClusterCredential(cluster_id=str(path), name=f"real-{number}", version=1, kubeconfig=path.read_text)
        for number, path in enumerate(paths, start=1)
    )
