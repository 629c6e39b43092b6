"""The fate of a delivery, once all image pushes that it reported are decided."""

import asyncio

from db.image_pushes import NewImagePush
from domain.stored.receivers import ReceiverSettings
from domain.words import DeliveryFate, DeployMode, ImagePushOrigin, Provider
from tests.support.image_push_stage import WEB, deployed, until_idle
from tests.support.promotion_stage import digest


async def test_a_delivery_is_unmatched_only_if_none_of_its_repositories_runs(image_pushes):
    await image_pushes.environment("Development", "staging-1", mode=DeployMode.MANUAL)
    deliveries = []
    async with image_pushes.database.begin() as tx:
        await tx.receivers.add(
            receiver_id="r" * 24,
            name="ci",
            provider=Provider.CI,
            application_id=None,
            settings=ReceiverSettings(),
            secret="s",
        )
        for names in (("registry.example/other/thing",), ("registry.example/other/thing", WEB)):
            reported = [
                NewImagePush(
                    repository=name,
                    tag="1.1.0",
                    digest=digest(f"{name}:{len(names)}"),
                    origin=ImagePushOrigin.WEBHOOK,
                )
                for name in names
            ]
            delivery = await tx.deliveries.add("r" * 24, fate=DeliveryFate.ACCEPTED, pushes=reported)
            assert delivery is not None
            deliveries.append(delivery)
    async with image_pushes.worker() as worker:
        async with asyncio.timeout(90):
            while (await _fates(image_pushes, deliveries))[0] == "accepted":
                await asyncio.sleep(0.02)
        await until_idle(worker)
        assert await _fates(image_pushes, deliveries) == ["unmatched", "accepted"]


async def _fates(image_pushes, deliveries):
    async with image_pushes.database.read() as tx:
        found = [await tx.deliveries.get("r" * 24, each) for each in deliveries]
    return [each.fate.value for each in found]


async def test_a_delivery_tells_in_the_end_that_all_it_reported_went_nowhere(image_pushes, docker_registry, repository):
    name = await deployed(image_pushes, docker_registry, repository, mode=DeployMode.MANUAL)
    await docker_registry.push_artefact(
        repository, "2.0.0", kind="application/vnd.cncf.helm.config.v1+json", layer="application/gzip"
    )
    async with image_pushes.database.begin() as tx:
        await tx.receivers.add(
            receiver_id="r" * 24,
            name="ci",
            provider=Provider.CI,
            application_id=None,
            settings=ReceiverSettings(),
            secret="s",
        )
    told = []
    async with image_pushes.worker():
        for tag in ("1.0.0", "1.0.0", "2.0.0"):
            async with image_pushes.database.begin() as tx:
                new = NewImagePush(repository=name, tag=tag, digest=None, origin=ImagePushOrigin.WEBHOOK)
                delivery = await tx.deliveries.add("r" * 24, fate=DeliveryFate.ACCEPTED, pushes=[new])
                ((push,),) = (await tx.deliveries.image_pushes([delivery])).values()
            async with asyncio.timeout(90):
                while (await image_pushes.image_push(push)).state not in {"decided", "void"}:
                    await asyncio.sleep(0.02)
            async with image_pushes.database.read() as tx:
                found = await tx.deliveries.get("r" * 24, delivery)
            told.append((found.fate, found.code))
    assert told == [("accepted", None), ("repeated", "no-news"), ("ignored", "registry-not-an-image")]
