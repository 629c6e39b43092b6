"""Images are copied to the registry of an environment however they come there: by a set, a report, or what it follows.

Over HTTP, with two real registries: that of Development, and that of Staging, which pulls from its own alone.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

from db.transaction import Database
from domain.notification_types import NotificationType
from sandbox.server import Sandbox
from tests.support.channels import make_channel, told
from tests.support.eventually import eventually
from tests.support.promotion_stage import workload
from tests.support.registry import DockerRegistry, NewDockerRegistry, Notify
from tests.support.service import Json, Service

SETS = "/api/v1/promotion-sets"
APPLICATIONS = ("api", "web")
BOTH: Json = {
    "source_environment": "Development",
    "target_environment": "Staging",
    "applications": [*APPLICATIONS],
    "order": "one-by-one",
}
WEB_IN_STAGING = "/api/v1/applications/web/environments/Staging"
FOLLOWING: Json = {"deploy_mode": "follow", "follow": {"environment": "Development", "healthy_minutes": 0}}


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Development and Staging run version 1 of each application, each from its own registry."""

    admin: httpx.AsyncClient
    sandbox: Sandbox
    dev: DockerRegistry
    prod: DockerRegistry

    async def release(self, application: str) -> str:
        """Development runs version 2 from now on, as somebody with kubectl brings it. Returns its digest."""
        digest = await self.dev.push_image(f"shop/{application}", "2", platforms=2, content=f"{application} 2")
        practice = self.sandbox.cluster("dev-1")
        practice.update(self._deployment(application, f"{self.dev.address}/shop/{application}:2@{digest}"))
        await eventually(partial(self._rolled_out, "dev-1", application))
        return digest

    async def is_copied(self, application: str, digest: str) -> bool:
        """Whether the registry of Staging has version 2 by its tag, byte by byte."""
        repository = f"shop/{application}"
        there = await self.prod.manifest_of(repository, "2")
        return there is not None and there == await self.dev.manifest_of(repository, digest)

    def runs(self, application: str) -> str:
        """The image that Staging runs."""
        found = self.sandbox.cluster("staging-1").get("deployments", application, application)
        assert found is not None
        return str(found["spec"]["template"]["spec"]["containers"][0]["image"])

    def copy_of(self, application: str, digest: str) -> str:
        """How Staging calls version 2."""
        return f"{self.prod.address}/shop/{application}:2@{digest}"

    def writes(self) -> list[str]:
        """What was written to the workloads of Staging."""
        return [
            each.path for each in self.sandbox.writes("staging-1") if "/deployments/" in each.path and not each.dry_run
        ]

    async def ended(self, kind: str, application: str) -> Json:
        """The operation of this kind on Staging, once it has ended."""

        async def there() -> Json | None:
            found = (
                await self.admin.get("/api/v1/operations", params={"kind": kind, "application": application})
            ).json()
            return next((each for each in found["items"] if each["ended_at"] is not None), None)

        return await eventually(there)

    async def events(self, operation: str) -> list[str]:
        """What the timeline of an ended operation tells, in its order."""
        text = (await self.admin.get(f"/api/v1/operations/{operation}/events")).text
        return [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]

    async def patch(self, path: str, body: Json) -> None:
        answer = await self.admin.patch(f"/api/v1{path}", json=body)
        assert answer.status_code == 200, answer.text

    async def plant(self, cluster: str, environment: str, application: str, registry: DockerRegistry) -> None:
        digest = await registry.push_image(f"shop/{application}", "1", content=f"{application} 1")
        practice = self.sandbox.cluster(cluster)
        practice.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": application}})
        image = f"{registry.address}/shop/{application}:1@{digest}"
        practice.create(self._deployment(application, image), manager="kubectl")
        await eventually(partial(self._rolled_out, cluster, application))
        path = f"/api/v1/applications/{application}/environments/{environment}/adopt"
        answer = await self.admin.post(path, json={"namespace": application})
        assert answer.status_code == 200, answer.text

    async def register(self, registry: DockerRegistry) -> None:
        body = {"plain_http": True, "credential": {"kind": "anonymous"}}
        answer = await self.admin.put(f"/api/v1/registries/{registry.address}", json=body)
        assert answer.is_success, answer.text

    async def pull_from(self, registry: DockerRegistry, application: str) -> None:
        """Staging runs version 1 from this registry, and images are copied there."""
        await self.register(registry)
        name = f"{registry.address}/shop/{application}"
        self.sandbox.cluster("staging-1").update(self._deployment(application, f"{name}:1"))
        await eventually(partial(self._rolled_out, "staging-1", application))
        await self.map_to(registry)
        never = f"/api/v1/applications/{application}/environments/Staging/images/never"

        async def indexed() -> bool | None:
            """Whether pushes find it there."""
            sentence = (await self.admin.get(never, params={"repository": name})).json()["sentence"]
            return True if "no container" not in sentence.lower() else None

        await eventually(indexed)
        self.sandbox.writes("staging-1").clear()

    async def map_to(self, registry: DockerRegistry) -> None:
        mapping = {"source": self.dev.address, "target": registry.address, "copy_first": True}
        await self.patch("/environments/Staging", {"image_mappings": [mapping]})

    @staticmethod
    def _deployment(application: str, image: str) -> Json:
        body = workload(application, {application: image})
        body["metadata"]["namespace"] = application
        return body

    async def _rolled_out(self, cluster: str, application: str) -> bool | None:
        found = self.sandbox.cluster(cluster).get("deployments", application, application)
        assert found is not None
        status = found.get("status", {})
        current = status.get("observedGeneration") == found["metadata"]["generation"]
        pods = [status.get(each) for each in ("updatedReplicas", "readyReplicas", "replicas")]
        return True if current and pods == [1] * 3 else None


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Clusters of one's own: these tests write to them."""
    async with Sandbox(["dev-1", "staging-1"], speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def dev(admin: httpx.AsyncClient, service: Service, new_docker_registry: NewDockerRegistry) -> DockerRegistry:
    """The registry of Development, which reports what is pushed."""
    answer = await admin.post("/api/v1/receivers", json={"name": "registry", "provider": "distribution"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    headers = {"Authorization": f"Bearer {made['secret']}"}
    return await new_docker_registry(notify=Notify(url=f"{service.url}/webhooks/{made['id']}", headers=headers))


@pytest.fixture
async def shop(
    admin: httpx.AsyncClient,
    environments,
    sandbox: Sandbox,
    dev: DockerRegistry,
    new_docker_registry: NewDockerRegistry,
) -> Shop:
    prod = await new_docker_registry()
    shop = Shop(admin=admin, sandbox=sandbox, dev=dev, prod=prod)
    for registry in (dev, prod):
        await shop.register(registry)
    for application in APPLICATIONS:
        await admin.post("/api/v1/applications", json={"name": application})
        await shop.plant("dev-1", "Development", application, dev)
        await shop.plant("staging-1", "Staging", application, prod)
    await shop.map_to(prod)
    sandbox.writes("staging-1").clear()
    return shop


async def test_a_set_copies_the_images_of_all_its_applications_before_it_changes_one(shop: Shop):
    digests = {each: await shop.release(each) for each in APPLICATIONS}
    preview = (await shop.admin.post(f"{SETS}/preview", json=BOTH)).json()
    clusters = [cluster for member in preview["members"] for cluster in member["plan"]["clusters"]]
    found = [problem["code"] for cluster in clusters for problem in cluster["problems"]]
    assert found == ["image-copied-first"] * 2
    started = await shop.admin.post(SETS, json=BOTH)
    assert started.status_code == 202, started.text
    for application, digest in digests.items():
        operation = await shop.ended("promotion", application)
        assert operation["state"] == "succeeded", operation
        assert await shop.is_copied(application, digest)
        assert shop.runs(application) == shop.copy_of(application, digest)
        events = await shop.events(operation["id"])
        assert events.index("image-copy.ended") < events.index("cluster.started")


async def test_a_report_of_the_registry_that_is_copied_from_is_deployed_as_its_copy(shop: Shop):
    await shop.patch("/applications/web/environments/Staging", {"deploy_mode": "auto"})
    digest = await shop.dev.push_image("shop/web", "2", platforms=2, content="web 2")
    operation = await shop.ended("deploy", "web")
    assert operation["state"] == "succeeded", operation
    assert await shop.is_copied("web", digest)
    assert shop.runs("web") == shop.copy_of("web", digest)
    events = await shop.events(operation["id"])
    assert events.index("image-copy.ended") < events.index("cluster.started")


async def test_a_reported_image_is_offered_under_the_name_that_it_is_pushed_to_and_deployed_as_its_copy(shop: Shop):
    digest = await shop.dev.push_image("shop/web", "2", content="web 2")

    async def offered() -> Json | None:
        overview = (await shop.admin.get("/api/v1/applications/web/overview")).json()
        staging = next(each for each in overview["environments"] if each["environment"] == "Staging")
        containers = [container for each in staging["workloads"] for container in each["containers"]]
        return next((each["pushed"] for each in containers), None)

    image = await eventually(offered)
    assert (image["repository"], image["tag"]) == (f"{shop.dev.address}/shop/web", "2")
    body = {"image": f"{image['repository']}:{image['tag']}@{image['digest']}"}
    answer = await shop.admin.post(f"{WEB_IN_STAGING}/deploy", json=body)
    assert answer.status_code == 202, answer.text
    assert (await shop.ended("deploy", "web"))["state"] == "succeeded"
    assert shop.runs("web") == shop.copy_of("web", digest)
    why = (await shop.admin.get(f"{WEB_IN_STAGING}/images/2")).json()
    assert why["code"] == "running", why


async def test_what_an_environment_follows_is_copied_to_its_registry_first(shop: Shop):
    await shop.patch("/applications/web/environments/Staging", FOLLOWING)
    digest = await shop.release("web")
    operation = await shop.ended("promotion", "web")
    assert operation["state"] == "succeeded", operation
    assert await shop.is_copied("web", digest)
    assert shop.runs("web") == shop.copy_of("web", digest)
    events = await shop.events(operation["id"])
    assert events.index("image-copy.ended") < events.index("cluster.started")


async def test_an_image_that_the_registry_does_not_take_is_not_deployed_by_itself_and_a_channel_is_told(
    shop: Shop, database: Database, new_docker_registry: NewDockerRegistry
):
    channel = await make_channel(database, events=[NotificationType.AUTOMATION_BLOCKED])
    frozen = await new_docker_registry(read_only=True)
    await shop.pull_from(frozen, "web")
    await shop.patch("/applications/web/environments/Staging", {"deploy_mode": "auto"})
    await shop.dev.push_image("shop/web", "2", content="web 2")

    async def blocked() -> Json | None:
        why: Json = (await shop.admin.get(f"{WEB_IN_STAGING}/images/2")).json()
        return why if why["details"].get("problem") == "image-not-copyable" else None

    sentence = (await eventually(blocked))["sentence"]
    assert frozen.address in sentence
    assert "read-only" in sentence
    # Another reason may have come first, as a cluster that did not answer in time.
    (notification,) = [each for each in await told(database, channel) if each.code == "image-not-copyable"]
    assert frozen.address in notification.detail

    async def on_the_card() -> Json | None:
        overview = (await shop.admin.get("/api/v1/applications/web/overview")).json()
        staging = next(each for each in overview["environments"] if each["environment"] == "Staging")
        shown: Json | None = staging["blocked"]
        return shown

    card = await eventually(on_the_card)
    assert (card["tag"], card["code"], frozen.address in card["reason"]) == ("2", "image-not-copyable", True)
    assert notification.images == (f"{frozen.address}/shop/web:2",)
    assert shop.writes() == []


async def test_an_image_that_the_registry_does_not_take_is_not_promoted_where_another_environment_is_followed(
    shop: Shop, new_docker_registry: NewDockerRegistry
):
    frozen = await new_docker_registry(read_only=True)
    await shop.pull_from(frozen, "web")
    await shop.patch("/applications/web/environments/Staging", FOLLOWING)
    await shop.release("web")

    async def blocked() -> str | None:
        follow = (await shop.admin.get(WEB_IN_STAGING)).json()["follow"]
        return str(follow["detail"]) if follow["code"] == "plan-blocked" else None

    detail = await eventually(blocked)
    assert frozen.address in detail
    assert "read-only" in detail
    assert shop.writes() == []


async def test_a_set_is_not_started_where_the_image_of_one_application_cannot_be_copied(shop: Shop):
    await shop.release("api")
    digest = await shop.release("web")
    await shop.dev.delete_manifest("shop/web", digest)
    answer = await shop.admin.post(SETS, json=BOTH)
    assert answer.status_code == 409, answer.text
    assert "image-not-copyable" in answer.text
    assert shop.writes() == []
