"""HTTP to one API server: the one module that imports kubernetes_asyncio, and the one where aiohttp's errors end.

kubernetes_asyncio builds URLs and authentication; the transport is defined here, because its own reads proxies from
the environment, follows redirects, never times out, and under `_preload_content=False` takes a 404 for an object
(tests/services/kube/test_kubernetes_asyncio_contract.py tests what Stagecoach relies on). Statuses, retries and slots
are the business of `caller`.
"""

import asyncio
import io
import logging
import ssl
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp
import orjson
from kubernetes_asyncio.client.api_client import ApiClient
from kubernetes_asyncio.client.configuration import Configuration
from kubernetes_asyncio.client.rest import RESTClientObject
from yarl import URL

from services.kube.answer_memory import MEMORY, AnswerMemory
from services.kube.answers import Hearing, Stream, read_answer
from services.kube.deadline import Deadline
from services.kube.errors import (
    AddressRefusedError,
    ClusterError,
    ClusterNotConnectedError,
    CredentialRefusedError,
)
from services.kube.kubeconfig import ClusterTarget
from services.kube.requests import Answer, Request
from services.kube.tls import TlsContexts
from services.kube.transport_errors import error_of_transport
from services.kube.watch_sockets import release_write_buffer, watch_socket
from services.net.addresses import AddressPolicy, VettingResolver

USER_AGENT = "stagecoach"
_INLINE_BODY_BYTES = 1024 * 1024
_REQUEST_CONNECTIONS = 16
_KEPT_ALIVE: Any = {"keepalive_timeout": 75}
_DNS_SECONDS = 300
_NEVER_ROUNDED = float("inf")

# At DEBUG it logs bodies, and with them Secrets; pinned here so that no root level turns that on.
logging.getLogger("kubernetes_asyncio").setLevel(logging.INFO)


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """Seconds that one attempt waits: for a connection, for the whole answer, and for the next bytes of a watch."""

    connect: float = 5.0
    answer: float = 60.0
    watch_silence: float = 90.0

    def of_request(self, left: float) -> aiohttp.ClientTimeout:
        # No `sock_read` and no `connect`: aiohttp sets up a timer more for each, a tenth of a request's CPU.
        # The look-up of a name has its own bound in the resolver.
        # A little less than what is left, and not rounded up to whole seconds: else the caller's timeout fires
        # first, and the breaker never counts a server that hangs.
        total = min(left * 0.98, self.answer)
        return aiohttp.ClientTimeout(
            total=total, sock_connect=min(self.connect, total * 0.8), ceil_threshold=_NEVER_ROUNDED
        )


class _Transport(RESTClientObject):
    """Sends what kubernetes_asyncio has built and returns aiohttp's response, unread; follows no redirect."""

    def __init__(self, session: aiohttp.ClientSession, *, server_hostname: str | None) -> None:
        self.pool_manager = session
        self._server_hostname = server_hostname

    async def request(  # type: ignore[override]  # called by GET, PATCH, … of the superclass, by these names
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        body: Any = None,
        _request_timeout: aiohttp.ClientTimeout | None = None,
        **_unused: Any,  # query_params and post_params, which are never given; _preload_content
    ) -> aiohttp.ClientResponse:
        data: bytes | io.BytesIO | None = None
        if body is not None:
            data = orjson.dumps(body)
            if len(data) > _INLINE_BODY_BYTES:
                data = io.BytesIO(data)  # sent in pieces, so that it does not hold up the loop
        return await self.pool_manager.request(
            method,
            URL(url, encoded=True),
            data=data,
            headers=headers,
            allow_redirects=False,
            timeout=_request_timeout,
            server_hostname=self._server_hostname,
        )


class _Api(ApiClient):
    """ApiClient without its constructor (which would open a session of its own) and without its copies of bodies."""

    def __init__(self, configuration: Configuration, transport: _Transport, *, user_agent: str) -> None:
        self.configuration = configuration
        self.rest_client = transport
        self.default_headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip"}
        self.cookie = None  # type: ignore[assignment]  # as its own constructor leaves it
        self.client_side_validation = False

    def sanitize_for_serialization(self, obj: Any) -> Any:
        return obj  # bodies are plain JSON already

    @property
    def last_response(self) -> None:
        """Not kept: it would hold on to the last Secret that was read."""

    @last_response.setter
    def last_response(self, response: object) -> None:
        pass


class ClusterClient:
    """Two sessions, one for requests and one for watches, opened on first use and again after `close`.

    `token` is called for each request; where it is None, the target's token is sent.
    """

    def __init__(
        self,
        target: ClusterTarget,
        *,
        cluster: str,
        addresses: AddressPolicy,
        network: "Network",
        token: Callable[[], str | None] | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self.cluster = cluster
        self._target = target
        self._addresses = addresses
        self._network = network
        self._token = token
        self._timeouts = timeouts or Timeouts()
        self._opening = asyncio.Lock()
        self._apis: tuple[_Api, _Api] | None = None
        self._sessions: tuple[aiohttp.ClientSession, ...] = ()
        self._ended = False
        self._under_way = 0
        self._used_at = time.monotonic()

    @property
    def under_way(self) -> int:
        """How many requests and watches use the sessions now."""
        return self._under_way

    @property
    def open(self) -> bool:
        return self._apis is not None

    @property
    def used_at(self) -> float:
        """When a request last ended, in seconds of the monotonic clock."""
        return self._used_at

    async def call(self, request: Request, *, deadline: Deadline) -> Answer:
        """One attempt; the answer whatever its status.

        Raises `ClusterUnreachableError`, `AddressRefusedError`, `CertificateError`, `CredentialRefusedError` (TLS),
        `AnswersTooLargeError` and `BudgetExceededError`.
        """
        started = time.monotonic()
        timeout = self._timeouts.of_request(deadline.left())
        self._under_way += 1
        try:
            api, _ = self._apis or await self._open()
            async with await self._send(api, request, timeout) as response:
                body = await read_answer(
                    response,
                    self._network.memory,
                    cluster=self.cluster,
                    deadline=deadline,
                    sparse=request.sparse,
                )
                warnings = tuple(response.headers.getall("Warning", ()))
                return Answer(status=response.status, headers=response.headers, body=body, warning_lines=warnings)
        except (aiohttp.ClientError, OSError, ssl.SSLError) as error:
            raise self._as_cluster_error(error, started=started, deadline=deadline) from None
        finally:
            self._under_way -= 1
            self._used_at = time.monotonic()

    @asynccontextmanager
    async def stream(self, request: Request, *, seconds: float, silence: float | None = None) -> AsyncIterator[Stream]:
        """A watch, cut off after `seconds`, and when nothing comes for `silence` seconds.

        Raises as `call` does, also while the stream is read.
        """
        started = time.monotonic()
        deadline = Deadline.after(seconds)
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=self._timeouts.connect)
        silent = silence or self._timeouts.watch_silence
        self._under_way += 1
        try:
            _, api = self._apis or await self._open()
            async with asyncio.timeout(silent):
                response = await self._send(api, request, timeout)
            async with response:
                release_write_buffer(response)
                with Hearing(response, seconds=silent) as hearing:
                    yield Stream(response, self.cluster, hearing, memory=self._network.memory, deadline=deadline)
        except (aiohttp.ClientError, OSError, ssl.SSLError) as error:
            raise self._as_cluster_error(error, started=started, deadline=deadline) from None
        finally:
            self._under_way -= 1
            self._used_at = time.monotonic()

    async def close(self, *, for_good: bool = False) -> None:
        """Close all connections. The next request opens new ones, unless this is `for_good`."""
        self._ended = self._ended or for_good
        sessions, self._sessions, self._apis = self._sessions, (), None
        # Shielded: where the task that closes is cancelled, the connections must be closed all the same.
        await asyncio.shield(asyncio.gather(*(session.close() for session in sessions)))

    async def _send(self, api: _Api, request: Request, limits: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        headers = {"Accept": request.accept}
        if request.last:
            headers["Connection"] = "close"
        if request.body is not None:
            headers["Content-Type"] = request.body_type.value
        response: aiohttp.ClientResponse = await api.call_api(
            request.target,
            request.method,
            header_params=headers,
            body=request.body,
            auth_settings=["BearerToken"],
            _preload_content=False,
            _request_timeout=limits,
        )
        return response

    async def _open(self) -> tuple[_Api, _Api]:
        """Both clients; single flight, because building a TLS context takes a while."""
        async with self._opening:
            if self._apis is not None:
                return self._apis
            self._vet_literal_address()
            context: ssl.SSLContext | Literal[True] = True
            if not self._target.plain_http:
                context = await self._network.tls.get(self._target)
            if self._ended:  # only now, because `close` may have been called while the context was built
                raise ClusterNotConnectedError(
                    f"Stagecoach has closed its connections to cluster {self.cluster}.", cluster=self.cluster
                )
            calls, watches = self._session(context), self._session(context, watches=True)
            self._sessions = (calls, watches)
            settings = self._configuration()
            self._apis = (self._api(calls, settings), self._api(watches, settings))
            return self._apis

    def _session(self, context: ssl.SSLContext | Literal[True], *, watches: bool = False) -> aiohttp.ClientSession:
        """Watches have connections of their own: one that has carried a list keeps 700 KiB of TLS buffers for good."""
        policy = self._addresses
        if self._target.plain_http:  # for this machine alone, whatever `localhost` resolves to
            policy = AddressPolicy(allow_loopback=policy.allow_loopback, allow_private=False)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=context,
                limit=0 if watches else _REQUEST_CONNECTIONS,
                ttl_dns_cache=_DNS_SECONDS,
                resolver=VettingResolver(policy, threads=self._network.names, timeout=self._timeouts.connect),
                **({"force_close": True, "socket_factory": watch_socket} if watches else _KEPT_ALIVE),
            ),
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=2**20,
        )

    def _configuration(self) -> Configuration:
        configuration = Configuration(host=self._target.server)
        if self._token is not None:
            configuration.refresh_api_key_hook = self._renew_token
        if self._token is not None or self._target.token is not None:
            configuration.api_key = {"BearerToken": self._target.token}
            configuration.api_key_prefix = {"BearerToken": "Bearer"}
        return configuration

    def _api(self, session: aiohttp.ClientSession, configuration: Configuration) -> _Api:
        transport = _Transport(session, server_hostname=self._target.tls_server_name)
        return _Api(configuration, transport, user_agent=self._network.user_agent)

    def _renew_token(self, configuration: Configuration) -> None:
        """Called by kubernetes_asyncio before each request."""
        token = self._token() if self._token else None
        if not token:
            raise CredentialRefusedError("The service account's token cannot be read.", cluster=self.cluster)
        configuration.api_key = {"BearerToken": token}

    def _vet_literal_address(self) -> None:
        """Aiohttp calls the resolver for names only, so an address is vetted here."""
        refusal = self._addresses.host_refusal(self._target.host)
        if refusal is not None:
            raise AddressRefusedError(
                f"Stagecoach does not connect to the API server's address {self._target.host}: {refusal}.",
                cluster=self.cluster,
            )

    def _as_cluster_error(self, error: Exception, *, started: float, deadline: Deadline) -> ClusterError:
        waited, left = time.monotonic() - started, deadline.left()
        return error_of_transport(
            error,
            cluster=self.cluster,
            server=urlsplit(self._target.server).netloc,
            waited=waited,
            out_of_time=left <= (waited + left) * 0.05,  # an attempt ends a little before its deadline
        )


class Network:
    """What all clients of a process share: threads for DNS and TLS contexts, memory for answers, the user agent."""

    def __init__(self, *, user_agent: str = USER_AGENT, answer_memory: int = MEMORY) -> None:
        self.user_agent = user_agent
        self.memory = AnswerMemory(answer_memory)
        self.tls = TlsContexts()
        self.names = ThreadPoolExecutor(max_workers=32, thread_name_prefix="kube-names")

    def close(self) -> None:
        self.tls.close()
        self.names.shutdown(wait=False, cancel_futures=True)
