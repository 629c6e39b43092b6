"""What every provider sends comes to a receiver, in real tables; keys are a provider's own, made for the test."""

import pytest

from domain.words import DeliveryFate, Provider
from services.pushes.receivers import NewReceiver, Receivers
from services.pushes.receiving import Receiving
from services.registry.deliveries import Confirmation, FetchedKeys, KeyUrl, ProofRefusedError, Request
from services.registry.formats import FORMATS
from services.registry.keys import KeysUnavailableError
from tests.services.registry.formats.test_sns import SUBSCRIBE, confirmation
from tests.support.report_cases import CASES, NOW, WRONG, Case, keys_of, sns

SNS = next(case for case in CASES if case.provider is Provider.ECR_SNS)


class Keys:
    """Hands out the keys of the cases; `away` as when Amazon and Google cannot be reached."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away
        self.confirmed: list[str] = []

    async def fetch(self, wanted: KeyUrl) -> FetchedKeys:
        if self.away:
            raise KeysUnavailableError("Nobody answers.")
        return keys_of(wanted)

    async def confirm(self, confirmation: Confirmation) -> None:
        if self.away:
            raise KeysUnavailableError("Nobody answers.")
        self.confirmed.append(confirmation.url)


@pytest.fixture
def provider_keys() -> Keys:
    return Keys()


@pytest.fixture
def receiving(database, provider_keys) -> Receiving:
    return Receiving(database, provider_keys, clock=lambda: NOW)


async def _receiver(database, case: Case) -> tuple[str, str]:
    """Its id, and its secret where the provider has one."""
    new = NewReceiver(name=case.sample, provider=case.provider, application=None, settings=case.settings)
    issued = await Receivers(database, public_url="https://stagecoach.example/").add(new)
    assert issued.full_address.startswith(f"https://stagecoach.example/webhooks/{issued.view.record.id}")
    return issued.view.record.id, issued.secret or "the provider's own"


async def _deliveries(database, receiver_id: str):
    return (await Receivers(database, public_url=None).deliveries(receiver_id, fate=None, after=None, limit=50)).items


def test_every_provider_can_be_set_up():
    assert set(FORMATS) == set(Provider)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_what_a_provider_sends_arrives(database, receiving, case: Case):
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
async def test_what_somebody_else_sends_does_not(database, receiving, case: Case):
    receiver_id, _ = await _receiver(database, case)
    with pytest.raises(ProofRefusedError):
        await receiving.receive(receiver_id, case.prove(case.sent, WRONG))
    (delivery,) = await _deliveries(database, receiver_id)
    assert (delivery.record.fate, delivery.record.kept, delivery.image_pushes) == (DeliveryFate.REJECTED, False, ())


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_sent_twice_it_arrives_once(database, receiving, case: Case):
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


async def test_no_subscription_of_somebody_elses_is_confirmed(database, provider_keys, receiving):
    receiver_id, _ = await _receiver(database, SNS)
    others = confirmation(TopicArn="arn:aws:sns:eu-west-1:999999999999:others")
    for request in (sns(confirmation(), WRONG), sns(others, "the provider's own"), Request(body=confirmation())):
        with pytest.raises(ProofRefusedError):
            await receiving.receive(receiver_id, request)
    assert provider_keys.confirmed == []


@pytest.mark.parametrize("what", ["report", "confirmation"])
async def test_while_a_key_cannot_be_had_the_sender_is_asked_to_come_again(database, what: str):
    keys = Keys()
    receiving = Receiving(database, keys, clock=lambda: NOW)
    receiver_id, secret = await _receiver(database, SNS)
    request = SNS.prove(SNS.sent, secret) if what == "report" else sns(confirmation(), secret)
    keys.away = True
    with pytest.raises(KeysUnavailableError):
        await receiving.receive(receiver_id, request)
    assert await _deliveries(database, receiver_id) == ()  # neither taken nor refused
    keys.away = False
    assert (await receiving.receive(receiver_id, request)).fate in {DeliveryFate.ACCEPTED, DeliveryFate.CONFIRMED}
