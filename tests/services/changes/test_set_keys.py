"""Keys that a promotion set brings, application by application, on practice clusters: started, proposed, taken back."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from db.transaction import Database
from domain.approvals import ProposalState, VoteChoice
from domain.grants import Actor
from domain.rights import Scope
from domain.secret_text import SecretText
from domain.stored.brought import BroughtKeys
from domain.words import OperationState, Role
from sandbox.server import Sandbox
from services.changes.errors import PlanOutdatedError
from services.changes.promotion_sets import SetRollbackRequest
from services.errors import ForbiddenError, InvalidRequestError
from services.limits import Limits
from tests.support.actors import ANN
from tests.support.promotion_stage import CLUSTERS, staged
from tests.support.set_stage import BOTH, patched, refuse, runs, shop, tags
from tests.support.voting import Voting, proposing_on

MODE = BroughtKeys(kind="ConfigMap", name="settings", keys=("mode",))
TOKEN = BroughtKeys(
    kind="Secret", name="login", keys=("token",), typed=("token",), values={"token": SecretText("typed-1")}
)
OLD, NEW = {"api": "1", "web": "1"}, {"api": "2", "web": "2"}


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(CLUSTERS, speed=20) as sandbox:
        yield sandbox


@pytest.fixture
async def voting(database: Database, database_url: str, sandbox: Sandbox) -> AsyncIterator[Voting]:
    """web reads all of ConfigMap settings and of Secret login; Production lacks a key of each that Staging has."""
    async with staged(database, database_url, sandbox) as stage:
        await shop(stage, ["api"])
        full = (_map(size="s", mode="fast"), _secret(user="u", token="t-staging"))
        lacking = (_map(size="l"), _secret(user="u"))
        await stage.environment("Staging", {"staging-1": (*full, _web("2"))}, application="web")
        production = {each: (*lacking, _web("1")) for each in ("prod-eu", "prod-us")}
        await stage.environment("Production", production, application="web")
        yield Voting(stage, proposing_on(stage, Limits(plan=30.0)))


def _web(tag: str) -> dict[str, Any]:
    body: dict[str, Any] = runs("web", tag)
    [container] = body["spec"]["template"]["spec"]["containers"]
    container["envFrom"] = [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "login"}}]
    return body


def _map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def _secret(**data: str) -> dict[str, Any]:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "data": encoded}


def _keys(voting: Voting, cluster: str) -> dict[str, str]:
    """What the two objects have on a cluster of Production, in plain text."""
    practice, namespace = voting.stage.sandbox.cluster(cluster), voting.stage.namespace_of("web")
    settings, login = practice.get("configmaps", "settings", namespace), practice.get("secrets", "login", namespace)
    assert settings is not None
    assert login is not None
    return {**settings["data"], **{key: base64.b64decode(text).decode() for key, text in login["data"].items()}}


async def _promoter(voting: Voting, *, maintains: str) -> Actor:
    """Who may promote both applications, and maintains one."""
    async with voting.stage.database.read() as tx:
        found, _ = await tx.bindings.target(application=maintains)
    assert found is not None
    await voting.ada()
    return await voting.person("ada", role=Role.MAINTAINER, scope=Scope(applications=frozenset({found.id})))


async def test_the_keys_that_one_application_lacks_are_found_and_brought_to_each_cluster_before_its_images(voting):
    stage = voting.stage
    api, web = (await stage.sets.preview(BOTH, actor=ANN)).members
    asked = [one for each in web.plan.all_problems if each.remedy for one in each.remedy.request["bring"]]
    assert {(one["kind"], *one["keys"]) for one in asked} == {("ConfigMap", "mode"), ("Secret", "token")}
    assert [each for each in api.plan.all_problems if each.remedy] == []
    bring = tuple(BroughtKeys(kind=one["kind"], name=one["name"], keys=tuple(one["keys"])) for one in asked)
    request = replace(BOTH, bring={"WEB": bring})
    preview = await stage.sets.preview(request, actor=ANN)
    assert [each.plan.bring is not None for each in preview.members] == [False, True]
    started = await stage.sets.start(replace(request, plan_digest=preview.digest), actor=ANN, idempotency=None)
    ended = await stage.end_of_set(started.record.id)
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message
    for cluster in ("prod-eu", "prod-us"):
        assert _keys(voting, cluster) == {"size": "l", "mode": "fast", "user": "u", "token": "t-staging"}
        assert tags(stage, cluster) == NEW
        written = [each for each in patched(stage, cluster) if f"/{stage.namespace_of('web')}/" in each]
        writes = [path.partition("?")[0].rpartition("/")[2] for path in written]
        assert {"settings", "login"} <= set(writes[: writes.index("web")])
    back = await stage.sets.preview_rollback(started.record.id, SetRollbackRequest(), actor=ANN)
    said = {each.application: [one.code for one in each.plan.all_problems] for each in back.members}
    assert said == {"api": [], "web": ["not-taken-back"]}


async def test_the_digest_of_a_set_covers_the_keys_that_it_brings(voting):
    without = await voting.stage.sets.preview(BOTH, actor=ANN)
    request = replace(BOTH, bring={"web": (MODE,)}, plan_digest=without.digest)
    with pytest.raises(PlanOutdatedError):
        await voting.stage.sets.start(request, actor=ANN, idempotency=None)


async def test_where_the_set_fails_its_images_go_back_and_the_keys_stay(voting):
    refuse(voting.stage, "prod-us", "api")
    started = await voting.stage.sets.start(replace(BOTH, bring={"web": (MODE,)}), actor=ANN, idempotency=None)
    ended = await voting.stage.end_of_set(started.record.id)
    assert ended.record.state is OperationState.FAILED
    assert tags(voting.stage, "prod-eu") == tags(voting.stage, "prod-us") == OLD
    assert _keys(voting, "prod-eu")["mode"] == "fast"
    (web,) = [each for each in ended.record.members if each.application == "web"]
    assert "The keys that it brought here stay." in str(web.clusters[0].detail)


async def test_who_does_not_maintain_the_application_brings_it_no_keys(voting):
    asker = await _promoter(voting, maintains="api")
    with pytest.raises(ForbiddenError, match="'maintain' on 'web'"):
        await voting.stage.sets.preview(replace(BOTH, bring={"web": (MODE,)}), actor=asker)
    assert not (await voting.stage.sets.preview(BOTH, actor=asker)).blocked


async def test_keys_of_an_application_that_is_not_in_the_set_are_refused(voting):
    with pytest.raises(InvalidRequestError, match="'web' is not in the set") as refused:
        await voting.stage.sets.preview(replace(BOTH, applications=("api",), bring={"web": (MODE,)}), actor=ANN)
    assert refused.value.field == "bring"


async def test_values_that_are_typed_in_wait_sealed_with_a_proposal_and_are_written_with_its_last_vote(voting):
    await voting.take(1)
    request = replace(BOTH, bring={"web": (MODE, TOKEN)})
    filed = await voting.proposing.propose_set(request, comment=None, actor=await _promoter(voting, maintains="web"))
    stored = "SELECT request::text || plan::text FROM proposal_members"
    assert "typed-1" not in str(filed) + str(await voting.rows(stored))
    started = await voting.vote(filed, await voting.person("bob"))
    assert started.state is ProposalState.APPROVED
    ended = await voting.stage.end_of_set(str(started.record.promotion_set_id))
    assert ended.record.state is OperationState.SUCCEEDED, ended.record.message
    assert _keys(voting, "prod-us") == {"size": "l", "mode": "fast", "user": "u", "token": "typed-1"}
    assert await voting.rows("SELECT sealed::text FROM proposals") == [None]


async def test_values_that_were_typed_in_are_erased_with_a_proposal_that_is_rejected(voting):
    await voting.take(1)
    filed = await voting.proposing.propose_set(replace(BOTH, bring={"web": (TOKEN,)}), comment=None, actor=ANN)
    assert await voting.rows("SELECT sealed IS NOT NULL FROM proposals") == [True]
    await voting.vote(filed, await voting.person("bob"), VoteChoice.REJECT)
    assert await voting.rows("SELECT sealed IS NOT NULL FROM proposals") == [False]


async def test_a_proposal_that_brings_keys_is_void_once_its_asker_does_not_maintain_the_application(voting):
    await voting.take(1)
    asker = await _promoter(voting, maintains="web")
    filed = await voting.proposing.propose_set(replace(BOTH, bring={"web": (MODE,)}), comment=None, actor=asker)
    async with voting.stage.database.begin() as tx:
        await tx.bindings.remove_of(asker.holdings.bindings[0].subject)
    await voting.ada()
    void = await voting.vote(filed, await voting.person("bob"))
    assert (void.state, "'maintain' on 'web'" in str(void.record.reason)) == (ProposalState.VOID, True)
