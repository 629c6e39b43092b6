"""The conditions of findings about the source, and about how both sides match."""

from typing import Any

from domain.images import ContainerRef
from domain.words import Pin
from sandbox.cluster import Cluster
from tests.support.findings import DB, WEB, Conditions, Mend, Place, template_with
from tests.support.promotion_stage import image

_ANOTHER = "sha256:" + "e" * 64

condition = Conditions()


@condition("source-failing")
async def _fails(place: Place) -> Mend:
    place.stage.set_image("staging-1", "web", "web", image("web:broken"))
    return _brought_back(place)


@condition("source-rolling-out")
async def _rolls_out(place: Place) -> Mend:
    place.stage.set_image("staging-1", "web", "web", image("web:slow"))
    return _brought_back(place)


def _brought_back(place: Place) -> Mend:
    async def mend() -> None:
        place.stage.set_image("staging-1", "web", "web", image("web:2"))

    return mend


@condition("source-pods-kept")
async def _keeps_pods(place: Place) -> Mend:
    place.change(place.here, "statefulsets", "db", updateStrategy={"type": "OnDelete"})
    place.stage.set_image("staging-1", "db", "db", image("db:3"), "StatefulSet")
    return _pods_replaced(place)


@condition("source-pods-differ")
async def _pods_differ(place: Place) -> Mend:
    await _keeps_pods(place)
    place.here.remove("pods", "db-1", place.stage.namespace)
    return _pods_replaced(place)


def _pods_replaced(place: Place) -> Mend:
    async def mend() -> None:
        place.restart(place.here, "db")

    return mend


@condition("digest-ambiguous")
async def _one_tag_two_images(place: Place) -> Mend:
    _report(place, place.here, _ANOTHER, pods=1)
    return _restarted(place, place.here)


@condition("digest-unknown")
async def _no_digest(place: Place) -> Mend:
    _report(place, place.here, None, pods=2)
    return _restarted(place, place.here)


@condition("tag-moved")
async def _tag_moved(place: Place) -> Mend:
    async with place.stage.database.begin() as tx:
        await tx.app_environments.change(place.target.application.id, place.target.environment.id, pin=Pin.TAG)
    place.stage.set_image("prod-eu", "web", "web", image("web:2"))
    await place.stage.until_rolled_out("prod-eu", "Deployment", "web")
    _report(place, place.there, _ANOTHER, pods=2)
    return _restarted(place, place.there)


def _report(place: Place, on: Cluster, digest: str | None, *, pods: int) -> None:
    """So many pods of `web` report that they run this digest, as where its tag was pushed again."""
    for pod in place.pods(on, "web")[:pods]:
        [status] = pod["status"]["containerStatuses"]
        status["imageID"] = f"registry.example/shop/web@{digest}" if digest else ""
        on.update_status(pod)


def _restarted(place: Place, on: Cluster) -> Mend:
    async def mend() -> None:
        place.restart(on, "web")

    return mend


@condition("downgrade")
async def _older(place: Place) -> Mend:
    for cluster, tag in (("staging-1", "1.4.0"), ("prod-eu", "1.5.0")):
        place.stage.set_image(cluster, "web", "web", image(f"web:{tag}"))

    async def mend() -> None:
        place.ask(containers=(ContainerRef(workload=DB, container="db"),))

    return mend


@condition("image-invalid")
async def _no_reference(place: Place) -> Mend:
    place.stage.set_image("staging-1", "web", "web", "Web:Latest Version")
    return _brought_back(place)


@condition("container-not-in-source")
async def _unknown_container(place: Place) -> Mend:
    place.ask(containers=(ContainerRef(workload=WEB, container="nobody"),))

    async def mend() -> None:
        place.ask(containers=(ContainerRef(workload=WEB, container="web"),))

    return mend


@condition("container-unmatched")
async def _one_container_more(place: Place) -> Mend:
    _add_proxy(place, place.here)

    async def mend() -> None:
        _add_proxy(place, place.there)

    return mend


def _add_proxy(place: Place, on: Cluster) -> None:
    body = place.of(on, "deployments", "web")
    [web] = body["spec"]["template"]["spec"]["containers"]
    proxy: dict[str, Any] = {"name": "proxy", "image": image("proxy:1")}
    place.change(on, "deployments", "web", template=template_with(body, containers=[web, proxy]))


@condition("image-volume-differs")
async def _volumes_differ(place: Place) -> Mend:
    _mount(place, place.here, "2")
    _mount(place, place.there, "1")

    async def mend() -> None:
        _mount(place, place.there, "2")

    return mend


def _mount(place: Place, on: Cluster, tag: str) -> None:
    body = place.of(on, "deployments", "web")
    volume = {"name": "plugins", "image": {"reference": image(f"plugins:{tag}")}}
    place.change(on, "deployments", "web", template=template_with(body, volumes=[volume]))
