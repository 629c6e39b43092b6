"""A ConfigMap of a megabyte of quotes is allowed: each limit measures something else than bytes of JSON."""

import base64
import json

import pytest

from domain.resources import Manifest
from domain.words import Action
from services.planning.copying.node_ports import LAST_APPLIED
from services.planning.copying.refusals import refusal_of
from tests.support.objects import config_map, obj, secret
from tests.support.two_clusters import TwoClusters, actions_of, resource_of

_MIB = 1024 * 1024
_CODES = "".join(f'"{number % 65536:04x}","DE"\n' for number in range(87_000))
_QUOTES = ('"a":"b",\n' * 111_112)[:999_999]


def _base64(size):
    return base64.b64encode(b"x" * size).decode()


_ALLOWED = {
    "a megabyte of codes in quotes": config_map(data={"codes.csv": _CODES}),
    "a megabyte of quotes": config_map(data={"q": _QUOTES}),
    "binary data": config_map(data={}, binaryData={"bin": _base64(1_040_000)}),
    "just as much as is allowed, the key not counted": config_map(data={"q": "x" * _MIB}),
    "a secret of that size": secret(data={"a-key": _base64(_MIB)}),
    "text and binary data together": config_map(data={"q": "é" * 262_144}, binaryData={"b": _base64(_MIB // 2)}),
    "a custom resource just below the limit of etcd": obj("x.example/v1", "Thing", spec={"text": "x" * 1_560_000}),
}
_REFUSED = {
    "one byte of data too many": (config_map(data={"q": "x" * (_MIB + 1)}), "too-much-data", "1,048,577"),
    "one byte of binary data too many": (
        config_map(data={"q": "x"}, binaryData={"b": _base64(_MIB)}),
        "too-much-data",
        "1,048,577",
    ),
    "a secret of one byte too many": (secret(data={"k": _base64(_MIB + 1)}), "too-much-data", "1,048,577"),
    "a custom resource above the limit of etcd": (
        obj("x.example/v1", "Thing", spec={"text": "x" * 1_600_000}),
        "too-big",
        "1,600,",
    ),
    "a custom resource of quotes, which JSON escapes": (
        obj("x.example/v1", "Thing", spec={"text": '"' * 800_000}),
        "too-big",
        "1,600,",
    ),
    "a request that no server reads": (config_map(data={"q": "\x01" * 700_000}), "too-long", "4,200,"),
}


@pytest.mark.parametrize("manifest", _ALLOWED.values(), ids=_ALLOWED)
def test_what_a_server_holds_is_copyable(manifest):
    assert refusal_of(manifest) is None


@pytest.mark.parametrize(("manifest", "rule", "size"), _REFUSED.values(), ids=_REFUSED)
def test_what_no_server_takes_is_refused_with_its_size(manifest, rule, size):
    refusal = refusal_of(manifest)
    assert refusal is not None
    assert refusal.rule == rule
    assert size in refusal.reason


def test_what_is_not_written_does_not_count():
    custom = obj("x.example/v1", "Thing", spec={"text": "x" * 900_000}, status={"seen": "x" * 500_000})
    custom.body["metadata"]["annotations"] = {LAST_APPLIED: json.dumps({"spec": {"text": "x" * 900_000}})}
    custom.body["metadata"]["managedFields"] = [{"fieldsV1": {f"f:{'y' * 1000}{n}": {} for n in range(500)}}]
    assert refusal_of(custom) is None


@pytest.mark.parametrize("text", [_CODES, _QUOTES], ids=["codes", "quotes"])
async def test_a_megabyte_is_copied_byte_for_byte_and_its_preview_stays_small(text):
    clusters = TwoClusters()
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"text": text}}
    clusters.create(body)
    plan = await clusters.preview()
    assert _shown_bytes(plan) < 20_000
    await clusters.copy()
    assert clusters.in_target(body)["data"] == {"text": text}
    assert actions_of(await clusters.preview()) == {Action.UNCHANGED}


def test_a_change_in_a_megabyte_is_shown_where_it_is():
    clusters = TwoClusters()
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"text": _CODES + "new" + _CODES[:9]},
    }
    clusters.create(body)
    clusters.plant({**body, "data": {"text": _CODES + "old" + _CODES[:9]}})
    (change,) = resource_of(clusters.plan(), "ConfigMap c").changes
    assert "new" in change.after
    assert "old" in change.before
    assert len(change.after) + len(change.before) < 5_000


async def test_a_preview_of_a_long_list_or_object_stays_small_too():
    clusters = TwoClusters()
    env = [{"name": f"V{number}", "value": "x" * 100} for number in range(3_000)]
    labels = {"app": "big"}
    pod = {"containers": [{"name": "big", "image": "registry.example.test/big:1", "env": env}]}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "big"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }
    clusters.create(body)
    assert _shown_bytes(await clusters.preview()) < 20_000


def _shown_bytes(plan):
    return sum(
        len(json.dumps([change.before, change.after]))
        for cluster in plan.clusters
        for resource in cluster.resources
        for change in resource.changes
    )


def test_an_ordinary_change_is_shown_whole():
    clusters = TwoClusters()
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"text": "line\n" * 100}}
    clusters.create(body)
    (change,) = resource_of(clusters.plan(), "ConfigMap c").changes
    assert change.after == "line\n" * 100
    assert Manifest(body).name == "c"
