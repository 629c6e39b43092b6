"""Image references: how they come apart, and what they make a container do."""

import pytest

from sandbox.images import Behaviour, parse_image


@pytest.mark.parametrize(
    ("reference", "repository", "tag", "digest"),
    [
        ("web", "web", "", ""),
        ("web:1", "web", "1", ""),
        ("registry.example:5000/shop/web", "registry.example:5000/shop/web", "", ""),
        ("registry.example:5000/shop/web:1.4.0", "registry.example:5000/shop/web", "1.4.0", ""),
        ("shop/web:1@sha256:" + "0" * 64, "shop/web", "1", "sha256:" + "0" * 64),
        ("shop/web@sha256:" + "0" * 64, "shop/web", "", "sha256:" + "0" * 64),
    ],
)
def test_a_reference_comes_apart(reference, repository, tag, digest):
    image = parse_image(reference)
    assert (image.repository, image.tag, image.digest) == (repository, tag, digest)


@pytest.mark.parametrize(
    ("reference", "behaviour"),
    [
        ("shop/web:1.4.0", Behaviour.RUNS),
        ("shop/broken:1.4.0", Behaviour.RUNS),
        ("shop/web", Behaviour.RUNS),
        ("localhost:5000/web", Behaviour.RUNS),
        ("shop/web:1-broken", Behaviour.CRASHES),
        ("shop/web:broken@sha256:" + "0" * 64, Behaviour.CRASHES),
        ("shop/web:missing-2", Behaviour.CANNOT_BE_PULLED),
        ("shop/web:slow", Behaviour.SLOW),
        ("Shop/Web:1", Behaviour.INVALID_NAME),
        ("shop/web:a tag", Behaviour.INVALID_NAME),
        ("shop/web@sha256:short", Behaviour.INVALID_NAME),
        ("", Behaviour.INVALID_NAME),
    ],
)
def test_the_tag_tells_how_an_image_behaves(reference, behaviour):
    assert parse_image(reference).behaviour is behaviour


def test_two_tags_have_two_digests_and_one_tag_has_one():
    one, other = parse_image("shop/web:1"), parse_image("shop/web:2")
    assert one.image_id != other.image_id
    assert one.image_id == parse_image("shop/web:1").image_id


def test_an_image_without_a_tag_is_the_latest_and_has_its_digest():
    assert parse_image("shop/web").image_id == parse_image("shop/web:latest").image_id
    assert parse_image("shop/web").image_id != parse_image("shop/web:1").image_id
