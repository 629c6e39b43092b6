"""Who shares a namespace is named to those who see them, and to others only said to be there."""

from domain.rights import Holdings
from services.reading.sharers import UNSEEN, sharers_of
from tests.support.actors import ANN
from tests.support.records import FakeRows, app_environment_record

STAGING, PRODUCTION = app_environment_record("Staging"), app_environment_record("Production")
DATABASE = FakeRows(STAGING, PRODUCTION).database


async def test_an_application_that_is_seen_is_named_with_its_environment():
    found = await sharers_of(DATABASE, "shop", STAGING, same_environment=False, holdings=ANN.holdings)
    assert set(found.values()) == {("shop in Production",)}


async def test_one_that_is_not_seen_is_only_said_to_be_there():
    found = await sharers_of(DATABASE, "shop", STAGING, same_environment=False, holdings=Holdings())
    assert set(found.values()) == {(UNSEEN,)}
