"""Looking up app environments and clusters by name, and what is said of a name that does not exist."""

from dataclasses import replace

import pytest

from domain.grants import SEAL, ViewGrant
from domain.rights import ApplicationRef, EnvironmentRef
from services.errors import InvalidRequestError, NotFoundError
from services.reading.app_environments import (
    app_environment,
    app_environments,
    cluster_named,
    find_cluster,
)
from tests.support.actors import granted
from tests.support.records import FakeRows, app_environment_record

STAGING, PRODUCTION = app_environment_record("Staging"), app_environment_record(clusters=("prod-eu", "prod-us"))
ROWS = FakeRows(STAGING, PRODUCTION).transaction


async def test_app_environments_come_in_the_order_of_their_grants():
    grants = [granted(ViewGrant, each) for each in (PRODUCTION, STAGING)]
    assert await app_environments(ROWS, *grants) == (PRODUCTION, STAGING)
    assert await app_environment(ROWS, grants[1]) == STAGING


async def test_what_took_the_name_of_what_was_granted_is_not_found():
    renamed = replace(granted(ViewGrant, STAGING), application=ApplicationRef(id="other", name="shop"), seal=SEAL)
    with pytest.raises(NotFoundError):
        await app_environment(ROWS, renamed)
    moved = replace(granted(ViewGrant, STAGING), environment=EnvironmentRef(id="other", name="Staging"), seal=SEAL)
    with pytest.raises(NotFoundError):
        await app_environment(ROWS, moved)


async def test_what_was_removed_since_it_was_granted_is_not_found():
    gone = granted(ViewGrant, app_environment_record("Testing"))
    with pytest.raises(NotFoundError):
        await app_environment(ROWS, gone)


def test_a_cluster_is_found_whatever_the_case_of_its_name():
    assert cluster_named(PRODUCTION.environment, "PROD-us").name == "prod-us"
    assert find_cluster(PRODUCTION.environment, "staging-1") is None


def test_a_cluster_of_another_environment_is_refused_with_those_that_there_are():
    with pytest.raises(InvalidRequestError) as refused:
        cluster_named(PRODUCTION.environment, "staging-1", field="cluster")
    assert "Its clusters are prod-eu, prod-us." in refused.value.detail
    assert refused.value.members() == {"field": "cluster"}
