"""Who asked for a node port stands in kubectl's annotation or in managedFields; an export proves nothing."""

import json

import pytest

from domain.overrides import Overrides
from domain.words import Action, OnConflict
from services.planning.copying.node_ports import LAST_APPLIED
from tests.support.node_port_services import desired_spec, edge, exported, public, service
from tests.support.two_clusters import SOURCE, TwoClusters, actions_of, changes_of

_WITH_PORTS = Overrides(allow=("node-ports",))


@pytest.fixture
def clusters():
    return TwoClusters()


async def _assert_only_http_is_kept(clusters):
    plan = clusters.plan()
    assert [port.get("nodePort") for port in desired_spec(plan, "edge")["ports"]] == [30080, None]
    await clusters.copy()
    assert clusters.in_target(edge())["spec"]["ports"][0]["nodePort"] == 30080
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


@pytest.mark.parametrize("manager", ["helm", "argocd-controller", "kustomize-controller", "terraform"])
async def test_a_port_that_was_applied_on_the_server_is_kept(clusters, manager):
    clusters.apply(edge(), manager)
    await _assert_only_http_is_kept(clusters)


@pytest.mark.parametrize("manager", ["Helm", "kubectl-create", "Terraform", "before-first-apply"])
async def test_a_port_that_was_created_by_name_is_kept(clusters, manager):
    clusters.create(edge(), manager=manager)
    await _assert_only_http_is_kept(clusters)


async def test_a_port_of_kubectls_annotation_is_kept(clusters):
    clusters.create(edge(annotations={LAST_APPLIED: json.dumps(edge())}), manager="kube-controller-manager")
    await _assert_only_http_is_kept(clusters)


@pytest.mark.parametrize("policy", ["Local", "Cluster"])
async def test_allocated_ports_and_addresses_stay_behind(clusters, policy):
    clusters.create(public(externalTrafficPolicy=policy))
    spec = desired_spec(clusters.plan(), "public")
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "healthCheckNodePort"} & set(spec)
    assert spec["externalTrafficPolicy"] == policy
    assert spec["ports"] == [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]
    await clusters.copy()
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


async def test_a_health_check_port_that_was_applied_is_kept(clusters):
    clusters.apply(public(healthCheckNodePort=31999), "helm")
    assert desired_spec(clusters.plan(), "public")["healthCheckNodePort"] == 31999


@pytest.mark.parametrize("how", ["annotation", "apply on the server", "create"])
async def test_an_export_that_was_sent_back_asks_for_no_port(clusters, how):
    clusters.create(public())
    sent = exported(clusters.in_source(public()))
    match how:
        case "annotation":
            clusters.replace(sent)
        case "apply on the server":
            clusters.apply(sent | {"metadata": {"name": "public"}}, "kubectl")
        case _:
            clusters.source.delete("services", "public", SOURCE)
            spec = {key: value for key, value in sent["spec"].items() if key != "ipFamilies"}
            clusters.create({**sent, "metadata": {"name": "public"}, "spec": spec})
    spec = desired_spec(clusters.plan(), "public")
    assert "healthCheckNodePort" not in spec
    assert [port.get("nodePort") for port in spec["ports"]] == [None]


async def test_with_the_consent_an_existing_service_keeps_its_health_check_port(clusters):
    clusters.create(public(healthCheckNodePort=31001))
    clusters.plant(public(healthCheckNodePort=31002))
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE, overrides=_WITH_PORTS)
    assert not plan.blocked
    await clusters.copy(on_conflict=OnConflict.OVERWRITE, overrides=_WITH_PORTS)
    assert clusters.in_target(public())["spec"]["healthCheckNodePort"] == 31002


async def test_a_port_that_is_taken_in_the_target_is_named_in_the_preview(clusters):
    clusters.create(edge())
    clusters.plant(service("other", {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]}))
    plan = await clusters.preview()
    assert plan.blocked
    assert any("30080" in problem.detail or "nodePort" in (problem.field or "") for problem in plan.all_problems)


async def test_ports_of_a_service_that_becomes_internal_do_go(clusters):
    clusters.create(edge())
    await clusters.copy()
    internal = edge()
    internal["spec"]["type"] = "ClusterIP"
    del internal["spec"]["ports"][0]["nodePort"]
    clusters.replace(internal)
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert ("removed", "spec.ports[80].nodePort") in changes_of(plan, "Service edge")
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    assert [port.get("nodePort") for port in clusters.in_target(edge())["spec"]["ports"]] == [None, None]
