import pytest

from services.planning.copying.normalize import normalize
from tests.support.copy_plans import codes, only, planned
from tests.support.objects import config_map, deployment

_MARKS = [
    ({"labels": {"config.openshift.io/inject-trusted-cabundle": "true"}}, "ca-bundle.crt"),
    ({"annotations": {"service.beta.openshift.io/inject-cabundle": "true"}}, "service-ca.crt"),
    ({"annotations": {"service.alpha.openshift.io/inject-cabundle": "true"}}, "service-ca.crt"),
]


@pytest.mark.parametrize(("metadata", "key"), _MARKS)
def test_authorities_that_a_cluster_fills_in_are_left_out_and_the_rest_stays(metadata, key):
    source = config_map("trust", data={key: "of the source", "mode": "strict"}, metadata=metadata)
    copied = normalize(source)
    assert copied.manifest.body["data"] == {"mode": "strict"}
    assert f"ConfigMap: injected {key}" in only(planned(source)).left_behind


@pytest.mark.parametrize(("metadata", "key"), _MARKS)
def test_what_the_target_filled_in_is_no_difference_and_can_be_mounted(metadata, key):
    source = config_map("trust", data={key: "of the source"}, metadata=metadata)
    live = config_map("trust", data={key: "of the target"}, metadata=metadata)
    volume = {"name": "trust", "configMap": {"name": "trust", "items": [{"key": key, "path": "ca.pem"}]}}
    plan = planned(source, deployment(pod={"volumes": [volume]}), live=[live])
    assert codes(plan) == []
    assert [str(each.action) for each in plan.clusters[0].resources] == ["unchanged", "create"]


def test_a_key_of_that_name_without_the_mark_is_a_persons():
    assert normalize(config_map("trust", data={"ca-bundle.crt": "x"})).manifest.body["data"] == {"ca-bundle.crt": "x"}
