"""Polled repositories: the first poll is no news, and later ones find new and moved tags."""

import asyncio

from domain.words import DeployMode
from tests.support.fake_registry import in_turn, says
from tests.support.image_push_stage import deployed, until


async def polled(image_pushes, name):
    async with image_pushes.database.begin() as tx:
        poll = await tx.polls.find(name) or await tx.polls.add(name, seconds=60)
        await tx.polls.change(poll.id, next_at=poll.created_at)
        await tx.image_pushes.notify()


async def until_polled(image_pushes, name, former=None):
    async with asyncio.timeout(90):
        while True:
            async with image_pushes.database.read() as tx:
                poll = await tx.polls.find(name)
            if poll.last_at is not None and poll.last_at != former:
                return poll.last_at
            await asyncio.sleep(0.02)


async def test_the_first_poll_is_no_news_and_later_ones_take_what_is_new_or_has_moved(
    image_pushes, docker_registry, repository
):
    name = await deployed(image_pushes, docker_registry, repository, mode=DeployMode.MANUAL)
    await docker_registry.push_image(repository, "1.5.0", content="old")
    async with image_pushes.worker():
        await polled(image_pushes, name)
        polled_at = await until_polled(image_pushes, name)
        known = await image_pushes.images.list("shop", "Development", after=None, limit=10)
        await docker_registry.push_image(repository, "1.0.0", content="moved")
        await docker_registry.push_image(repository, "1.6.0", content="new")
        await polled(image_pushes, name)
        await until_polled(image_pushes, name, polled_at)
        async with asyncio.timeout(90):
            while True:
                found = (await image_pushes.images.list("shop", "Development", after=None, limit=10)).items
                if sum(each.verdict is not None for each in found) == 2:
                    break
                await asyncio.sleep(0.05)
    assert {(each.image_push.tag, each.image_push.origin, each.verdict) for each in known.items} == {
        ("1.0.0", "baseline", None),
        ("1.5.0", "baseline", None),
    }
    news = {each.image_push.tag: each.verdict.verdict for each in found if each.verdict}
    assert news == {"1.0.0": "refused", "1.6.0": "offered"}


async def test_more_new_tags_than_one_poll_resolves_keep_their_order(image_pushes, docker_registry, repository):
    name = await deployed(image_pushes, docker_registry, repository, mode=DeployMode.MANUAL)
    tags = [f"t{number:03}" for number in range(70)]

    async def all_known():
        items = (await image_pushes.images.list("shop", "Development", after=None, limit=100)).items
        return items if len(items) > len(tags) else None

    async with image_pushes.worker():
        await polled(image_pushes, name)
        await until_polled(image_pushes, name)
        for tag in tags:
            await docker_registry.push_image(repository, tag, content="the same")
        await polled(image_pushes, name)
        known = await until(all_known)
    assert [each.image_push.tag for each in known][:70] == tags[::-1]


async def test_a_registry_that_cannot_be_polled_says_why_and_learns_nothing(image_pushes, pretend):
    await image_pushes.store_registry(pretend.host)
    name = f"{pretend.host}/shop/web"
    pretend.on("/v2/shop/web/tags/list", in_turn(says(401), says(401)))
    async with image_pushes.worker():
        await polled(image_pushes, name)
        async with asyncio.timeout(90):
            while True:
                async with image_pushes.database.read() as tx:
                    poll = await tx.polls.find(name)
                if poll.last_error:
                    break
                await asyncio.sleep(0.02)
    assert poll.last_at is None
    assert name.partition("/")[0] in poll.last_error
