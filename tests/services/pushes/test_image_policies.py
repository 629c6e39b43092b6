"""Image policies and deploy modes: which pushes a change of them deploys, refuses and holds."""

from domain.words import DeployMode, Role
from services.planning.policies.parsing import parse_policies
from services.planning.policies.tags import ImagePolicies
from tests.support.actors import ANN
from tests.support.image_push_stage import WEB
from tests.support.promotion_stage import digest


async def test_other_policies_take_what_was_refused(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    await image_pushes.policies.put("shop", "Development", parse_policies({"rules": [{"deny": ["*"]}]}), actor=ANN)
    async with image_pushes.worker():
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Development", push, "refused")
        await image_pushes.policies.put("shop", "Development", ImagePolicies(), actor=ANN)
        await image_pushes.until_ended()
    assert image_pushes.runs("staging-1").startswith(f"{WEB}:1.1.0@")


async def test_going_to_auto_deploys_the_newest_that_is_offered_as_its_preview_said(image_pushes):
    await image_pushes.environment("Staging", "staging-1", mode=DeployMode.MANUAL)
    async with image_pushes.worker():
        pushes = await image_pushes.push("1.1.0", "1.2.0", "0.9.0")
        await image_pushes.until_verdict("Staging", pushes[1], "offered")
        preview = await image_pushes.policies.preview_mode("shop", "Staging", DeployMode.AUTO, actor=ANN)
        _, maintainer = await image_pushes.token("ci", Role.MAINTAINER)  # its rights are read again at each deploy
        await image_pushes.applications.change_environment(
            "shop", "Staging", {"deploy_mode": DeployMode.AUTO}, actor=maintainer
        )
        await image_pushes.until_ended()
    assert (
        [each.image for each in preview.next]
        == [f"{WEB}:1.2.0@{digest('web:1.2.0')}"]
        == [image_pushes.runs("staging-1")]
    )
    assert "1.2.0" in preview.sentence


async def test_going_to_manual_holds_what_waits(image_pushes):
    await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker():
        await image_pushes.stage.overview.read("shop", actor=ANN)
        image_pushes.stage.sandbox.faults("staging-1").set({"unreachable": True})
        (push,) = await image_pushes.push("1.1.0")
        await image_pushes.until_verdict("Development", push, "pending")
        await image_pushes.applications.change_environment(
            "shop", "Development", {"deploy_mode": DeployMode.MANUAL}, actor=ANN
        )
        assert (await image_pushes.verdict("Development", push)).verdict == "offered"
