"""What is read of both sides of a comparison."""

from dataclasses import replace

from domain.declared_kinds import Declaration, DeclaredImage, DeclaredKinds, ImageForm
from domain.resources import ResourceId
from services.kube.deadline import Deadline
from services.kube.errors import AccessDeniedError, ClusterUnreachableError
from services.planning.objects.identity import ObjectKey
from services.reading.compared_clusters import Place, read_places
from tests.support.fake_cluster import WEB, FakeCluster, deployment
from tests.support.objects import config_map, obj, secret
from tests.support.records import FakeClusters, app_environment_record

SETTINGS = ResourceId.of("v1", "ConfigMap", "settings")
CAMPAIGN = ResourceId.of("shop.example/v1", "Campaign", "sale")


def _place(environment="Production", cluster="prod-eu", resources=(WEB, SETTINGS)):
    target = app_environment_record(environment, clusters=(cluster,), resources=resources)
    return Place(target=target, cluster=target.environment.clusters[0])


async def _read(*places, beside_release=False, **clusters):
    gateways = {name.replace("_", "-"): cluster for name, cluster in clusters.items()}
    return await read_places(FakeClusters(gateways), places, beside_release=beside_release, deadline=Deadline.after(30))


def _names(seen):
    return sorted(key.name for key in seen.objects)


def _uses(kind, name):
    body = deployment()
    source = {"configMapRef": {"name": name}} if kind == "ConfigMap" else {"secretRef": {"name": name}}
    body["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [source]
    return body


async def test_each_cluster_has_its_objects_and_the_images_that_run():
    found = await _read(_place(), prod_eu=FakeCluster(deployment(), config_map().body))
    assert _names(found[0]) == ["settings", "web"]
    assert [each.image.reference for each in found[0].images.values()] == ["shop/web:1"]


async def test_what_only_one_side_has_recorded_is_looked_for_on_both():
    places = _place(), _place("Staging", "stg", resources=(WEB,))
    eu, stg = FakeCluster(deployment(), config_map().body), FakeCluster(deployment(), config_map().body)
    found = await _read(*places, prod_eu=eu, stg=stg)
    assert [_names(each) for each in found] == [["settings", "web"]] * 2


async def test_what_pods_of_one_side_use_is_read_on_both_though_nobody_recorded_it():
    for kind, used in (("ConfigMap", config_map("used")), ("Secret", secret("used"))):
        places = _place(resources=(WEB,)), _place("Staging", "stg", resources=(WEB,))
        eu, stg = FakeCluster(_uses(kind, "used"), used.body), FakeCluster(deployment(), used.body)
        found = await _read(*places, prod_eu=eu, stg=stg)
        assert [_names(each) for each in found] == [["used", "web"]] * 2


async def test_what_controllers_publish_everywhere_is_not_compared():
    published = config_map("kube-root-ca.crt")
    found = await _read(_place(), prod_eu=FakeCluster(_uses("ConfigMap", published.name), published.body))
    assert _names(found[0]) == ["web"]


async def test_a_dead_cluster_has_a_failure_and_the_other_is_read():
    down = ClusterUnreachableError("It refuses connections.", cluster="stg")
    found = await _read(_place(), _place("Staging", "stg"), prod_eu=FakeCluster(deployment()), stg=down)
    assert found[1].failure.detail == "It refuses connections."
    assert found[0].failure is None
    assert _names(found[0]) == ["web"]


async def test_a_kind_that_may_not_be_read_is_noted_and_the_others_are_read():
    cluster = FakeCluster(deployment(), config_map().body)
    cluster.refuse("get", "settings", AccessDeniedError("may not get configmaps", cluster="prod-eu"))
    found = await _read(_place(), prod_eu=cluster)
    assert found[0].unread == {("", "ConfigMap")}
    assert _names(found[0]) == ["web"]


async def test_an_extension_that_is_down_costs_its_kind_alone():
    sale = obj("shop.example/v1", "Campaign", "sale", spec={})
    cluster = FakeCluster(deployment(), sale.body)
    cluster.refuse("get", "sale", ClusterUnreachableError("down", cluster="prod-eu"))
    found = await _read(_place(resources=(WEB, CAMPAIGN)), prod_eu=cluster)
    assert found[0].unread == {("shop.example", "Campaign")}
    assert _names(found[0]) == ["web"]


async def test_objects_are_read_in_a_version_that_both_clusters_serve():
    newer, older = (obj(f"shop.example/{version}", "Campaign", "sale", spec={}) for version in ("v2", "v1"))
    places = _place(resources=(CAMPAIGN,)), _place("Staging", "stg", resources=(CAMPAIGN,))
    both = FakeCluster(older.body, newer.body)
    found = await _read(*places, prod_eu=FakeCluster(newer.body), stg=both)
    key = ObjectKey.of_resource(CAMPAIGN)
    assert [each.objects[key].kind.version for each in found] == ["v2", "v2"]


async def test_where_no_version_is_common_each_cluster_is_read_in_its_own():
    newer, older = (obj(f"shop.example/{version}", "Campaign", "sale", spec={}) for version in ("v2", "v1"))
    places = _place(resources=(CAMPAIGN,)), _place("Staging", "stg", resources=(CAMPAIGN,))
    found = await _read(*places, prod_eu=FakeCluster(newer.body), stg=FakeCluster(older.body))
    key = ObjectKey.of_resource(CAMPAIGN)
    assert [each.objects[key].kind.version for each in found] == ["v2", "v1"]


async def test_beside_a_release_only_workloads_and_own_configuration_are_read():
    cluster = FakeCluster(_uses("Secret", "keys"), config_map().body, secret().body)
    found = await _read(_place(), beside_release=True, prod_eu=cluster)
    assert _names(found[0]) == ["settings", "web"]


async def test_images_of_a_declared_kind_are_read_also_beside_a_release():
    image = DeclaredImage(path="spec.ref", form=ImageForm.REFERENCE)
    declared = DeclaredKinds(by_kind={CAMPAIGN.group_kind: Declaration(images=(image,))})
    place = _place(resources=(CAMPAIGN,))
    place = replace(place, target=replace(place.target, declared=declared))
    sale = obj("shop.example/v1", "Campaign", "sale", spec={"ref": "shop/sale:1"})
    [found] = await _read(place, beside_release=True, prod_eu=FakeCluster(sale.body))
    assert [(each.container, each.image.reference) for each in found.images.values()] == [("spec.ref", "shop/sale:1")]
