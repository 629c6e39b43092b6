"""What becomes of pushed images by themselves: deployed where the environment is on auto, offered where it is not."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from db.image_pushes import NewImagePush
from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from domain.stored.policies import StoredPolicies
from domain.stored.receivers import ReceiverSettings
from domain.stored.requests import DeployRequest, PromotionRequest
from domain.words import DeliveryFate, DeployMode, ImagePushOrigin, Pin, Provider
from services.changes.new_operations import ImagePushesTakenError
from services.planning.policies.parsing import parse_policies
from services.planning.policies.tags import ImagePolicies
from services.pushes.automation.index_backfill import IndexBackfill
from services.pushes.automation.ready_pushes import ReadyPushes
from tests.services.pushes.conftest import LIMITS, WEB, until_idle
from tests.support.promotion_stage import ANN, digest, image, workload


async def test_on_auto_a_pushed_image_is_deployed_by_its_digest(arriving):
    await arriving.environment("Development", "staging-1")
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0")
        (operation,) = await arriving.until_ended()
    verdict = await arriving.verdict("Development", push)
    assert arriving.runs("staging-1") == f"{WEB}:1.1.0@{digest('web:1.1.0')}"
    assert (operation.kind, operation.state, operation.actor) == ("deploy", "succeeded", "poll")
    assert (verdict.verdict, verdict.operation_id) == ("deploying", operation.id)
    assert await arriving.why("Development", "1.1.0") == "running"


async def test_on_manual_it_is_offered_and_a_person_deploys_it_by_its_name(arriving):
    await arriving.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0")
        await arriving.until_verdict("Staging", push, "offered")
        offered = (await arriving.stage.overview.read("shop")).environments[0].workloads[0].containers[0].pushed
        held = await arriving.why("Staging", "1.1.0")
        started = await arriving.deploying.start(
            "shop", "Staging", DeployRequest(image=f"{WEB}:1.1.0"), actor=ANN, idempotency=None
        )
        await arriving.until_ended()
    verdict = await arriving.verdict("Staging", push)
    overview = await arriving.stage.overview.read("shop")
    assert (offered.tag, offered.digest, held) == ("1.1.0", digest("web:1.1.0"), "held")
    assert arriving.runs("staging-1") == f"{WEB}:1.1.0@{digest('web:1.1.0')}"
    assert (verdict.verdict, verdict.operation_id) == ("deploying", started.id)
    assert overview.environments[0].workloads[0].containers[0].pushed is None


async def test_pushes_while_an_operation_is_under_way_come_to_the_newest(arriving):
    await arriving.environment("Development", "staging-1")
    async with arriving.worker():
        (slow,) = await arriving.push("1.1.0-slow")
        first = await arriving.until_verdict("Development", slow, "deploying")
        pushes = [push for tag in ("1.2.0", "1.3.0", "1.4.0") for push in await arriving.push(tag)]
        await arriving.until_verdict("Development", pushes[-1], "pending")
        under_way = (await arriving.stage.operations.read(first.operation_id)).state.ended is False
        waiting = await arriving.why("Development", "1.4.0")
        ended = await arriving.until_ended(2)
        superseded = [await arriving.why("Development", tag) for tag in ("1.1.0-slow", "1.2.0", "1.3.0")]
    assert (under_way, waiting) == (True, "waiting")
    assert [each.state for each in ended] == ["succeeded", "succeeded"]
    assert arriving.runs("staging-1") == f"{WEB}:1.4.0@{digest('web:1.4.0')}"
    assert superseded == ["superseded"] * 3


async def test_while_it_is_deployed_the_answer_says_so(arriving):
    await arriving.environment("Development", "staging-1")
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0-slow")
        await arriving.until_verdict("Development", push, "deploying")
        await _until_runs(arriving, "staging-1", "1.1.0-slow")
        assert await arriving.why("Development", "1.1.0-slow") == "deploying"


async def test_a_burst_is_one_deployment_of_the_newest(arriving):
    await arriving.environment("Development", "staging-1")
    pushes = await arriving.push(*(f"1.{number}.0" for number in range(1, 30)))
    async with arriving.worker():
        await arriving.until_verdict("Development", pushes[-1], "deploying")
        ended = await arriving.until_ended()
    assert len(ended) == 1
    assert arriving.runs("staging-1").startswith(f"{WEB}:1.29.0@")


async def test_what_a_policy_refuses_goes_nowhere_and_says_by_which_rule(arriving):
    await arriving.environment("Development", "staging-1")
    rule = {"select": {"kind": "semver", "range": "^1.0.0"}, "deny": ["*-rc*"]}
    await arriving.policies.put("shop", "Development", parse_policies({"rules": [rule]}))
    async with arriving.worker():
        pushes = await arriving.push("1.1.0-rc1", "2.0.0")
        refused = [await arriving.until_verdict("Development", push, "refused") for push in pushes]
        why = await arriving.why("Development", "2.0.0")
    assert [each.code for each in refused] == ["deny", "select"]
    assert why == "refused"
    assert await arriving.operations() == ()


async def test_other_policies_take_what_was_refused(arriving):
    await arriving.environment("Development", "staging-1")
    await arriving.policies.put("shop", "Development", parse_policies({"rules": [{"deny": ["*"]}]}))
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0")
        await arriving.until_verdict("Development", push, "refused")
        await arriving.policies.put("shop", "Development", ImagePolicies())
        await arriving.until_ended()
    assert arriving.runs("staging-1").startswith(f"{WEB}:1.1.0@")


async def test_policies_that_cannot_be_read_hold_up_no_other_environment(arriving):
    unreadable = await arriving.environment("Development", "staging-1")
    await arriving.environment("Staging", "staging-2")
    async with arriving.database.begin() as tx:
        await tx.app_environments.change(
            unreadable.application.id,
            unreadable.environment.id,
            image_policies=StoredPolicies(document={"rules": [{"select": {"kind": "regex", "pattern": "("}}]}),
        )
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0")
        await arriving.until_ended()
        refused = await arriving.verdict("Development", push)
    assert arriving.runs("staging-2").startswith(f"{WEB}:1.1.0@")
    assert (refused.verdict, refused.code) == ("refused", "policies-unreadable")


async def test_without_a_digest_it_is_held_where_images_are_pinned_and_says_why(arriving):
    await arriving.environment("Development", "staging-1")
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0", known=False)
        held = await arriving.until_verdict("Development", push, "refused")
    assert (held.code, "Store a credential" in held.reason) == ("digest-unknown", True)


async def test_without_a_digest_it_is_deployed_by_its_tag_where_the_environment_allows_it(arriving):
    await arriving.environment("Development", "staging-1", pin=Pin.TAG)
    async with arriving.worker():
        await arriving.push("1.1.0", known=False)
        await arriving.until_ended()
    assert arriving.runs("staging-1") == f"{WEB}:1.1.0"


def _pause(arriving, *, paused):
    body = arriving.stage.object("staging-1", "Deployment", "web")
    body["spec"]["paused"] = paused
    arriving.stage.sandbox.cluster("staging-1").update(body, manager="kubectl")


async def test_a_plan_that_is_blocked_is_no_operation_and_says_what_stands_in_the_way(arriving):
    await arriving.environment("Development", "staging-1")
    _pause(arriving, paused=True)
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0")
        blocked = await arriving.until_verdict("Development", push, "blocked")
    assert blocked.code == "rollout-paused"
    assert await arriving.operations() == ()
    assert await arriving.why("Development", "1.1.0") == "failed"


async def test_what_was_blocked_is_deployed_once_nothing_stands_in_the_way_any_more(arriving):
    await arriving.environment("Development", "staging-1")
    _pause(arriving, paused=True)
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0")
        await arriving.until_verdict("Development", push, "blocked")
        _pause(arriving, paused=False)
        (operation,) = await arriving.until_ended()
    assert (await arriving.verdict("Development", push)).operation_id == operation.id
    assert arriving.runs("staging-1").startswith(f"{WEB}:1.1.0@")


async def test_what_runs_already_is_no_operation(arriving):
    await arriving.environment("Development", "staging-1", image=image("web:1.0.0", pinned=True))
    async with arriving.worker():
        (push,) = await arriving.push("1.0.0")
        await arriving.until_verdict("Development", push, "unchanged")
    assert await arriving.operations() == ()


async def test_what_runs_already_by_its_tag_alone_is_found_out_by_looking(arriving):
    await arriving.environment("Development", "staging-1")
    async with arriving.worker():
        (push,) = await arriving.push("1.0.0")
        await arriving.until_verdict("Development", push, "unchanged")
    assert await arriving.operations() == ()


async def test_a_cluster_that_is_down_holds_no_other_up_and_is_given_it_when_it_is_back(arriving):
    await arriving.environment("Development", "staging-1", "staging-2")
    down = arriving.stage.sandbox.faults("staging-2")
    async with arriving.worker():
        down.set({"unreachable": True})
        (push,) = await arriving.push("1.1.0")
        (operation,) = await arriving.until_ended()
        went_on, why = arriving.runs("staging-1"), await arriving.why("Development", "1.1.0")
        down.set({"unreachable": False})
        await _until_runs(arriving, "staging-2", "1.1.0")
        (ended,) = await arriving.until_ended()
    assert went_on.startswith(f"{WEB}:1.1.0@")
    assert (operation.state, why) == ("failed", "running-partly")
    assert ended.id == operation.id
    assert (ended.state, (await arriving.verdict("Development", push)).verdict) == ("succeeded", "deploying")


async def test_where_no_cluster_answers_it_waits_without_an_operation(arriving):
    await arriving.environment("Development", "staging-1")
    down = arriving.stage.sandbox.faults("staging-1")
    async with arriving.worker() as worker:
        await arriving.stage.overview.read("shop")
        down.set({"unreachable": True})
        (push,) = await arriving.push("1.1.0")
        await arriving.until_verdict("Development", push, "pending")
        await until_idle(worker)
        waited, why = await arriving.operations(), await arriving.why("Development", "1.1.0")
        down.set({"unreachable": False})
        await arriving.until_ended()
    assert (waited, why) == ((), "cluster-down")
    assert arriving.runs("staging-1").startswith(f"{WEB}:1.1.0@")


async def test_going_to_auto_deploys_the_newest_that_is_offered_as_its_preview_said(arriving):
    await arriving.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with arriving.worker():
        pushes = await arriving.push("1.1.0", "1.2.0", "0.9.0")
        await arriving.until_verdict("Staging", pushes[1], "offered")
        preview = await arriving.policies.preview_mode("shop", "Staging", DeployMode.AUTO)
        await arriving.applications.change_environment("shop", "Staging", {"deploy_mode": DeployMode.AUTO})
        await arriving.until_ended()
    assert (
        [each.image for each in preview.next] == [f"{WEB}:1.2.0@{digest('web:1.2.0')}"] == [arriving.runs("staging-1")]
    )
    assert "1.2.0" in preview.sentence


async def test_going_to_manual_holds_what_waits(arriving):
    await arriving.environment("Development", "staging-1")
    async with arriving.worker():
        await arriving.stage.overview.read("shop")
        arriving.stage.sandbox.faults("staging-1").set({"unreachable": True})
        (push,) = await arriving.push("1.1.0")
        await arriving.until_verdict("Development", push, "pending")
        await arriving.applications.change_environment("shop", "Development", {"deploy_mode": DeployMode.MANUAL})
        assert (await arriving.verdict("Development", push)).verdict == "offered"


async def test_two_workers_deploy_once(arriving):
    await arriving.environment("Development", "staging-1")
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(arriving.worker()) for _ in range(2)]
        await arriving.push("1.1.0")
        await arriving.until_ended()
        await until_idle(*workers)
    assert len(await arriving.operations()) == 1


async def _pending(arriving, *tags):
    """Decided upon, as the worker would, and not started."""
    await IndexBackfill(arriving.database, arriving.stage.pool, LIMITS).fill()
    pushes = await arriving.push(*tags)
    async with arriving.database.begin() as tx:
        await tx.lookups.unresolved(pushes, code=None, reason=None)
    assert await ReadyPushes(arriving.database).judge()
    return pushes


async def test_those_who_start_the_same_at_the_same_moment_start_it_once(arriving):
    target = await arriving.environment("Development", "staging-1")
    (push,) = await _pending(arriving, "1.1.0")
    await asyncio.gather(*(arriving.rolling_out().roll_out(str(target.id)) for _ in range(4)))
    (operation,) = await arriving.until_ended()
    assert (await arriving.verdict("Development", push)).operation_id == operation.id


_NAMED = ContainerImage(
    workload=ResourceId.of("apps/v1", "Deployment", "web"),
    container="web",
    image=Image.of(f"{WEB}:1.1.0@{digest('web:1.1.0')}"),
)


async def test_what_was_superseded_while_it_was_planned_is_not_started(arriving):
    target = await arriving.environment("Development", "staging-1")
    (old,) = await _pending(arriving, "1.1.0")
    (new,) = await _pending(arriving, "1.2.0")
    with pytest.raises(ImagePushesTakenError):
        await arriving.deploying.deploy_pushes(target, (_NAMED,), image_pushes=(old,), actor=ANN)
    assert await arriving.operations() == ()
    assert (await arriving.verdict("Development", new)).verdict == "pending"


async def test_what_was_held_by_going_to_manual_while_it_was_planned_is_not_started(arriving):
    target = await arriving.environment("Development", "staging-1")
    (push,) = await _pending(arriving, "1.1.0")
    await arriving.applications.change_environment("shop", "Development", {"deploy_mode": DeployMode.MANUAL})
    with pytest.raises(ImagePushesTakenError):
        await arriving.deploying.deploy_pushes(target, (_NAMED,), image_pushes=(push,), actor=ANN)
    assert await arriving.operations() == ()
    assert (await arriving.verdict("Development", push)).verdict == "offered"


async def test_an_offer_that_came_by_a_promotion_is_none_any_more(arriving):
    await arriving.environment(
        "Development", "staging-2", mode=DeployMode.MANUAL, image=image("web:1.1.0", pinned=True)
    )
    await arriving.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0")
        await arriving.until_verdict("Staging", push, "offered")
        request = PromotionRequest(source_environment="Development", target_environment="Staging")
        await arriving.stage.promoting.start("shop", request, actor=ANN, idempotency=None)
        await arriving.until_verdict("Staging", push, "unchanged")


@pytest.mark.parametrize(("tag", "code"), [("7.7.7", "no-event"), ("1.0.0", "running")])
async def test_why_answers_for_what_never_came(arriving, tag, code):
    await arriving.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with arriving.worker() as worker:
        await until_idle(worker)
        assert await arriving.why("Staging", tag) == code


async def test_what_nobody_runs_is_unmatched(arriving):
    await arriving.environment("Development", "staging-1")
    async with arriving.worker():
        (push,) = await arriving.push("9.9.9", repository="registry.example/other/thing")
        await arriving.until_state(push, "decided")
        assert await arriving.why("Development", "9.9.9") == "unmatched"


async def test_a_delivery_of_which_nobody_runs_anything_says_so_and_one_that_somebody_runs_does_not(arriving):
    await arriving.environment("Development", "staging-1", mode=DeployMode.MANUAL)
    deliveries = []
    async with arriving.database.begin() as tx:
        await tx.receivers.add(
            receiver_id="r" * 24,
            name="ci",
            provider=Provider.CI,
            application_id=None,
            settings=ReceiverSettings(),
            secret="s",
        )
        for names in (("registry.example/other/thing",), ("registry.example/other/thing", WEB)):
            delivery = await tx.deliveries.add("r" * 24, fate=DeliveryFate.ACCEPTED)
            assert delivery is not None
            deliveries.append(delivery)
            await tx.image_pushes.add(
                [
                    NewImagePush(
                        repository=name,
                        tag="1.1.0",
                        digest=digest(f"{name}:{delivery}"),
                        origin=ImagePushOrigin.WEBHOOK,
                        delivery_id=delivery,
                    )
                    for name in names
                ]
            )
    async with arriving.worker() as worker:
        async with asyncio.timeout(90):
            while (await _fates(arriving, deliveries))[0] == "accepted":
                await asyncio.sleep(0.02)
        await until_idle(worker)
        assert await _fates(arriving, deliveries) == ["unmatched", "accepted"]


async def _fates(arriving, deliveries):
    async with arriving.database.read() as tx:
        found = [await tx.deliveries.get("r" * 24, each) for each in deliveries]
    return [each.fate.value for each in found]


async def test_what_runs_is_found_among_other_images_though_only_a_strangers_tag_was_reported(arriving):
    workloads = (workload("web", {"web": f"{WEB}:1.0.0", "proxy": "docker.io/library/nginx:1.27"}),)
    await arriving.stage.environment("Staging", {"staging-1": workloads}, deploy_mode=DeployMode.MANUAL)
    async with arriving.worker():
        (push,) = await arriving.push("1.0.0", repository="registry.example/other/thing")
        await arriving.until_state(push, "decided")
        explained = await arriving.images.why("shop", "Staging", "1.0.0", repository=None)
        never = await arriving.why("Staging", "7.7.7")
    assert (explained.answer.code, explained.image, never) == ("running", None, "no-event")


async def test_a_deployment_that_fails_says_so_and_is_not_repeated(arriving):
    await arriving.environment("Development", "staging-1")
    async with arriving.worker() as worker:
        await arriving.push("1.1.0-broken")
        (operation,) = await arriving.until_ended()
        await until_idle(worker)
        assert await arriving.why("Development", "1.1.0-broken") == "failed"
        (known,) = (await arriving.images.list("shop", "Development", after=None, limit=10)).items
        assert (known.verdict.verdict, known.operation) == ("deploying", "failed")
    assert operation.state == "failed"
    assert len(await arriving.operations()) == 1


async def _until_runs(arriving, cluster, tag):
    async with asyncio.timeout(90):
        while not arriving.runs(cluster).startswith(f"{WEB}:{tag}"):
            await asyncio.sleep(0.05)
