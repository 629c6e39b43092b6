"""One client for each cluster and version of its credential: opened on first use, closed when idle, bounded in number.

Callers get a gateway, which holds no connection: it stays usable after its idle client was closed, and opens it again.
The breaker and the slots belong to the cluster, so they outlive a change of its credential.
"""

import asyncio
import contextlib
import random
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self

from services.kube.breaker import Breaker
from services.kube.caller import Caller
from services.kube.client import ClusterClient, Network, Timeouts
from services.kube.deadline import Deadline
from services.kube.discovery import Discovery
from services.kube.errors import ClusterUnreachableError, CredentialRefusedError
from services.kube.gateway import ClusterCredential
from services.kube.in_cluster import ServiceAccount, TokenFile
from services.kube.kubeconfig import KubeconfigRules, vet_kubeconfig
from services.kube.kubernetes_gateway import KubernetesGateway
from services.kube.own_namespace import OwnNamespace, cluster_uid
from services.kube.slots import Slots


@dataclass(frozen=True, kw_only=True)
class PoolLimits:
    """Requests under way to one cluster and to all; clients open at once; seconds until an idle client is closed.

    `watching`: requests under way to one cluster for whoever watches it, beside the others.
    """

    per_cluster: int = 8
    overall: int = 200
    watching: int = 4
    open_clients: int = 600  # all clusters of a process that watches five hundred, and some
    idle_seconds: float = 300.0


@dataclass(frozen=True, kw_only=True)
class _Entry:
    version: int
    client: ClusterClient
    caller: Caller
    gateway: KubernetesGateway
    watched: KubernetesGateway


class ClusterPool:
    """Makes gateways (`services.kube.gateway.Clusters`). An async context manager, which closes idle clients."""

    def __init__(
        self,
        *,
        rules: KubeconfigRules,
        limits: PoolLimits | None = None,
        service_account: ServiceAccount | None = None,
        network: Network | None = None,
        timeouts: Timeouts | None = None,
        chance: random.Random | None = None,
        own_namespace: str | None = None,
        print_key: bytes | None = None,
    ) -> None:
        """`own_namespace` is the one that Stagecoach runs in; by default that of the mounted service account.

        `print_key` is that of fingerprints in records, at most 64 bytes; by default this pool has one of its own, so
        that its records cannot be compared with those of another.
        """
        self._rules = rules
        self._limits = limits or PoolLimits()
        self._service_account = service_account or ServiceAccount()
        self._own_namespace = own_namespace or self._service_account.namespace
        self._print_key = print_key or secrets.token_bytes(32)
        self._home: str | None = None  # the UID of the cluster that Stagecoach runs in, once it is known
        self._network = network or Network()
        self._timeouts = timeouts
        self._chance = chance or random.Random()  # noqa: S311  jitter, not cryptography
        self._overall = asyncio.Semaphore(self._limits.overall)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # by cluster id, the one used last at the end
        self._breakers: dict[str, Breaker] = {}
        self._slots: dict[str, Slots] = {}
        self._replaced: set[ClusterClient] = set()  # their credential was replaced; kept until the last request is done
        self._tidying: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._tidying = asyncio.create_task(self._tidy_until_closed(), name="cluster-pool-tidying")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def watched(self, credential: ClusterCredential) -> KubernetesGateway:
        """As `gateway`, for whoever watches the cluster for as long as it is registered (`gateway.WatchedCluster`).

        It shares the connections and the breaker, and takes slots of its own: a cluster that hangs would hold the
        shared ones all the time.
        """
        await self.gateway(credential)
        return self._entries[credential.cluster_id].watched

    async def gateway(self, credential: ClusterCredential) -> KubernetesGateway:
        """The cluster's gateway, without connecting. Raises `KubeconfigRefusedError` and `CredentialRefusedError`.

        `KubeconfigRefusedError`: the settings no longer allow the stored kubeconfig. `CredentialRefusedError`: for the
        cluster that Stagecoach runs in, where no service account is mounted.
        """
        entry = self._entries.get(credential.cluster_id)
        if entry is None or entry.version != credential.version or entry.client.cluster != credential.name:
            if entry is not None:
                self._replaced.add(entry.client)
            entry = self._make_entry(credential, breaker=self._breaker(credential))
            self._entries[credential.cluster_id] = entry
        self._entries.move_to_end(credential.cluster_id)
        if self._replaced or len(self._entries) > self._limits.open_clients:
            await self._tidy()  # else the tidying task does it: this is called for every cluster, and would check all
        return entry.gateway

    @contextlib.asynccontextmanager
    async def trial(self, credential: ClusterCredential) -> AsyncIterator[KubernetesGateway]:
        """A gateway for one use, with a breaker of its own: for a credential that is not stored yet, or a new probe."""
        entry = self._make_entry(credential, breaker=Breaker(credential.name, chance=self._chance))
        try:
            yield entry.gateway
        finally:
            await entry.client.close(for_good=True)

    def answers(self, cluster_id: str) -> None:
        """Close the cluster's breaker and read its kinds again: a trial has shown that the cluster answers."""
        if breaker := self._breakers.get(cluster_id):
            breaker.succeeded()
        if entry := self._entries.get(cluster_id):
            entry.gateway.forget_kinds()

    def allow_probe(self, cluster_id: str) -> None:
        """Half-open the cluster's breaker if it is open: the next call probes the cluster instead of failing at once.

        For callers that were asked for this very cluster, as an operation is. No effect on a closed breaker.
        """
        if breaker := self._breakers.get(cluster_id):
            breaker.allow_probe()

    async def forget(self, cluster_id: str) -> None:
        """Drop what is kept for a cluster that is no longer registered, or not used for now."""
        self._breakers.pop(cluster_id, None)
        self._slots.pop(cluster_id, None)
        if entry := self._entries.pop(cluster_id, None):
            self._replaced.add(entry.client)
        await self._tidy()

    async def aclose(self) -> None:
        """Close all clients, also those with requests under way."""
        self._ending.set()
        if self._tidying is not None:
            await self._tidying
        for client in [*self._replaced, *(entry.client for entry in self._entries.values())]:
            await client.close(for_good=True)
        self._entries.clear()
        self._replaced.clear()
        self._network.close()

    def _make_entry(self, credential: ClusterCredential, *, breaker: Breaker) -> _Entry:
        token: TokenFile | None = None
        if credential.kubeconfig is None:
            target = self._service_account.target(cluster=credential.name)
            token = TokenFile(self._service_account.folder / "token")
            addresses = self._rules.addresses.with_private()  # a pod's own API server has a private address
        else:
            target = vet_kubeconfig(credential.kubeconfig(), rules=self._rules)
            addresses = self._rules.addresses
        client = ClusterClient(
            target,
            cluster=credential.name,
            addresses=addresses,
            network=self._network,
            token=token.token if token else None,
            timeouts=self._timeouts,
        )
        renew = token.renew if token else None
        caller, watcher = (
            Caller(client, slots=slots, breaker=breaker, renew_credential=renew, chance=self._chance)
            for slots in (self._cluster_slots(credential), self._watching_slots(credential))
        )
        own = None
        if self._own_namespace is not None:
            own = OwnNamespace(self._own_namespace, caller=caller, in_cluster=token is not None, home=self._home_uid)
        discovery = Discovery(watcher)  # for both: one reading serves them
        gateway, watched = (
            KubernetesGateway(each, discovery, chance=self._chance, own=own, print_key=self._print_key)
            for each in (caller, watcher)
        )
        return _Entry(caller=caller, version=credential.version, client=client, gateway=gateway, watched=watched)

    async def _home_uid(self, deadline: Deadline) -> str | None:
        """The UID of the cluster that Stagecoach runs in, by its own service account; None where it cannot be told."""
        if self._home is None:
            name = "in-cluster"
            credential = ClusterCredential(cluster_id=name, name=name, version=0, kubeconfig=None)
            try:
                entry = self._make_entry(credential, breaker=Breaker(name, chance=self._chance))
            except CredentialRefusedError:
                return None
            try:
                self._home = await cluster_uid(entry.caller, deadline=deadline)
            except ClusterUnreachableError:
                return None
            finally:
                await entry.client.close(for_good=True)
        return self._home

    def _breaker(self, credential: ClusterCredential) -> Breaker:
        return self._breakers.setdefault(credential.cluster_id, Breaker(credential.name, chance=self._chance))

    def _cluster_slots(self, credential: ClusterCredential) -> Slots:
        fresh = Slots(cluster=credential.name, per_cluster=self._limits.per_cluster, overall=self._overall)
        return self._slots.setdefault(credential.cluster_id, fresh)

    def _watching_slots(self, credential: ClusterCredential) -> Slots:
        return Slots(
            cluster=credential.name,
            per_cluster=self._limits.watching,
            overall=asyncio.Semaphore(self._limits.watching),
        )

    async def _tidy_until_closed(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._limits.idle_seconds / 4):
                    await self._ending.wait()
            await self._tidy()

    async def _tidy(self) -> None:
        """Close clients that are idle, replaced, or (least recently used) beyond the bound; never those in use."""
        oldest = time.monotonic() - self._limits.idle_seconds
        in_order = [entry.client for entry in self._entries.values() if entry.client.open]
        beyond = len(in_order) - self._limits.open_clients
        for position, client in enumerate(in_order):
            if client.under_way == 0 and (position < beyond or client.used_at < oldest):
                await client.close()
        for client in [client for client in self._replaced if client.under_way == 0]:
            # An operation may keep the gateway between two requests, and its client opens once more then.
            if client.used_at < oldest:
                self._replaced.discard(client)
                await client.close(for_good=True)
            elif client.open:
                await client.close()
