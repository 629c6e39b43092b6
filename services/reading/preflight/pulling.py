"""Reads what the pods of target clusters pull images with: the nodes, and the pull secrets of workloads. Reads only.

A cluster that does not answer is left out, and nothing is said of it. Credentials stay in memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from db.records.inventory import ClusterRecord
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway, Clusters
from services.planning.copying.placement import nodes_that_take
from services.planning.preflight.registry_values import Node, WorkloadKey
from services.reading.credentials import credential_of
from services.reading.fan_out import fan_out
from services.reading.preflight.pull_secrets import PullCredentials, read_pull_credentials

_NODES = Kind(group="", version="v1", name="Node")

_Found = TypeVar("_Found")


@dataclass(frozen=True, kw_only=True)
class PullingCluster:
    """A target cluster with its workloads, as they were read, or as they are brought with other objects."""

    cluster: ClusterRecord
    workloads: Sequence[Manifest]
    brought: Sequence[Manifest] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Pulling:
    """What the pods of a cluster pull with: its nodes, and what a kubelet could show for each workload."""

    nodes: tuple[Node, ...] = ()
    credentials: PullCredentials = field(default_factory=dict, repr=False)


async def read_pulling(
    clusters: Clusters, concerned: Sequence[PullingCluster], namespace: str, *, deadline: Deadline
) -> Mapping[str, Pulling]:
    """By the names of those that answered, their nodes and pull secrets. Raises nothing for a cluster."""

    async def read(gateway: ClusterGateway, one: PullingCluster) -> Pulling:
        credentials, nodes = await asyncio.gather(
            read_pull_credentials(gateway, namespace, one.workloads, one.brought, deadline=deadline),
            _nodes(gateway, one.workloads, deadline=deadline),
        )
        return Pulling(nodes=nodes, credentials=credentials)

    return await _of_each(clusters, concerned, read, deadline=deadline)


async def read_nodes(
    clusters: Clusters, concerned: Sequence[PullingCluster], *, deadline: Deadline
) -> Mapping[str, tuple[Node, ...]]:
    """By the names of those that answered, their nodes. Raises nothing for a cluster."""

    async def read(gateway: ClusterGateway, one: PullingCluster) -> tuple[Node, ...]:
        return await _nodes(gateway, one.workloads, deadline=deadline)

    return await _of_each(clusters, concerned, read, deadline=deadline)


async def _of_each(
    clusters: Clusters,
    concerned: Sequence[PullingCluster],
    read: Callable[[ClusterGateway, PullingCluster], Awaitable[_Found]],
    *,
    deadline: Deadline,
) -> Mapping[str, _Found]:
    async def call(one: PullingCluster) -> _Found:
        return await read(await clusters.gateway(credential_of(one.cluster)), one)

    answers = await fan_out(concerned, call, deadline=deadline, name=lambda one: one.cluster.name)
    return {answer.item.cluster.name: answer.result for answer in answers if answer.error is None}


async def _nodes(gateway: ClusterGateway, workloads: Sequence[Manifest], *, deadline: Deadline) -> tuple[Node, ...]:
    """The cluster's nodes, and which of the workloads each takes; none where the credential may not list them."""
    try:
        listed = (await gateway.list(_NODES, namespace=None, deadline=deadline)).items
    except ClusterError:  # a hint: without the nodes, nothing is said of platforms
        return ()
    takes: dict[str, set[WorkloadKey]] = {}
    for workload in workloads:
        for node in nodes_that_take(workload, listed):
            takes.setdefault(node.name, set()).add((*workload.id.group_kind, workload.name))
    return tuple(Node(platform=_platform(node), takes=frozenset(takes.get(node.name, ()))) for node in listed)


def _platform(node: Manifest) -> str | None:
    """`linux/arm64`, as the kubelet reports it, or as the node's labels say."""
    info = node.status.get("nodeInfo") or {}
    system = info.get("operatingSystem") or node.labels.get("kubernetes.io/os")
    architecture = info.get("architecture") or node.labels.get("kubernetes.io/arch")
    return f"{system}/{architecture}" if system and architecture else None
