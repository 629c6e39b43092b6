"""Who asked for a node port stands in kubectl's annotation or in managedFields; an export proves nothing."""

import copy
import json

import pytest

from domain.overrides import Overrides
from domain.words import Action, OnConflict
from services.planning.copying.node_ports import LAST_APPLIED
from tests.support.two_clusters import SOURCE, TwoClusters, actions_of, changes_of, resource_of

_WITH_PORTS = Overrides(allow=("node-ports",))


def _edge(**metadata):
    ports = [
        {"name": "http", "port": 80, "targetPort": 8080, "nodePort": 30080},
        {"name": "https", "port": 443, "targetPort": 8443},
    ]
    return _service("edge", {"type": "NodePort", "ports": ports}, **metadata)


def _public(**spec):
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return _service("public", {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": ports, **spec})


def _service(name, spec, **metadata):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, **metadata},
        "spec": {"selector": {"app": "edge"}, **spec},
    }


def _desired(plan, name):
    desired = resource_of(plan, f"Service {name}").desired
    assert desired is not None
    return desired.spec


def _export(body):
    """As `kubectl get -o yaml | kubectl apply -f -` leaves it: the annotation holds what the server had allocated."""
    exported = copy.deepcopy(body)
    exported["metadata"].pop("managedFields", None)
    annotations = {LAST_APPLIED: json.dumps(exported)}
    return {**exported, "metadata": {**exported["metadata"], "annotations": annotations}}


@pytest.fixture
def clusters():
    return TwoClusters()


async def _assert_only_http_is_kept(clusters):
    plan = clusters.plan()
    assert [port.get("nodePort") for port in _desired(plan, "edge")["ports"]] == [30080, None]
    await clusters.copy()
    assert clusters.in_target(_edge())["spec"]["ports"][0]["nodePort"] == 30080
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


@pytest.mark.parametrize("manager", ["helm", "argocd-controller", "kustomize-controller", "terraform"])
async def test_a_port_that_was_applied_on_the_server_is_kept(clusters, manager):
    clusters.apply(_edge(), manager)
    await _assert_only_http_is_kept(clusters)


@pytest.mark.parametrize("manager", ["Helm", "kubectl-create", "Terraform", "before-first-apply"])
async def test_a_port_that_was_created_by_name_is_kept(clusters, manager):
    clusters.create(_edge(), manager=manager)
    await _assert_only_http_is_kept(clusters)


async def test_a_port_of_kubectls_annotation_is_kept(clusters):
    clusters.create(_edge(annotations={LAST_APPLIED: json.dumps(_edge())}), manager="kube-controller-manager")
    await _assert_only_http_is_kept(clusters)


@pytest.mark.parametrize("policy", ["Local", "Cluster"])
async def test_allocated_ports_and_addresses_stay_behind(clusters, policy):
    clusters.create(_public(externalTrafficPolicy=policy))
    spec = _desired(clusters.plan(), "public")
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "healthCheckNodePort"} & set(spec)
    assert spec["externalTrafficPolicy"] == policy
    assert spec["ports"] == [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]
    await clusters.copy()
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_a_health_check_port_that_was_applied_is_kept(clusters):
    clusters.apply(_public(healthCheckNodePort=31999), "helm")
    assert _desired(clusters.plan(), "public")["healthCheckNodePort"] == 31999


@pytest.mark.parametrize("how", ["annotation", "apply on the server", "create"])
async def test_an_export_that_was_sent_back_asks_for_no_port(clusters, how):
    clusters.create(_public())
    exported = _export(clusters.in_source(_public()))
    match how:
        case "annotation":
            clusters.replace(exported)
        case "apply on the server":
            clusters.apply(exported | {"metadata": {"name": "public"}}, "kubectl")
        case _:
            clusters.source.delete("services", "public", SOURCE)
            spec = {key: value for key, value in exported["spec"].items() if key != "ipFamilies"}
            clusters.create({**exported, "metadata": {"name": "public"}, "spec": spec})
    spec = _desired(clusters.plan(), "public")
    assert "healthCheckNodePort" not in spec
    assert [port.get("nodePort") for port in spec["ports"]] == [None]


async def test_after_an_export_the_wanted_change_is_the_only_one(clusters):
    clusters.create(_public())
    await clusters.copy()
    exported = _export(clusters.in_source(_public()))
    exported["spec"]["ports"][0]["name"] = "http2"
    clusters.replace(exported)
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert changes_of(plan, "Service public") == [("changed", "spec.ports[80].name")]
    assert not plan.blocked
    allocated = clusters.in_target(_public())["spec"]
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    after = clusters.in_target(_public())["spec"]
    assert after["ports"][0]["name"] == "http2"
    assert after["healthCheckNodePort"] == allocated["healthCheckNodePort"]
    assert after["ports"][0]["nodePort"] == allocated["ports"][0]["nodePort"]


@pytest.mark.parametrize("first", [Overrides(), _WITH_PORTS], ids=["without the consent", "with the consent"])
@pytest.mark.parametrize("then", [Overrides(), _WITH_PORTS], ids=["then without", "then with it"])
@pytest.mark.parametrize("body", [_edge(), _public()], ids=["node ports", "health check"])
async def test_a_label_in_the_source_is_the_only_difference_of_the_next_plan(clusters, body, first, then):
    clusters.create(body)
    await clusters.copy(overrides=first)
    labelled = {**body, "metadata": {**body["metadata"], "labels": {"shelf": "a"}}}
    clusters.replace(labelled)
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE, overrides=then)
    (service,) = plan.clusters[0].resources
    changed = [(c.kind.value, c.path) for c in service.changes]
    assert ("added", "metadata.labels.shelf") in changed
    assert [path for kind, path in changed if kind == "removed"] == []
    if then == first or then == Overrides():
        assert changed == [("added", "metadata.labels.shelf")]
    assert not plan.blocked
    await clusters.copy(on_conflict=OnConflict.OVERWRITE, overrides=then)
    assert actions_of(await clusters.preview(overrides=then)) == {Action.UNCHANGED}


async def test_with_the_consent_an_existing_service_keeps_its_health_check_port(clusters):
    clusters.create(_public(healthCheckNodePort=31001))
    clusters.plant(_public(healthCheckNodePort=31002))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE, overrides=_WITH_PORTS)
    assert not plan.blocked
    await clusters.copy(on_conflict=OnConflict.OVERWRITE, overrides=_WITH_PORTS)
    assert clusters.in_target(_public())["spec"]["healthCheckNodePort"] == 31002


async def test_a_port_that_is_taken_in_the_target_is_named_in_the_preview(clusters):
    clusters.create(_edge())
    clusters.plant(_service("other", {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}))
    plan = await clusters.preview()
    assert plan.blocked
    assert any("30080" in problem.detail or "nodePort" in (problem.field or "") for problem in plan.all_problems)


async def test_ports_of_a_service_that_becomes_internal_do_go(clusters):
    clusters.create(_edge())
    await clusters.copy()
    internal = _edge()
    internal["spec"]["type"] = "ClusterIP"
    del internal["spec"]["ports"][0]["nodePort"]
    clusters.replace(internal)
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert ("removed", "spec.ports[80].nodePort") in changes_of(plan, "Service edge")
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    assert [port.get("nodePort") for port in clusters.in_target(_edge())["spec"]["ports"]] == [None, None]
