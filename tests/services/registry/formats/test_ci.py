"""The plain form, as jobs write it: a whole reference, or its parts in variables of their own."""

import json

import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Request, UnreadableDeliveryError
from services.registry.formats import FORMATS

DIGEST = "sha256:" + "a" * 64


def _pushed(body, **settings):
    read = FORMATS[Provider.CI].reader(Request(body=json.dumps(body).encode()), ReceiverSettings(**settings))
    return [f"{each.registry}/{each.repository}:{each.tag}" for each in read.pushed]


@pytest.mark.parametrize(
    "body",
    [
        {"image": "r.example/team/web:1.0"},
        {"image": "r.example/team/web", "tag": "1.0"},
        {"image": f"r.example/team/web@{DIGEST}", "tag": "1.0"},
        {"image": "team/web", "registry": "r.example", "tag": "1.0"},
        {"registry": "r.example", "repository": "team/web", "tag": "1.0"},
        {"repository": "r.example/team/web", "tag": "1.0"},
    ],
)
def test_an_image_and_its_tag_may_be_apart(body):
    assert _pushed(body) == ["r.example/team/web:1.0"]


def test_several_tags_of_one_push_are_several_images():
    assert _pushed({"image": "r.example/web", "tags": ["1.0", "latest"]}) == [
        "r.example/web:1.0",
        "r.example/web:latest",
    ]


def test_a_repository_of_a_registry_may_begin_with_another_registrys_name():
    cached = {"registry": "cache.example", "repository": "quay.io/team/web", "tag": "1.0"}
    assert _pushed(cached) == ["cache.example/quay.io/team/web:1.0"]
    assert _pushed({**cached, "registry": None}, registry="cache.example") == ["cache.example/quay.io/team/web:1.0"]


def test_the_receivers_registry_holds_where_none_is_named():
    assert _pushed({"image": "team/web", "tag": "1.0"}, registry="r.example") == ["r.example/team/web:1.0"]
    assert _pushed({"repository": "team/web", "tag": "1.0"}, registry="r.example") == ["r.example/team/web:1.0"]


@pytest.mark.parametrize(
    "body",
    [
        {"repository": "team/web", "tag": "1.0"},
        {"image": "r.example/web:1.0", "tag": "2.0"},
        {"image": "r.example/web", "registry": "other.example", "tag": "1.0"},
    ],
)
def test_what_is_not_said_or_contradicts_itself_is_not_guessed(body):
    with pytest.raises(UnreadableDeliveryError):
        _pushed(body)


def test_an_image_by_its_digest_alone_is_no_push_of_a_tag():
    assert _pushed({"image": f"r.example/team/web@{DIGEST}"}) == []
