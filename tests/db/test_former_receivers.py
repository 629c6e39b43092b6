"""Receivers and deliveries: rows that the former release wrote, and rows that it reads since this one wrote them."""

import json

import pytest

from db.transaction import Database
from domain.stored.deliveries import ReportedEvent
from domain.stored.receivers import ReceiverSettings
from domain.stored.versions import UnknownVersionError
from domain.words import DeliveryFate, Provider

_ID = "a-receiver-of-the-former-release"
_IMAGE, _DIGEST = "registry.example/shop/web:1.4.2", f"sha256:{'0' * 64}"

# As the former release wrote them, member by member.
_SETTINGS = {
    "registry": "registry.example:5000",
    "repositories": {"docker-local": "registry.example:5000/docker-local"},
    "signed": True,
    "header": "X-Push-Key",
    "username": "stagecoach",
    "topics": ["arn:aws:sns:eu-west-1:123456789012:pushes"],
    "audience": "https://stagecoach.example",
    "service_account": "pushes@project.example",
}
_EVENTS: list[dict[str, object]] = [
    {"image": _IMAGE, "digest": _DIGEST},
    {"image": _IMAGE, "digest": None},
    {"ignored": "pull", "reason": "A pull changes nothing."},
]

SETTINGS = ReceiverSettings(
    registry="registry.example:5000",
    repositories={"docker-local": "registry.example:5000/docker-local"},
    signed=True,
    header="X-Push-Key",
    username="stagecoach",
    topics=("arn:aws:sns:eu-west-1:123456789012:pushes",),
    audience="https://stagecoach.example",
    service_account="pushes@project.example",
)
EVENTS = (
    ReportedEvent(image=_IMAGE, digest=_DIGEST),
    ReportedEvent(image=_IMAGE),
    ReportedEvent(ignored="pull", reason="A pull changes nothing."),
)


async def _add(database: Database, settings: ReceiverSettings = SETTINGS) -> None:
    async with database.begin() as tx:
        await tx.receivers.add(
            receiver_id=_ID,
            name="hub",
            provider=Provider.ARTIFACTORY,
            application_id=None,
            settings=settings,
            secret="the secret",
        )


async def _read(database: Database) -> ReceiverSettings:
    async with database.read() as tx:
        record = await tx.receivers.get(_ID)
    assert record is not None
    return record.settings


@pytest.mark.parametrize(("stored", "settings"), [(_SETTINGS, SETTINGS), ({}, ReceiverSettings())])
async def test_settings_that_the_former_release_stored_are_read(database, raw, stored, settings):
    await _add(database)
    await raw(f"UPDATE receivers SET settings = '{json.dumps(stored)}' RETURNING id")
    assert await _read(database) == settings


@pytest.mark.parametrize(("settings", "stored"), [(SETTINGS, _SETTINGS), (ReceiverSettings(), {})])
async def test_settings_are_stored_with_the_members_that_the_former_release_knows(database, raw, settings, stored):
    await _add(database, settings)
    assert await raw("SELECT settings FROM receivers") == [(stored,)]


async def test_changed_settings_are_stored_in_the_same_form(database, raw):
    await _add(database, ReceiverSettings())
    async with database.begin() as tx:
        changed = await tx.receivers.change(_ID, settings=SETTINGS)
    assert changed.settings == SETTINGS
    assert await raw("SELECT settings FROM receivers") == [(_SETTINGS,)]


async def test_settings_of_a_newer_version_are_refused_instead_of_read_in_part(database, raw):
    await _add(database)
    await raw("UPDATE receivers SET settings = '{\"version\": 2}' RETURNING id")
    with pytest.raises(UnknownVersionError, match="receiver's settings has the version 2"):
        await _read(database)


async def test_events_that_the_former_release_stored_are_read(database, raw):
    await _add(database)
    async with database.begin() as tx:
        await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED)
    await raw(f"UPDATE deliveries SET events = '{json.dumps(_EVENTS)}' RETURNING id")
    async with database.read() as tx:
        (delivery,) = (await tx.deliveries.list(_ID, limit=10)).items
    assert delivery.events == EVENTS


async def test_events_are_stored_with_the_members_that_the_former_release_reads(database, raw):
    await _add(database)
    async with database.begin() as tx:
        await tx.deliveries.add(_ID, fate=DeliveryFate.ACCEPTED, events=EVENTS)
    assert await raw("SELECT events FROM deliveries") == [([{"version": 1, **each} for each in _EVENTS],)]
