"""An API server forgets empty lists, so that an invented one would be a difference for ever."""

import pytest

from domain.overrides import Overrides
from domain.words import Action, OnConflict
from tests.support.two_clusters import TwoClusters, actions_of

_NAMESPACE = "kubernetes.io/metadata.name"


def _ingress(tls):
    rule = {
        "host": "web.example.test",
        "http": {
            "paths": [
                {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}
            ]
        },
    }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web"},
        "spec": {"rules": [rule], "tls": tls},
    }


def _policy(peers):
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peers}]},
    }


_BODIES = {
    "tls without hosts": _ingress([{"secretName": "web-tls"}]),
    "tls with hosts and without": _ingress(
        [{"secretName": "a"}, {"secretName": "b", "hosts": ["web.example.test"]}, {}]
    ),
    "a term that only asks whether the label exists": _policy(
        [{"namespaceSelector": {"matchExpressions": [{"key": _NAMESPACE, "operator": "Exists"}]}}]
    ),
    "a term with values": _policy(
        [{"namespaceSelector": {"matchExpressions": [{"key": _NAMESPACE, "operator": "In", "values": ["shop-dev"]}]}}]
    ),
    "a selector of everything": _policy([{"namespaceSelector": {}, "podSelector": {}}]),
    "a service account whose only pull secret is the platform's": {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "crm"},
        "imagePullSecrets": [{"name": "crm-dockercfg-x7k2p"}],
    },
    "a config map without data": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "empty"}},
    "a service without ports or selector": {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "alias"},
        "spec": {"type": "ExternalName", "externalName": "db.example.test"},
    },
    "a route binding without subjects": {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "nobody"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
    },
}


def _empty_lists(node, path=""):
    if isinstance(node, dict):
        return [found for key, value in node.items() for found in _empty_lists(value, f"{path}.{key}")]
    if isinstance(node, list):
        return [found for item in node for found in _empty_lists(item, f"{path}[]")] if node else [path]
    return []


@pytest.mark.parametrize("body", _BODIES.values(), ids=_BODIES)
async def test_a_copy_has_no_empty_list_that_the_source_has_not_and_is_unchanged_the_second_time(body):
    clusters = TwoClusters()
    clusters.create(body)
    (resource,) = clusters.plan().clusters[0].resources
    assert resource.desired is not None
    assert _empty_lists(resource.desired.body) == []
    await clusters.copy()
    for on_conflict in OnConflict:
        again = await clusters.preview(on_conflict=on_conflict)
        assert actions_of(again) == {Action.UNCHANGED}
        assert not again.blocked


async def test_an_override_that_takes_the_last_key_away_leaves_nothing_to_write_again():
    clusters = TwoClusters()
    clusters.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}})
    overrides = Overrides(config_maps={"c": {"a": None, "b": None}})
    await clusters.copy(overrides=overrides)
    assert actions_of(await clusters.preview(overrides=overrides)) == {Action.UNCHANGED}


async def test_hosts_that_are_there_are_still_replaced():
    clusters = TwoClusters()
    body = _BODIES["tls with hosts and without"]
    clusters.create(body)
    await clusters.copy(overrides=Overrides(ingress_hosts={"web.example.test": "web.staging.test"}))
    tls = clusters.in_target(body)["spec"]["tls"]
    assert [each.get("hosts") for each in tls] == [None, ["web.staging.test"], None]
