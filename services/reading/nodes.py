"""Reads the nodes that would explain why pods do not end or do not start. Reads only.

Nodes belong to the cluster, so the credential of one namespace may not read them: pods and events then say enough.
"""

import time
from collections.abc import Iterable

from domain.resources import Kind, Manifest
from services.concurrency import gather_settled
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway

NODES = Kind(group="", version="v1", name="Node")
_READ_AGAIN = 10.0  # seconds
_SECONDS = 5.0  # for one node
_MOST = 20  # nodes that are read: more of them are told as a number


class NodeReader:
    """Reads nodes by name, each at most every few seconds, and none once the credential was refused."""

    def __init__(self, gateway: ClusterGateway, *, deadline: Deadline) -> None:
        self._gateway = gateway
        self._deadline = deadline
        self._refused = False
        self._read: dict[str, tuple[float, Manifest | None]] = {}

    async def read(self, names: Iterable[str]) -> tuple[Manifest, ...]:
        """Those of `names` that exist and may be read."""
        wanted = sorted(set(names))[:_MOST]
        now = time.monotonic()
        old = [name for name in wanted if name not in self._read or now - self._read[name][0] >= _READ_AGAIN]
        await gather_settled([self._one(name, now) for name in old])
        found = (self._read.get(name) for name in wanted)
        return tuple(entry[1] for entry in found if entry is not None and entry[1] is not None)

    async def _one(self, name: str, now: float) -> None:
        if self._refused:
            return
        try:
            node = await self._gateway.get(NODES, name, namespace=None, deadline=self._deadline.capped(_SECONDS))
        except ClusterError as error:
            # A hint, no fact that a rollout depends on: the pods are told without it.
            self._refused = error.terminal
            node = None
        self._read[name] = (now, node)
