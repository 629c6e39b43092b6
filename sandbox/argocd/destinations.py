"""The cluster that an application delivers to: that of Argo CD, or one that a Secret in its namespace tells of.

By address or by name, as argoproj/argo-cd util/argo/argo.go (`GetDestinationCluster`) and util/db/cluster.go
(`SecretToCluster`) do it.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.argocd.sources import SourceError
from sandbox.cluster import Cluster
from sandbox.controllers.world import World
from sandbox.store import Object

IN_CLUSTER, IN_CLUSTER_NAME = "https://kubernetes.default.svc", "in-cluster"
_SECRET_TYPE = {"argocd.argoproj.io/secret-type": "cluster"}


@dataclass(frozen=True, kw_only=True)
class Destination:
    """`world` is that of Argo CD; `cluster` is another one where the application delivers elsewhere."""

    world: World
    cluster: Cluster

    @property
    def elsewhere(self) -> bool:
        return self.cluster is not self.world.cluster

    def apply(self, body: Object, *, manager: str, server_side: bool) -> None:
        """Raises `StatusError`."""
        if self.elsewhere:
            self.cluster.apply(body, manager=manager, server_side=server_side)
        else:
            self.world.apply(body, manager=manager, server_side=server_side)


def destination_of(world: World, application: Object) -> Destination:
    """Raises `SourceError` for one that Argo CD does not know."""
    wanted = application["spec"].get("destination") or {}
    server, name = wanted.get("server", ""), wanted.get("name", "")
    if server == IN_CLUSTER or name == IN_CLUSTER_NAME:
        return Destination(world=world, cluster=world.cluster)
    for secret in world.cluster.list("secrets", application["metadata"]["namespace"], _SECRET_TYPE):
        known = _data(secret)
        if (server and known.get("server", "").rstrip("/") == server.rstrip("/")) or (name and known["name"] == name):
            found = world.peers.get(urlsplit(known["server"]).path.rpartition("/")[2])
            if found is not None:
                return Destination(world=world, cluster=found)
    if server:
        raise SourceError(f'error getting cluster by server "{server}": cluster "{server}" not found')
    raise SourceError(f"unable to find destination server: there are no clusters with this name: {name}")


def cluster_secret(name: str, namespace: str, *, server: str, called: str) -> Object:
    """The Secret that tells Argo CD of a cluster, with a token in it that nobody needs here."""
    data = {"name": called, "server": server, "config": '{"bearerToken": "a-token-of-argo-cd"}'}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(_SECRET_TYPE)},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
    }


def _data(secret: Mapping[str, Any]) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in (secret.get("data") or {}).items()}
