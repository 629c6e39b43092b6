"""A promotion through objects of Flux writes each of them once, though its process is killed over it."""

from collections.abc import Callable

import pytest

from sandbox.cluster import Cluster
from tests.support import flux
from tests.support.crash_stage import CrashStage
from tests.support.eventually import eventually
from tests.support.helm import program_of

PRODUCTION = ("prod-eu", "prod-us")
BY_CONFIG_MAP = {"kind": "ConfigMap", "name": "images", "valuesKey": "web", "targetPath": "image.tag"}
IN_GIT = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}


def workload(image: str) -> str:
    """One whose only container is `web`, as Development has it."""
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: "{image}"}}]}}
"""


def chart() -> dict[str, str]:
    values = 'image: {repository: registry.example/shop/web, tag: "1.4.0"}\n'
    image = "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
    return {"Chart.yaml": "name: shop\n", "values.yaml": values, "web.yaml": workload(image)}


def values_of_a_release(cluster: Cluster) -> None:
    """The HelmRelease keeps its values itself."""
    cluster.create(flux.folder(chart(), flux.CHART, namespace="shop"))
    cluster.create(flux.helm_release(namespace="shop"))


def config_map_of_a_release(cluster: Cluster) -> None:
    """The HelmRelease comes from Git, which leaves the tag to a ConfigMap."""
    metadata = {"name": "images", "namespace": "shop"}
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"web": "1.4.0"}})
    cluster.create(flux.folder(chart(), flux.CHART, namespace="shop"))
    cluster.create(flux.helm_release(namespace="shop", labels=IN_GIT, valuesFrom=[BY_CONFIG_MAP]))


def images_of_a_kustomization(cluster: Cluster) -> None:
    files = flux.kustomization(workload("registry.example/shop/web:1.4.0"))
    cluster.create(flux.folder(files, flux.OVERLAY, namespace="shop"))
    cluster.create(flux.flux_kustomization(namespace="shop"))


async def delivered(stage: CrashStage, furnish: Callable[[Cluster], None]) -> None:
    """An object of Flux on each cluster of Production, which the delivery `flux` changes; Development is ahead."""
    for name in PRODUCTION:
        cluster = stage.sandbox.cluster(name)
        flux.install(cluster, namespace="shop")
        furnish(cluster)
        await eventually(lambda name=name: running(stage, name))  # type: ignore[misc]  # of this turn
    await stage.caller.post("/applications/shop/environments/Production/adopt", {"namespace": "shop"})
    path = "/api/v1/applications/shop/environments/Production/image-deliveries"
    answer = await stage.caller.client.put(path, json={"owned": "flux"})
    assert answer.is_success, answer.text
    await stage.roll_out_in_development()


async def running(stage: CrashStage, cluster: str) -> bool | None:
    found = stage.sandbox.cluster(cluster).get("deployments", "web", "shop")
    return (found is not None and found.get("status", {}).get("availableReplicas") == 1) or None


@pytest.mark.parametrize(
    ("furnish", "written"),
    [
        (values_of_a_release, ["/helmreleases/shop"]),
        (config_map_of_a_release, ["/configmaps/images", "/helmreleases/shop"]),
        (images_of_a_kustomization, ["/kustomizations/shop"]),
    ],
)
async def test_a_process_that_is_killed_over_objects_of_flux_has_written_each_once(stage, furnish, written):
    if furnish is not images_of_a_kustomization:
        program_of(4)  # renders the values
    await delivered(stage, furnish)
    stage.slow_down(*PRODUCTION)
    operation = await stage.caller.start_promotion("Production")
    await stage.until_written("prod-eu", 1)  # where a ConfigMap is: before Flux is asked
    await stage.process.kill()
    await stage.process.start()
    ended = await stage.caller.end_of(operation)
    assert ended["state"] == "succeeded", ended
    for name in PRODUCTION:
        assert stage.images(name)["deployments/web/web"].startswith(stage.new_image)
        assert [each.path.partition("/namespaces/shop")[2].partition("?")[0] for each in stage.writes(name)] == written
