from dataclasses import replace

import pytest

from domain.comparisons import ObjectField
from domain.stored.requests import StoredOverrides
from services.planning.comparing.expected import Expectations
from services.planning.comparing.values import ExpectedReason
from tests.support.comparing import compared, side
from tests.support.objects import config_map, deployment, obj, secret

STAGING = {"environment": "Staging", "cluster": "stg-1"}
NO_OVERRIDES = StoredOverrides(
    config_maps={},
    secrets={},
    replicas={},
    ingress_hosts={},
    storage_classes={},
    ingress_classes={},
    suspend_cron_jobs=None,
    allow=(),
)


def _field(path, kind="ConfigMap", name="settings", group=""):
    return ObjectField(group=group, kind=kind, name=name, path=path)


def _proposed(one, other, **overrides):
    expectations = Expectations(overrides=(replace(NO_OVERRIDES, **overrides),) if overrides else ())
    found = compared(side(one), side(other, **STAGING), expectations=expectations)
    return [each.proposed for each in found.differences]


def test_a_marked_field_is_expected_and_no_longer_counts():
    left, right = side(config_map()), side(config_map(data={"mode": "live"}), **STAGING)
    found = compared(left, right, expectations=Expectations(marked=(_field("data.mode"),)))
    assert found.same
    assert [each.path for each in found.expected] == ["data.mode"]


@pytest.mark.parametrize(
    ("marked", "covered"),
    [
        (_field("data.mode"), True),
        (_field("data"), True),
        (_field(""), True),
        (_field("data.mod"), False),
        (_field("data.mode.x"), False),
        (_field("data.mode", name="others"), False),
        (_field("data.mode", kind="Secret"), False),
        (_field("data.mode", group="shop.example"), False),
    ],
)
def test_a_mark_covers_its_field_and_what_is_below(marked, covered):
    left, right = side(config_map()), side(config_map(data={"mode": "live"}), **STAGING)
    assert compared(left, right, expectations=Expectations(marked=(marked,))).same is covered


def test_a_mark_covers_items_of_a_list():
    assert _field("spec.containers").covers(_field("spec.containers[web].image"))


def test_replicas_are_proposed():
    assert _proposed(deployment(replicas=1), deployment(replicas=3)) == [ExpectedReason.REPLICAS]


def test_hosts_are_proposed():
    def ingress(host):
        return obj("networking.k8s.io/v1", "Ingress", spec={"rules": [{"host": host}]})

    assert _proposed(ingress("a.dev.example"), ingress("a.example")) == [ExpectedReason.HOSTS]


@pytest.mark.parametrize(
    ("one", "other", "overrides"),
    [
        (config_map(), config_map(data={"mode": "live"}), {"config_maps": {"settings": {"mode": "live"}}}),
        (config_map(), config_map(data={}), {"config_maps": {"settings": {"mode": None}}}),
        (secret(), secret(data={"token": "eA=="}), {"secrets": {"keys": {"token": "given"}}}),
        (
            obj("batch/v1", "CronJob", spec={"suspend": False}),
            obj("batch/v1", "CronJob", spec={"suspend": True}),
            {"allow": ()},
        ),
        (
            obj("v1", "PersistentVolumeClaim", spec={"storageClassName": "fast"}),
            obj("v1", "PersistentVolumeClaim", spec={"storageClassName": "gold"}),
            {"storage_classes": {"fast": "gold"}},
        ),
        (config_map(metadata={"labels": {"tier": "a"}}), config_map(), {"leave_out": ("ti*",)}),
    ],
)
def test_what_an_import_wrote_otherwise_is_proposed(one, other, overrides):
    assert _proposed(one, other, **overrides) == [ExpectedReason.OVERRIDE]
    assert _proposed(one, other) == [None]


def test_other_keys_of_the_same_config_map_are_not_proposed():
    overrides = {"config_maps": {"settings": {"other": "x"}}}
    assert _proposed(config_map(), config_map(data={"mode": "live"}), **overrides) == [None]


def test_a_text_that_differs_only_in_the_own_namespace_is_proposed():
    left = side(config_map(data={"db": "db.shop-dev.svc:5432"}), namespace="shop-dev")
    right = side(config_map(data={"db": "db.shop.svc:5432"}), namespace="shop", **STAGING)
    assert [each.proposed for each in compared(left, right).differences] == [ExpectedReason.NAMESPACE]


def test_a_text_that_differs_beyond_the_namespace_is_not_proposed():
    left = side(config_map(data={"db": "db.shop-dev.svc:5432"}), namespace="shop-dev")
    right = side(config_map(data={"db": "db2.shop.svc:5432"}), namespace="shop", **STAGING)
    assert [each.proposed for each in compared(left, right).differences] == [None]


def test_a_hidden_value_is_not_proposed_for_what_it_says():
    left = side(config_map(data={"db": "db.shop-dev"}), namespace="shop-dev")
    right = side(config_map(data={"db": "db.shop"}), namespace="shop", **STAGING)
    assert [each.proposed for each in compared(left, right, values_shown=False).differences] == [None]


def test_a_proposed_difference_counts_until_somebody_marks_it():
    assert not compared(side(deployment(replicas=1)), side(deployment(replicas=3), **STAGING)).same
