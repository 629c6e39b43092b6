import base64
import json

import pytest

from domain.overrides import Overrides
from domain.resources import Manifest, ResourceId
from domain.secret_text import SecretText
from domain.stored.requests import CopyRequest, ImportSource
from domain.words import OnConflict
from services.execution.copy_spec import CopySpec, ValuesMissingError
from services.planning.copying.node_ports import LAST_APPLIED
from services.planning.copying.plan import CopyChoices

_SOURCE = ImportSource(
    environment="Development",
    cluster="dev-1",
    namespace="shop",
    resources=(ResourceId.of("v1", "Secret", "keys"), ResourceId.of("apps/v1", "Deployment", "web")),
)
_OVERRIDES = Overrides(
    config_maps={"settings": {"mode": "prod", "debug": None}},
    secrets={"keys": {"token": SecretText("canary"), "old": None}},
    replicas={"Deployment/web": 3},
    ingress_hosts={"a": "b"},
    storage_classes={"c": "d"},
    ingress_classes={"e": "f"},
    suspend_cron_jobs=False,
    allow=("registry-credentials",),
)


def _secret(data, annotations=None):
    metadata = {"name": "keys", **({"annotations": annotations} if annotations else {})}
    return Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})


def _kept(spec):
    """The spec as it comes back from its row, and the row's text."""
    request, values = spec.to_stored()
    text = json.dumps(request.to_json())
    return CopySpec.from_stored(CopyRequest.from_json(json.loads(text)), values), text


def _configured(*manifests):
    return CopySpec(namespace="shop", choices=CopyChoices(), manifests=manifests)


def test_an_import_is_restored_from_its_request_and_values():
    choices = CopyChoices(overrides=_OVERRIDES, on_conflict=OnConflict.KEEP)
    spec = CopySpec(namespace="shop", choices=choices, source=_SOURCE)
    assert _kept(spec)[0] == spec


def test_a_configure_is_restored_from_its_request_and_values():
    settings = Manifest({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"b": "c"}})
    spec = _configured(settings, _secret({"token": base64.b64encode(b"canary").decode()}))
    assert _kept(spec)[0] == spec


def test_no_value_is_in_the_row():
    imported = CopySpec(namespace="shop", choices=CopyChoices(overrides=_OVERRIDES), source=_SOURCE)
    encoded = base64.b64encode(b"canary").decode()
    configured = _configured(_secret({"token": encoded}, {LAST_APPLIED: "canary"}))
    for spec in (imported, configured):
        text = _kept(spec)[1]
        assert "canary" not in text
        assert encoded not in text


def test_values_are_named_by_secret_and_key_as_a_retry_asks_for_them():
    spec = CopySpec(namespace="shop", choices=CopyChoices(overrides=_OVERRIDES), source=_SOURCE)
    assert spec.to_stored()[1] == {"keys": {"token": SecretText("canary")}}


def test_a_value_that_is_no_text_comes_back_byte_for_byte():
    spec = _configured(_secret({"binary": base64.b64encode(b"\xff\xfe\x00").decode()}))
    assert _kept(spec)[0] == spec


def test_a_value_that_was_erased_is_named():
    request, _ = CopySpec(namespace="shop", choices=CopyChoices(overrides=_OVERRIDES), source=_SOURCE).to_stored()
    with pytest.raises(ValuesMissingError, match="keys/token"):
        CopySpec.from_stored(request, {})
