"""1000660000.0 is the number that kubectl sends as 1000660000; what a server cannot read is refused with its reason."""

from typing import Any

import pytest

from services.planning.copying.normalize import normalize
from tests.support.objects import deployment, obj
from tests.support.two_clusters import TwoClusters


@pytest.mark.parametrize(
    ("written", "sent"),
    [(1000660000.0, 1000660000), (2.0, 2), (8.08e3, 8080), (1.5, 1.5), (1e300, 1e300), (True, True)],
)
@pytest.mark.parametrize("custom", [True, False])
def test_a_whole_number_is_sent_as_one(written, sent, custom):
    pod = {"securityContext": {"runAsUser": written}}
    manifest = obj("x.example/v1", "Thing", spec=pod) if custom else deployment(pod=pod)
    spec = normalize(manifest).manifest.spec
    found = (spec if custom else spec["template"]["spec"])["securityContext"]["runAsUser"]
    assert (type(found), found) == (type(sent), sent)


async def test_a_create_that_the_server_cannot_read_is_refused_with_the_field():
    clusters = TwoClusters()
    labels = {"app": "ids-dup"}
    env = [{"name": "A", "value": "1"}, {"name": "A", "value": "hunter2-hunter2"}]
    pod: dict[str, Any] = {"containers": [{"name": "c", "image": "registry.example.test/c:1", "env": env}]}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "ids-dup"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }
    clusters.create(body)
    pod["securityContext"] = {"runAsUser": "of-a-word"}
    clusters.spoil(body)
    plan = await clusters.preview()
    (refused,) = [problem for problem in plan.all_problems if problem.blocks]
    assert "runAsUser" in refused.detail
    assert "hunter2" not in refused.detail
    assert not refused.detail.endswith("BadRequest (400).")
