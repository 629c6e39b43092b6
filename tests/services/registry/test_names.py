"""Normalising names, to the spelling of the images of clusters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.image_references import parse_image, try_parse_image
from services.registry.names import (
    DOCKER_HUB,
    fold_host,
    fold_repository,
    is_artefact_tag,
    is_digest,
    is_repository,
    is_tag,
    looks_like_digest,
    names_registry,
    split_image,
    split_tag,
)

HEX = "0" * 64


@pytest.mark.parametrize(
    "text", ["nginx", "team/app", "index.docker.io/nginx", "R.example/a", "localhost/a", "h:5/a/b"]
)
def test_names_are_folded_as_clusters_images_are(text: str):
    host, path = split_image(text)
    folded = fold_host(host)
    image = parse_image(text)
    assert (folded, fold_repository(folded, path)) == (image.registry, image.repository)


@given(st.from_regex(r"([a-z0-9.-]{1,6}(:[0-9]{1,5})?/)?[a-z0-9._-]{1,6}(/[a-z0-9._-]{1,4})?", fullmatch=True))
def test_both_places_agree_on_every_name(text: str):
    image = try_parse_image(text)
    host, path = split_image(text)
    folded = fold_host(host)
    repository = fold_repository(folded, path)
    if image is not None:
        assert (folded, repository) == (image.registry, image.repository)
        assert is_repository(repository)
        assert names_registry(folded)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("h:5000/a/b:1.4", ("h:5000/a/b", "1.4")),
        ("h:5000/a/b", ("h:5000/a/b", None)),
        ("h/a:1@sha256:0", ("h/a", "1")),
        ("ghcr.io/a/b:", ("ghcr.io/a/b", "")),
    ],
)
def test_a_colon_is_a_tags_only_after_the_last_slash(name: str, expected: tuple[str, str | None]):
    assert split_tag(name) == expected


@pytest.mark.parametrize("suffix", ["", ".sig", ".att", ".sbom", ".src"])
def test_tags_of_signatures_and_referrers_are_told_from_images(suffix: str):
    assert is_artefact_tag(f"sha256-{HEX}{suffix}")
    assert not is_artefact_tag(f"sha256-{HEX}x{suffix}")


def test_a_digest_is_no_tag():
    assert looks_like_digest(f"sha256:{HEX}")
    assert is_digest(f"sha256:{HEX}")
    assert not is_tag(f"sha256:{HEX}")


@pytest.mark.parametrize("value", [None, 1, [], {}, b"a"])
def test_what_is_no_text_is_no_name(value: object):
    assert not any(rule(value) for rule in (is_tag, is_digest, is_repository, names_registry))


def test_docker_hub_is_one_host():
    assert {fold_host(name) for name in ("Docker.io", "registry-1.docker.io", "index.docker.io")} == {DOCKER_HUB}
