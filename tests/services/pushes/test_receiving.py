"""Receivers accept what every provider sends, in real tables; keys are a provider's own, made for the test."""

import pytest

from domain.words import DeliveryFate, Provider
from services.pushes.receivers import NewReceiver, Receivers
from services.pushes.receiving import Receiving
from services.registry.deliveries import ProofRefusedError, Request
from services.registry.formats import FORMATS
from services.registry.keys import KeysUnavailableError
from tests.services.registry.formats.test_sns import SUBSCRIBE, confirmation
from tests.support.actors import ANN
from tests.support.fake_keys import FakeProviderKeys
from tests.support.report_cases import CASES, NOW, WRONG, Case, sns

CI = next(case for case in CASES if case.provider is Provider.CI)
SNS = next(case for case in CASES if case.provider is Provider.ECR_SNS)


@pytest.fixture
def provider_keys() -> FakeProviderKeys:
    return FakeProviderKeys()


@pytest.fixture
def receiving(database, provider_keys) -> Receiving:
    return Receiving(database, provider_keys, clock=lambda: NOW)


async def _receiver(database, case: Case) -> tuple[str, str]:
    """Its id, and its secret where the provider has one."""
    new = NewReceiver(name=case.sample, provider=case.provider, application=None, settings=case.settings)
    issued = await Receivers(database, public_url="https://stagecoach.example/").add(new, actor=ANN)
    assert issued.full_address.startswith(f"https://stagecoach.example/webhooks/{issued.view.record.id}")
    return issued.view.record.id, issued.secret or "the provider's own"


async def _deliveries(database, receiver_id: str):
    return (
        await Receivers(database, public_url=None).deliveries(receiver_id, fate=None, after=None, limit=50, actor=ANN)
    ).items


def test_every_provider_can_be_set_up():
    assert set(FORMATS) == set(Provider)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_provider_s_delivery_is_accepted(database, receiving, case: Case):
    receiver_id, secret = await _receiver(database, case)
    received = await receiving.receive(receiver_id, case.prove(case.sent, secret))
    registry, repository, tag, _ = case.image
    assert received.fate is DeliveryFate.ACCEPTED
    assert f"{registry}/{repository}:{tag}" in received.images
    (delivery,) = await _deliveries(database, receiver_id)
    assert len(delivery.image_pushes) == len(set(received.images))
    async with database.read() as tx:
        image_pushes = await tx.image_pushes.some(delivery.image_pushes)
    assert (f"{registry}/{repository}", tag, case.digest) in {
        (each.repository, each.tag, each.digest) for each in image_pushes.values()
    }


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_delivery_of_another_sender_is_rejected(database, receiving, case: Case):
    receiver_id, _ = await _receiver(database, case)
    with pytest.raises(ProofRefusedError):
        await receiving.receive(receiver_id, case.prove(case.sent, WRONG))
    (delivery,) = await _deliveries(database, receiver_id)
    assert (delivery.record.fate, delivery.record.kept, delivery.image_pushes) == (DeliveryFate.REJECTED, False, ())


async def test_rejected_deliveries_do_not_fill_the_disk(database, provider_keys):
    seconds = [0.0]
    receiving = Receiving(database, provider_keys, clock=lambda: NOW, seconds=lambda: seconds[0])
    receiver_id, _ = await _receiver(database, CI)

    async def rejected() -> None:
        with pytest.raises(ProofRefusedError):
            await receiving.receive(receiver_id, CI.prove(CI.sent, WRONG))

    async def stored() -> int:
        receivers = Receivers(database, public_url=None)
        return len((await receivers.deliveries(receiver_id, fate=None, after=None, limit=200, actor=ANN)).items)

    for _ in range(60):
        await rejected()
    assert await stored() == 50
    seconds[0] += 3.0
    for _ in range(10):
        await rejected()
    assert await stored() == 53


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_delivery_sent_twice_is_stored_once(database, receiving, case: Case):
    receiver_id, secret = await _receiver(database, case)
    fates = [(await receiving.receive(receiver_id, case.prove(case.sent, secret))).fate for _ in range(2)]
    assert fates == [DeliveryFate.ACCEPTED, DeliveryFate.REPEATED]


async def test_a_subscription_is_confirmed_and_its_address_not_kept(database, provider_keys, receiving):
    receiver_id, _ = await _receiver(database, SNS)
    received = await receiving.receive(receiver_id, sns(confirmation(), "the provider's own"))
    assert received.fate is DeliveryFate.CONFIRMED
    assert provider_keys.confirmed == [SUBSCRIBE]
    (delivery,) = await _deliveries(database, receiver_id)
    assert not delivery.record.kept
    assert "Token" not in str([delivery.record.events, delivery.record.headers])


async def test_no_subscription_of_another_sender_is_confirmed(database, provider_keys, receiving):
    receiver_id, _ = await _receiver(database, SNS)
    others = confirmation(TopicArn="arn:aws:sns:eu-west-1:999999999999:others")
    for request in (sns(confirmation(), WRONG), sns(others, "the provider's own"), Request(body=confirmation())):
        with pytest.raises(ProofRefusedError):
            await receiving.receive(receiver_id, request)
    assert provider_keys.confirmed == []


@pytest.mark.parametrize("what", ["report", "confirmation"])
async def test_while_a_key_cannot_be_fetched_the_sender_is_asked_to_repeat_the_delivery(database, what: str):
    keys = FakeProviderKeys()
    receiving = Receiving(database, keys, clock=lambda: NOW)
    receiver_id, secret = await _receiver(database, SNS)
    request = SNS.prove(SNS.sent, secret) if what == "report" else sns(confirmation(), secret)
    keys.away = True
    with pytest.raises(KeysUnavailableError):
        await receiving.receive(receiver_id, request)
    assert await _deliveries(database, receiver_id) == ()  # neither accepted nor rejected
    keys.away = False
    assert (await receiving.receive(receiver_id, request)).fate in {DeliveryFate.ACCEPTED, DeliveryFate.CONFIRMED}
