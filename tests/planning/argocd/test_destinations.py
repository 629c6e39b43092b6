"""By which names an application's destination is a cluster."""

import base64

import pytest

from domain.resources import Manifest
from services.planning.argocd.destinations import destination_of, is_named, names_in


def secret(**data: str) -> Manifest:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": encoded})


def application(destination: object) -> Manifest:
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}}
    return Manifest({**body, "spec": {"destination": destination}})


@pytest.mark.parametrize(
    ("destination", "found"),
    [({"server": "https://a"}, "https://a"), ({"name": "eu"}, "eu"), ({}, ""), (None, ""), ("eu", "")],
)
def test_a_destination_is_an_address_or_a_name(destination, found):
    assert destination_of(application(destination)) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.example:443/", "https://API.example"),
        ("https://api.example:6443", "https://api.example:6443/"),
        ("https://gate.example/k8s/c-1/", "https://gate.example:443/k8s/c-1"),
        ("https://[fd00::1]:6443", "https://[FD00::1]:6443"),
        ("eu", "eu"),
    ],
)
def test_ways_to_write_one_name_are_the_same(one, other):
    assert is_named(one, [other])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://api.example", "http://api.example"),
        ("https://api.example", "https://api.example:6443"),
        ("https://api.example/a", "https://api.example/A"),
        ("eu", "EU"),
        ("https://api.example:x", "https://api.example"),
    ],
)
def test_different_clusters_are_not_the_same(one, other):
    assert not is_named(one, [other])


def test_argo_cds_list_adds_the_other_name_of_a_known_cluster():
    secrets = [secret(name="eu", server="https://a/"), secret(name="us", server="https://b")]
    assert names_in(secrets, ["https://a"]) == {"eu", "https://a/"}
    assert names_in(secrets, ["us"]) == {"us", "https://b"}


def test_a_list_that_knows_the_cluster_by_no_known_name_adds_none():
    assert names_in([secret(name="eu", server="https://a"), secret()], ["https://c"]) == frozenset()


def test_secrets_that_hold_no_text_are_passed_over():
    broken = Manifest({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"name": "//8="}})
    assert names_in([broken], ["eu"]) == frozenset()
