"""What is read of a whole cluster for a copy: only what the objects depend on."""

import pytest

from domain.resources import Manifest
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterUnreachableError
from services.reading.cluster_surroundings import ClusterSurroundings, Grants, read_surroundings
from tests.support.fake_cluster import FakeCluster
from tests.support.objects import config_map, deployment, obj

PLACED = deployment(pod={"nodeSelector": {"disk": "ssd"}})
POLICY = obj(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    spec={"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "shop"}}}]}]},
)
ACCOUNT = obj("v1", "ServiceAccount")
NODE, NAMESPACE = obj("v1", "Node", "node-1"), obj("v1", "Namespace", "shop")
BINDING = obj("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "readers")


def cluster() -> FakeCluster:
    return FakeCluster(NODE.body, NAMESPACE.body, BINDING.body)


async def surroundings(fake: FakeCluster, *manifests: Manifest) -> ClusterSurroundings:
    return await read_surroundings(fake.gateway, "shop", manifests, deadline=Deadline.after(5))


async def test_nothing_is_read_for_objects_that_depend_on_nothing():
    fake = cluster()
    found = await surroundings(fake, config_map())
    assert found == ClusterSurroundings(nodes=None, namespaces=None, grants=Grants(), unread=())
    assert fake.calls == []


@pytest.mark.parametrize(
    ("manifest", "member", "name", "lists"),
    [
        (PLACED, "nodes", "node-1", {"Node", "ClusterRoleBinding"}),  # its pods run under an account
        (POLICY, "namespaces", "shop", {"Namespace"}),
        (ACCOUNT, "cluster_bindings", "readers", {"ClusterRoleBinding", "RoleBinding"}),
    ],
)
async def test_an_object_makes_necessary_what_it_depends_on_and_no_more(manifest, member, name, lists):
    fake = cluster()
    read = await surroundings(fake, manifest)
    found = {**vars(read), **vars(read.grants)}
    assert [each.name for each in found[member]] == [name]
    listed = [call for call in fake.calls if call[0] == "list"]
    assert {*listed} == {("list", kind) for kind in lists}
    assert len(listed) == len(lists)


async def test_what_the_credential_may_not_list_is_said_and_the_rest_is_read():
    fake = cluster()
    for kind in ("Node", "ClusterRoleBinding"):
        fake.refuse("list", kind, AccessDeniedError("may not", cluster="prod-eu"))
    found = await surroundings(fake, PLACED, POLICY, ACCOUNT)
    assert (found.nodes, found.grants.cluster_bindings) == (None, None)
    assert found.namespaces is not None
    assert [sentence.partition(":")[0] for sentence in found.unread] == [
        "Whether a node fits",
        "Rights in the whole cluster prod-eu",
    ]


async def test_bindings_of_other_namespaces_that_may_not_be_listed_are_said():
    """Those of the namespace itself are read all the same."""
    fake = FakeCluster(obj("rbac.authorization.k8s.io/v1", "RoleBinding", "here", metadata={"namespace": "shop"}).body)
    fake.refuse("list", "RoleBinding", AccessDeniedError("may not", cluster="prod-eu"))
    grants = (await surroundings(fake, ACCOUNT)).grants
    assert [each.name for each in grants.role_bindings or ()] == ["here"]
    assert [said.partition(":")[0] for said in grants.unread] == ["Rights in other namespaces of cluster prod-eu"]


async def test_a_cluster_that_does_not_answer_is_the_callers_error():
    fake = cluster()
    fake.refuse("list", "Node", ClusterUnreachableError("No connection.", cluster="prod-eu"))
    with pytest.raises(ClusterUnreachableError):
        await surroundings(fake, PLACED)
