"""Annotations in which some tool keeps the object as it applied it, with the values of that day."""

import base64
import gzip
import json
import zlib

import pytest

from services.planning.copying.normalize import normalize
from tests.support.objects import config_map, secret

_OLD = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "keys"},
    "data": {"token": base64.b64encode(b"the password of last year").decode()},
}
_TEXT = json.dumps(_OLD)


def _packed(pack):
    return base64.b64encode(pack(_TEXT.encode())).decode()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("kapp.k14s.io/original", _TEXT),
        ("tool.example/applied", _TEXT),
        ("tool.example/state", json.dumps({"metadata": {"name": "keys"}, "data": _OLD["data"]})),
        ("objectset.rio.cattle.io/applied", _packed(gzip.compress)),
        ("tool.example/state", _packed(gzip.compress)),
        ("tool.example/state", _packed(zlib.compress)),
        ("tool.example/state", base64.b64encode(_TEXT.encode()).decode()),
        ("tool.example/last-applied-config", json.dumps({"data": _OLD["data"]})),
        ("tool.example/state", json.dumps([_OLD])),
        ("tool.example/state", json.dumps({"generation": 3, "object": _OLD})),
        ("tool.example/state", json.dumps(_TEXT)),
        ("tool.example/state", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\ndata:\n  token: eA==\n"),
        ("tool.example/state", json.dumps({"data": _OLD["data"]})),
        ("tool.example/lastHandledConfiguration", json.dumps({"any": "thing"})),
    ],
)
def test_a_copy_of_the_object_is_left_out_whatever_tool_wrote_it(name, text):
    copied = normalize(secret(metadata={"annotations": {name: text, "team": "shop"}})).manifest
    assert copied.annotations == {"team": "shop"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "yes",
        '{"a": 1}',
        json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "template"}}),
        json.dumps(["kind", {"kind": "ConfigMap"}]),
        "kind: ConfigMap\nmetadata: {name: settings}\n",
        json.dumps({"data": {"mode": "dev"}}),
        "H4sIAAAAAAAA/+broken+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
        base64.b64encode(b"\x1f\x8b a file that only begins like gzip, of fifty bytes").decode(),
        "https://dashboards.example/d/abcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_another_annotation_stays(text):
    annotations = {"tool.example/notes": text}
    assert normalize(config_map(metadata={"annotations": annotations})).manifest.annotations == annotations
