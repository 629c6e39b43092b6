"""Judging: the verdicts that image pushes get in each app environment."""

from dataclasses import replace
from uuid import UUID

from db.image_pushes import NewImagePush
from db.records.images import RunningImageRecord
from domain.resources import ResourceId
from domain.stored.policies import StoredPolicies
from domain.words import DeployMode, ImagePushOrigin, Pin
from services.pushes.codes import AS_REPORTED
from services.pushes.judging import judge_after_change, lock_and_judge, running_of
from tests.support.channels import make_channel, told
from tests.support.image_push_stage import WEB
from tests.support.promotion_stage import digest
from tests.support.rows import make_target

RESOURCE = ResourceId.of("apps/v1", "Deployment", "web")


def _row(target_id: str, reference: str = f"{WEB}:1.0.0") -> RunningImageRecord:
    return RunningImageRecord(
        app_environment_id=target_id,
        resource=RESOURCE,
        container="web",
        init=False,
        repository=WEB,
        reference=reference,
    )


async def _configured(database, **fields):
    """Its id; a container of it runs `WEB`."""
    target = (await make_target(database)).app_environment
    target_id = str(target.id)
    async with database.begin() as tx:
        await tx.app_environments.change(target.application.id, target.environment.id, **fields)
        await tx.app_environments.configure(target_id, namespace="shop", resources=[RESOURCE])
        await tx.running_images.put(target_id, [_row(target_id)])
    return target_id


async def _pushed(tx, tag="1.1.0", **fields):
    new = NewImagePush(repository=WEB, tag=tag, digest=digest(f"web:{tag}"), origin=ImagePushOrigin.WEBHOOK, **fields)
    (push,) = await tx.image_pushes.add([new])
    await tx.lookups.unresolved([push], code=AS_REPORTED, reason=None)
    return (await tx.image_pushes.some([push]))[push]


async def test_policies_that_cannot_be_read_hold_up_no_other_environment(image_pushes):
    unreadable = await image_pushes.environment("Development", "staging-1")
    await image_pushes.environment("Staging", "staging-2")
    async with image_pushes.database.begin() as tx:
        await tx.app_environments.change(
            unreadable.application.id,
            unreadable.environment.id,
            image_policies=StoredPolicies(document={"rules": [{"select": {"kind": "regex", "pattern": "("}}]}),
        )
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_ended()
        refused = await image_pushes.verdict("Development", push)
    assert image_pushes.runs("staging-2").startswith(f"{WEB}:1.1.0@")
    assert (refused.verdict, refused.code) == ("refused", "policies-unreadable")


async def test_without_a_digest_it_is_held_where_images_are_pinned_and_says_why(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0", known=False)
        held = await image_pushes.until_verdict("Development", push, "refused")
    assert (held.code, "Store a credential" in held.reason) == ("digest-unknown", True)


async def test_without_a_digest_it_is_deployed_by_its_tag_where_the_environment_allows_it(image_pushes):
    await image_pushes.environment("Development", "staging-1", pin=Pin.TAG)
    async with image_pushes.worker():
        await image_pushes.push("1.1.0", known=False)
        await image_pushes.until_ended()
    assert image_pushes.runs("staging-1") == f"{WEB}:1.1.0"


async def test_the_decision_of_the_planner_is_written_as_verdicts(database):
    target_id = await _configured(database, deploy_mode=DeployMode.AUTO)
    async with database.begin() as tx:
        image_push = await _pushed(tx)
        judged = await lock_and_judge(tx, target_id, [image_push])
        verdicts = await tx.verdicts.of(target_id)
    assert judged is not None
    assert [each.image for each in judged[1].next] == [f"{WEB}:1.1.0@{image_push.digest}"]
    assert {push: each.verdict for push, each in verdicts.items()} == {image_push.push: "pending"}


async def test_what_auto_refused_unconfirmed_is_offered_once_the_mode_is_manual(database):
    target_id = await _configured(database, deploy_mode=DeployMode.AUTO)
    async with database.begin() as tx:
        image_push = await _pushed(tx)
        await tx.lookups.unresolved([image_push.push], code="unverified", reason="Nobody says that it is an image.")
        doubtful = (await tx.image_pushes.some([image_push.push]))[image_push.push]
        await lock_and_judge(tx, target_id, [doubtful])
        await tx.image_pushes.decided([image_push.push])
        refused = (await tx.verdicts.of(target_id))[image_push.push]
        target = await tx.app_environments.get(target_id)
        manual = await tx.app_environments.change(
            target.application.id, target.environment.id, deploy_mode=DeployMode.MANUAL
        )
        await judge_after_change(tx, manual, switching=False)
        offered = (await tx.verdicts.of(target_id))[image_push.push]
        auto = await tx.app_environments.change(
            target.application.id, target.environment.id, deploy_mode=DeployMode.AUTO
        )
        await judge_after_change(tx, auto, switching=True)
        again = (await tx.verdicts.of(target_id))[image_push.push]
    assert [(each.verdict, each.code) for each in (refused, offered, again)] == [
        ("refused", "unverified"),
        ("offered", "unverified"),
        ("refused", "unverified"),
    ]


async def test_what_was_refused_without_a_digest_is_deployed_by_its_tag_once_the_pin_is_the_tag(database):
    target_id = await _configured(database, deploy_mode=DeployMode.AUTO)
    async with database.begin() as tx:
        image_push = replace(await _pushed(tx), digest=None)
        await tx.lookups.unresolved([image_push.push], code=AS_REPORTED, reason=None)
        await lock_and_judge(tx, target_id, [image_push])
        await tx.image_pushes.decided([image_push.push])
        refused = (await tx.verdicts.of(target_id))[image_push.push]
        target = await tx.app_environments.get(target_id)
        loose = await tx.app_environments.change(target.application.id, target.environment.id, pin=Pin.TAG)
        decision = await judge_after_change(tx, loose, switching=False)
    assert (refused.verdict, refused.code) == ("refused", "digest-unknown")
    assert [each.image_push.push for each in decision.next] == [image_push.push]


async def test_a_push_for_another_application_gets_no_verdict(database):
    target_id = await _configured(database)
    async with database.begin() as tx:
        other = await tx.applications.add(name="blog")
        await lock_and_judge(tx, target_id, [await _pushed(tx, application_id=other.id)])
        assert await tx.verdicts.of(target_id) == {}


async def test_nothing_is_judged_where_the_application_is_not_configured(database):
    target_id = str((await make_target(database)).app_environment.id)
    async with database.begin() as tx:
        assert await lock_and_judge(tx, target_id, [await _pushed(tx)]) is None
        assert await tx.verdicts.of(target_id) == {}


async def test_nothing_is_judged_in_an_app_environment_that_was_deleted(database):
    async with database.begin() as tx:
        assert await lock_and_judge(tx, str(UUID(int=0)), [await _pushed(tx)]) is None


async def test_a_push_that_waited_for_a_container_of_another_repository_is_refused(database):
    target_id = await _configured(database, deploy_mode=DeployMode.MANUAL)
    async with database.begin() as tx:
        image_push = await _pushed(tx)
        await lock_and_judge(tx, target_id, [image_push])
        assert (await tx.verdicts.of(target_id))[image_push.push].verdict == "offered"
        await tx.running_images.put(target_id, [])
        await lock_and_judge(tx, target_id)
        refused = (await tx.verdicts.of(target_id))[image_push.push]
    assert (refused.verdict, refused.code) == ("refused", "unmatched")


def test_an_indexed_image_whose_reference_cannot_be_parsed_is_left_out():
    rows = [_row("a", reference=f"{WEB}:1.0.0"), _row("a", reference="not an image")]
    assert [each.repository for each in running_of(rows, ())] == [WEB]


async def test_an_offered_push_is_told_once_however_often_it_is_judged(database):
    target_id = await _configured(database)
    channel = await make_channel(database)
    async with database.begin() as tx:
        await lock_and_judge(tx, target_id, [await _pushed(tx)])
        await lock_and_judge(tx, target_id)
    (offered,) = await told(database, channel)
    assert (offered.image, offered.digest) == (f"{WEB}:1.1.0", digest("web:1.1.0"))
    assert (offered.application, offered.environment) == ("shop", "Production")


async def test_a_push_that_is_deployed_automatically_is_not_told_as_offered(database):
    target_id = await _configured(database, deploy_mode=DeployMode.AUTO)
    channel = await make_channel(database)
    async with database.begin() as tx:
        await lock_and_judge(tx, target_id, [await _pushed(tx)])
    assert await told(database, channel) == ()
