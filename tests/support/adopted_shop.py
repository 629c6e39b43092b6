"""One Deployment on the clusters of Development and Staging, adopted in both over the API."""

from functools import partial

import httpx

from sandbox.server import Sandbox
from tests.support.eventually import eventually
from tests.support.promotion_stage import workload

SHOP = "/api/v1/applications/shop"
TO_STAGING = {"source_environment": "Development", "target_environment": "Staging"}


async def adopted(admin: httpx.AsyncClient, sandbox: Sandbox, **images: str) -> None:
    """`images` are those of its container, on `dev` and on `staging`."""
    await admin.post("/api/v1/applications", json={"name": "shop"})
    for cluster, environment in (("dev", "Development"), ("staging", "Staging")):
        practice = sandbox.cluster(f"{cluster}-1")
        practice.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        body = workload("web", {"web": images[cluster]})
        body["metadata"]["namespace"] = "shop"
        practice.create(body, manager="kubectl")
        await eventually(partial(rolled_out, sandbox, f"{cluster}-1"))
        answer = await admin.post(f"{SHOP}/environments/{environment}/adopt", json={"namespace": "shop"})
        assert answer.status_code == 200, answer.text


async def rolled_out(sandbox: Sandbox, cluster: str) -> bool | None:
    """True as soon as the Deployment has rolled out there."""
    found = sandbox.cluster(cluster).get("deployments", "web", "shop")
    assert found is not None
    status, wanted = found.get("status", {}), found["spec"].get("replicas", 1)
    counts = [status.get(name) for name in ("updatedReplicas", "readyReplicas", "replicas")]
    seen = status.get("observedGeneration") == found["metadata"]["generation"]
    return True if seen and counts == [wanted] * 3 else None
