"""The pool: one client for each cluster and credential, opened on first use, closed when idle, bounded."""

import asyncio
import contextlib

from services.kube.deadline import Deadline
from services.kube.gateway import ClusterCredential
from services.kube.kubeconfig import KubeconfigRules
from services.kube.pool import ClusterPool, PoolLimits
from services.net.addresses import AddressPolicy
from tests.support.fake_api_server import FakeApiServer, NoPause, answers, fake_api_server, hangs_up, until
from tests.support.kubeconfigs import kubeconfig

RULES = KubeconfigRules(addresses=AddressPolicy(allow_loopback=True, allow_private=True), allow_http_to_loopback=True)


def credential(server: FakeApiServer, *, version: int = 1, token: str = "t", name: str = "dev") -> ClusterCredential:
    text = kubeconfig(server=server.url, user={"token": token})
    return ClusterCredential(cluster_id=server.url, name=name, version=version, kubeconfig=lambda: text)


def client_of(gateway: object):
    return gateway._caller.client  # type: ignore[attr-defined]


async def test_a_cluster_has_one_gateway(pool: ClusterPool, server: FakeApiServer):
    assert await pool.gateway(credential(server)) is await pool.gateway(credential(server))


async def test_a_gateway_connects_when_it_is_used_and_not_before(
    pool: ClusterPool, server: FakeApiServer, soon: Deadline
):
    gateway = await pool.gateway(credential(server))
    assert not client_of(gateway).open
    await gateway.version(deadline=soon)
    assert client_of(gateway).open


async def test_many_first_requests_open_one_client(pool: ClusterPool, server: FakeApiServer, soon: Deadline):
    gateway = await pool.gateway(credential(server))
    await asyncio.gather(*(gateway.version(deadline=soon) for _ in range(20)))
    assert len(client_of(gateway)._sessions) == 2  # one for requests, one for watches


async def test_a_new_credential_gets_a_new_client(pool: ClusterPool, server: FakeApiServer, soon: Deadline):
    await (await pool.gateway(credential(server))).version(deadline=soon)
    await (await pool.gateway(credential(server, version=2, token="u"))).version(deadline=soon)
    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer t", "Bearer u"]


async def test_a_replaced_client_ends_after_its_last_request(pool: ClusterPool, server: FakeApiServer, soon: Deadline):
    go_on = asyncio.Event()

    async def slow(_: object):
        await go_on.wait()
        return await answers({"gitVersion": "v1"})(_)  # type: ignore[arg-type]

    server.on("GET", "/version", slow)
    old = await pool.gateway(credential(server))
    under_way = asyncio.create_task(old.version(deadline=soon))
    await until(lambda: bool(server.seen))
    await pool.gateway(credential(server, version=2))
    go_on.set()
    assert (await under_way).git_version == "v1"
    await pool.gateway(credential(server, version=2))
    assert not client_of(old).open


async def test_an_idle_client_is_closed_and_opens_again(server: FakeApiServer, soon: Deadline):
    async with ClusterPool(rules=RULES, limits=PoolLimits(idle_seconds=0.1)) as pool:
        gateway = await pool.gateway(credential(server))
        await gateway.version(deadline=soon)
        await until(lambda: not client_of(gateway).open)
        assert (await gateway.version(deadline=soon)).git_version == "v1.36.2"


async def test_beyond_the_bound_the_client_used_longest_ago_is_closed(soon: Deadline):
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(fake_api_server()) for _ in range(3)]
        pool = await stack.enter_async_context(ClusterPool(rules=RULES, limits=PoolLimits(open_clients=2)))
        gateways = [await pool.gateway(credential(server)) for server in servers]
        for gateway in gateways:
            await gateway.version(deadline=soon)
        await pool.gateway(credential(servers[2]))
        assert [client_of(gateway).open for gateway in gateways] == [False, True, True]


async def test_a_forgotten_cluster_is_closed(pool: ClusterPool, server: FakeApiServer, soon: Deadline):
    gateway = await pool.gateway(credential(server))
    await gateway.version(deadline=soon)
    await pool.forget(server.url)
    assert not client_of(gateway).open


async def test_a_good_trial_lets_the_others_ask_again(server: FakeApiServer, soon: Deadline):
    async with ClusterPool(rules=RULES, chance=NoPause()) as pool:
        gateway = await pool.gateway(credential(server))
        breaker = gateway._caller.breaker
        breaker._open(breaker._clock())
        assert breaker.open
        pool.answers(server.url)
        assert (await gateway.version(deadline=soon)).git_version == "v1.36.2"


async def test_a_half_open_breaker_probes_before_the_call(server: FakeApiServer, soon: Deadline):
    async with ClusterPool(rules=RULES, chance=NoPause()) as pool:
        gateway = await pool.gateway(credential(server))
        breaker = gateway._caller.breaker
        breaker._open(breaker._clock() - 1_000)
        server.on("GET", "/api", answers({"kind": "APIVersions", "versions": []}))
        await gateway.served_kinds(deadline=soon)
        assert server.seen[0].path == "/version"
        assert not breaker.open


async def test_allowing_a_probe_half_opens_an_open_breaker(server: FakeApiServer, soon: Deadline):
    async with ClusterPool(rules=RULES, chance=NoPause()) as pool:
        gateway = await pool.gateway(credential(server))
        breaker = gateway._caller.breaker
        breaker._open(breaker._clock())
        pool.allow_probe(server.url)
        assert (await gateway.version(deadline=soon)).git_version == "v1.36.2"
        assert not breaker.open


async def test_a_failed_probe_keeps_the_breaker_open(server: FakeApiServer, soon: Deadline):
    async with ClusterPool(rules=RULES, chance=NoPause()) as pool:
        gateway = await pool.gateway(credential(server))
        breaker = gateway._caller.breaker
        breaker._open(breaker._clock() - 1_000)
        server.on("GET", "/version", hangs_up)
        with contextlib.suppress(Exception):
            await gateway.served_kinds(deadline=soon)
        assert breaker.open
        assert {seen.path for seen in server.seen} == {"/version"}


async def test_a_credential_shows_nothing_when_printed(server: FakeApiServer):
    assert "secret-token" not in repr(credential(server, token="secret-token"))
