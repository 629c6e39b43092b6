"""What Stagecoach relies on in kubernetes_asyncio, and the faults in it that its own transport avoids.

A new version has to pass this before it is taken. Where a fault has gone, a workaround of ours may go too.
"""

import inspect
import logging
import re
from importlib.metadata import version
from typing import Any

import pytest
from kubernetes_asyncio.client import ApiClient, Configuration
from kubernetes_asyncio.client.exceptions import ApiException
from kubernetes_asyncio.client.rest import RESTClientObject

import services.kube.client
from tests.support.fake_api_server import FakeApiServer, answers, status


class Recording(RESTClientObject):
    """Takes what ApiClient has built."""

    def __init__(self) -> None:
        self.sent: dict[str, Any] = {}

    async def request(self, method: str, url: str, **built: Any) -> Any:  # type: ignore[override]  # by name only
        self.sent = {"method": method, "url": url, **built}
        return "the response"


def client(**configured: Any) -> tuple[ApiClient, Recording]:
    configuration = Configuration(host="https://api.example.org/prefix")
    for name, value in configured.items():
        setattr(configuration, name, value)
    api = ApiClient.__new__(ApiClient)
    api.configuration = configuration
    api.rest_client = Recording()
    api.default_headers = {"User-Agent": "us"}
    api.cookie = None  # type: ignore[assignment]  # as its own constructor leaves it
    return api, api.rest_client


def test_the_version_is_the_one_that_was_measured():
    assert version("kubernetes-asyncio") == "36.1.0"


async def test_call_api_builds_the_url_and_quotes_its_parts():
    api, rest = client()
    await api.call_api(
        "/api/{a}/x", "GET", path_params={"a": "b/c d"}, query_params=[("q", "1")], _preload_content=False
    )
    assert (rest.sent["url"], rest.sent["query_params"]) == (
        "https://api.example.org/prefix/api/b%2Fc%20d/x",
        [("q", "1")],
    )


async def test_call_api_gives_back_what_the_transport_gave_unread():
    api, _ = client()
    assert await api.call_api("/x", "GET", _preload_content=False) == "the response"


async def test_call_api_hands_body_timeout_and_headers_on():
    api, rest = client()
    body = {"metadata": {"name": "a"}}
    await api.call_api(
        "/x", "PATCH", body=body, header_params={"Content-Type": "a/b"}, _preload_content=False, _request_timeout=7
    )
    assert (rest.sent["body"], rest.sent["_request_timeout"]) == (body, 7)
    assert rest.sent["headers"] == {"Content-Type": "a/b", "User-Agent": "us"}


async def test_the_token_is_sent_and_its_hook_asked_each_time():
    tokens = iter("ab")

    def renew(configuration: Configuration) -> None:
        configuration.api_key = {"BearerToken": next(tokens)}

    api, rest = client(
        api_key={"BearerToken": "x"}, api_key_prefix={"BearerToken": "Bearer"}, refresh_api_key_hook=renew
    )
    sent = []
    for _ in range(2):
        await api.call_api("/x", "GET", auth_settings=["BearerToken"], _preload_content=False)
        sent.append(rest.sent["headers"]["authorization"])
    assert sent == ["Bearer a", "Bearer b"]


@pytest.fixture
async def untouched(server: FakeApiServer):
    async with ApiClient(Configuration(host=server.url)) as api:
        yield api


async def test_its_own_transport_takes_a_404_for_an_answer(untouched: ApiClient, server: FakeApiServer):
    server.on("GET", "/x", answers((404, status(404, "NotFound"))))
    response = await untouched.call_api("/x", "GET", _preload_content=False)
    assert response.status == 404
    response.release()


async def test_its_own_transport_checks_the_status_of_what_it_reads(untouched: ApiClient, server: FakeApiServer):
    server.on("GET", "/x", answers((404, status(404, "NotFound"))))
    with pytest.raises(ApiException):
        await untouched.call_api("/x", "GET")


async def test_its_own_transport_reads_proxies_from_the_environment(untouched: ApiClient):
    assert untouched.rest_client.pool_manager.trust_env


def test_its_own_transport_has_no_timeout_and_follows_redirects():
    source = inspect.getsource(RESTClientObject.request)
    assert "timeout = aiohttp.ClientTimeout()" in source
    assert "allow_redirects" not in source


def test_it_prints_bodies_at_debug_and_we_do_not_let_it():
    assert "response body" in inspect.getsource(RESTClientObject.request)
    assert not logging.getLogger("kubernetes_asyncio.client.rest").isEnabledFor(logging.DEBUG)


def test_one_module_alone_imports_it():
    from pathlib import Path

    root = Path(services.kube.client.__file__).parents[2]
    importing = [
        path.relative_to(root).as_posix()
        for folder in ("api", "services", "db", "sandbox")
        for path in (root / folder).rglob("*.py")
        if re.search(r"^\s*(from|import) kubernetes_asyncio", path.read_text(), re.MULTILINE)
    ]
    makers = {"sandbox/make_schema.py", "sandbox/make_field_types.py"}  # run by hand, to write down types
    assert [path for path in importing if path not in makers] == ["services/kube/client.py"]
