"""What one cluster is asked for, and in which order: there are only so many watches."""

from domain.resources import Kind
from services.reading.live.changes import Wanted
from services.reading.live.scopes import scopes_of

PODS, DEPLOYMENTS = Kind.of("v1", "Pod"), Kind.of("apps/v1", "Deployment")
CERTIFICATES, GATEWAYS = (
    Kind.of("cert-manager.io/v1", "Certificate"),
    Kind.of("gateway.networking.k8s.io/v1", "Gateway"),
)
ROLLOUTS = Kind.of("argoproj.io/v1alpha1", "Rollout")


def test_custom_kinds_come_after_workloads_and_pods_of_every_namespace():
    places = frozenset({"blog", "shop"})
    found = scopes_of(Wanted(kinds=dict.fromkeys((GATEWAYS, CERTIFICATES, DEPLOYMENTS, PODS), places)))
    assert [each.kind for each in found][:4] == [PODS, DEPLOYMENTS] * 2
    assert {each.kind for each in found[4:]} == {CERTIFICATES, GATEWAYS}


def test_a_custom_kind_that_runs_pods_is_a_workload_and_comes_before_other_custom_kinds():
    found = scopes_of(Wanted(kinds=dict.fromkeys((CERTIFICATES, ROLLOUTS, PODS), frozenset({"shop"}))))
    assert [each.kind for each in found] == [PODS, ROLLOUTS, CERTIFICATES]


def test_a_custom_kind_of_many_namespaces_is_watched_in_the_whole_cluster_unless_that_is_refused():
    wanted = Wanted(kinds={CERTIFICATES: frozenset(f"n{number}" for number in range(6))})
    assert [each.namespace for each in scopes_of(wanted)] == [None]
    assert len(scopes_of(wanted, narrow={CERTIFICATES})) == 6
