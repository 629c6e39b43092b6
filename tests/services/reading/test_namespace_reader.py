"""Reading a namespace: which kinds are listed, and what a list that fails leads to."""

from typing import cast

import pytest

from domain.cluster_api import ServedKind, ServedKinds
from domain.resources import Kind, Manifest
from services.kube.deadline import Deadline
from services.kube.errors import (
    AccessDeniedError,
    BudgetExceededError,
    ClusterBusyError,
    ClusterError,
    ClusterUnreachableError,
)
from services.kube.gateway import ClusterGateway, ObjectList
from services.reading.namespace_reader import read_namespace


def served(group: str, version: str, name: str, *, preferred: bool = True) -> ServedKind:
    return ServedKind(
        kind=Kind(group=group, version=version, name=name),
        plural=f"{name.lower()}s",
        namespaced=True,
        verbs=frozenset({"get", "list"}),
        preferred=preferred,
    )


class Server:
    """Has one object of every kind that it serves, but for those that it refuses."""

    def __init__(self, *kinds: ServedKind, refuses: dict[str, ClusterError] | None = None) -> None:
        self._kinds = kinds
        self._refuses = refuses or {}
        self.given: dict[Kind, float] = {}  # seconds for each list

    async def served_kinds(self, **_) -> ServedKinds:
        return ServedKinds(kinds=self._kinds)

    async def list(self, kind: Kind, *, deadline: Deadline, **_) -> ObjectList:
        self.given[kind] = deadline.left()
        if kind.name in self._refuses:
            raise self._refuses[kind.name]
        body = {"apiVersion": kind.api_version, "kind": kind.name, "metadata": {"name": "one"}}
        return ObjectList(items=(Manifest(body),), resource_version="1")


async def read(server: Server) -> tuple[list[str], list[str]]:
    """The API versions with kinds that were found, and the names of kinds that were not read."""
    contents = await read_namespace(cast("ClusterGateway", server), "shop", deadline=Deadline.after(5))
    return [str(each.kind) for each in contents.manifests], [kind.name for kind in contents.unread]


DEPLOYMENT = served("apps", "v1", "Deployment")
BUSY = ClusterBusyError("The API server, or a proxy in front of it, answered 503.", cluster="dev-1")


async def test_a_kind_that_its_groups_preferred_version_lacks_is_read_in_another():
    group = "gateway.networking.k8s.io"
    routes = served(group, "v1", "HTTPRoute"), served(group, "v1beta1", "HTTPRoute", preferred=False)
    grants = served(group, "v1beta1", "ReferenceGrant", preferred=False)
    found, _ = await read(Server(*routes, grants))
    assert found == [str(routes[0].kind), str(grants.kind)]


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("metrics.k8s.io", "PodMetrics"),
        ("", "Event"),
        ("wgpolicyk8s.io", "PolicyReport"),
        ("cilium.io", "CiliumEndpoint"),
    ],
)
async def test_what_controllers_report_is_not_read(group, kind):
    assert await read(Server(served(group, "v1", kind))) == ([], [])


async def test_a_kind_that_may_not_be_listed_is_said_to_be_unread():
    denied = AccessDeniedError("The credential may not list secrets.", cluster="dev-1")
    server = Server(DEPLOYMENT, served("", "v1", "Secret"), refuses={"Secret": denied})
    assert await read(server) == ([str(DEPLOYMENT.kind)], ["Secret"])


async def test_an_extension_whose_server_is_down_hides_nothing_else():
    server = Server(DEPLOYMENT, served("shop.example", "v1", "Campaign"), refuses={"Campaign": BUSY})
    assert await read(server) == ([str(DEPLOYMENT.kind)], ["Campaign"])


@pytest.mark.parametrize("error", [ClusterUnreachableError, BudgetExceededError])
async def test_an_extension_whose_conversion_hangs_hides_nothing_else_and_leaves_time(error):
    campaign = served("shop.example", "v1", "Campaign")
    server = Server(DEPLOYMENT, campaign, refuses={"Campaign": error("No answer within 2 s.", cluster="dev-1")})
    assert await read(server) == ([str(DEPLOYMENT.kind)], ["Campaign"])
    assert server.given[campaign.kind] <= 2.5 < server.given[DEPLOYMENT.kind]


async def test_a_cluster_that_is_away_is_not_taken_for_an_empty_one():
    away = ClusterUnreachableError("Connection refused.", cluster="dev-1")
    with pytest.raises(ClusterUnreachableError):
        await read(Server(DEPLOYMENT, served("shop.example", "v1", "Campaign"), refuses={"Deployment": away}))


async def test_a_server_that_is_too_busy_for_its_own_kinds_is_not_taken_for_an_empty_one():
    with pytest.raises(ClusterBusyError):
        await read(Server(DEPLOYMENT, refuses={"Deployment": BUSY}))


async def test_of_endpoints_those_that_people_wrote_are_listed():
    class Listing(Server):
        async def list(self, kind: Kind, *, deadline: Deadline, **given) -> ObjectList:
            selectors[kind.name] = given["label_selector"]
            return await super().list(kind, deadline=deadline)

    selectors: dict[str, str | None] = {}
    kinds = (served("", "v1", "Endpoints"), served("discovery.k8s.io", "v1", "EndpointSlice"), DEPLOYMENT)
    await read_namespace(
        cast("ClusterGateway", Listing(*kinds)), "shop", label_selector="a=b", deadline=Deadline.after(5)
    )
    assert selectors["Deployment"] == "a=b"
    assert selectors["Endpoints"] == "a=b,!endpoints.kubernetes.io/managed-by"
    assert "notin (endpointslice-controller.k8s.io" in (selectors["EndpointSlice"] or "")
