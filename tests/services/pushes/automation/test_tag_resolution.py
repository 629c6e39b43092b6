"""Tags are resolved at their registries, and a registry that fails delays no other."""

from domain.words import DeployMode
from tests.support.fake_registry import says
from tests.support.image_push_stage import deployed


async def test_the_registry_names_the_digest_of_what_was_reported_without_one(
    image_pushes, docker_registry, repository
):
    name = await deployed(image_pushes, docker_registry, repository)
    async with image_pushes.worker():
        digest = await docker_registry.push_image(repository, "1.1.0", platforms=2, content="1.1.0")
        (push,) = await image_pushes.push("1.1.0", repository=name, known=False)
        await image_pushes.until_ended()
    image_push = await image_pushes.image_push(push)
    assert image_pushes.runs("staging-1") == f"{name}:1.1.0@{digest}"
    assert (image_push.resolved, image_push.platforms) == (True, ("linux/amd64", "linux/arm64"))


async def test_a_chart_is_no_image_and_goes_nowhere(image_pushes, docker_registry, repository):
    name = await deployed(image_pushes, docker_registry, repository)
    chart = "application/vnd.cncf.helm.config.v1+json"
    async with image_pushes.worker():
        await docker_registry.push_artefact(repository, "2.0.0", kind=chart, layer="application/gzip")
        (push,) = await image_pushes.push("2.0.0", repository=name, known=False)
        void = await image_pushes.until_state(push, "void")
    assert void.code == "registry-not-an-image"


async def test_a_tag_that_the_registry_does_not_know_is_given_up_after_a_few_tries(
    image_pushes, docker_registry, repository
):
    name = await deployed(image_pushes, docker_registry, repository)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("9.9.9", repository=name)
        void = await image_pushes.until_state(push, "void")
        assert await image_pushes.why("Development", "9.9.9") == "no-event"
    assert (void.code, void.attempts) == ("tag-unknown", 9)


async def test_the_same_image_under_the_same_tag_is_no_news(image_pushes, docker_registry, repository):
    name = await deployed(image_pushes, docker_registry, repository, mode=DeployMode.MANUAL)
    await docker_registry.push_image(repository, "main", content="main")
    async with image_pushes.worker():
        (first,) = await image_pushes.push("main", repository=name, known=False)
        await image_pushes.until_state(first, "decided")
        (second,) = await image_pushes.push("main", repository=name, known=False)
        assert (await image_pushes.until_state(second, "void")).code == "no-news"


async def test_pushes_that_are_accepted_in_one_turn_are_compared_in_their_order(image_pushes):
    first, again = await image_pushes.push("main", "main")
    (unknown,) = await image_pushes.push("main", known=False)
    (back,) = await image_pushes.push("main")
    async with image_pushes.worker():
        await image_pushes.until_state(back, "decided")
    seen = [await image_pushes.image_push(each) for each in (first, again, unknown, back)]
    assert [(each.state, each.code) for each in seen] == [
        ("decided", "as-reported"),
        ("void", "no-news"),
        ("decided", "as-reported"),
        ("decided", "as-reported"),
    ]


async def test_a_registry_that_is_busy_is_left_alone_and_holds_no_other_up(
    image_pushes, docker_registry, repository, pretend
):
    pushed = pretend.holds(tag="1.1.0")
    path = "/v2/shop/web/manifests/1.1.0"
    name = await deployed(image_pushes, docker_registry, repository)
    busy = f"{pretend.host}/shop/web"
    await image_pushes.store_registry(pretend.host)
    await image_pushes.environment("Staging", "staging-2", image=f"{busy}:1.0.0")
    too_many = says(429, Retry_After="2")
    for method in ("HEAD", "GET"):
        pretend.on(path, too_many, methods=(method,))
    async with image_pushes.worker():
        (away,) = await image_pushes.push("1.1.0", repository=busy, known=False)
        await docker_registry.push_image(repository, "1.1.0", content="1.1.0")
        await image_pushes.push("1.1.0", repository=name, known=False)
        await image_pushes.until_ended()
        waiting = await image_pushes.image_push(away)
        why = await image_pushes.why("Staging", "1.1.0")
        pretend.holds(tag="1.1.0")
        await image_pushes.until_verdict("Staging", away, "deploying")
        await image_pushes.until_ended(2)
    assert (waiting.state, waiting.code, why) == ("waiting", "registry-busy", "registry-error")
    assert image_pushes.runs("staging-2") == f"{busy}:1.1.0@{pushed.digest}"
