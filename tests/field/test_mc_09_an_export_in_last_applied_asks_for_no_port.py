"""`kubectl get -o yaml | kubectl apply -f -` puts allocated ports into kubectl's annotation: nobody chose them."""

import pytest

from domain.words import OnConflict
from tests.support.node_port_services import exported, public
from tests.support.two_clusters import TwoClusters, changes_of


@pytest.fixture
def clusters():
    return TwoClusters()


@pytest.mark.parametrize("policy", ["Local", "Cluster"])
async def test_after_an_export_the_wanted_change_is_the_only_one(clusters, policy):
    clusters.create(public(externalTrafficPolicy=policy))
    await clusters.copy()
    sent = exported(clusters.in_source(public(externalTrafficPolicy=policy)))
    sent["spec"]["ports"][0]["name"] = "http2"
    clusters.replace(sent)
    plan = await clusters.preview(on_conflict=OnConflict.OVERWRITE)
    assert changes_of(plan, "Service public") == [("changed", "spec.ports[80].name")]
    assert not plan.blocked
    allocated = clusters.in_target(public(externalTrafficPolicy=policy))["spec"]
    await clusters.copy(on_conflict=OnConflict.OVERWRITE)
    after = clusters.in_target(public(externalTrafficPolicy=policy))["spec"]
    assert after["ports"][0]["name"] == "http2"
    assert after.get("healthCheckNodePort") == allocated.get("healthCheckNodePort")
    assert after["ports"][0]["nodePort"] == allocated["ports"][0]["nodePort"]
