"""Receivers: their names, addresses, secrets and settings, and what is left of them once they are deleted."""

from datetime import timedelta

import pytest

from db.image_pushes import NewImagePush
from domain.stored.receivers import ReceiverSettings
from domain.words import DeliveryFate, ImagePushOrigin, Provider
from services.errors import InvalidRequestError, NameTakenError, NotFoundError
from services.pushes.receivers import NewReceiver, ReceiverChanges, Receivers
from tests.support.actors import ANN, SEES_ALL

UNKNOWN = "an-id-that-no-receiver-has"


@pytest.fixture
def receivers(database) -> Receivers:
    return Receivers(database, public_url="https://stagecoach.example/")


def new(name: str = "CI", **fields) -> NewReceiver:
    given = {"provider": Provider.CI, "application": None, "settings": ReceiverSettings(), **fields}
    return NewReceiver(name=name, **given)


async def test_a_provider_that_proves_nothing_gets_the_secret_in_the_address(receivers):
    issued = await receivers.add(new(provider=Provider.DOCKER_HUB), actor=ANN)
    address = f"https://stagecoach.example/webhooks/{issued.view.record.id}"
    assert (issued.view.address, issued.full_address) == (address, f"{address}?key={issued.secret}")
    assert any(issued.full_address in step for step in issued.setup)


async def test_a_provider_with_keys_of_its_own_gets_no_secret(receivers):
    settings = ReceiverSettings(topics=("arn:aws:sns:eu-west-1:123456789012:images",))
    issued = await receivers.add(new(provider=Provider.ECR_SNS, settings=settings), actor=ANN)
    assert issued.secret is None
    assert issued.full_address == issued.view.address


async def test_without_a_public_address_the_address_is_a_path(database):
    issued = await Receivers(database, public_url=None).add(new(), actor=ANN)
    assert issued.view.address == f"/webhooks/{issued.view.record.id}"


async def test_a_name_is_taken_whatever_its_case(receivers):
    await receivers.add(new("CI"), actor=ANN)
    with pytest.raises(NameTakenError):
        await receivers.add(new("ci"), actor=ANN)


async def test_a_name_that_another_receiver_has_cannot_be_given(receivers):
    await receivers.add(new("CI"), actor=ANN)
    other = (await receivers.add(new("Hub"), actor=ANN)).view.record.id
    with pytest.raises(NameTakenError):
        await receivers.update(other, ReceiverChanges(name="ci"), actor=ANN)
    assert (await receivers.get(other, actor=ANN)).record.name == "Hub"


async def test_a_receiver_of_an_unknown_application_is_not_added(receivers):
    with pytest.raises(NotFoundError):
        await receivers.add(new(application="nowhere"), actor=ANN)
    assert (await receivers.list(SEES_ALL, after=None, limit=10)).items == ()


async def test_settings_that_the_provider_does_not_have_are_refused(receivers):
    receiver_id = (await receivers.add(new(provider=Provider.DOCKER_HUB), actor=ANN)).view.record.id
    with pytest.raises(InvalidRequestError) as refused:
        await receivers.update(receiver_id, ReceiverChanges(settings=ReceiverSettings(signed=True)), actor=ANN)
    assert refused.value.field == "settings.signed"


async def test_a_receiver_of_one_application_can_report_for_all(database, receivers):
    async with database.begin() as tx:
        application = await tx.applications.add(name="shop")
    added = (await receivers.add(new(application="shop"), actor=ANN)).view.record
    changed = (await receivers.update(added.id, ReceiverChanges(to_all=True), actor=ANN)).record
    assert (added.application_id, changed.application_id) == (application.id, None)


async def test_while_a_secret_is_replaced_the_former_one_is_valid_too(receivers):
    issued = await receivers.add(new(), actor=ANN)
    rotated = await receivers.rotate(issued.view.record.id, keep_former=timedelta(minutes=10), actor=ANN)
    assert rotated.view.record.secrets == (rotated.secret, issued.secret)


async def test_a_secret_that_is_replaced_at_once_ends(receivers):
    issued = await receivers.add(new(), actor=ANN)
    rotated = await receivers.rotate(issued.view.record.id, keep_former=timedelta(), actor=ANN)
    assert rotated.view.record.secrets == (rotated.secret,)


async def test_image_pushes_stay_when_the_receiver_that_reported_them_is_deleted(database, receivers):
    receiver_id = (await receivers.add(new(), actor=ANN)).view.record.id
    async with database.begin() as tx:
        reported = NewImagePush(
            repository="registry.example/shop/web", tag="1.1.0", digest=None, origin=ImagePushOrigin.WEBHOOK
        )
        delivery = await tx.deliveries.add(receiver_id, fate=DeliveryFate.ACCEPTED, pushes=[reported])
        assert delivery is not None
        ((push,),) = (await tx.deliveries.image_pushes([delivery])).values()
    await receivers.delete(receiver_id, actor=ANN)
    async with database.read() as tx:
        assert (await tx.image_pushes.some([push]))[push].delivery_id is None


async def test_an_unknown_receiver_has_no_deliveries(receivers):
    with pytest.raises(NotFoundError):
        await receivers.deliveries(UNKNOWN, fate=None, after=None, limit=10, actor=ANN)


async def test_an_unknown_receiver_cannot_be_deleted(receivers):
    with pytest.raises(NotFoundError):
        await receivers.delete(UNKNOWN, actor=ANN)
