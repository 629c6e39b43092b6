"""An import into an app environment with a Git folder: files are committed, and others bring them to the cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import yaml

from db.transaction import Database
from domain.resources import ResourceId
from domain.stored.git_folders import GitFolder
from domain.words import CopyDelivery, CredentialKind, GitProvider, OnConflict, Outcome
from sandbox.server import Sandbox
from services.changes.errors import PlanBlockedError
from services.changes.importing import ImportRequest
from tests.support.actors import ANN
from tests.support.copy_stage import CLUSTERS, CopyStage, copy_stage
from tests.support.git_providers import NAME, ProviderStandIn
from tests.support.git_server import GitServer, git_server, served

_SETTINGS = ResourceId.of("v1", "ConfigMap", "settings")
_KEYS = ResourceId.of("v1", "Secret", "keys")
_FILE = "staging/configmap-settings.yaml"


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def stage(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[CopyStage]:
    async with copy_stage(database, database_url, sandbox) as stage:
        yield stage


@pytest.fixture
async def server(tmp_path) -> AsyncIterator[GitServer]:
    async with git_server(tmp_path) as server:
        yield server


@dataclass
class Delivered:
    """Staging, delivered from the folder `staging`; Development has a ConfigMap and a Secret."""

    stage: CopyStage
    server: GitServer

    def request(self, *resources: ResourceId, on_conflict: OnConflict = OnConflict.FAIL, **more) -> ImportRequest:
        return ImportRequest(
            source_environment="Development",
            resources=resources or (_SETTINGS,),
            namespace=self.stage.namespace,
            on_conflict=on_conflict,
            **more,
        )

    async def deliver(self) -> None:
        """As Flux does, once the branch has the file."""
        while not self.server.git(NAME, "ls-tree", "--name-only", "-r", "main", _FILE).strip():
            await asyncio.sleep(0.05)
        body = yaml.safe_load(self.server.file(NAME, _FILE))
        self.stage.plant("staging-1", body)


@asynccontextmanager
async def _delivered(
    stage: CopyStage, server: GitServer, *, pull_requests: GitProvider | None = None
) -> AsyncIterator[Delivered]:
    server.create(NAME, {"README.md": "Shop\n"})
    source = f"{stage.namespace}-source"
    for environment, namespace in (("Development", source), ("Staging", stage.namespace)):
        await stage.give(environment, namespace)
    stage.plant(
        "dev-1", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"A": "1"}}, source
    )
    stage.plant(
        "dev-1", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "data": {"k": "Y2FuYXJ5"}}, source
    )
    await stage.adopted(source)
    async with stage.database.begin() as tx:
        await tx.git_repositories.put(
            "shop",
            url=server.address(NAME),
            kind=CredentialKind.BASIC,
            username=server.username,
            secret=server.password,
            pull_requests=pull_requests,
        )
        found = await tx.app_environments.find("shop", "Staging")
        assert found is not None
        folder = GitFolder(repository="shop", branch="main", path="staging")
        await tx.app_environments.change(found.application.id, found.environment.id, git_folder=folder)
    yield Delivered(stage=stage, server=server)


async def test_an_import_commits_files_and_ends_when_others_have_brought_the_objects(stage, server):
    async with _delivered(stage, server) as shop:
        writes = stage.writes("staging-1")
        started = await stage.importing.start("shop", "Staging", shop.request(), actor=ANN)
        assert stage.writes("staging-1") == writes
        await shop.deliver()
        ended = await stage.end_of(started.id)
        assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
        assert server.git(NAME, "log", "--format=%an", "main").split() == ["Stagecoach", "Somebody"]
        assert ended.id in server.git(NAME, "log", "-1", "--format=%B", "main")


async def test_an_operation_that_lost_its_process_after_the_push_commits_nothing_again(stage, server):
    async with _delivered(stage, server) as shop:
        pushed: list[str] = []

        def cut(request: str) -> None:
            if "receive-pack" in request and request.startswith("POST"):
                pushed.append(request)

        server.before = cut
        started = await stage.importing.start("shop", "Staging", shop.request(), actor=ANN)
        while not pushed or not server.git(NAME, "ls-tree", "--name-only", "-r", "main", _FILE).strip():
            await asyncio.sleep(0.05)
        stage.engine.running[started.id].cancel()
        await asyncio.gather(stage.engine.running[started.id], return_exceptions=True)
        await stage.engine.start(started.id, attempt=1, waves=1)
        await shop.deliver()
        ended = await stage.end_of(started.id)
        assert (ended.clusters[0].outcome, len(pushed)) == (Outcome.SUCCEEDED, 1)


async def test_a_secret_stops_the_import_and_its_value_is_nowhere(stage, server):
    async with _delivered(stage, server) as shop:
        with pytest.raises(PlanBlockedError) as refused:
            await stage.importing.start("shop", "Staging", shop.request(_SETTINGS, _KEYS), actor=ANN)
        (problem,) = [each for each in refused.value.problems if each.blocks]
        assert (problem.code, problem.cluster, "Secret keys" in problem.detail) == ("git-secret", "staging-1", True)
        assert "Y2FuYXJ5" not in repr(refused.value.problems)
        assert server.git(NAME, "log", "--format=%an", "main").split() == ["Somebody"]


async def test_a_request_may_go_to_the_cluster_all_the_same(stage, server):
    async with _delivered(stage, server) as shop:
        ended = await stage.import_to("Staging", shop.request(_KEYS, delivery=CopyDelivery.CLUSTER))
        assert ended.clusters[0].outcome is Outcome.SUCCEEDED, ended.clusters[0].detail
        assert stage.object("staging-1", "secrets", "keys") is not None


async def test_a_file_that_somebody_has_changed_since_the_plan_is_left_alone(stage, server):
    async with _delivered(stage, server) as shop:
        seen: list[str] = []

        def meanwhile(request: str) -> None:
            if "receive-pack" in request and not seen:
                seen.append(request)
                server.commit(NAME, {_FILE: "kind: Theirs\n"})

        server.before = meanwhile
        ended = await stage.import_to("Staging", shop.request())
        assert (ended.clusters[0].outcome, ended.clusters[0].code) == (Outcome.FAILED, "owner-changed")
        assert server.file(NAME, _FILE) == "kind: Theirs\n"


async def test_a_pull_request_that_is_closed_unmerged_fails_the_import(stage, tmp_path):
    server = GitServer(folder=tmp_path)
    provider = ProviderStandIn(kind=GitProvider.GITEA, server=server)
    async with (
        served(provider.answer) as server.port,
        _delivered(stage, server, pull_requests=GitProvider.GITEA) as shop,
    ):
        started = await stage.importing.start("shop", "Staging", shop.request(), actor=ANN)
        while not provider.open:
            await asyncio.sleep(0.05)
        provider.pulls[0].state = "closed"
        ended = await stage.end_of(started.id)
        assert ended.clusters[0].outcome is Outcome.FAILED
        assert "closed without being merged" in (ended.clusters[0].detail or "")
