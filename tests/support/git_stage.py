"""An app environment whose Deployment `web` is delivered from a file of a Git repository, by a stand-in for Flux."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from db.records.operations import OperationDetailRecord
from domain.images import ContainerRef
from domain.problems import Problem
from domain.resources import ResourceId
from domain.stored.git_files import GitFile
from domain.stored.image_deliveries import ImageDeliveries, SetImageDeliveries, WorkloadDelivery
from domain.stored.requests import PromotionRequest
from domain.stored.strategies import Strategy
from domain.words import CredentialKind, FileForm, GitProvider, ImageDelivery, OnFailure
from services.changes.errors import PlanBlockedError
from tests.support.actors import ANN
from tests.support.git_delivery import GitDelivery, delivering
from tests.support.git_server import GitServer
from tests.support.promotion_stage import PromotionStage, image, workload

TO_PRODUCTION = PromotionRequest(source_environment="Staging", target_environment="Production")
ROLLED_BACK = replace(
    TO_PRODUCTION,
    containers=(ContainerRef(workload=ResourceId.of("apps/v1", "Deployment", "web"), container="web"),),
    strategy=Strategy(on_failure=OnFailure.ROLL_BACK),
)
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web  # of the shop
        image: registry.example/shop/web:1
"""
PATH = "apps/web.yaml"


@dataclass
class Repository:
    """The repository from which Production is delivered; Staging runs another image. `name`: its path at the server."""

    stage: PromotionStage
    server: GitServer
    delivery: GitDelivery
    name: str

    @property
    def log(self) -> list[str]:
        """Who has committed, the newest first."""
        return self.server.git(self.name, "log", "--format=%an", "main").split()

    def image(self, cluster: str = "prod-eu") -> str:
        return self.stage.images(cluster, "web")["web"]

    def line(self, path: str = PATH) -> str:
        (line,) = [each for each in self.server.file(self.name, path).splitlines() if "image:" in each]
        return line.strip()

    async def start(self, request: PromotionRequest = TO_PRODUCTION) -> str:
        return (await self.stage.promoting.start("shop", request, actor=ANN, idempotency=None)).id

    async def promote(self, request: PromotionRequest = TO_PRODUCTION) -> OperationDetailRecord:
        return await self.stage.end_of(await self.start(request))

    async def refusal(self) -> Problem:
        with pytest.raises(PlanBlockedError) as refused:
            await self.promote()
        (problem,) = [each for each in refused.value.problems if each.blocks]
        return problem


@asynccontextmanager
async def prepared(
    stage: PromotionStage,
    server: GitServer,
    *,
    paths: Mapping[str, str] | None = None,
    name: str = "shop",
    pull_requests: GitProvider | None = None,
) -> AsyncIterator[Repository]:
    """Production on as many clusters as `paths` names; its file is at the path of its cluster."""
    paths = paths or {"prod-eu": PATH}
    server.create(name, dict.fromkeys(paths.values(), WEB))
    file = GitFile(repository="shop", branch="main", path=PATH, form=FileForm.MANIFEST, paths=paths)
    record = await stage.environment(
        "Production", {cluster: (workload("web", {"web": image("web:1")}),) for cluster in paths}
    )
    await stage.environment("Staging", {"staging-1": (workload("web", {"web": image("web:2")}),)})
    web = ResourceId.of("apps/v1", "Deployment", "web")
    by_git = ImageDeliveries(workloads=(WorkloadDelivery(workload=web, delivery=ImageDelivery.GIT, file=file),))
    async with stage.database.begin() as tx:
        await tx.git_repositories.put(
            "shop",
            url=server.address(name),
            kind=CredentialKind.BASIC,
            username=server.username,
            secret=server.password,
            pull_requests=pull_requests,
        )
        given = SetImageDeliveries(deliveries=by_git, set_by="ann", set_at=datetime.now(UTC))
        await tx.app_environments.change(record.application.id, record.environment.id, image_deliveries=given)
    async with delivering(stage, server, {cluster: (path,) for cluster, path in paths.items()}, name=name) as delivery:
        yield Repository(stage=stage, server=server, delivery=delivery, name=name)
