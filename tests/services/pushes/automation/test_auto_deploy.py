"""Pushed images are deployed where the environment is on auto, and offered where it is not."""

import asyncio
from dataclasses import replace

import pytest

from db.app_environments import AppEnvironmentFields
from domain.image_mappings import ImageMapping
from domain.images import ContainerImage, Image
from domain.notifications import AutomationBlocked
from domain.resources import ResourceId
from domain.stored.image_deliveries import ImageDeliveries
from domain.stored.requests import DeployRequest
from domain.words import DeployMode, ImageDelivery, Role
from services.changes.new_operations import ImagePushesTakenError
from services.people.access import Access
from services.planning.policies.parsing import parse_policies
from services.pushes.automation.index_backfill import IndexBackfill
from services.pushes.automation.ready_pushes import ReadyPushes
from services.pushes.codes import AS_REPORTED
from services.pushes.judging import judge_after_mapping
from tests.support.actors import ADMINISTRATOR, ANN
from tests.support.channels import make_channel, told
from tests.support.image_push_stage import LIMITS, WEB, ImagePushStage, until_idle
from tests.support.live_stage import unread
from tests.support.promotion_stage import digest, image


async def test_on_auto_a_pushed_image_is_deployed_by_its_digest(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        (operation,) = await image_pushes.until_ended()
    verdict = await image_pushes.verdict("Development", push)
    assert image_pushes.runs("staging-1") == f"{WEB}:1.1.0@{digest('web:1.1.0')}"
    assert (operation.kind, operation.state, operation.actor) == ("deploy", "succeeded", "poll")
    assert (verdict.verdict, verdict.operation_id) == ("deploying", operation.id)
    assert await image_pushes.why("Development", "1.1.0") == "running"


async def test_on_manual_it_is_offered_and_a_person_deploys_it_by_its_name(image_pushes):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Staging", push, "offered")
        offered = (
            (await image_pushes.stage.overview.read("shop", actor=ANN))
            .environments[0]
            .workloads[0]
            .containers[0]
            .pushed
        )
        held = await image_pushes.why("Staging", "1.1.0")
        started = await image_pushes.deploying.start(
            "shop", "Staging", DeployRequest(image=f"{WEB}:1.1.0"), actor=ANN, idempotency=None
        )
        await image_pushes.until_ended()
    verdict = await image_pushes.verdict("Staging", push)
    overview = await image_pushes.stage.overview.read("shop", actor=ANN)
    assert (offered.tag, offered.digest, held) == ("1.1.0", digest("web:1.1.0"), "held")
    assert image_pushes.runs("staging-1") == f"{WEB}:1.1.0@{digest('web:1.1.0')}"
    assert (verdict.verdict, verdict.operation_id) == ("deploying", started.id)
    assert overview.environments[0].workloads[0].containers[0].pushed is None


async def test_pushes_while_an_operation_is_under_way_come_to_the_newest(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    _ready_after(image_pushes, 500)
    async with image_pushes.worker():
        (held,) = await image_pushes.push("1.1.0")
        first = await image_pushes.until_verdict("Development", held, "deploying")
        pushes = [push for tag in ("1.2.0", "1.3.0", "1.4.0") for push in await image_pushes.push(tag)]
        await image_pushes.until_verdict("Development", pushes[-1], "pending")
        under_way = (await image_pushes.stage.operations.read(first.operation_id, actor=ANN)).state.ended is False
        waiting = await image_pushes.why("Development", "1.4.0")
        _ready_after(image_pushes, 0)
        ended = await image_pushes.until_ended(2)
        superseded = [await image_pushes.why("Development", tag) for tag in ("1.1.0", "1.2.0", "1.3.0")]
    assert (under_way, waiting) == (True, "waiting")
    assert [each.state for each in ended] == ["succeeded", "succeeded"]
    assert image_pushes.runs("staging-1") == f"{WEB}:1.4.0@{digest('web:1.4.0')}"
    assert superseded == ["superseded"] * 3


def _ready_after(image_pushes: ImagePushStage, seconds: int) -> None:
    """Hold the rollouts in Development up, or let them end: pods count as available after so many seconds."""
    body = image_pushes.stage.object("staging-1", "Deployment", "web")
    body["spec"]["minReadySeconds"] = seconds
    image_pushes.stage.sandbox.cluster("staging-1").update(body, manager="kubectl")


async def test_while_it_is_deployed_the_answer_says_so(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0-slow")
        await image_pushes.until_verdict("Development", push, "deploying")
        await _until_runs(image_pushes, "staging-1", "1.1.0-slow")
        assert await image_pushes.why("Development", "1.1.0-slow") == "deploying"


async def test_a_burst_is_one_deployment_of_the_newest(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    pushes = await image_pushes.push(*(f"1.{number}.0" for number in range(1, 30)))
    async with image_pushes.worker():
        await image_pushes.until_verdict("Development", pushes[-1], "deploying")
        ended = await image_pushes.until_ended()
    assert len(ended) == 1
    assert image_pushes.runs("staging-1").startswith(f"{WEB}:1.29.0@")


async def test_what_a_policy_refuses_goes_nowhere_and_says_by_which_rule(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    rule = {"select": {"kind": "semver", "range": "^1.0.0"}, "deny": ["*-rc*"]}
    await image_pushes.policies.put("shop", "Development", parse_policies({"rules": [rule]}), actor=ANN)
    async with image_pushes.worker():
        pushes = await image_pushes.push("1.1.0-rc1", "2.0.0")
        refused = [await image_pushes.until_verdict("Development", push, "refused") for push in pushes]
        why = await image_pushes.why("Development", "2.0.0")
    assert [each.code for each in refused] == ["deny", "select"]
    assert why == "refused"
    assert await image_pushes.operations() == ()


def _pause(image_pushes, *, paused):
    body = image_pushes.stage.object("staging-1", "Deployment", "web")
    body["spec"]["paused"] = paused
    image_pushes.stage.sandbox.cluster("staging-1").update(body, manager="kubectl")


async def test_a_plan_that_is_blocked_is_no_operation_and_says_what_stands_in_the_way(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    _pause(image_pushes, paused=True)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        blocked = await image_pushes.until_verdict("Development", push, "blocked")
    assert blocked.code == "rollout-paused"
    assert await image_pushes.operations() == ()
    assert await image_pushes.why("Development", "1.1.0") == "failed"


async def test_a_channel_is_told_once_that_automation_is_blocked_and_why(image_pushes):
    target = await image_pushes.environment("Development", "staging-1")
    channel = await make_channel(image_pushes.database)
    _pause(image_pushes, paused=True)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        blocked = await image_pushes.until_verdict("Development", push, "blocked")
    assert not await image_pushes.rolling_out().try_blocked(target.id), "the problem remains"
    (notification,) = await told(image_pushes.database, channel)
    assert notification == AutomationBlocked(
        application="shop",
        environment="Development",
        code="rollout-paused",
        detail=blocked.reason,
        images=(f"{WEB}:1.1.0",),
    )


async def test_what_was_blocked_is_deployed_once_nothing_stands_in_the_way_any_more(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    _pause(image_pushes, paused=True)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Development", push, "blocked")
        _pause(image_pushes, paused=False)
        (operation,) = await image_pushes.until_ended()
    assert (await image_pushes.verdict("Development", push)).operation_id == operation.id
    assert image_pushes.runs("staging-1").startswith(f"{WEB}:1.1.0@")


async def test_what_runs_already_is_no_operation(image_pushes):
    await image_pushes.environment("Development", "staging-1", image=image("web:1.0.0", pinned=True))
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.0.0")
        await image_pushes.until_verdict("Development", push, "unchanged")
    assert await image_pushes.operations() == ()


async def test_what_runs_already_by_its_tag_alone_is_found_out_by_looking(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.0.0")
        await image_pushes.until_verdict("Development", push, "unchanged")
    assert await image_pushes.operations() == ()


async def test_a_cluster_that_is_down_holds_no_other_up_and_is_given_it_when_it_is_back(image_pushes):
    await image_pushes.environment("Development", "staging-1", "staging-2")
    down = image_pushes.stage.sandbox.faults("staging-2")
    async with image_pushes.worker():
        down.set({"unreachable": True})
        (push,) = await image_pushes.push("1.1.0")
        (operation,) = await image_pushes.until_ended()
        went_on, why = image_pushes.runs("staging-1"), await image_pushes.why("Development", "1.1.0")
        down.set({"unreachable": False})
        await _until_runs(image_pushes, "staging-2", "1.1.0")
        (ended,) = await image_pushes.until_ended()
    assert went_on.startswith(f"{WEB}:1.1.0@")
    assert (operation.state, why) == ("failed", "running-partly")
    assert ended.id == operation.id
    assert (ended.state, (await image_pushes.verdict("Development", push)).verdict) == ("succeeded", "deploying")


async def test_where_no_cluster_answers_it_waits_without_an_operation(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    down = image_pushes.stage.sandbox.faults("staging-1")
    async with image_pushes.worker() as worker:
        await image_pushes.stage.overview.read("shop", actor=ANN)
        down.set({"unreachable": True})
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Development", push, "pending")
        await until_idle(worker)
        waited, why = await image_pushes.operations(), await image_pushes.why("Development", "1.1.0")
        down.set({"unreachable": False})
        await image_pushes.until_ended()
    assert (waited, why) == ((), "cluster-down")
    assert image_pushes.runs("staging-1").startswith(f"{WEB}:1.1.0@")


async def _pending(image_pushes, *tags):
    """Decided upon, as the worker would, and not started."""
    await IndexBackfill(image_pushes.database, image_pushes.stage.pool, LIMITS, unread(image_pushes.database)).fill()
    pushes = await image_pushes.push(*tags)
    async with image_pushes.database.begin() as tx:
        await tx.lookups.unresolved(pushes, code=AS_REPORTED, reason=None)
    assert await ReadyPushes(image_pushes.database).judge()
    return pushes


async def test_those_who_start_the_same_at_the_same_moment_start_it_once(image_pushes):
    target = await image_pushes.environment("Development", "staging-1")
    (push,) = await _pending(image_pushes, "1.1.0")
    await asyncio.gather(*(image_pushes.rolling_out().roll_out(str(target.id)) for _ in range(4)))
    (operation,) = await image_pushes.until_ended()
    assert (await image_pushes.verdict("Development", push)).operation_id == operation.id


_NAMED = ContainerImage(
    workload=ResourceId.of("apps/v1", "Deployment", "web"),
    container="web",
    image=Image.of(f"{WEB}:1.1.0@{digest('web:1.1.0')}"),
)


async def test_what_was_superseded_while_it_was_planned_is_not_started(image_pushes):
    target = await image_pushes.environment("Development", "staging-1")
    (old,) = await _pending(image_pushes, "1.1.0")
    (new,) = await _pending(image_pushes, "1.2.0")
    planned = await image_pushes.deploying.prepare_pushes(target, (_NAMED,), image_pushes=(old,), actor=ANN)
    with pytest.raises(ImagePushesTakenError):
        await image_pushes.stage.operations.start(planned)
    assert await image_pushes.operations() == ()
    assert (await image_pushes.verdict("Development", new)).verdict == "pending"


async def test_what_was_held_by_going_to_manual_while_it_was_planned_is_not_started(image_pushes):
    target = await image_pushes.environment("Development", "staging-1")
    (push,) = await _pending(image_pushes, "1.1.0")
    await image_pushes.applications.change_environment(
        "shop", "Development", {"deploy_mode": DeployMode.MANUAL}, actor=ANN
    )
    planned = await image_pushes.deploying.prepare_pushes(target, (_NAMED,), image_pushes=(push,), actor=ANN)
    with pytest.raises(ImagePushesTakenError):
        await image_pushes.stage.operations.start(planned)
    assert await image_pushes.operations() == ()
    assert (await image_pushes.verdict("Development", push)).verdict == "offered"


async def test_a_deployment_that_fails_says_so_and_is_not_repeated(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker() as worker:
        await image_pushes.push("1.1.0-broken")
        (operation,) = await image_pushes.until_ended()
        await until_idle(worker)
        assert await image_pushes.why("Development", "1.1.0-broken") == "failed"
        (known,) = (await image_pushes.images.list("shop", "Development", after=None, limit=10, actor=ANN)).items
        assert (known.verdict.verdict, known.operation) == ("deploying", "failed")
    assert operation.state == "failed"
    assert len(await image_pushes.operations()) == 1


async def _until_runs(image_pushes, cluster, tag):
    async with asyncio.timeout(90):
        while not image_pushes.runs(cluster).startswith(f"{WEB}:{tag}"):
            await asyncio.sleep(0.05)


async def test_a_workload_of_a_delivery_tool_is_blocked_with_the_reason_until_an_image_delivery_writes_it(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    cluster = image_pushes.stage.sandbox.cluster("staging-1")
    owned = image_pushes.stage.object("staging-1", "Deployment", "web")
    owned["metadata"]["labels"] = {
        "helm.toolkit.fluxcd.io/name": "shop",
        "helm.toolkit.fluxcd.io/namespace": "flux-system",
    }
    cluster.update(owned, manager="helm-controller")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        blocked = await image_pushes.until_verdict("Development", push, "blocked")
        why = "belongs to the HelmRelease flux-system/shop of Flux, whose next upgrade brings the chart's image back"
        assert (blocked.code, why in blocked.reason) == ("owned", True)
        assert image_pushes.runs("staging-1") == f"{WEB}:1.0.0"
        await image_pushes.applications.set_image_deliveries(
            "shop", "Development", ImageDeliveries(owned=ImageDelivery.AS_OWNER), actor=ADMINISTRATOR
        )
        (operation,) = await image_pushes.until_ended()
    assert operation.state == "succeeded"
    assert image_pushes.runs("staging-1") == f"{WEB}:1.1.0@{digest('web:1.1.0')}"


async def test_automatic_deploys_end_with_the_rights_of_whoever_switched_them_on(image_pushes, database):
    await image_pushes.environment("Development", "staging-1", mode=DeployMode.MANUAL)

    async def switched_on_by(name: str) -> str:
        token: str
        token, actor = await image_pushes.token(name, Role.MAINTAINER)
        changes = AppEnvironmentFields(deploy_mode=DeployMode.AUTO)
        await image_pushes.applications.change_environment("shop", "Development", changes, actor=actor)
        return token

    await Access(database).revoke(await switched_on_by("ci"), caller=ADMINISTRATOR.caller)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        blocked = await image_pushes.until_verdict("Development", push, "blocked")
        assert blocked.code == "automation-without-right"
        assert "'ci' switched automatic deploys on" in blocked.reason
        await switched_on_by("another")
        (operation,) = await image_pushes.until_ended()
    assert operation.state == "succeeded"


async def test_pushes_are_judged_once_their_images_come_as_copies(image_pushes):
    host = WEB.partition("/")[0]
    record = await image_pushes.environment("Development", "staging-1", mode=DeployMode.AUTO)
    async with image_pushes.worker():
        pushes = await image_pushes.push("1.1.0", "1.2.0", repository=f"{host}/dev/shop/web")
        await image_pushes.until_state(pushes[-1], "decided")
    before = record.environment
    judged = []
    for mappings in ((ImageMapping(source=f"{host}/dev", target=host),), (copying(host),), (copying(host),)):
        async with image_pushes.stage.database.begin() as tx:
            await tx.environments.change(before.id, image_mappings=mappings)
            now = replace(before, image_mappings=mappings)
            await judge_after_mapping(tx, before, now)
            judged.append([each.verdict for _, each in sorted((await tx.verdicts.of(str(record.id))).items())])
        before = now
    assert judged == [[], ["superseded", "pending"], ["superseded", "pending"]]


def copying(host: str) -> ImageMapping:
    return ImageMapping(source=f"{host}/dev", target=host, copy_first=True)
