"""A tag that its registry cannot serve stops neither the other tags nor later looks; which it is, and why, is said."""

import json

import pytest

from db.image_pushes import TAG_UNKNOWN
from domain.words import DeployMode
from services.planning.policies.parsing import parse_policies
from services.pushes.automation.tag_resolution import _CHANCES
from services.pushes.automation.work_queue import BackOff
from tests.support.actors import ANN
from tests.support.fake_registry import REPOSITORY, in_turn, says
from tests.support.image_push_stage import deployed, until

TAGS = f"/v2/{REPOSITORY}/tags/list"
GONE = says(404, b'{"errors": [{"code": "BLOB_UNKNOWN"}]}')


def lists(registry, *tags):
    registry.on(TAGS, says(body=json.dumps({"tags": [*tags, "sha256:7e", "-ot-beta-jmx", None, 7]}).encode()))


def holds(registry, tag):
    return registry.holds(tag=tag, config={"os": "linux", "architecture": "amd64", "author": tag})


async def look(image_pushes, name):
    """Have the repository polled now; the poll's row afterwards."""
    async with image_pushes.database.begin() as tx:
        poll = await tx.polls.find(name) or await tx.polls.add(name, seconds=86_400)
        former = await tx.polls.change(poll.id, next_at=poll.created_at)
        await tx.image_pushes.notify()

    async def there():
        async with image_pushes.database.read() as tx:
            now = await tx.polls.find(name)
        return now if now.next_at > former.next_at else None

    return await until(there)


@pytest.fixture
async def polled(image_pushes, pretend):
    """A stored registry whose repository has been looked at once, and Development on auto, which takes `^1`."""
    name = f"{pretend.host}/{REPOSITORY}"
    await image_pushes.store_registry(pretend.host)
    await image_pushes.environment("Development", "staging-1", image=f"{name}:1.0.0")
    newer = parse_policies({"rules": [{"select": {"kind": "semver", "range": "^1"}}]})
    await image_pushes.policies.put("shop", "Development", newer, actor=ANN)
    holds(pretend, "1.0.0")
    lists(pretend, "1.0.0")
    return name


def without_config(registry, pushed):
    registry.on(f"/v2/{REPOSITORY}/blobs/{pushed.config}", GONE)


def without_manifest_bytes(registry, pushed):
    registry.on(f"/v2/{REPOSITORY}/manifests/{pushed.digest}", says(body=b"garbage"))


def failing(registry, pushed):
    registry.on(f"/v2/{REPOSITORY}/manifests/1.1.0", says(500))


def forbidden(registry, pushed):
    registry.on(f"/v2/{REPOSITORY}/manifests/1.1.0", says(412, b'{"errors": [{"code": "PROJECTPOLICYVIOLATION"}]}'))


@pytest.mark.parametrize("breaks", [without_config, without_manifest_bytes, failing, forbidden])
async def test_the_tag_beside_it_is_rolled_out_at_the_next_look(image_pushes, pretend, polled, breaks):
    async with image_pushes.worker():
        await look(image_pushes, polled)
        breaks(pretend, holds(pretend, "1.1.0"))
        healthy = holds(pretend, "1.2.0")
        lists(pretend, "1.0.0", "1.1.0", "1.2.0")
        poll = await look(image_pushes, polled)
        await image_pushes.until_ended()
        async with image_pushes.database.read() as tx:
            broken = (await tx.known_tags.all(polled))["1.1.0"]
            registry = await tx.registries.find(pretend.host)
        why = await image_pushes.images.why("shop", "Development", "1.1.0", repository=None, actor=ANN)
    assert image_pushes.runs("staging-1") == f"{polled}:1.2.0@{healthy.digest}"
    assert poll.last_at is not None
    assert poll.last_error.startswith("One tag could not be read")
    assert f"{polled}:1.1.0" in poll.last_error
    assert (broken.state, why.answer.code) == ("waiting", "registry-error")
    assert registry.last_error is None


async def test_a_tag_that_is_mended_is_known_as_well(image_pushes, pretend, polled):
    async with image_pushes.worker():
        await look(image_pushes, polled)
        without_config(pretend, holds(pretend, "1.1.0"))
        lists(pretend, "1.0.0", "1.1.0")
        await look(image_pushes, polled)
        mended = holds(pretend, "1.1.0")
        poll = await look(image_pushes, polled)
        await image_pushes.until_ended()
    assert poll.last_error is None
    assert image_pushes.runs("staging-1") == f"{polled}:1.1.0@{mended.digest}"


async def test_a_first_look_is_not_stopped_by_the_only_tag_that_it_asks_for(image_pushes, pretend, polled):
    pretend.on(f"/v2/{REPOSITORY}/manifests/1.0.0", says(503))

    async def rolled_out():
        await look(image_pushes, polled)  # the registry is given pauses, which may take in the other tag
        return await image_pushes.operations() or None

    async with image_pushes.worker():
        first = await look(image_pushes, polled)
        healthy = holds(pretend, "1.2.0")
        lists(pretend, "1.0.0", "1.2.0")
        await until(rolled_out)
        await image_pushes.until_ended()
    assert first.last_at is not None
    assert f"{polled}:1.0.0" in first.last_error
    assert image_pushes.runs("staging-1") == f"{polled}:1.2.0@{healthy.digest}"


async def test_a_misspelt_repository_is_an_error_of_its_poll_and_not_of_its_registry(image_pushes, pretend):
    await image_pushes.store_registry(pretend.host)
    pretend.on(TAGS, says(404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}'))
    async with image_pushes.worker():
        poll = await look(image_pushes, f"{pretend.host}/{REPOSITORY}")
        async with image_pushes.database.read() as tx:
            registry = await tx.registries.find(pretend.host)
    assert "has no such repository" in poll.last_error
    assert (poll.last_at, registry.last_error) == (None, None)


async def test_a_first_look_learns_thousands_of_tags(image_pushes, pretend, polled):
    lists(pretend, "1.0.0", *(f"build-{number}" for number in range(2_500)))
    async with image_pushes.worker():
        await look(image_pushes, polled)
        async with image_pushes.database.read() as tx:
            known = await tx.known_tags.all(polled)
    assert len(known) == 2_501
    assert {each.state for each in known.values()} == {"decided"}


def test_a_tag_that_is_not_there_yet_has_minutes():
    pauses = [BackOff().pause(attempts) for attempts in range(_CHANCES - 1)]
    assert 10 * 60 <= sum(pauses) <= 30 * 60


async def test_a_tag_that_arrives_late_at_its_registry_is_deployed(image_pushes, pretend, polled):
    late = holds(pretend, "1.1.0")
    path = f"/v2/{REPOSITORY}/manifests/1.1.0"
    missing = says(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
    for method in ("HEAD", "GET"):
        there = pretend.server.replies[method, path]
        pretend.on(path, in_turn(*[missing] * 6, there), methods=(method,))
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0", repository=polled, known=False)
        await image_pushes.until_ended()
    assert (await image_pushes.image_push(push)).code != TAG_UNKNOWN
    assert image_pushes.runs("staging-1") == f"{polled}:1.1.0@{late.digest}"


async def test_a_tag_of_another_applications_repository_is_not_this_ones(image_pushes, docker_registry, repository):
    await deployed(image_pushes, docker_registry, repository, mode=DeployMode.MANUAL)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("9.9.9", repository="registry.example/other/thing")
        await image_pushes.until_state(push, "decided")
        explained = await image_pushes.images.why("shop", "Development", "9.9.9", repository=None, actor=ANN)
    assert (explained.answer.code, explained.image) == ("no-event", None)
