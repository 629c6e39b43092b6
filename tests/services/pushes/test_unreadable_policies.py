"""Stored image policies that this release cannot read: each use case says so, and none fails."""

import json

import pytest

from domain.stored.policies import StoredPolicies
from domain.stored.receivers import ReceiverSettings
from domain.words import DeployMode, Provider
from services.planning.policies.tags import ImagePolicies
from services.pushes.image_policies import ImagePolicyService
from services.pushes.judging import PoliciesUnreadableError
from services.pushes.receiver_trial import ReceiverTrial, Sample
from services.pushes.receivers import NewReceiver, Receivers
from tests.support.actors import ANN
from tests.support.fake_keys import FakeProviderKeys
from tests.support.image_push_stage import WEB, until_idle


@pytest.fixture
async def unreadable(image_pushes):
    target = await image_pushes.environment("Development", "staging-1")
    async with image_pushes.worker() as worker:
        await until_idle(worker)  # the index of what runs is filled
    async with image_pushes.database.begin() as tx:
        return await tx.app_environments.change(
            target.application.id, target.environment.id, image_policies=StoredPolicies(document={"version": 99})
        )


async def test_reading_and_previewing_name_the_place_and_what_to_do(image_pushes, unreadable):
    for asked in (
        image_pushes.policies.read("shop", "Development", actor=ANN),
        image_pushes.policies.preview_mode("shop", "Development", DeployMode.MANUAL, actor=ANN),
    ):
        with pytest.raises(PoliciesUnreadableError, match="shop in Development cannot be parsed"):
            await asked


async def test_saving_them_again_mends_it(database, image_pushes, unreadable):
    policies = ImagePolicyService(database)
    await policies.put("shop", "Development", ImagePolicies(), actor=ANN)
    assert await policies.read("shop", "Development", actor=ANN) == ImagePolicies()


async def test_blocked_pushes_wait_for_readable_policies(image_pushes, unreadable):
    assert await image_pushes.rolling_out().try_blocked(unreadable.id)


async def test_a_dry_run_of_a_report_shows_the_refusal(database, image_pushes, unreadable):
    new = NewReceiver(name="CI", provider=Provider.CI, application=None, settings=ReceiverSettings())
    receiver = (await Receivers(database, public_url=None).add(new, actor=ANN)).view.record.id
    trial = ReceiverTrial(database, FakeProviderKeys())
    result = await trial.attempt(receiver, Sample(body=json.dumps({"image": f"{WEB}:1.5.0"})), actor=ANN)
    assert [(each.container, each.rule, each.would_deploy) for each in result.effects] == [
        ("web", "policies-unreadable", False)
    ]
