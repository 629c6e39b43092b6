"""What a release holds of the ConfigMaps and Secrets that were read."""

import base64

import pytest

from domain.held_configuration import Held, HeldConfiguration, HeldContent
from domain.resources import Manifest
from services.planning.releases.holding import LARGEST_CLUSTER, LARGEST_OBJECT, held_configuration
from tests.support.objects import PRINTS


def config_map(name: str = "settings", **data: str) -> Manifest:
    return Manifest({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})


def secret(name: str = "login", *, type: str = "Opaque", **data: str) -> Manifest:  # noqa: A002 - Kubernetes' word
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": type, "data": encoded})


def held(*manifests: Manifest, keep_secrets: bool = False) -> HeldConfiguration:
    return held_configuration(manifests, PRINTS, place="place", keep_secrets=keep_secrets)


def test_a_config_map_is_held_as_it_is_without_what_kubectl_noted():
    body = config_map(mode="fast").edited()
    body["metadata"] |= {
        "labels": {"app": "web"},
        "annotations": {"team": "shop", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
        "resourceVersion": "7",
    }
    (found,) = held(Manifest(body)).objects
    assert found.held is Held.VALUES
    assert found.content is not None
    assert found.content.body(found.resource) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "labels": {"app": "web"}, "annotations": {"team": "shop"}},
        "data": {"mode": "fast"},
    }


def test_of_a_secret_fingerprints_are_held_unless_the_environment_keeps_values():
    (without,), (kept,) = (
        held(secret(password="hunter2")).objects,
        held(secret(password="hunter2"), keep_secrets=True).objects,
    )
    assert (without.held, without.content, set(without.prints)) == (Held.FINGERPRINTS, None, {"password"})
    assert (kept.held, kept.prints) == (Held.VALUES, without.prints)
    assert "hunter2" not in repr(kept)
    assert base64.b64encode(b"hunter2").decode() not in repr(kept)


@pytest.mark.parametrize("kind", ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"])
def test_tokens_that_a_cluster_made_for_itself_are_never_kept(kind):
    (found,) = held(secret(type=kind, token="t"), keep_secrets=True).objects
    assert found.held is Held.FINGERPRINTS


def test_an_object_that_is_too_large_is_held_by_fingerprints_and_that_is_said():
    large, small = held(config_map("large", text="x" * LARGEST_OBJECT), config_map("small", text="x")).objects
    assert (large.held, large.content, set(large.prints)) == (Held.TOO_LARGE, None, {"text"})
    assert small.held is Held.VALUES


def test_all_objects_of_a_cluster_together_are_bounded():
    count = LARGEST_CLUSTER // (LARGEST_OBJECT // 2) + 1
    found = held(*(config_map(f"c{number:03}", text="x" * (LARGEST_OBJECT // 2)) for number in range(count))).objects
    assert [each.held for each in found].count(Held.TOO_LARGE) >= 1
    assert found[0].held is Held.VALUES


def test_what_is_read_again_from_its_text_is_the_same():
    content = HeldContent.of(secret(password="hunter2"))
    assert HeldContent.from_text(content.to_text()) == content


def test_equal_values_of_two_clusters_have_one_fingerprint_and_other_ones_another():
    (one,), (same,), (other,) = (held(config_map(mode=mode)).objects for mode in ("fast", "fast", "slow"))
    assert one.print == same.print
    assert one.print != other.print
