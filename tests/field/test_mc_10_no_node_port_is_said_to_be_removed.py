"""A Service keeps its ports when an apply omits them, so no preview may announce that they go."""

import pytest

from domain.overrides import Overrides
from domain.words import Action, OnConflict
from tests.support.node_port_services import edge, public
from tests.support.two_clusters import TwoClusters, actions_of

_WITH_PORTS = Overrides(allow=("node-ports",))


@pytest.fixture
def clusters():
    return TwoClusters()


@pytest.mark.parametrize("first", [Overrides(), _WITH_PORTS], ids=["without the consent", "with the consent"])
@pytest.mark.parametrize("then", [Overrides(), _WITH_PORTS], ids=["then without", "then with it"])
@pytest.mark.parametrize("body", [edge(), public()], ids=["node ports", "health check"])
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
