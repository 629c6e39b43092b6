"""Pushed images and what becomes of them, in real tables."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from db.base import new_id
from db.image_pushes import NewImagePush
from db.records.images import RunningImageRecord
from db.verdicts import NewVerdict
from domain.image_mappings import ImageMapping
from domain.images import ContainerRef
from domain.resources import ResourceId
from domain.words import ImagePushOrigin, ImagePushState, Verdict
from tests.support.rows import make_operation, make_target
from tests.support.specs import WEB

_REPOSITORY = "registry.example/shop/web"
_DIGEST = "sha256:" + "1" * 64


def _image_push(tag: str = "1.0.0", **fields) -> NewImagePush:
    return NewImagePush(
        **{"repository": _REPOSITORY, "tag": tag, "digest": None, "origin": ImagePushOrigin.WEBHOOK, **fields}
    )


def _lately() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=10)


async def test_pushes_are_numbered_in_the_order_in_which_they_came(database):
    async with database.begin() as tx:
        first = await tx.image_pushes.add([_image_push("1"), _image_push("2")])
        second = await tx.image_pushes.add([_image_push("3")])
    assert [*first, *second] == sorted([*first, *second])
    async with database.read() as tx:
        assert [each.tag for each in await tx.lookups.due_at("registry.example", limit=10)] == ["1", "2", "3"]


async def test_the_same_digest_within_the_window_was_just_reported(database):
    async with database.begin() as tx:
        await tx.image_pushes.add([_image_push(digest=_DIGEST)])
        assert await tx.image_pushes.was_just_reported(_image_push(digest=_DIGEST), since=_lately())
        assert not await tx.image_pushes.was_just_reported(_image_push(digest=_DIGEST), since=datetime.now(UTC))
        assert not await tx.image_pushes.was_just_reported(_image_push(digest="sha256:" + "2" * 64), since=_lately())


async def test_a_tag_that_was_moved_away_and_back_is_news(database):
    async with database.begin() as tx:
        await tx.image_pushes.add([_image_push(digest=_DIGEST), _image_push(digest="sha256:" + "2" * 64)])
        assert not await tx.image_pushes.was_just_reported(_image_push(digest=_DIGEST), since=_lately())


async def test_a_report_without_a_digest_repeats_one_that_is_still_to_be_looked_up(database):
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push()])
        assert await tx.image_pushes.was_just_reported(_image_push(), since=_lately())
        await tx.lookups.resolved(push, digest=_DIGEST, media_type=None, platforms=(), built_at=None)
        assert not await tx.image_pushes.was_just_reported(_image_push(), since=_lately())


async def test_what_is_reported_again_while_its_registry_is_asked_has_to_be_asked_for_again(database):
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push()])
        asked = await tx.lookups.due_at("registry.example", limit=10)
        assert await tx.lookups.still_due(asked) == {push}
    async with database.begin() as tx:
        assert await tx.image_pushes.was_just_reported(_image_push(), since=_lately())
    async with database.begin() as tx:
        assert await tx.lookups.still_due(asked) == frozenset()
        again = await tx.lookups.due_at("registry.example", limit=10)
        assert await tx.lookups.still_due(again) == {push}


async def test_what_is_to_be_looked_up_again_since_it_was_ready_is_not_decided(database):
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push()])
        await tx.lookups.unresolved([push], code="digest-unknown", reason="No credential.")
        ready = await tx.image_pushes.ready(limit=10)
        await tx.lookups.ask_again("registry.example")
        await tx.image_pushes.decided([each.push for each in ready])
        assert (await tx.image_pushes.some([push]))[push].state is ImagePushState.WAITING


async def test_repeating_a_report_does_not_wait_for_the_writer_of_a_registry_s_answer(database):
    async with database.begin() as tx:
        await tx.image_pushes.add([_image_push()])
    async with database.begin() as writing, database.begin() as reporting:
        await writing.lookups.still_due(await writing.lookups.due_at("registry.example", limit=10))
        assert not await reporting.image_pushes.was_just_reported(_image_push(), since=_lately())


async def test_what_its_registry_did_not_know_is_news_when_it_is_reported_again(database):
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push(digest=_DIGEST)])
        await tx.image_pushes.void([push], code="tag-unknown", reason="Unknown.")
        assert not await tx.image_pushes.was_just_reported(_image_push(digest=_DIGEST), since=_lately())


async def test_a_tag_counts_as_known_once_its_repository_ran_when_it_was_pushed(database):
    made = await make_target(database)
    async with database.begin() as tx:
        before, after = await tx.image_pushes.add(
            [_image_push(digest=_DIGEST, state=ImagePushState.DECIDED), _image_push()]
        )
        image_push = (await tx.image_pushes.some([after]))[after]
        assert await tx.known_tags.previous_digest(image_push) is None
        await tx.verdicts.judge(
            str(made.app_environment.id), [NewVerdict(push=before, verdict=Verdict.REFUSED, code="deny")]
        )
        assert await tx.known_tags.previous_digest(image_push) == _DIGEST


async def test_what_was_put_off_is_not_open_until_its_time_comes(database):
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push()])
        await tx.lookups.put_off(push, until=datetime.now(UTC) + timedelta(hours=1), code="busy", reason="Busy.")
        assert await tx.lookups.due_at("registry.example", limit=10) == ()
        assert (await tx.image_pushes.some([push]))[push].attempts == 1


async def test_known_tags_are_given_once_by_their_newest_push(database):
    async with database.begin() as tx:
        application = await tx.applications.add(name="shop", description="")
        await tx.image_pushes.add([_image_push("1"), _image_push("2"), _image_push("1", state=ImagePushState.VOID)])
        (again,) = await tx.image_pushes.add([_image_push("1", digest=_DIGEST)])
        known = await tx.known_tags.newest([_REPOSITORY], application_id=application.id, limit=10)
    assert [(each.tag, each.push == again) for each in known] == [("1", True), ("2", False)]


async def test_pushes_for_another_application_are_not_known_to_this_one(database):
    async with database.begin() as tx:
        mine = await tx.applications.add(name="shop", description="")
        other = await tx.applications.add(name="blog", description="")
        await tx.image_pushes.add([_image_push(application_id=other.id)])
        assert await tx.known_tags.newest([_REPOSITORY], application_id=mine.id, limit=10) == ()
        assert len(await tx.known_tags.newest([_REPOSITORY], application_id=other.id, limit=10)) == 1


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


async def test_of_a_repository_that_is_polled_the_newest_push_of_each_tag_is_kept(database):
    async with database.begin() as tx:
        await tx.polls.add(_REPOSITORY, seconds=60)
        old, new = await tx.image_pushes.add(
            [_image_push(state=ImagePushState.DECIDED), _image_push(state=ImagePushState.DECIDED)]
        )
        assert await tx.image_pushes.forget(before=_soon()) == 1
        assert set(await tx.image_pushes.some([old, new])) == {new}


async def test_what_counts_for_nothing_any_more_is_forgotten(database):
    made = await make_target(database)
    target = str(made.app_environment.id)
    verdicts = [Verdict.OFFERED, Verdict.UNCHANGED, Verdict.UNCHANGED, Verdict.REFUSED, Verdict.SUPERSEDED]
    async with database.begin() as tx:
        pushes = await tx.image_pushes.add([_image_push(str(tag), state=ImagePushState.DECIDED) for tag in range(5)])
        judged = [NewVerdict(push=push, verdict=word) for push, word in zip(pushes, verdicts, strict=True)]
        await tx.verdicts.judge(target, judged)
        unmatched, denied = await tx.image_pushes.add(
            [_image_push("unmatched", state=ImagePushState.DECIDED), _image_push("denied")]
        )
        await tx.image_pushes.forget(before=_lately())
        assert len(await tx.image_pushes.some([*pushes, unmatched, denied])) == 7
        await tx.image_pushes.forget(before=_soon())
        assert set(await tx.image_pushes.some([*pushes, unmatched, denied])) == {pushes[0], pushes[2]}


async def test_a_verdict_takes_the_place_of_an_earlier_one(database):
    made = await make_target(database)
    target = str(made.app_environment.id)
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push()])
        await tx.verdicts.judge(target, [NewVerdict(push=push, verdict=Verdict.OFFERED)])
        await tx.verdicts.judge(target, [NewVerdict(push=push, verdict=Verdict.PENDING)])
        assert (await tx.verdicts.of(target))[push].verdict is Verdict.PENDING
        assert await tx.verdicts.pending() == {target: (push,)}


async def test_a_verdict_keeps_the_containers_that_it_concerns(database):
    target = str((await make_target(database)).app_environment.id)
    containers = (ContainerRef(workload=WEB, container="web"), ContainerRef(workload=WEB, container="api"))
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push()])
        await tx.verdicts.judge(target, [NewVerdict(push=push, verdict=Verdict.OFFERED, containers=containers)])
        assert (await tx.verdicts.of(target))[push].containers == containers


async def test_a_push_that_an_operation_deploys_keeps_its_verdict(database):
    made = await make_target(database)
    target = str(made.app_environment.id)
    operation = await make_operation(database, made)
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push()])
        await tx.verdicts.judge(target, [NewVerdict(push=push, verdict=Verdict.PENDING)])
        assert await tx.verdicts.deploy(target, [push], operation_id=operation)
        await tx.verdicts.judge(target, [NewVerdict(push=push, verdict=Verdict.SUPERSEDED)])
        found = (await tx.verdicts.of(target))[push]
    assert (found.verdict, found.operation_id) == (Verdict.DEPLOYING, operation)


async def test_a_push_is_taken_by_one_operation_only(database):
    made = await make_target(database)
    target = str(made.app_environment.id)
    operation = await make_operation(database, made)
    async with database.begin() as tx:
        (push,) = await tx.image_pushes.add([_image_push()])
        await tx.verdicts.judge(target, [NewVerdict(push=push, verdict=Verdict.PENDING)])
        assert await tx.verdicts.deploy(target, [push], operation_id=operation)
        assert not await tx.verdicts.deploy(target, [push], operation_id=operation)


async def test_a_repository_leads_to_the_app_environments_that_run_copies_of_it(database):
    made = await make_target(database)
    other = await make_target(database, environment="Staging", clusters=("staging-1",))
    copying = ImageMapping(source="registry.dev", target="registry.prod", copy_first=True)
    async with database.begin() as tx:
        for each in (made, other):
            target = str(each.app_environment.id)
            web = RunningImageRecord(
                app_environment_id=target,
                resource=ResourceId.of("apps/v1", "Deployment", "web"),
                container="web",
                init=False,
                repository="registry.prod/shop/web",
                reference="registry.prod/shop/web:1.0.0",
            )
            await tx.running_images.put(target, [web])
        pushed, elsewhere = "registry.dev/shop/web", "registry.dev/shop/api"
        assert await tx.running_images.taking_any_of([pushed]) == {}
        await tx.environments.change(
            made.app_environment.environment.id, image_mappings=[replace(copying, copy_first=False)]
        )
        assert await tx.running_images.taking_any_of([pushed]) == {}
        await tx.environments.change(made.app_environment.environment.id, image_mappings=[copying])
        found = await tx.running_images.taking_any_of([pushed, elsewhere, "registry.prod/shop/web"])
    both = frozenset({pushed, "registry.prod/shop/web"})
    assert found == {
        str(made.app_environment.id): both,
        str(other.app_environment.id): frozenset({"registry.prod/shop/web"}),
    }


async def test_a_repository_leads_to_the_app_environments_that_run_it(database):
    made = await make_target(database)
    target = str(made.app_environment.id)
    async with database.begin() as tx:
        web = RunningImageRecord(
            app_environment_id=target,
            resource=ResourceId.of("apps/v1", "Deployment", "web"),
            container="web",
            init=False,
            repository=_REPOSITORY,
            reference=f"{_REPOSITORY}:1.0.0",
        )
        await tx.running_images.put(target, [web])
        assert await tx.running_images.taking_any_of([_REPOSITORY, "other"]) == {target: frozenset({_REPOSITORY})}
        assert await tx.running_images.of(target) == (web,)
        await tx.running_images.put(target, [])
        assert await tx.running_images.taking_any_of([_REPOSITORY]) == {}
        gone = new_id()
        await tx.running_images.put_all({gone: [replace(web, app_environment_id=gone)], target: [web]})
        assert await tx.running_images.of_all([gone, target]) == {target: (web,)}


async def test_of_a_tag_the_newest_push_and_the_digest_that_it_was_last_known_to_have_are_returned(database):
    async with database.begin() as tx:
        await tx.image_pushes.add([_image_push("1", digest=_DIGEST), _image_push("2")])
        (again,) = await tx.image_pushes.add([_image_push("1", state=ImagePushState.VOID)])
        tags = await tx.known_tags.all(_REPOSITORY)
    assert {tag: (known.digest, known.state) for tag, known in tags.items()} == {
        "1": (_DIGEST, "void"),
        "2": (None, "waiting"),
    }
    assert tags["1"].push == again


async def test_what_a_registry_hid_from_strangers_is_asked_for_again_with_a_credential(database):
    async with database.begin() as tx:
        hidden, older = await tx.image_pushes.add([_image_push(tag="2.0.0"), _image_push(tag="1.0.0")])
        await tx.image_pushes.void([hidden, older], code="tag-unknown", reason="Unknown.")
        (newer,) = await tx.image_pushes.add([_image_push(tag="1.0.0")])
        await tx.image_pushes.void([newer], code="no-news", reason="Known.")
        await tx.lookups.ask_again("registry.example")
        states = {push: each.state for push, each in (await tx.image_pushes.some([hidden, older, newer])).items()}
    assert states == {hidden: ImagePushState.WAITING, older: ImagePushState.VOID, newer: ImagePushState.VOID}


async def test_the_worker_waits_for_what_is_due_next_and_not_for_what_is_due_already(database):
    until = datetime.now(UTC) + timedelta(hours=1)
    async with database.begin() as tx:
        late, _ = await tx.image_pushes.add([_image_push("late"), _image_push("due")])
        assert await tx.lookups.next_due_in() is None
        await tx.lookups.put_off(late, until=until, code="registry-error", reason="It failed.")
        assert timedelta(minutes=59) < await tx.lookups.next_due_in() < timedelta(minutes=61)
