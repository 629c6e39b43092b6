"""Findings of pre-flight on practice clusters: the conditions under which each appears, and which tests hold which.

`tests/planning/preflight/test_page.py` collects what is decorated with `condition` or `shows`: a finding with neither
fails there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from db.records.inventory import AppEnvironmentRecord
from domain.images import Omission
from domain.resources import ResourceId
from domain.stored.requests import PromotionRequest
from sandbox.cluster import Cluster
from tests.support.actors import ANN
from tests.support.promotion_stage import PromotionStage, image, plain, workload

WEB = ResourceId.of("apps/v1", "Deployment", "web")
DB = ResourceId.of("apps/v1", "StatefulSet", "db")
_TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
_PATIENCE = 90.0
_Test = TypeVar("_Test", bound=Callable[..., Any])

Mend = Callable[[], Awaitable[None]]
Condition = Callable[["Place"], Awaitable[Mend]]


class Conditions(dict[str, Condition]):
    """By code: what puts a place into the condition of a finding, and returns its remedy. Decorates these functions."""

    def __call__(self, code: str) -> Callable[[Condition], Condition]:
        def register(function: Condition) -> Condition:
            assert code not in self
            self[code] = function
            return function

        return register


def shows(*codes: str) -> Callable[[_Test], _Test]:
    """Marks a test that sees these findings on practice clusters, and not without their conditions."""
    assert codes
    return lambda test: test


@dataclass
class Place:
    """Staging runs version 2 of `web` and `db`, Production version 1; nothing is wrong with either."""

    stage: PromotionStage
    source: AppEnvironmentRecord
    target: AppEnvironmentRecord
    request: PromotionRequest = _TO_PRODUCTION

    @classmethod
    async def made(cls, stage: PromotionStage) -> "Place":
        return cls(
            stage=stage,
            source=await stage.environment("Staging", {"staging-1": (_web("2"), _db("2"))}),
            target=await stage.environment("Production", {"prod-eu": (_web("1"), _db("1"))}),
        )

    @property
    def there(self) -> Cluster:
        """The cluster of Production."""
        return self.stage.sandbox.cluster("prod-eu")

    @property
    def here(self) -> Cluster:
        """The cluster of Staging."""
        return self.stage.sandbox.cluster("staging-1")

    def ask(self, **changes: Any) -> None:
        """Change the request that is previewed."""
        self.request = replace(self.request, **changes)

    async def found(self) -> set[str]:
        """The codes of all findings."""
        plan = await self.stage.promoting.preview("shop", self.request, actor=ANN)
        return {problem.code for problem in plan.all_problems}

    async def found_after_remedies_of(self, code: str) -> set[str]:
        """The codes that are found when the request has what the remedies of this finding add to it."""
        plan = await self.stage.promoting.preview("shop", self.request, actor=ANN)
        asked = [each.remedy.request for each in plan.all_problems if each.code == code and each.remedy is not None]
        request = replace(
            self.request,
            leave_out=tuple(Omission.from_json(one) for each in asked for one in each.get("leave_out", ())),
            source_cluster=next((each["source_cluster"] for each in asked if "source_cluster" in each), None),
        )
        plan = await self.stage.promoting.preview("shop", request, actor=ANN)
        return {problem.code for problem in plan.all_problems}

    async def until(self, holds: Callable[[set[str]], bool]) -> None:
        """Wait until the findings are such, with what they were last in the failure."""
        found: set[str] = set()
        try:
            async with asyncio.timeout(_PATIENCE):
                while not holds(found := await self.found()):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"The findings are still {sorted(found)}.") from None

    def of(self, on: Cluster, plural: str, name: str) -> dict[str, Any]:
        """An object, to be changed."""
        found = on.get(plural, name, self.stage.namespace)
        assert found is not None
        body: dict[str, Any] = plain(found)
        return body

    def change(self, on: Cluster, plural: str, name: str, **spec: Any) -> None:
        """Give it these members of its spec, as a person does."""
        body = self.of(on, plural, name)
        on.update({**body, "spec": {**body["spec"], **spec}}, manager="kubectl")

    def mark(self, on: Cluster, **metadata: Any) -> None:
        """Give the Deployment `web` these members of its metadata."""
        body = self.of(on, "deployments", "web")
        on.update({**body, "metadata": {**body["metadata"], **metadata}}, manager="kubectl")

    def pods(self, on: Cluster, app: str) -> list[dict[str, Any]]:
        """Those that stay."""
        pods = [plain(each) for each in on.list("pods", self.stage.namespace, {"app": app})]
        return [each for each in pods if "deletionTimestamp" not in each["metadata"]]

    def restart(self, on: Cluster, app: str) -> None:
        """Its controller makes new pods in place of these."""
        for pod in self.pods(on, app):
            on.remove("pods", pod["metadata"]["name"], self.stage.namespace)

    async def belong(self, place: AppEnvironmentRecord, *resources: ResourceId) -> None:
        """From now on these are the resources of the app environment."""
        assert place.id is not None
        async with self.stage.database.begin() as tx:
            await tx.app_environments.configure(place.id, namespace=self.stage.namespace, resources=resources)


def template_with(body: Mapping[str, Any], **pods: Any) -> dict[str, Any]:
    """Its pod template, with these members of the pods' spec."""
    template = body["spec"]["template"]
    return {**template, "spec": {**template["spec"], **pods}}


def _web(tag: str) -> dict[str, Any]:
    return workload("web", {"web": image(f"web:{tag}")}, replicas=2)


def _db(tag: str) -> dict[str, Any]:
    return workload("db", {"db": image(f"db:{tag}")}, kind="StatefulSet", replicas=2)
