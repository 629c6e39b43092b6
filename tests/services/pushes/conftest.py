"""The stage for pushed images."""

from collections.abc import AsyncIterator

import pytest

from db.events import Notifier
from db.transaction import Database
from sandbox.server import Sandbox
from services.changes.deploying import Deploying
from services.inventory.applications import Applications
from services.net.addresses import AddressPolicy
from services.pushes.automation.work_queue import BackOff
from services.pushes.image_policies import ImagePolicyService
from services.pushes.images import Images
from services.pushes.judging import judge_after_change
from services.registry.budget import RegistryLimits
from services.registry.oci import RegistryClients
from tests.support.fake_api_server import fake_api_server
from tests.support.fake_registry import FakeRegistry
from tests.support.image_push_stage import LIMITS, ImagePushStage
from tests.support.promotion_stage import staged


@pytest.fixture
async def image_pushes(
    database: Database, database_url: str, practice_for_promotions: Sandbox
) -> AsyncIterator[ImagePushStage]:
    back_off = BackOff(turn=1.0, first_pause=0.2, longest_pause=1.0)
    notifier = Notifier(database_url)
    await notifier.start()
    clients = RegistryClients(
        addresses=AddressPolicy(allow_loopback=True, allow_private=True),
        limits=RegistryLimits(attempts=2, first_pause=0.1, longest_pause=0.5, max_wait=0.2),
    )
    try:
        async with staged(database, database_url, practice_for_promotions) as stage, clients as registries:
            yield ImagePushStage(
                stage=stage,
                database=database,
                url=database_url,
                notifier=notifier,
                registries=registries,
                back_off=back_off,
                deploying=Deploying(database, stage.pool, stage.operations, LIMITS),
                images=Images(database, stage.live),
                policies=ImagePolicyService(database),
                applications=Applications(database, judge_pushes=judge_after_change),
            )
    finally:
        await notifier.stop()


@pytest.fixture(scope="session")
async def practice_for_promotions() -> AsyncIterator[Sandbox]:
    """A test that sets faults has them cleared by its stage."""
    async with Sandbox(("staging-1", "staging-2", "prod-eu", "prod-us"), speed=20.0) as sandbox:
        yield sandbox


@pytest.fixture
async def pretend():
    """A scripted registry."""
    async with fake_api_server() as server:
        yield FakeRegistry(server)
