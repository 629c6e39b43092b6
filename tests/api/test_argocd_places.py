"""Where the Argo CD of a cluster runs, over the API: said, checked, taken back, and written in the audit."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.argocd.definitions import DEFINITIONS
from sandbox.argocd.destinations import cluster_secret
from sandbox.cluster import Cluster
from tests.support import argocd

_PATH = "/api/v1/clusters/staging-1/argocd"
_CONTROL = "argocd-of-the-hub"
_SAID = {"type": "cluster", "cluster": "dev-1", "namespace": _CONTROL, "called": "staging"}


@pytest.fixture
async def hub(sandbox) -> AsyncIterator[Cluster]:
    """A cluster on which Argo CD runs without controllers; nothing of it stays there."""
    cluster = sandbox.cluster("dev-1")
    missing = [
        each for each in DEFINITIONS if cluster.get("customresourcedefinitions", each["metadata"]["name"]) is None
    ]
    for definition in missing:
        cluster.create(definition)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _CONTROL}})
    yield cluster
    for body in cluster.list("applications.argoproj.io", _CONTROL):
        cluster.remove("applications.argoproj.io", body["metadata"]["name"], _CONTROL)
    for body in cluster.list("secrets", _CONTROL):
        cluster.remove("secrets", body["metadata"]["name"], _CONTROL)
    cluster.remove("namespaces", _CONTROL)
    for definition in missing:
        cluster.remove("customresourcedefinitions", definition["metadata"]["name"])


def plant(hub: Cluster, application: str, /, **destination: str) -> None:
    body = argocd.application(application, namespace=_CONTROL)
    body["spec"]["destination"] = {"namespace": "shop", **destination}
    hub.create(body)


async def checked(admin) -> Any:
    answer = await admin.post(f"{_PATH}/check")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def said(admin, **changes: Any) -> None:
    answer = await admin.put(_PATH, json={**_SAID, **changes})
    assert answer.status_code == 200, answer.text


async def test_where_nothing_is_said_it_is_on_the_cluster_itself(admin, clusters):
    assert (await admin.get(_PATH)).json() == {"cluster": "staging-1", "place": None}


async def test_what_is_said_is_kept_and_said_anew_and_taken_back(admin, clusters):
    put = await admin.put(_PATH, json=_SAID)
    assert (put.status_code, put.json()) == (200, {"cluster": "staging-1", "place": _SAID})
    await said(admin, called=None)
    assert (await admin.get(_PATH)).json()["place"] == {**_SAID, "called": None}
    assert (await admin.delete(_PATH)).status_code == 204
    assert (await admin.get(_PATH)).json()["place"] is None
    assert (await admin.delete(_PATH)).status_code == 404


async def test_each_change_of_it_is_an_entry_with_what_was_said_before(admin, clusters):
    await said(admin)
    await admin.delete(_PATH)
    taken, set_ = (await admin.get("/api/v1/audit", params={"action": "cluster.argocd-set"})).json()["items"]
    shown = {name: value for name, value in _SAID.items() if name != "type"}
    assert (set_["before"], set_["after"], set_["targets"][0]["name"]) == (None, shown, "staging-1")
    assert (taken["before"], taken["after"]) == (shown, None)


@pytest.mark.parametrize(
    ("changes", "field"), [({"cluster": "nowhere"}, "cluster"), ({"cluster": "Staging-1"}, "cluster")]
)
async def test_a_cluster_that_it_cannot_run_on_is_refused(admin, clusters, changes, field):
    answer = await admin.put(_PATH, json={**_SAID, **changes})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_cluster_that_argo_cd_of_another_one_runs_on_is_not_deleted(admin, clusters):
    await said(admin)
    answer = await admin.delete("/api/v1/clusters/dev-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "in-use")
    assert "cluster staging-1, whose Argo CD runs on it" in answer.text
    assert (await admin.delete("/api/v1/clusters/staging-1")).status_code == 204
    assert (await admin.delete("/api/v1/clusters/dev-1")).status_code == 204


async def test_a_check_counts_the_applications_that_deliver_to_the_cluster(admin, clusters, hub):
    plant(hub, "web", name="staging")
    plant(hub, "api", name="staging")
    plant(hub, "other", server="https://10.0.0.7:6443")
    plant(hub, "own", server=argocd.IN_CLUSTER)
    await said(admin)
    found = await checked(admin)
    assert (found["well"], found["delivering"]) == (True, 2)
    assert found["destinations"] == ["https://10.0.0.7:6443"]


async def test_a_check_knows_the_cluster_by_argo_cds_own_list(admin, clusters, hub, sandbox):
    server = sandbox.url("staging-1").replace("http://", "https://", 1)
    hub.create(cluster_secret("known", _CONTROL, server=server, called="the-staging"))
    plant(hub, "shop", name="the-staging")
    await said(admin, called=None)
    found = await checked(admin)
    assert (found["well"], found["delivering"]) == (True, 1)
    assert "a-token-of-argo-cd" not in str(found)


async def test_a_check_that_finds_no_name_of_the_cluster_says_what_names_there_are(admin, clusters, hub):
    plant(hub, "shop", name="eu-west")
    await said(admin)
    found = await checked(admin)
    assert (found["well"], found["code"], found["destinations"]) == (False, "argocd-cluster-not-named", ["eu-west"])
    assert "If one of these is it, say so ('called'): eu-west." in found["detail"]


async def test_a_check_where_no_application_delivers_elsewhere_says_so(admin, clusters, hub):
    plant(hub, "own", server=argocd.IN_CLUSTER)
    await said(admin)
    found = await checked(admin)
    assert (found["well"], found["code"], found["destinations"]) == (False, "argocd-cluster-not-named", [])
    assert "there is no application that delivers to another cluster" in found["detail"]


async def test_a_check_of_what_was_not_said_is_not_found(admin, clusters):
    assert (await admin.post(f"{_PATH}/check")).status_code == 404


async def test_only_administrators_see_and_say_it(viewer, clusters):
    for answer in (await viewer.get(_PATH), await viewer.put(_PATH, json=_SAID), await viewer.post(f"{_PATH}/check")):
        assert answer.status_code == 403
