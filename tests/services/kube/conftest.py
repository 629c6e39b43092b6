"""A scripted API server, and gateways to it."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from services.kube.client import Timeouts
from services.kube.deadline import Deadline
from services.kube.gateway import ClusterCredential
from services.kube.kubeconfig import KubeconfigRules
from services.kube.kubernetes_gateway import KubernetesGateway
from services.kube.pool import ClusterPool
from services.net.addresses import AddressPolicy
from tests.support.fake_api_server import FakeApiServer, NoPause, fake_api_server
from tests.support.kubeconfigs import kubeconfig

HERE = KubeconfigRules(
    addresses=AddressPolicy(allow_loopback=True, allow_private=True),
    allow_http_to_loopback=True,
)


@pytest.fixture
async def server() -> AsyncIterator[FakeApiServer]:
    async with fake_api_server() as server:
        yield server


@pytest.fixture
async def pool() -> AsyncIterator[ClusterPool]:
    timeouts = Timeouts(connect=2, answer=10, watch_silence=5)
    async with ClusterPool(rules=HERE, timeouts=timeouts, chance=NoPause()) as pool:
        yield pool


@pytest.fixture
async def connect(pool: ClusterPool) -> AsyncIterator[Callable[..., Awaitable[KubernetesGateway]]]:
    """`await connect(url, cluster=…, user=…)` gives a gateway, past the breaker of others."""
    async with contextlib.AsyncExitStack() as stack:

        async def connected(url: str, **config: Any) -> KubernetesGateway:
            text = kubeconfig(server=url, **config)
            credential = ClusterCredential(cluster_id=url, name="dev", version=1, kubeconfig=lambda: text)
            return await stack.enter_async_context(pool.trial(credential))

        yield connected


@pytest.fixture
async def gateway(server: FakeApiServer, connect: Callable[..., Awaitable[KubernetesGateway]]) -> KubernetesGateway:
    return await connect(server.url)


@pytest.fixture
def soon() -> Deadline:
    """Enough for everything that answers, not for a hanging suite."""
    return Deadline.after(60)
