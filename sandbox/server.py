"""Serves practice clusters on one loopback port, each under a path prefix.

    async with Sandbox(["dev-1", "prod-eu"]) as sandbox:
        sandbox.url("dev-1")                      # http://127.0.0.1:PORT/clusters/dev-1
        sandbox.kubeconfig("dev-1", user="admin")
        sandbox.cluster("dev-1").get("pods", "web-0", "shop")
        sandbox.faults("dev-1").latency_ms = 40

Beside the clusters, `/sandbox/clusters/NAME/faults` and `/sandbox/clusters/NAME/writes` show and set the faults
of a cluster, and show its writes; DELETE shows writes and forgets them.
"""

import ipaddress
import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import orjson
from aiohttp import web

from sandbox import bootstrap, kubeconfig
from sandbox.access import ADMINISTRATOR, Access
from sandbox.clock import Clock
from sandbox.cluster import Cluster
from sandbox.endpoint import Endpoint
from sandbox.errors import StatusError
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.listener import Listener
from sandbox.negotiation import BODY_LIMIT
from sandbox.rollout import Controllers
from sandbox.seed import equip, seed_example
from sandbox.tls import kept_identity, make_identity
from sandbox.write_log import WriteLog

HOST = "127.0.0.1"


class Sandbox:
    """Several practice clusters in one process."""

    def __init__(
        self,
        names: Iterable[str],
        *,
        port: int = 0,
        example: bool = False,
        controllers: bool = True,
        root_certificates: bool = False,
        speed: float = 1.0,
        tokens: Mapping[str, str] | None = None,
        data: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`tokens` by user, the same for all clusters; others are random. Without `data` nothing outlives `stop`."""
        self._names = tuple(dict.fromkeys(names))
        self._wanted_port = port
        self._example = example
        self._with_controllers = controllers
        self._root_certificates = root_certificates
        self._speed = speed
        self._tokens = dict(tokens or {})
        self._data = data
        self._clock = clock
        self._endpoints: dict[str, Endpoint] = {}
        self._clusters: dict[str, Cluster] = {}
        self._controllers: list[Controllers] = []
        self._journals: list[Journal] = []
        self._identity = kept_identity(_made(data)) if data else make_identity()
        self._server: web.Server | None = None
        self._listener: Listener | None = None
        self._address = ""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # What a test or a trial asks for --------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """Where the server listens: `http://127.0.0.1:PORT`; https works there, too."""
        return self._address

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    def url(self, name: str) -> str:
        return f"{self._address}/clusters/{name}"

    def cluster(self, name: str) -> Cluster:
        return self._endpoints[name].cluster

    def access(self, name: str) -> Access:
        return self._endpoints[name].access

    def faults(self, name: str) -> Faults:
        """How the cluster misbehaves; see also `cut_off`."""
        return self._endpoints[name].faults

    def writes(self, name: str) -> WriteLog:
        return self._endpoints[name].writes

    def watches(self, name: str) -> int:
        """How many watches are under way."""
        return len(self._endpoints[name].streams)

    def token(self, name: str, user: str = ADMINISTRATOR) -> str:
        return self._endpoints[name].access.token(user)

    def kubeconfig(self, name: str, user: str = ADMINISTRATOR) -> str:
        """As YAML; it goes by https, without which kubectl sends no token."""
        config = kubeconfig.kubeconfig(
            cluster=name,
            server=self.url(name).replace("http://", "https://", 1),
            authority=self._identity.authority,
            user=user,
            token=self.token(name, user),
        )
        return kubeconfig.as_text(config)

    def cut_off(self, name: str) -> None:
        """Make a cluster unreachable, watches under way included."""
        self._endpoints[name].faults.unreachable = True
        self._endpoints[name].cut_streams()

    def cut_streams(self, name: str) -> None:
        """End a cluster's watches as a broken connection does; it goes on answering."""
        self._endpoints[name].cut_streams()

    # Start and stop -------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Bring the clusters up and listen. Raises `OSError` if the port is taken."""
        for name in self._names:
            self._endpoints[name] = self._open(name)
        with tempfile.TemporaryDirectory() as scratch:
            context = self._identity.context(Path(scratch))
        self._server = web.Server(self._handle, access_log=None, handler_cancellation=True)
        self._listener = Listener(self._server, context)
        self._listener.open(HOST, self._wanted_port)
        self._address = f"http://{HOST}:{self._listener.port}"
        for controllers in self._controllers:
            controllers.start()

    async def stop(self) -> None:
        """Stop listening, end all watches, write what is to be kept."""
        for controllers in self._controllers:
            controllers.stop()
        for endpoint in self._endpoints.values():
            endpoint.cut_streams()
        if self._listener:
            await self._listener.close()
        if self._server:
            await self._server.shutdown(1.0)
        for journal in self._journals:
            journal.close()
        self._endpoints.clear()
        self._clusters.clear()
        self._controllers.clear()
        self._journals.clear()

    def _open(self, name: str) -> Endpoint:
        cluster = Cluster(name, clock=self._clock)
        access = Access(cluster.store, self._kept_tokens(name))
        known = False
        if self._data:
            journal = Journal(self._data / f"{name}.jsonl", cluster.store)
            known = journal.open()
            cluster.restored()
            self._journals.append(journal)
        bootstrap.lay_out(cluster)
        equip(cluster)
        if self._example and not known:
            seed_example(cluster)
        if self._with_controllers:
            self._controllers.append(
                Controllers(cluster, speed=self._speed, root_certificates=self._root_certificates, peers=self._clusters)
            )
        self._clusters[name] = cluster
        return Endpoint(cluster=cluster, access=access, prefix=f"/clusters/{name}")

    def _kept_tokens(self, name: str) -> dict[str, str]:
        """The tokens of the last time, so that kubeconfigs that were given out stay good."""
        if self._data is None:
            return self._tokens
        path = self._data / f"{name}.tokens.json"
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        access = Access(Cluster(name).store, kept | self._tokens)
        tokens = {user: access.token(user) for user in access.users}
        kubeconfig.write_private(path, json.dumps(tokens))
        return tokens

    # Requests -------------------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith("/clusters/"):
            name, slash, rest = path[len("/clusters/") :].partition("/")
            endpoint = self._endpoints.get(name)
            if endpoint is not None:
                request._client_max_size = BODY_LIMIT  # noqa: SLF001 - the low-level server has no setting for it
                return await endpoint.handle(request, slash + rest or "/")
        elif path.startswith("/sandbox/"):
            return await self._handle_control(request, path)
        elif path in {"/healthz", "/livez", "/readyz"}:
            return web.Response(text="ok")
        return web.Response(status=404, text="no such cluster\n")

    async def _handle_control(self, request: web.BaseRequest, path: str) -> web.Response:
        """The API around the clusters: faults and write logs, for processes on this machine."""
        if not ipaddress.ip_address(request.remote or "0.0.0.0").is_loopback:  # noqa: S104 - not bound to
            return _json({"error": "only from this machine"}, status=403)
        match path.strip("/").split("/"):
            case ["sandbox", "clusters"]:
                return _json({"clusters": [{"name": n, "url": self.url(n)} for n in self._names]})
            case ["sandbox", "clusters", name, part] if name in self._endpoints:
                endpoint = self._endpoints[name]
            case _:
                return _json({"error": "no such place"}, status=404)
        try:
            match part, request.method:
                case "faults", "GET":
                    pass
                case "faults", "PUT" | "PATCH":
                    if request.method == "PUT":
                        endpoint.faults.clear()
                    endpoint.faults.set(orjson.loads(await request.read()))
                    if endpoint.faults.unreachable or endpoint.faults.mute:
                        endpoint.cut_streams()
                case "faults", "DELETE":
                    endpoint.faults.clear()
                case "writes", "GET":
                    return _json({"writes": endpoint.writes.as_json()})
                case "writes", "DELETE":
                    forgotten = endpoint.writes.as_json()
                    endpoint.writes.clear()
                    return _json({"writes": forgotten})
                case _:
                    return _json({"error": "not that way"}, status=405)
        except (StatusError, orjson.JSONDecodeError, AttributeError) as error:
            return _json({"error": str(error)}, status=400)
        return _json(endpoint.faults.as_json())


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _json(value: Any, *, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")
