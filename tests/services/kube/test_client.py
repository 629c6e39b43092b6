"""One attempt over HTTP: what is sent, and the errors of connections that fail."""

import asyncio
import logging
import ssl
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from domain.resources import Kind, Manifest
from services.kube.client import ClusterClient, Network, Timeouts
from services.kube.deadline import Deadline
from services.kube.errors import (
    AddressRefusedError,
    BudgetExceededError,
    CertificateError,
    ClusterError,
    ClusterNotConnectedError,
    ClusterUnreachableError,
    CredentialRefusedError,
)
from services.kube.gateway import ClusterCredential
from services.kube.kubeconfig import ClusterTarget, KubeconfigRules
from services.kube.kubernetes_gateway import KubernetesGateway
from services.kube.pool import ClusterPool
from services.kube.requests import Repeat, Request
from services.kube.transport_errors import error_of_transport
from services.net.addresses import AddressPolicy
from tests.support.fake_api_server import Authority, FakeApiServer, answers, fake_api_server, hangs_up, never_answers
from tests.support.kubeconfigs import TOKEN, encoded, kubeconfig

CONFIG_MAP = Kind.of("v1", "ConfigMap")
PATH = "/api/v1/namespaces/shop/configmaps/a"
Connect = Callable[..., Any]


async def test_a_request_says_who_asks_and_carries_the_token(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    await gateway.version(deadline=soon)
    headers = server.seen[0].headers
    assert headers["user-agent"] == "stagecoach"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["accept-encoding"] == "gzip"


async def test_a_prefix_of_the_server_stays_in_front(server: FakeApiServer, connect: Connect, soon: Deadline):
    server.on("GET", "/clusters/dev/version", answers({"gitVersion": "v1"}))
    gateway = await connect(f"{server.url}/clusters/dev")
    assert (await gateway.version(deadline=soon)).git_version == "v1"


async def test_a_redirect_is_not_followed(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    async def elsewhere(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/latest/meta-data"})

    server.on("GET", "/version", elsewhere)
    with pytest.raises(ClusterError, match="redirect"):
        await gateway.version(deadline=soon)
    assert [seen.path for seen in server.seen] == ["/version"]


async def test_no_proxy_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await gateway.version(deadline=soon)).git_version == "v1.36.2"


async def test_cookies_are_not_kept(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    async def sticky(_: web.Request) -> web.StreamResponse:
        return web.json_response({}, headers={"Set-Cookie": "a=b"})

    server.on("GET", "/version", sticky)
    await gateway.version(deadline=soon)
    await gateway.version(deadline=soon)
    assert "cookie" not in server.seen[1].headers


async def test_a_page_is_not_taken_for_an_object(gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline):
    server.on("GET", PATH, answers((200, "<html>Welcome</html>")))
    with pytest.raises(ClusterError, match="not an API server's"):
        await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon)


async def test_an_empty_answer_is_not_taken_for_an_object(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("GET", PATH, answers((200, "")))
    with pytest.raises(ClusterError, match="not an API server's"):
        await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon)


async def test_a_refused_connection_means_unreachable(connect: Connect, soon: Deadline):
    async with fake_api_server() as gone:
        url = gone.url
    gateway = await connect(url)
    with pytest.raises(ClusterNotConnectedError):
        await gateway.version(deadline=soon)


async def test_a_name_without_an_address_means_unreachable(connect: Connect, soon: Deadline):
    gateway = await connect("https://no-such-host.invalid")
    with pytest.raises(ClusterUnreachableError):
        await gateway.version(deadline=soon)


async def test_a_connection_that_breaks_off_means_unreachable(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    server.on("GET", "/version", hangs_up)
    with pytest.raises(ClusterUnreachableError):
        await gateway.version(deadline=soon)


async def test_an_answer_that_breaks_off_means_unreachable(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"gitVersion": ')
        return await hangs_up(request)

    server.on("GET", "/version", half)
    with pytest.raises(ClusterUnreachableError, match="middle"):
        await gateway.version(deadline=soon)


async def test_a_short_budget_ends_a_wait(gateway: KubernetesGateway, server: FakeApiServer):
    server.on("GET", "/version", never_answers)
    with pytest.raises(BudgetExceededError):
        await gateway.version(deadline=Deadline.after(0.2))


async def test_a_server_that_hangs_is_unreachable(server: FakeApiServer):
    server.on("GET", "/version", never_answers)
    rules = KubeconfigRules(
        addresses=AddressPolicy(allow_loopback=True, allow_private=True), allow_http_to_loopback=True
    )
    timeouts = Timeouts(answer=0.1)
    credential = ClusterCredential(
        cluster_id="a", name="dev", version=1, kubeconfig=lambda: kubeconfig(server=server.url)
    )
    async with ClusterPool(rules=rules, timeouts=timeouts) as pool, pool.trial(credential) as gateway:
        with pytest.raises(ClusterUnreachableError, match="did not answer"):
            await gateway.version(deadline=Deadline.after(20))


async def test_something_that_speaks_no_http_is_unreachable(connect: Connect, soon: Deadline):
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as mail:
        gateway = await connect(f"http://127.0.0.1:{mail.sockets[0].getsockname()[1]}")
        with pytest.raises(ClusterUnreachableError):
            await gateway.version(deadline=soon)


async def test_a_body_larger_than_aiohttp_likes_is_sent(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline
):
    async def size(request: web.Request) -> web.StreamResponse:
        return web.json_response({"size": len(await request.read())})

    server.on("PATCH", PATH, size)
    big = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "x" * 3_000_000}}
    answer = await gateway.apply(Manifest(big), namespace="shop", deadline=soon)
    assert answer.body["size"] > 3_000_000


# --- TLS


async def test_a_server_signed_by_the_given_authority_is_trusted(connect: Connect, soon: Deadline, tmp_path: Path):
    authority = Authority()
    async with fake_api_server(tls=authority.server_context(tmp_path, "127.0.0.1")) as server:
        gateway = await connect(server.url, cluster={"certificate-authority-data": encoded(authority.pem)})
        assert (await gateway.version(deadline=soon)).platform == "linux/amd64"


async def test_a_server_signed_by_another_authority_is_not_trusted(connect: Connect, soon: Deadline, tmp_path: Path):
    async with fake_api_server(tls=Authority("another").server_context(tmp_path, "127.0.0.1")) as server:
        gateway = await connect(server.url, cluster={"certificate-authority-data": encoded(Authority().pem)})
        with pytest.raises(CertificateError, match="not trusted"):
            await gateway.version(deadline=soon)
    assert server.seen == []


async def test_a_server_that_the_system_does_not_know_is_not_trusted(connect: Connect, soon: Deadline, tmp_path: Path):
    async with fake_api_server(tls=Authority().server_context(tmp_path, "127.0.0.1")) as server:
        gateway = await connect(server.url)
        with pytest.raises(CertificateError):
            await gateway.version(deadline=soon)


async def test_a_certificate_for_another_host_is_not_trusted(connect: Connect, soon: Deadline, tmp_path: Path):
    authority = Authority()
    async with fake_api_server(tls=authority.server_context(tmp_path, "api.example.org")) as server:
        gateway = await connect(server.url, cluster={"certificate-authority-data": encoded(authority.pem)})
        with pytest.raises(CertificateError, match=r"127\.0\.0\.1"):
            await gateway.version(deadline=soon)


async def test_a_certificates_host_may_be_given(connect: Connect, soon: Deadline, tmp_path: Path):
    authority = Authority()
    async with fake_api_server(tls=authority.server_context(tmp_path, "api.example.org")) as server:
        cluster = {"certificate-authority-data": encoded(authority.pem), "tls-server-name": "api.example.org"}
        gateway = await connect(server.url, cluster=cluster)
        assert (await gateway.version(deadline=soon)).git_version == "v1.36.2"


async def test_a_client_certificate_is_shown_to_the_server(connect: Connect, soon: Deadline, tmp_path: Path):
    authority = Authority()
    pair = authority.sign("me")
    user = {"client-certificate-data": encoded(pair.certificate_pem), "client-key-data": encoded(pair.key_pem)}
    async with fake_api_server(tls=authority.server_context(tmp_path, "127.0.0.1", clients=True)) as server:
        cluster = {"certificate-authority-data": encoded(authority.pem)}
        gateway = await connect(server.url, cluster=cluster, user=user)
        assert (await gateway.version(deadline=soon)).git_version == "v1.36.2"


def test_a_client_certificate_that_the_handshake_refuses_is_a_refused_credential():
    # Not over the wire: asyncio loses the alert more often than not. API servers complete the handshake and answer 401.
    alert = ssl.SSLError(1, "alert")
    alert.reason = "TLSV1_ALERT_UNKNOWN_CA"
    error = error_of_transport(alert, cluster="dev", server="x:1", waited=0, out_of_time=False)
    assert type(error) is CredentialRefusedError


async def test_a_client_key_does_not_stay_on_disk(
    connect: Connect, soon: Deadline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    authority = Authority()
    pair = authority.sign("me")
    user = {"client-certificate-data": encoded(pair.certificate_pem), "client-key-data": encoded(pair.key_pem)}
    async with fake_api_server(tls=authority.server_context(tmp_path, "127.0.0.1", clients=True)) as server:
        gateway = await connect(server.url, cluster={"certificate-authority-data": encoded(authority.pem)}, user=user)
        await gateway.version(deadline=soon)
        assert list(place.iterdir()) == []


async def test_plain_http_to_a_tls_server_is_told_as_unreachable(connect: Connect, soon: Deadline, tmp_path: Path):
    async with fake_api_server(tls=Authority().server_context(tmp_path, "127.0.0.1")) as server:
        gateway = await connect(server.url.replace("https", "http"))
        with pytest.raises(ClusterUnreachableError):
            await gateway.version(deadline=soon)


async def test_tls_to_a_plain_server_is_told_as_unreachable(server: FakeApiServer, connect: Connect, soon: Deadline):
    gateway = await connect(server.url.replace("http", "https"))
    with pytest.raises(ClusterUnreachableError, match="TLS"):
        await gateway.version(deadline=soon)


# --- addresses


async def attempt(server: str, addresses: AddressPolicy) -> None:
    network = Network()
    client = ClusterClient(ClusterTarget(server=server, token="t"), cluster="dev", addresses=addresses, network=network)
    try:
        request = Request(verb="read", method="GET", path="/version", repeat=Repeat.READ)
        await client.call(request, deadline=Deadline.after(5))
    finally:
        await client.close()
        network.close()


async def test_a_name_is_judged_by_what_it_leads_to_when_connecting(server: FakeApiServer):
    port = server.url.rpartition(":")[2]
    with pytest.raises(AddressRefusedError, match="loopback"):
        await attempt(f"https://localhost:{port}", AddressPolicy(allow_loopback=False, allow_private=True))
    assert server.seen == []


async def test_a_written_out_address_is_judged_when_connecting_too(server: FakeApiServer):
    with pytest.raises(AddressRefusedError, match="loopback"):
        await attempt(server.url, AddressPolicy(allow_loopback=False, allow_private=True))
    assert server.seen == []


# --- secrets


async def test_no_body_is_logged_even_where_everything_else_is(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline, caplog: pytest.LogCaptureFixture
):
    server.on("GET", PATH, answers({"data": {"k": "hunter2-canary"}}))
    with caplog.at_level(logging.DEBUG):
        await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon)
    assert "hunter2-canary" not in caplog.text
    assert TOKEN not in caplog.text


async def test_an_error_of_the_connection_quotes_no_token(connect: Connect, soon: Deadline):
    async with fake_api_server() as gone:
        url = gone.url
    gateway = await connect(url)
    with pytest.raises(ClusterUnreachableError) as caught:
        await gateway.version(deadline=soon)
    assert TOKEN not in f"{caught.value!r} {caught.value.members()}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("depth", [300, 1000, 100_000])
async def test_an_answer_that_is_nested_too_deeply_is_no_object(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline, depth: int
):
    async def deep(_: web.Request) -> web.StreamResponse:
        text = '{"kind": "ConfigMap", "data": ' + "[" * depth + "]" * depth + "}"
        return web.Response(text=text, content_type="application/json")

    server.on("GET", PATH, deep)
    with pytest.raises(ClusterError, match="nested too deeply"):
        await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon)


@pytest.mark.parametrize("depth", [300, 100_000])
async def test_a_refusal_that_is_nested_too_deeply_is_a_refusal_without_a_reason(
    gateway: KubernetesGateway, server: FakeApiServer, soon: Deadline, depth: int
):
    server.on("GET", PATH, answers((403, '{"kind": "Status", "details": ' + "[" * depth + "]" * depth + "}")))
    with pytest.raises(ClusterError):
        await gateway.get(CONFIG_MAP, "a", namespace="shop", deadline=soon)
