"""Deployments on the clusters of Development and Staging, adopted in both over the API."""

from collections.abc import Sequence
from functools import partial

import httpx

from sandbox.server import Sandbox
from tests.support.eventually import eventually
from tests.support.promotion_stage import workload

SHOP = "/api/v1/applications/shop"
TO_STAGING = {"source_environment": "Development", "target_environment": "Staging"}


async def adopted(admin: httpx.AsyncClient, sandbox: Sandbox, names: Sequence[str] = ("web",), **images: str) -> None:
    """`names` are those of the Deployments and of their containers, `images` what all run on `dev` and on `staging`."""
    await admin.post("/api/v1/applications", json={"name": "shop"})
    for cluster, environment in (("dev", "Development"), ("staging", "Staging")):
        practice = sandbox.cluster(f"{cluster}-1")
        practice.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        for name in names:
            body = workload(name, {name: images[cluster]})
            body["metadata"]["namespace"] = "shop"
            practice.create(body, manager="kubectl")
        for name in names:
            await eventually(partial(rolled_out, sandbox, f"{cluster}-1", name))
        answer = await admin.post(f"{SHOP}/environments/{environment}/adopt", json={"namespace": "shop"})
        assert answer.status_code == 200, answer.text


async def rolled_out(sandbox: Sandbox, cluster: str, name: str = "web") -> bool | None:
    """True as soon as the Deployment has rolled out there."""
    found = sandbox.cluster(cluster).get("deployments", name, "shop")
    assert found is not None
    status, wanted = found.get("status", {}), found["spec"].get("replicas", 1)
    counts = [status.get(name) for name in ("updatedReplicas", "readyReplicas", "replicas")]
    seen = status.get("observedGeneration") == found["metadata"]["generation"]
    return True if seen and counts == [wanted] * 3 else None
