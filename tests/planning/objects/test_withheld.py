"""What of a stored request is not shown to who only sees the app environment."""

from domain.resources import Manifest
from domain.stored.requests import CopyRequest, StoredOverrides
from domain.words import OnConflict
from services.planning.objects.withheld import without_values
from tests.support.objects import config_map, deployment, obj, secret

_CANARY = "canary-4711"


def _request(*manifests: Manifest, config_maps=None) -> CopyRequest:
    overrides = StoredOverrides(
        config_maps=config_maps or {},
        secrets={},
        replicas={},
        ingress_hosts={},
        storage_classes={},
        ingress_classes={},
        suspend_cron_jobs=None,
        allow=(),
    )
    return CopyRequest(namespace="shop", on_conflict=OnConflict.FAIL, overrides=overrides, manifests=manifests)


def _pod(**container):
    return {"containers": [{"name": "web", "image": "web:1", **container}]}


def test_values_that_somebody_typed_in_are_withheld_and_their_names_are_not():
    env = [{"name": "TOKEN", "value": _CANARY}, {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys"}}}]
    annotated = {"annotations": {"rotated-to": _CANARY}}
    applied = {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": _CANARY, "team": "shop"}}
    shown = without_values(
        _request(
            deployment(pod=_pod(env=env), metadata=applied),
            config_map(data={"mode": _CANARY}, binaryData={"logo": _CANARY}),
            secret(data={"token": "withheld"}, metadata=annotated),
            obj("shop.example/v1", "Fleet", spec={"pods": [_pod(env=env)]}),
            config_maps={"settings": {"mode": _CANARY, "gone": None}},
        )
    )
    text = str(shown.to_json())
    assert _CANARY not in text
    for kept in ("TOKEN", "secretKeyRef", "mode", "logo", "rotated-to", "'team': 'shop'", "'gone': None", "web:1"):
        assert kept in text, kept


def test_the_stored_request_stays_as_it_is():
    request = _request(config_map(data={"mode": _CANARY}))
    without_values(request)
    assert request.manifests[0].body["data"] == {"mode": _CANARY}
