"""A signed report that is sent again under another id, or late, brings no image back."""

import json
import secrets

import pytest

from db.base import new_id
from domain.stored.receivers import ReceiverSettings
from domain.words import DeliveryFate, Provider
from services.pushes.receivers import NewReceiver, Receivers
from services.pushes.receiving import Receiving
from services.registry.deliveries import Request
from tests.support.actors import ANN
from tests.support.fake_keys import FakeProviderKeys
from tests.support.report_cases import CASES, NOW, header, signature

GHCR = next(case for case in CASES if case.sample == "ghcr")
A, B = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


@pytest.fixture
def receiving(database) -> Receiving:
    return Receiving(database, FakeProviderKeys(), clock=lambda: NOW)


async def _receiver(database, provider, **settings) -> tuple[str, str]:
    new = NewReceiver(name="shop", provider=provider, application=None, settings=ReceiverSettings(**settings))
    issued = await Receivers(database, public_url=None).add(new, actor=ANN)
    return issued.view.record.id, issued.secret or ""


def _github(digest: str, secret: str, *, at: str) -> Request:
    """A report of the tag 1.4.2, under an id of its own."""
    body = json.loads(GHCR.sent)
    body["package"]["updated_at"] = at
    body["package"]["package_version"]["version"] = digest
    body["package"]["package_version"]["container_metadata"]["tag"]["digest"] = digest
    prove = signature("x-hub-signature-256", prefix="sha256=", x_github_delivery=secrets.token_hex(8))
    return prove(json.dumps(body).encode(), secret)


async def _pushed(database) -> list[str]:
    async with database.read() as tx:
        found = await tx.known_tags.of_tag(["ghcr.io/example/shop-web"], "1.4.2", application_id=new_id())
    return [each.digest for each in reversed(found)]


async def test_a_replay_under_another_id_is_a_repetition(database, receiving):
    receiver, secret = await _receiver(database, Provider.GHCR)
    reports = [
        _github(A, secret, at="2026-01-05T12:00:00Z"),
        _github(B, secret, at="2026-01-05T12:05:00Z"),
        _github(A, secret, at="2026-01-05T12:00:00Z"),
    ]
    received = [await receiving.receive(receiver, report) for report in reports]
    assert [each.fate for each in received] == [DeliveryFate.ACCEPTED, DeliveryFate.ACCEPTED, DeliveryFate.REPEATED]
    assert "deploys nothing" in received[2].reason
    assert await _pushed(database) == [A, B]


async def test_a_report_that_was_kept_back_until_a_later_one_came_is_a_repetition(database, receiving):
    receiver, secret = await _receiver(database, Provider.GHCR)
    reports = [_github(B, secret, at="2026-01-05T12:05:00Z"), _github(A, secret, at="2026-01-05T12:00:00Z")]
    fates = [(await receiving.receive(receiver, report)).fate for report in reports]
    assert fates == [DeliveryFate.ACCEPTED, DeliveryFate.REPEATED]
    assert await _pushed(database) == [B]


async def test_a_tag_that_moves_back_by_a_new_push_is_news(database, receiving):
    receiver, secret = await _receiver(database, Provider.GHCR)
    reports = [_github(digest, secret, at=f"2026-01-05T12:0{minute}:00Z") for minute, digest in enumerate((A, B, A))]
    assert {(await receiving.receive(receiver, report)).fate for report in reports} == {DeliveryFate.ACCEPTED}
    assert await _pushed(database) == [A, B, A]


def _job(digest: str | None) -> bytes:
    return json.dumps({"image": f"registry.example/shop/web:main{f'@{digest}' if digest else ''}"}).encode()


@pytest.mark.parametrize(
    ("signed", "digests", "last"),
    [
        (True, (A, B, A), DeliveryFate.REPEATED),
        (False, (A, B, A), DeliveryFate.ACCEPTED),  # its secret is in each report: who replays can forge
    ],
)
async def test_a_replay_is_told_by_what_its_signature_covers(database, receiving, signed, digests, last):
    receiver, secret = await _receiver(database, Provider.CI, signed=signed)
    prove = signature("x-stagecoach-signature-256", prefix="sha256=") if signed else header("authorization")
    fates = [(await receiving.receive(receiver, prove(_job(digest), secret))).fate for digest in digests]
    assert fates[-1] is last


async def test_the_same_signed_report_without_a_digest_has_the_registry_asked_again(database, receiving):
    receiver, secret = await _receiver(database, Provider.CI, signed=True)
    report = signature("x-stagecoach-signature-256", prefix="sha256=")(_job(None), secret)
    await receiving.receive(receiver, report)
    async with database.begin() as tx:
        pushes = await tx.known_tags.of_tag(["registry.example/shop/web"], "main", application_id=new_id())
        await tx.lookups.unresolved([each.push for each in pushes], code=None, reason=None)
    assert (await receiving.receive(receiver, report)).fate is DeliveryFate.ACCEPTED
