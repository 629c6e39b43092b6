"""Pushed images whose registry is asked: what it says counts, and one that is away holds no other up."""

import asyncio

import pytest

from db.image_pushes import NewImagePush
from domain.stored.receivers import ReceiverSettings
from domain.words import DeliveryFate, DeployMode, ImagePushOrigin, Provider
from tests.support.fake_api_server import fake_api_server
from tests.support.fake_registry import FakeRegistry, in_turn, says


@pytest.fixture
async def pretend():
    """A registry that misbehaves as it is told to."""
    async with fake_api_server() as server:
        yield FakeRegistry(server)


async def deployed(arriving, registry, repository, *, cluster="staging-1", **environment):
    """Development runs the repository's first image, and its registry is known."""
    name = f"{registry.address}/{repository}"
    await registry.push_image(repository, "1.0.0", content="1.0.0")
    await arriving.store_registry(registry.address)
    await arriving.environment("Development", cluster, image=f"{name}:1.0.0", **environment)
    return name


async def test_the_registry_names_the_digest_of_what_was_reported_without_one(arriving, docker_registry, repository):
    name = await deployed(arriving, docker_registry, repository)
    async with arriving.worker():
        digest = await docker_registry.push_image(repository, "1.1.0", platforms=2, content="1.1.0")
        (push,) = await arriving.push("1.1.0", repository=name, known=False)
        await arriving.until_ended()
    image_push = await arriving.image_push(push)
    assert arriving.runs("staging-1") == f"{name}:1.1.0@{digest}"
    assert (image_push.resolved, image_push.platforms) == (True, ("linux/amd64", "linux/arm64"))


async def test_a_chart_is_no_image_and_goes_nowhere(arriving, docker_registry, repository):
    name = await deployed(arriving, docker_registry, repository)
    chart = "application/vnd.cncf.helm.config.v1+json"
    async with arriving.worker():
        await docker_registry.push_artefact(repository, "2.0.0", kind=chart, layer="application/gzip")
        (push,) = await arriving.push("2.0.0", repository=name, known=False)
        void = await arriving.until_state(push, "void")
    assert void.code == "registry-not-an-image"


async def test_a_tag_that_the_registry_does_not_know_is_given_up_after_a_few_tries(
    arriving, docker_registry, repository
):
    name = await deployed(arriving, docker_registry, repository)
    async with arriving.worker():
        (push,) = await arriving.push("9.9.9", repository=name)
        void = await arriving.until_state(push, "void")
        assert await arriving.why("Development", "9.9.9") == "no-event"
    assert (void.code, void.attempts) == ("tag-unknown", 3)


async def test_the_same_image_under_the_same_tag_is_no_news(arriving, docker_registry, repository):
    name = await deployed(arriving, docker_registry, repository, mode=DeployMode.MANUAL)
    await docker_registry.push_image(repository, "main", content="main")
    async with arriving.worker():
        (first,) = await arriving.push("main", repository=name, known=False)
        await arriving.until_state(first, "decided")
        (second,) = await arriving.push("main", repository=name, known=False)
        assert (await arriving.until_state(second, "void")).code == "no-news"


async def test_a_delivery_tells_in_the_end_that_all_it_reported_went_nowhere(arriving, docker_registry, repository):
    name = await deployed(arriving, docker_registry, repository, mode=DeployMode.MANUAL)
    await docker_registry.push_artefact(
        repository, "2.0.0", kind="application/vnd.cncf.helm.config.v1+json", layer="application/gzip"
    )
    async with arriving.database.begin() as tx:
        await tx.receivers.add(
            receiver_id="r" * 24,
            name="ci",
            provider=Provider.CI,
            application_id=None,
            settings=ReceiverSettings(),
            secret="s",
        )
    told = []
    async with arriving.worker():
        for tag in ("1.0.0", "1.0.0", "2.0.0"):
            async with arriving.database.begin() as tx:
                delivery = await tx.deliveries.add("r" * 24, fate=DeliveryFate.ACCEPTED)
                new = NewImagePush(
                    repository=name, tag=tag, digest=None, origin=ImagePushOrigin.WEBHOOK, delivery_id=delivery
                )
                (push,) = await tx.image_pushes.add([new])
            async with asyncio.timeout(90):
                while (await arriving.image_push(push)).state not in {"decided", "void"}:
                    await asyncio.sleep(0.02)
            async with arriving.database.read() as tx:
                found = await tx.deliveries.get("r" * 24, delivery)
            told.append((found.fate, found.code))
    assert told == [("accepted", None), ("repeated", "no-news"), ("ignored", "registry-not-an-image")]


async def test_a_registry_that_is_busy_is_left_alone_and_holds_no_other_up(
    arriving, docker_registry, repository, pretend
):
    pushed = pretend.holds(tag="1.1.0")
    path = "/v2/shop/web/manifests/1.1.0"
    name = await deployed(arriving, docker_registry, repository)
    busy = f"{pretend.host}/shop/web"
    await arriving.store_registry(pretend.host)
    await arriving.environment("Staging", "staging-2", image=f"{busy}:1.0.0")
    too_many = says(429, Retry_After="2")
    for method in ("HEAD", "GET"):
        pretend.on(path, too_many, methods=(method,))
    async with arriving.worker():
        (away,) = await arriving.push("1.1.0", repository=busy, known=False)
        await docker_registry.push_image(repository, "1.1.0", content="1.1.0")
        await arriving.push("1.1.0", repository=name, known=False)
        await arriving.until_ended()
        waiting = await arriving.image_push(away)
        why = await arriving.why("Staging", "1.1.0")
        pretend.holds(tag="1.1.0")
        await arriving.until_verdict("Staging", away, "deploying")
        await arriving.until_ended(2)
    assert (waiting.state, waiting.code, why) == ("waiting", "registry-busy", "registry-error")
    assert arriving.runs("staging-2") == f"{busy}:1.1.0@{pushed.digest}"


async def test_a_credential_that_is_stored_later_frees_what_was_held_without_one(arriving, docker_registry, repository):
    name = f"{docker_registry.address}/{repository}"
    await arriving.environment("Development", "staging-1", image=f"{name}:1.0.0")
    digest = await docker_registry.push_image(repository, "1.1.0", content="1.1.0")
    async with arriving.worker():
        (push,) = await arriving.push("1.1.0", repository=name, known=False)
        await arriving.until_verdict("Development", push, "refused")
        await arriving.store_registry(docker_registry.address)
        async with arriving.database.begin() as tx:
            await tx.lookups.ask_again(docker_registry.address)
        await arriving.until_ended()
    assert arriving.runs("staging-1") == f"{name}:1.1.0@{digest}"


async def polled(arriving, name):
    async with arriving.database.begin() as tx:
        poll = await tx.polls.find(name) or await tx.polls.add(name, seconds=60)
        await tx.polls.change(poll.id, next_at=poll.created_at)
        await tx.image_pushes.notify()


async def until_looked(arriving, name, former=None):
    async with asyncio.timeout(90):
        while True:
            async with arriving.database.read() as tx:
                poll = await tx.polls.find(name)
            if poll.last_at is not None and poll.last_at != former:
                return poll.last_at
            await asyncio.sleep(0.02)


async def test_the_first_look_is_no_news_and_later_ones_take_what_is_new_or_has_moved(
    arriving, docker_registry, repository
):
    name = await deployed(arriving, docker_registry, repository, mode=DeployMode.MANUAL)
    await docker_registry.push_image(repository, "1.5.0", content="old")
    async with arriving.worker():
        await polled(arriving, name)
        looked = await until_looked(arriving, name)
        known = await arriving.images.list("shop", "Development", after=None, limit=10)
        await docker_registry.push_image(repository, "1.0.0", content="moved")
        await docker_registry.push_image(repository, "1.6.0", content="new")
        await polled(arriving, name)
        await until_looked(arriving, name, looked)
        async with asyncio.timeout(90):
            while True:
                found = (await arriving.images.list("shop", "Development", after=None, limit=10)).items
                if sum(each.verdict is not None for each in found) == 2:
                    break
                await asyncio.sleep(0.05)
    assert {(each.image_push.tag, each.image_push.origin, each.verdict) for each in known.items} == {
        ("1.0.0", "baseline", None),
        ("1.5.0", "baseline", None),
    }
    news = {each.image_push.tag: each.verdict.verdict for each in found if each.verdict}
    assert news == {"1.0.0": "refused", "1.6.0": "offered"}


async def test_more_new_tags_than_are_asked_for_at_one_look_keep_their_order(arriving, docker_registry, repository):
    name = await deployed(arriving, docker_registry, repository, mode=DeployMode.MANUAL)
    tags = [f"t{number:03}" for number in range(70)]
    async with arriving.worker():
        await polled(arriving, name)
        looked = await until_looked(arriving, name)
        for tag in tags:
            await docker_registry.push_image(repository, tag, content="the same")
        await polled(arriving, name)
        await until_looked(arriving, name, looked)
        known = (await arriving.images.list("shop", "Development", after=None, limit=100)).items
    assert [each.image_push.tag for each in known][:70] == tags[::-1]


async def test_a_registry_that_cannot_be_polled_says_why_and_learns_nothing(arriving, pretend):
    await arriving.store_registry(pretend.host)
    name = f"{pretend.host}/shop/web"
    pretend.on("/v2/shop/web/tags/list", in_turn(says(401), says(401)))
    async with arriving.worker():
        await polled(arriving, name)
        async with asyncio.timeout(90):
            while True:
                async with arriving.database.read() as tx:
                    poll = await tx.polls.find(name)
                if poll.last_error:
                    break
                await asyncio.sleep(0.02)
    assert poll.last_at is None
    assert name.partition("/")[0] in poll.last_error
