"""Looking up app environments and clusters by name, and what is said of a name that does not exist."""

import pytest

from services.errors import InvalidRequestError, NotFoundError
from services.reading.app_environments import (
    app_environment,
    app_environments,
    application_named,
    cluster_named,
    find_cluster,
)
from tests.support.records import FakeRows, app_environment_record

STAGING, PRODUCTION = app_environment_record("Staging"), app_environment_record(clusters=("prod-eu", "prod-us"))
ROWS = FakeRows(STAGING, PRODUCTION).transaction


async def test_app_environments_come_in_the_order_of_their_names():
    assert await app_environments(ROWS, "shop", "Production", "Staging") == (PRODUCTION, STAGING)
    assert await app_environment(ROWS, "shop", "Staging") == STAGING


@pytest.mark.parametrize(
    ("application", "environment", "what", "name"),
    [("shop", "Testing", "environment", "Testing"), ("blog", "Staging", "application", "blog")],
)
async def test_the_error_names_what_is_unknown(application, environment, what, name):
    with pytest.raises(NotFoundError) as unknown:
        await app_environments(ROWS, application, "Production", environment)
    assert unknown.value.members() == {"what": what, "name": name}


async def test_an_application_is_found_by_its_name():
    assert await application_named(ROWS, "shop") == STAGING.application


def test_a_cluster_is_found_whatever_the_case_of_its_name():
    assert cluster_named(PRODUCTION.environment, "PROD-us").name == "prod-us"
    assert find_cluster(PRODUCTION.environment, "staging-1") is None


def test_a_cluster_of_another_environment_is_refused_with_those_that_there_are():
    with pytest.raises(InvalidRequestError) as refused:
        cluster_named(PRODUCTION.environment, "staging-1", field="cluster")
    assert "Its clusters are prod-eu, prod-us." in refused.value.detail
    assert refused.value.members() == {"field": "cluster"}
