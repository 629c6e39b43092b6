"""Receivers, deliveries and registries, in real tables."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from db.errors import DuplicateNameError, GoneError
from db.events import Notifier
from db.image_pushes import IMAGE_PUSHES, NewImagePush
from domain.stored.receivers import ReceiverSettings
from domain.words import CredentialKind, DeliveryFate, ImagePushOrigin, Provider
from services.pushes.registries import Polls
from tests.support.actors import ADMINISTERS

_ID = "an-id-that-nobody-guesses"


async def _receiver(tx, **fields):
    return await tx.receivers.add(
        **{
            "receiver_id": _ID,
            "name": "hub",
            "provider": Provider.DOCKER_HUB,
            "application_id": None,
            "settings": ReceiverSettings(),
            "secret": "the first secret",
            **fields,
        }
    )


async def test_while_a_secret_is_replaced_both_count(database):
    async with database.begin() as tx:
        await _receiver(tx)
        until = datetime.now(UTC) + timedelta(hours=1)
        rotated = await tx.receivers.rotate(_ID, secret="the second secret", former_until=until)
    assert rotated.secrets == ("the second secret", "the first secret")


async def test_a_former_secret_does_not_count_beyond_its_time(database):
    async with database.begin() as tx:
        await _receiver(tx)
        rotated = await tx.receivers.rotate(_ID, secret="the second secret", former_until=datetime.now(UTC))
    assert rotated.secrets == ("the second secret",)


async def test_no_secret_lies_readable_in_a_row(database, raw):
    async with database.begin() as tx:
        await _receiver(tx)
        await tx.receivers.rotate(_ID, secret="another one", former_until=datetime.now(UTC) + timedelta(hours=1))
        await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED, body="a body with the first secret")
        await tx.registries.put(
            "registry.example", plain_http=False, kind=CredentialKind.BASIC, username="me", secret="a password"
        )
    rows = str([await raw(f"SELECT * FROM {table}") for table in ("receivers", "deliveries", "registries")])
    assert not any(secret in rows for secret in ("the first secret", "another one", "a password"))


async def test_two_receivers_cannot_have_one_name(database):
    async with database.begin() as tx:
        await _receiver(tx)
        with pytest.raises(DuplicateNameError):
            await _receiver(tx, receiver_id="another-id", name="HUB")


async def test_a_delivery_with_the_providers_own_id_is_stored_once(database):
    async with database.begin() as tx:
        await _receiver(tx)
        first = await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED, provider_key="42", body="{}")
        assert first is not None
        assert await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED, provider_key="42") is None
        page = await tx.deliveries.list(_ID, limit=10)
        assert [each.id for each in page.items] == [first]
        assert await tx.deliveries.body(first) == "{}"


def _push(tag: str, **fields) -> NewImagePush:
    known = {"repository": "registry.example/shop/web", "digest": None, "origin": ImagePushOrigin.WEBHOOK}
    return NewImagePush(**{**known, "tag": tag, **fields})


async def test_a_delivery_is_stored_with_the_pushes_that_it_reports_in_their_order(database):
    pushed_at, digest = datetime(2026, 1, 5, 12, tzinfo=UTC), f"sha256:{'1' * 64}"
    reported = [_push("2", digest=digest, pushed_at=pushed_at, media_type="a/b"), _push("1"), _push("3")]
    async with database.begin() as tx:
        await _receiver(tx)
        delivery = await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED, pushes=reported)
        assert delivery is not None
        pushes = (await tx.deliveries.image_pushes([delivery]))[delivery]
        found = await tx.image_pushes.some(pushes)
    assert [found[each].tag for each in pushes] == ["2", "1", "3"]
    first = found[pushes[0]]
    assert (first.digest, first.media_type, first.platforms) == (digest, "a/b", ())
    async with database.read() as tx:
        assert await tx.image_pushes.is_outdated(_push("2", pushed_at=pushed_at - timedelta(seconds=1)))
        assert not await tx.image_pushes.is_outdated(_push("2", pushed_at=pushed_at))


async def test_a_delivery_that_came_before_stores_no_push(database, raw):
    async with database.begin() as tx:
        await _receiver(tx)
        for _ in range(2):
            await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED, provider_key="42", pushes=[_push("1")])
    assert await raw("SELECT count(*) FROM image_pushes") == [(1,)]


async def test_a_delivery_with_pushes_wakes_their_worker(database, database_url):
    async with database.begin() as tx:
        await _receiver(tx)
    notifier = Notifier(database_url)
    await notifier.start()
    try:
        async with notifier.listening(IMAGE_PUSHES) as notified:
            await notified(30)  # the notification that it is connected
            async with database.each_alone() as tx:
                await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED, pushes=[_push("1")])
            async with asyncio.timeout(30):
                await notified(60)
    finally:
        await notifier.stop()


async def test_old_deliveries_are_forgotten(database):
    async with database.begin() as tx:
        await _receiver(tx)
        await tx.deliveries.add(_ID, fate=DeliveryFate.REJECTED, code="proof-refused", reason="No signature.")
        assert await tx.deliveries.forget(before=datetime.now(UTC) - timedelta(days=30)) == 0
        assert await tx.deliveries.forget(before=datetime.now(UTC) + timedelta(days=1)) == 1


async def test_only_the_last_of_what_was_rejected_is_kept(database):
    async with database.begin() as tx:
        await _receiver(tx)
        taken = await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED)
        rejected = [await tx.deliveries.add(_ID, fate=DeliveryFate.REJECTED) for _ in range(5)]
        await tx.deliveries.keep_last(_ID, DeliveryFate.REJECTED, number=2)
        page = await tx.deliveries.list(_ID, limit=10)
    assert [each.id for each in page.items] == [rejected[4], rejected[3], taken]


async def test_what_comes_to_a_receiver_is_counted_by_fate(database):
    now = datetime.now(UTC)
    async with database.begin() as tx:
        await _receiver(tx)
        await _receiver(tx, receiver_id="another-id", name="quiet")
        for fate in (DeliveryFate.ACCEPTED, DeliveryFate.ACCEPTED, DeliveryFate.REJECTED):
            await tx.deliveries.add(_ID, fate=fate)
        traffic = await tx.deliveries.traffic([_ID, "another-id"], since=now - timedelta(hours=1))
        of_late = await tx.deliveries.traffic([_ID], since=now + timedelta(hours=1))
    assert traffic[_ID].counts == {DeliveryFate.ACCEPTED: 2, DeliveryFate.REJECTED: 1}
    assert traffic[_ID].last_at is not None
    assert (traffic["another-id"].counts, traffic["another-id"].last_at) == ({}, None)
    assert (of_late[_ID].counts, of_late[_ID].last_at) == ({}, traffic[_ID].last_at)


async def test_of_the_last_delivery_to_each_receiver_is_said_what_became_of_it(database):
    now = datetime.now(UTC)
    async with database.begin() as tx:
        for receiver_id in (_ID, "another-id", "quiet"):
            await _receiver(tx, receiver_id=receiver_id, name=receiver_id)
        for fate in (DeliveryFate.REJECTED, DeliveryFate.ACCEPTED):
            last = await tx.deliveries.add(_ID, fate=fate)
        await tx.deliveries.add("another-id", fate=DeliveryFate.UNREADABLE)
        await tx.deliveries.settle([last], fate=DeliveryFate.UNMATCHED, code="unmatched", reason="Nothing runs it.")
        traffic = await tx.deliveries.traffic([_ID, "another-id", "quiet"], since=now)
    assert {receiver_id: each.last_fate for receiver_id, each in traffic.items()} == {
        _ID: DeliveryFate.UNMATCHED,
        "another-id": DeliveryFate.UNREADABLE,
        "quiet": None,
    }


async def test_a_delivery_to_a_receiver_that_is_gone_is_told_apart(database):
    with pytest.raises(GoneError):
        async with database.begin() as tx:
            await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED)


async def test_a_registry_is_put_again_with_another_credential(database):
    async with database.begin() as tx:
        first = await tx.registries.put(
            "Registry.Example:5000", plain_http=True, kind=CredentialKind.BEARER, username=None, secret="a token"
        )
        second = await tx.registries.put(
            "registry.example:5000", plain_http=False, kind=CredentialKind.ANONYMOUS, username=None, secret=None
        )
    assert (first.id, first.secret, first.host) == (second.id, "a token", second.host)
    assert (second.secret, second.kind) == (None, CredentialKind.ANONYMOUS)


async def test_a_poll_is_due_at_once_and_then_after_its_pause(database):
    async with database.begin() as tx:
        poll = await tx.polls.add("registry.example/shop/web", seconds=60)
        assert [each.id for each in await tx.polls.due(of_each=5)] == [poll.id]
        await tx.polls.polled(poll.id, error=None, looked=True, again_in=timedelta(seconds=60))
        assert await tx.polls.due(of_each=5) == ()


async def test_many_repositories_of_one_registry_hide_none_of_another(database):
    async with database.begin() as tx:
        for number in range(5):
            await tx.polls.add(f"slow.example/shop/{number}", seconds=60)
        await tx.polls.add("quick.example/shop/web", seconds=60)
    async with database.read() as tx:
        due = [each.repository for each in await tx.polls.due(of_each=2)]
    assert due == ["slow.example/shop/0", "slow.example/shop/1", "quick.example/shop/web"]


async def test_a_repository_that_is_to_be_polled_more_often_does_not_wait_for_the_look_that_was_due_before(database):
    polls = Polls(database)
    first = await polls.put(ADMINISTERS, "registry.example/shop/web", seconds=86400)
    async with database.begin() as tx:
        await tx.polls.polled(first.id, error=None, looked=True, again_in=timedelta(days=1))
    often = await polls.put(ADMINISTERS, "registry.example/shop/web", seconds=60)
    assert often.next_at <= datetime.now(UTC) + timedelta(seconds=60)


async def test_the_worker_waits_for_the_poll_that_is_due_next_and_not_for_one_that_is_due_already(database):
    async with database.begin() as tx:
        late = await tx.polls.add("registry.example/shop/web", seconds=3600)
        await tx.polls.add("registry.example/shop/due", seconds=3600)
    async with database.begin() as tx:
        assert await tx.polls.next_due_in() is None
        await tx.polls.polled(late.id, error=None, looked=True, again_in=timedelta(hours=1))
        assert timedelta(minutes=59) < await tx.polls.next_due_in() < timedelta(minutes=61)
