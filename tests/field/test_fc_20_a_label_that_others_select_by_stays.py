"""A label that is one tool's mark and another's selector stays where something of the same copy selects by it."""

from domain.resources import Manifest
from services.planning.copying.selected_labels import selected_labels, selections_in
from tests.support.copy_plans import planned
from tests.support.field_inputs import named, objects_of
from tests.support.objects import obj

_INSTANCE = "app.kubernetes.io/instance"


def _tracked(manifest):
    """As Argo CD with its usual field manager applies it."""
    body = manifest.edited()
    body["metadata"]["managedFields"] = [{"manager": "argocd-controller", "operation": "Apply"}]
    return Manifest(body)


_ALL = tuple(map(_tracked, objects_of("fc-20-a-label-that-others-select-by")))
_SERVICE, _MONITOR = named(_ALL, "Service orders"), named(_ALL, "ServiceMonitor orders")


def _copied(plan, label):
    (resource,) = (r for r in plan.clusters[0].resources if r.resource.label == label)
    return resource.desired


def _about(plan, code):
    return [problem for problem in plan.all_problems if problem.code == code]


def test_the_service_monitor_still_finds_the_service():
    labels = _copied(planned(*_ALL), "Service orders").labels
    assert labels == {"app.kubernetes.io/name": "orders", _INSTANCE: "orders"}


def test_the_label_that_is_kept_is_told_with_the_one_that_selects_by_it():
    (kept,) = _about(planned(_SERVICE, _MONITOR), "selected-label-kept")
    assert "ServiceMonitor orders" in kept.detail
    assert "Argo CD" in kept.detail


def test_marks_of_helm_and_argo_go_although_the_label_stays():
    copied = _copied(planned(*_ALL), "Service orders")
    assert copied.annotations == {}
    assert "managedFields" not in copied.metadata


def test_without_the_service_monitor_nothing_selects_by_the_label_and_it_goes():
    assert _INSTANCE not in _copied(planned(_SERVICE), "Service orders").labels


def test_a_service_that_selects_pods_by_the_label_does_not_keep_it_on_other_objects():
    other = _tracked(obj("v1", "ConfigMap", "orders", metadata={"labels": {_INSTANCE: "orders"}}, data={}))
    assert _INSTANCE not in _copied(planned(_SERVICE, other), "ConfigMap orders").labels


def test_a_label_that_proves_the_tracking_goes_and_who_selects_by_it_is_named():
    proof = "argocd.argoproj.io/instance"
    monitor = obj(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        "by-proof",
        spec={"selector": {"matchExpressions": [{"key": proof, "operator": "Exists"}]}},
    )
    tracked = obj("v1", "Service", "orders", metadata={"labels": {proof: "orders"}}, spec={"selector": {"a": "b"}})
    plan = planned(tracked, monitor)
    assert _copied(plan, "Service orders").labels == {}
    (left_out,) = _about(plan, "selected-label-left-out")
    assert "ServiceMonitor by-proof" in left_out.detail


def test_a_selector_that_does_not_match_keeps_nothing():
    other = obj("x.example/v1", "Collector", spec={"selector": {"matchLabels": {_INSTANCE: "payments"}}})
    assert selected_labels(_SERVICE, selections_in([other])) == {}


def test_a_plain_selector_of_a_custom_resource_counts():
    other = obj("x.example/v1", "Collector", spec={"ruleSelector": {_INSTANCE: "orders"}})
    assert [*selected_labels(_SERVICE, selections_in([other]))] == [_INSTANCE]


def test_a_selector_of_pods_does_not_count():
    other = obj(
        "cilium.io/v2", "CiliumNetworkPolicy", spec={"endpointSelector": {"matchLabels": {_INSTANCE: "orders"}}}
    )
    assert selections_in([other]) == ()
