"""Why an image runs in an app environment, or does not."""

import pytest

from domain.words import DeployMode
from tests.support.actors import ANN
from tests.support.image_push_stage import WEB, until_idle
from tests.support.promotion_stage import workload


@pytest.mark.parametrize(("tag", "code"), [("7.7.7", "no-event"), ("1.0.0", "running")])
async def test_why_answers_for_what_never_came(image_pushes, tag, code):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with image_pushes.worker() as worker:
        await until_idle(worker)
        assert await image_pushes.why("Staging", tag) == code


async def test_what_runs_is_found_among_other_images_though_only_a_strangers_tag_was_reported(image_pushes):
    workloads = (workload("web", {"web": f"{WEB}:1.0.0", "proxy": "docker.io/library/nginx:1.27"}),)
    await image_pushes.stage.environment("Staging", {"staging-1": workloads}, deploy_mode=DeployMode.MANUAL)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.0.0", repository="registry.example/other/thing")
        await image_pushes.until_state(push, "decided")
        explained = await image_pushes.images.why("shop", "Staging", "1.0.0", repository=None, actor=ANN)
        never = await image_pushes.why("Staging", "7.7.7")
    assert (explained.answer.code, explained.image, never) == ("running", None, "no-event")
