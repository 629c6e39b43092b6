"""The objects of an app environment's namespace, as the import dialog offers them."""

import pytest

from services.errors import InvalidRequestError, NotConfiguredError
from services.kube.errors import AccessDeniedError, ClusterUnreachableError
from services.limits import Limits
from services.planning.objects.identity import ObjectKey
from services.reading.namespace_contents import ResourceBrowser, own_resources
from tests.support.actors import ANN
from tests.support.fake_cluster import WEB, FakeCluster, deployment
from tests.support.objects import config_map, secret
from tests.support.records import FakeClusters, FakeRows, app_environment_record

NAMES = ("prod-eu", "prod-us")


def browser(target, **clusters: FakeCluster) -> ResourceBrowser:
    gateways = {name.replace("_", "-"): cluster for name, cluster in clusters.items()}
    return ResourceBrowser(FakeRows(target).database, FakeClusters(gateways), Limits())


async def test_the_objects_are_those_of_the_primary_cluster_and_its_own_are_marked():
    target = app_environment_record(clusters=NAMES, resources=(WEB,))
    eu = FakeCluster(deployment(), config_map().body)
    found = await browser(target, prod_eu=eu).read("shop", "Production", actor=ANN)
    assert (found.cluster, found.namespace, found.unread) == ("prod-eu", "shop", ())
    assert {each.resource.name: each.belongs for each in found.items} == {"web": True, "settings": False}


async def test_the_named_cluster_is_read_in_place_of_the_primary_one():
    us = FakeCluster(config_map("us-only").body)
    found = await browser(app_environment_record(clusters=NAMES), prod_us=us).read(
        "shop", "Production", "PROD-US", actor=ANN
    )
    assert (found.cluster, [each.resource.name for each in found.items]) == ("prod-us", ["us-only"])


async def test_kinds_that_the_credential_may_not_list_are_named():
    eu = FakeCluster(config_map().body, secret().body)
    eu.refuse("list", "Secret", AccessDeniedError("may not list secrets", cluster="prod-eu"))
    found = await browser(app_environment_record(), prod_eu=eu).read("shop", "Production", actor=ANN)
    assert (found.unread, [each.resource.kind.name for each in found.items]) == (("Secret",), ["ConfigMap"])


async def test_before_it_is_configured_the_namespace_is_the_default_one_of_the_environment():
    target = app_environment_record(namespace=None, configured_at=None, default_namespace="apps")
    found = await browser(target, prod_eu=FakeCluster(config_map().body)).read("shop", "Production", actor=ANN)
    assert found.namespace == "apps"


async def test_without_a_namespace_there_is_nothing_to_read():
    target = app_environment_record(namespace=None, configured_at=None)
    with pytest.raises(NotConfiguredError, match="'shop' has no namespace in 'Production' yet"):
        await browser(target).read("shop", "Production", actor=ANN)


async def test_a_cluster_of_another_environment_is_refused():
    with pytest.raises(InvalidRequestError, match="no cluster named 'staging-1'"):
        await browser(app_environment_record()).read("shop", "Production", "staging-1", actor=ANN)


async def test_that_the_cluster_does_not_answer_is_the_callers_error():
    with pytest.raises(ClusterUnreachableError):
        await browser(app_environment_record()).read("shop", "Production", actor=ANN)


def test_resources_are_its_own_whatever_version_they_are_read_in():
    assert own_resources(app_environment_record(resources=(WEB,))) == {
        ObjectKey(group="apps", kind="Deployment", name="web")
    }
