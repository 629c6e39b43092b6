"""Promotion sets over HTTP and on practice clusters: proposed, read, voted on, and what rights their strategy takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest

from db.transaction import Database
from domain.rights import EVERYWHERE, Scope
from domain.words import Role
from sandbox.server import Sandbox
from services.people.tokens import NewToken
from tests.support.eventually import eventually
from tests.support.people import signed_in
from tests.support.promotion_stage import workload
from tests.support.service import Json, Service

PROPOSALS, SETS = "/api/v1/proposals", "/api/v1/promotion-sets"
BOTH: Json = {
    "source_environment": "Development",
    "target_environment": "Staging",
    "applications": ["api", "web"],
    "order": "one-by-one",
}
FILED: Json = {"environment": "Staging", "promotion_set": BOTH, "comment": "Release 2"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Clusters of one's own: these tests write to them."""
    async with Sandbox(["dev-1", "staging-1"], speed=50) as sandbox:
        yield sandbox


@pytest.fixture
async def shop(admin: httpx.AsyncClient, environments, sandbox: Sandbox) -> None:
    """Development runs version 2 of api and web, Staging version 1; Staging takes one approval."""
    for name in ("api", "web"):
        await admin.post("/api/v1/applications", json={"name": name})
        for cluster, environment, tag in (("dev-1", "Development", "2"), ("staging-1", "Staging", "1")):
            practice = sandbox.cluster(cluster)
            practice.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            body = workload(name, {name: f"registry.example/shop/{name}:{tag}"})
            body["metadata"]["namespace"] = name
            practice.create(body, manager="kubectl")
            await eventually(partial(_rolled_out, sandbox, cluster, name))
            path = f"/api/v1/applications/{name}/environments/{environment}/adopt"
            answer = await admin.post(path, json={"namespace": name})
            assert answer.status_code == 200, answer.text
    await admin.put("/api/v1/environments/Staging/approval-policy", json={"needed": 1})


async def _rolled_out(sandbox: Sandbox, cluster: str, name: str) -> bool | None:
    found = sandbox.cluster(cluster).get("deployments", name, name)
    assert found is not None
    status = found.get("status", {})
    return True if [status.get(each) for each in ("updatedReplicas", "readyReplicas", "replicas")] == [1] * 3 else None


@asynccontextmanager
async def person(
    service: Service, database: Database, name: str, role: Role, scope: Scope = EVERYWHERE
) -> AsyncIterator[httpx.AsyncClient]:
    """A caller with a personal token of somebody who holds the role there, and what else was given before."""
    actor = await signed_in(database, name, role=role, scope=scope)
    until = datetime.now(UTC) + timedelta(days=1)
    issued = await service.container.personal_tokens.issue(actor, NewToken(name="cli", role=role, expires_at=until))
    headers = {"Authorization": f"Bearer {issued.secret}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, trust_env=False, timeout=120) as client:
        yield client


async def test_a_set_is_proposed_with_its_plan_and_the_last_vote_starts_it(
    service: Service, database: Database, admin: httpx.AsyncClient, shop
):
    preview = (await admin.post(f"{SETS}/preview", json=BOTH)).json()
    refused = await admin.post(SETS, json=BOTH)
    assert (refused.status_code, refused.json()["code"]) == (409, "approval-required")
    body = {**FILED, "promotion_set": {**BOTH, "plan_digest": preview["digest"]}}
    answer = await admin.post(PROPOSALS, json=body)
    assert answer.status_code == 201, answer.text
    filed = answer.json()
    assert answer.headers["Location"] == f"{PROPOSALS}/{filed['id']}"
    assert (filed["plan_digest"], filed["order"], filed["comment"]) == (preview["digest"], "one-by-one", "Release 2")
    assert (filed["application"], filed["request"], filed["plan"]) == (None, None, None)
    assert (filed["applications"], filed["source_environment"]) == (["api", "web"], "Development")
    assert [each["application"] for each in filed["members"]] == ["api", "web"]
    planned = [each["plan"]["clusters"][0]["changes"][0]["after"]["tag"] for each in filed["members"]]
    assert planned == ["2", "2"]
    listed = (await admin.get(PROPOSALS, params={"application": "web", "state": "waiting"})).json()["items"]
    assert [each["id"] for each in listed] == [filed["id"]]
    async with person(service, database, "bob", Role.APPROVER) as bob:
        voted = await bob.post(f"{PROPOSALS}/{filed['id']}/votes", json={"choice": "approve"})
    assert voted.status_code == 200, voted.text
    assert (voted.json()["state"], voted.json()["operation"]) == ("approved", None)
    path = f"{SETS}/{voted.json()['promotion_set']}"

    async def succeeded() -> bool | None:
        state = (await admin.get(path)).json()["state"]
        return True if state == "succeeded" else None

    await eventually(succeeded)
    ended = (await admin.get(path)).json()
    assert (ended["plan_digest"], ended["order"]) == (preview["digest"], "one-by-one")
    waiting = await admin.get(PROPOSALS, params={"state": "waiting"})
    assert waiting.json()["items"] == []


async def test_a_plan_that_is_not_the_one_that_was_looked_at_is_not_filed(admin: httpx.AsyncClient, shop):
    body = {**FILED, "promotion_set": {**BOTH, "plan_digest": "sha256:" + "0" * 64}}
    answer = await admin.post(PROPOSALS, json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "plan-outdated")
    assert [each["application"] for each in answer.json()["plan"]["members"]] == ["api", "web"]


async def test_a_proposal_of_a_set_names_no_application_beside_it_and_the_environment_that_it_goes_to(
    admin: httpx.AsyncClient,
):
    refused: tuple[Json, ...] = (
        {**FILED, "application": "api"},
        {**FILED, "environment": "Production"},
        {**FILED, "promotion": {"source_environment": "Development", "target_environment": "Staging"}},
        {**FILED, "promotion_set": {**BOTH, "break_glass": {"reason": "It is down."}}},
        {"environment": "Staging", "promotion": {"source_environment": "Development", "target_environment": "Staging"}},
    )
    for body in refused:
        answer = await admin.post(PROPOSALS, json=body)
        assert answer.status_code == 422, answer.text


async def test_who_only_views_proposes_no_set(viewer: httpx.AsyncClient, shop):
    answer = await viewer.post(PROPOSALS, json=FILED)
    assert answer.status_code == 403
    assert (await viewer.get(PROPOSALS)).json()["items"] == []


def by_rings(*, soak_seconds: int) -> Json:
    return {"rings": [{"clusters": ["staging-1"], "soak_seconds": soak_seconds}]}


async def test_a_strategy_that_is_less_careful_takes_a_maintainer_of_every_application_of_the_set(
    service: Service, database: Database, admin: httpx.AsyncClient, shop
):
    await admin.patch("/api/v1/environments/Staging", json={"strategy": by_rings(soak_seconds=1)})
    hasty = {**BOTH, "strategy": by_rings(soak_seconds=0)}
    async with database.read() as tx:
        api, _ = await tx.bindings.target(application="api")
    assert api is not None
    await signed_in(database, "ann", role=Role.PROMOTER)
    async with person(service, database, "ann", Role.MAINTAINER, Scope(applications=frozenset({api.id}))) as ann:
        for path, body in ((SETS, hasty), (PROPOSALS, {**FILED, "promotion_set": hasty})):
            answer = await ann.post(path, json=body)
            assert answer.status_code == 403, answer.text
            assert "'maintain' on 'web' in 'Staging'" in answer.json()["detail"]
        filed = await ann.post(PROPOSALS, json=FILED)
    assert filed.status_code == 201, filed.text
    async with person(service, database, "eve", Role.MAINTAINER) as eve:
        answer = await eve.post(PROPOSALS, json={**FILED, "promotion_set": hasty})
        assert answer.status_code == 201, answer.text
    async with person(service, database, "bob", Role.APPROVER) as bob:
        voted = await bob.post(f"{PROPOSALS}/{filed.json()['id']}/votes", json={"choice": "approve"})
    assert voted.json()["state"] == "approved", voted.text
