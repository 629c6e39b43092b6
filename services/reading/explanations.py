"""Reads what explains why workloads are not ready: events and nodes, and only while they would. Reads only.

Events are too many to read them always. Nodes belong to the cluster, so the credential of one namespace may not read
them; what pods and events say suffices then.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import ClusterError
from services.kube.gateway import ClusterGateway
from services.planning.health.hold_ups import names_of_nodes_to_read
from services.planning.health.obstacles import needs_events
from services.planning.health.values import Children
from services.reading.nodes import NodeReader

EVENTS = Kind(group="", version="v1", name="Event")


async def explained(
    gateway: ClusterGateway,
    namespace: str,
    workloads: Sequence[Manifest],
    children: Children,
    *,
    now: datetime,
    deadline: Deadline,
) -> Children:
    """`children` with the events and nodes that explain why these workloads are not ready; as it is where they are.

    What cannot be read explains nothing, and hides nothing that was read.
    """
    if any(needs_events(each, children, now=now) for each in workloads):
        try:
            listed = await gateway.list(EVENTS, namespace=namespace, deadline=deadline)
        except ClusterError:
            return children
        children = replace(children, events=listed.items)
    return await with_nodes(children, workloads, NodeReader(gateway, deadline=deadline), now=now)


async def with_nodes(
    children: Children, workloads: Iterable[Manifest], reader: NodeReader, *, now: datetime
) -> Children:
    """`children` with the nodes that would explain why pods of these workloads do not end, start or become ready."""
    names = {name for each in workloads for name in names_of_nodes_to_read(each, children, now=now)}
    return replace(children, nodes=await reader.read(names)) if names else children
