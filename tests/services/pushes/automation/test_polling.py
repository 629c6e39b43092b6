"""Polled repositories: the first poll is no news, and later ones find new and moved tags."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from domain.words import DeployMode
from services.pushes.automation.polling import Polling
from services.pushes.registries import Polls
from tests.support.actors import ADMINISTERS, ANN
from tests.support.fake_registry import REPOSITORY, after_event, in_turn, says
from tests.support.image_push_stage import deployed, until

TAGS = f"/v2/{REPOSITORY}/tags/list"


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
        known = await image_pushes.images.list("shop", "Development", after=None, limit=10, actor=ANN)
        await docker_registry.push_image(repository, "1.0.0", content="moved")
        await docker_registry.push_image(repository, "1.6.0", content="new")
        await polled(image_pushes, name)
        await until_polled(image_pushes, name, polled_at)
        async with asyncio.timeout(90):
            while True:
                found = (await image_pushes.images.list("shop", "Development", after=None, limit=10, actor=ANN)).items
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
        items = (await image_pushes.images.list("shop", "Development", after=None, limit=100, actor=ANN)).items
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


def listing(*tags):
    return says(body=json.dumps({"tags": tags}).encode())


async def origins(image_pushes, name):
    """The origin of each known tag of a repository."""
    async with image_pushes.database.read() as tx:
        known = await tx.known_tags.all(name)
        pushes = await tx.image_pushes.some(each.push for each in known.values())
    return {each.tag: each.origin for each in pushes.values()}


@pytest.fixture
async def added(image_pushes, pretend):
    """A poll that is due, of a repository with one tag."""
    await image_pushes.store_registry(pretend.host)
    pretend.holds(tag="1.0.0")
    pretend.on(TAGS, listing("1.0.0"))
    return await Polls(image_pushes.database).put(ADMINISTERS, f"{pretend.host}/{REPOSITORY}", seconds=86_400)


@pytest.fixture
def polling(image_pushes):
    return Polling(image_pushes.database, image_pushes.registries)


@pytest.fixture
async def while_listing(pretend, polling, added):
    """Polls it, and does something between the registry's list of tags and the end of the poll."""

    async def poll(meanwhile):
        listed = asyncio.Event()
        pretend.on(TAGS, after_event(listed, listing("1.0.0")))
        under_way = asyncio.create_task(polling.poll([added]))
        await until(lambda: _there(pretend.asked(TAGS)))
        answer = await meanwhile()
        listed.set()
        await under_way
        return answer

    return poll


async def _there(found):
    return found or None


async def test_what_is_new_at_the_second_poll_is_news_though_its_record_was_read_before_the_first_had_ended(
    image_pushes, pretend, polling, added
):
    await polling.poll([added])
    pretend.holds(tag="1.1.0")
    pretend.on(TAGS, listing("1.0.0", "1.1.0"))
    await polled(image_pushes, added.repository)
    await polling.poll([added])
    assert await origins(image_pushes, added.repository) == {"1.0.0": "baseline", "1.1.0": "poll"}


async def test_a_poll_that_is_not_due_any_more_when_its_turn_comes_is_left_alone(pretend, polling, added):
    await polling.poll([added])
    await polling.poll([added])
    assert len(pretend.asked(TAGS)) == 1


async def test_a_repository_that_is_not_to_be_polled_any_more_when_its_turn_comes_is_left_alone(
    image_pushes, pretend, polling, added
):
    await Polls(image_pushes.database).delete(ADMINISTERS, added.repository)
    await polling.poll([added])
    assert pretend.asked(TAGS) == []


async def test_a_poll_that_is_deleted_while_its_registry_answers_learns_nothing(image_pushes, added, while_listing):
    await while_listing(lambda: Polls(image_pushes.database).delete(ADMINISTERS, added.repository))
    assert await origins(image_pushes, added.repository) == {}


async def test_a_slow_answer_is_dropped_when_another_process_has_polled_the_repository_meanwhile(
    image_pushes, pretend, added, while_listing
):
    async def elsewhere():
        pretend.holds(tag="1.1.0")
        pretend.on(TAGS, listing("1.0.0", "1.1.0"))
        await Polling(image_pushes.database, image_pushes.registries).poll([added])
        async with image_pushes.database.read() as tx:
            return await tx.polls.get(added.id)

    other = await while_listing(elsewhere)
    async with image_pushes.database.read() as tx:
        poll = await tx.polls.get(added.id)
    assert (poll.last_at, poll.next_at) == (other.last_at, other.next_at)
    assert await origins(image_pushes, added.repository) == {"1.0.0": "baseline", "1.1.0": "baseline"}


async def test_an_interval_that_is_changed_while_the_registry_answers_holds_from_then_on(
    image_pushes, added, while_listing
):
    await while_listing(lambda: Polls(image_pushes.database).put(ADMINISTERS, added.repository, seconds=60))
    async with image_pushes.database.read() as tx:
        poll = await tx.polls.get(added.id)
    assert poll.last_at is not None
    assert poll.next_at <= datetime.now(UTC) + timedelta(seconds=66)


async def test_an_interval_that_is_changed_while_the_registry_fails_holds_from_then_on(
    image_pushes, pretend, added, polling
):
    failed = asyncio.Event()
    pretend.on(TAGS, after_event(failed, says(401)))
    under_way = asyncio.create_task(polling.poll([added]))
    await until(lambda: _there(pretend.asked(TAGS)))
    await Polls(image_pushes.database).put(ADMINISTERS, added.repository, seconds=60)
    failed.set()
    await under_way
    async with image_pushes.database.read() as tx:
        poll = await tx.polls.get(added.id)
    assert poll.last_error is not None
    assert poll.next_at <= datetime.now(UTC) + timedelta(seconds=66)
