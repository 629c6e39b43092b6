"""Whatever a server accepts is copied as it is, the next plan changes nothing, and another order is a difference."""

import asyncio
import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from domain.resources import Manifest
from domain.words import Action, OnConflict
from sandbox.errors import StatusError
from services.planning.copying.normalize import normalize
from tests.support import accepted_objects
from tests.support.two_clusters import TwoClusters, actions_of

_SETTINGS = settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))
_KINDS = {
    "Deployment": accepted_objects.deployments,
    "DaemonSet": accepted_objects.daemon_sets,
    "StatefulSet": accepted_objects.stateful_sets,
    "Service": accepted_objects.services,
    "ConfigMap": accepted_objects.config_maps,
    "NetworkPolicy": accepted_objects.network_policies,
    "Ingress": accepted_objects.ingresses,
    "custom resource": accepted_objects.things,
}
_ORDERED = frozenset({"initContainers", "env", "args", "command", "ingress", "rules", "tls", "hosts"})
_UNORDERED = frozenset({"ports", "volumes", "containers"})


def _clusters(body: dict[str, Any]) -> TwoClusters:
    """With the object in the source; what the source would not have accepted is no example."""
    clusters = TwoClusters()
    clusters.define(accepted_objects.THINGS_DEFINITION)
    try:
        clusters.create(body)
    except StatusError:
        assume(False)
    return clusters


def _essence(found: dict[str, Any], *, any_order: bool = False) -> Any:
    body = normalize(Manifest(found)).manifest.body
    return _sorted(body) if any_order else body


def _sorted(node: Any, name: str = "") -> Any:
    """The object with the lists whose order means nothing in one order."""
    if isinstance(node, dict):
        return {key: _sorted(value, key) for key, value in node.items()}
    if isinstance(node, list):
        items = [_sorted(item) for item in node]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if name in _UNORDERED else items
    return node


def _reversed(node: Any, names: frozenset[str] | None, name: str = "") -> Any:
    """The object with the lists of these names the other way round; None: all lists."""
    if isinstance(node, dict):
        return {key: _reversed(value, names, key) for key, value in node.items()}
    if isinstance(node, list):
        items = [_reversed(item, names) for item in node]
        return items[::-1] if names is None or name in names else items
    return node


@pytest.mark.parametrize("kind", _KINDS)
def test_a_copy_is_as_its_source_and_the_second_plan_is_unchanged(kind):
    @_SETTINGS
    @given(_KINDS[kind])
    def holds(body: dict[str, Any]) -> None:
        clusters = _clusters(body)
        asyncio.run(clusters.copy())
        copied = clusters.in_target(body)
        assert _essence(copied) == _essence(clusters.in_source(body))
        plan = asyncio.run(clusters.preview())
        assert actions_of(plan) == {Action.UNCHANGED}, plan.clusters[0].resources[0].changes

    holds()


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind not in {"ConfigMap", "Service"}])
def test_another_order_of_what_is_ordered_is_shown_and_then_written(kind):
    names = None if kind == "custom resource" else _ORDERED

    @_SETTINGS
    @given(_KINDS[kind])
    def holds(body: dict[str, Any]) -> None:
        clusters = _clusters(body)
        asyncio.run(clusters.copy())
        other = {**body, "spec": _reversed(clusters.in_source(body)["spec"], names)}
        try:
            clusters.replace(copy.deepcopy(other))
        except StatusError:
            assume(False)
        assume(_essence(clusters.in_source(body)) != _essence(clusters.in_target(body)))
        plan = asyncio.run(clusters.preview(on_conflict=OnConflict.OVERWRITE))
        (resource,) = plan.clusters[0].resources
        assert resource.action is Action.UPDATE
        assert resource.changes
        asyncio.run(clusters.copy(on_conflict=OnConflict.OVERWRITE))
        assert _essence(clusters.in_target(body), any_order=True) == _essence(clusters.in_source(body), any_order=True)
        assert actions_of(asyncio.run(clusters.preview())) == {Action.UNCHANGED}

    holds()


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "Service"])
def test_another_order_of_what_is_not_ordered_is_no_difference(kind):
    @_SETTINGS
    @given(_KINDS[kind])
    def holds(body: dict[str, Any]) -> None:
        clusters = _clusters(body)
        asyncio.run(clusters.copy())
        other = {**body, "spec": _reversed(clusters.in_source(body)["spec"], _UNORDERED)}
        clusters.replace(copy.deepcopy(other))
        assert actions_of(asyncio.run(clusters.preview())) == {Action.UNCHANGED}

    holds()
