import pytest

from domain.image_references import (
    InvalidImageError,
    digest_of_image_id,
    only,
    parse_image,
    same_image,
    short_digest,
    try_parse_image,
)

SHA = "sha256:" + "a1" * 32
OTHER = "sha256:" + "b2" * 32


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("nginx", "docker.io", "library/nginx", None, None),
        ("nginx:1.25", "docker.io", "library/nginx", "1.25", None),
        ("bitnami/redis:7", "docker.io", "bitnami/redis", "7", None),
        ("index.docker.io/library/nginx:1", "docker.io", "library/nginx", "1", None),
        ("registry.example/shop/web:1.4.0", "registry.example", "shop/web", "1.4.0", None),
        (f"registry.example/shop/web:1.4.0@{SHA}", "registry.example", "shop/web", "1.4.0", SHA),
        (f"registry.example/shop/web@{SHA}", "registry.example", "shop/web", None, SHA),
        ("localhost:5000/web", "localhost:5000", "web", None, None),
        ("localhost/web:x", "localhost", "web", "x", None),
        ("registry:5000/a/b/c:v1_2-3", "registry:5000", "a/b/c", "v1_2-3", None),
        ("[::1]:5000/web:1", "[::1]:5000", "web", "1", None),
        ("Registry.Example/web", "registry.example", "web", None, None),
    ],
)
def test_a_reference_is_taken_apart(text, registry, repository, tag, digest):
    image = parse_image(text)
    assert (image.registry, image.repository, image.tag, image.digest) == (registry, repository, tag, digest)
    assert str(image) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "UPPER",
        "web:",
        "web:ta g",
        "web@sha256:short",
        "web@",
        "/web",
        "web//a",
        "-web",
        "a/b:c/d:e",
        "x" * 3000,
        "we b",
    ],
)
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(InvalidImageError):
        parse_image(text)
    assert try_parse_image(text) is None


def test_a_refusal_does_not_repeat_what_was_typed():
    with pytest.raises(InvalidImageError) as refusal:
        parse_image("hunter2 password")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1", "index.docker.io/library/nginx:1"),
        (f"web:1@{SHA}", f"web:2@{SHA}"),  # a digest alone decides what runs
        (f"web:1@{SHA}", f"web@{SHA}"),
        ("not a reference", "not a reference"),
    ],
)
def test_references_that_mean_the_same_image(one, other):
    assert same_image(one, other)
    assert same_image(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("web:1", "web:2"),
        ("web:1", f"web:1@{SHA}"),
        (f"web:1@{OTHER}", f"web:1@{SHA}"),
        ("a.example/web:1", "b.example/web:1"),
        ("not a reference", "web:1"),
    ],
)
def test_references_that_mean_different_images(one, other):
    assert not same_image(one, other)
    assert not same_image(other, one)


def test_pinning_keeps_the_spelling_and_the_tag():
    assert str(parse_image("nginx:1.25").pinned(SHA)) == f"nginx:1.25@{SHA}"


def test_pinning_writes_the_tag_that_was_left_out():
    assert str(parse_image("nginx").pinned(SHA)) == f"nginx:latest@{SHA}"
    assert str(parse_image(f"nginx@{OTHER}").pinned(SHA)) == f"nginx@{SHA}"


def test_unpinning_drops_the_digest_where_a_tag_is_left():
    assert str(parse_image(f"web:1@{SHA}").unpinned()) == "web:1"
    assert str(parse_image(f"web@{SHA}").unpinned()) == f"web@{SHA}"


def test_a_person_sees_the_tag_and_the_short_digest():
    assert parse_image(f"web:1@{SHA}").display == "web:1 (a1a1a1a1a1a1)"
    assert parse_image("web:1").display == "web:1"
    assert short_digest(SHA) == "a1a1a1a1a1a1"


@pytest.mark.parametrize(
    ("image_id", "digest"),
    [
        (f"registry.example/shop/web@{SHA}", SHA),
        (f"docker-pullable://registry.example/shop/web@{SHA}", SHA),
        (f"registry.example/shop/web@{SHA.upper().replace('SHA256', 'sha256')}", SHA),
        (SHA, None),
        (f"docker://{SHA}", None),
        ("", None),
        ("registry.example/shop/web:1.4.0", None),
        (f"mirror.example/shop/web@{SHA}", None),
        (f"registry.example/shop/web-base@{SHA}", None),
        (f"registry.example:5000/shop/web@{SHA}", None),
    ],
)
def test_the_digest_a_pod_reports_is_that_of_its_image_in_the_images_own_repository(image_id, digest):
    assert digest_of_image_id(image_id, "registry.example/shop/web:1") == digest


@pytest.mark.parametrize(
    ("image_id", "image"),
    [
        (f"docker.io/library/nginx@{SHA}", "nginx"),
        (f"docker.io/library/nginx@{SHA}", "nginx:1.25"),
        (f"index.docker.io/acme/api@{SHA}", "acme/api:2"),
        (f"acme/api@{SHA}", "registry.hub.docker.com/acme/api:2"),
        (f"REGISTRY.example/shop/web@{SHA}", "registry.example/shop/web:2"),
        (f"localhost:5000/web@{SHA}", "localhost:5000/web"),
    ],
)
def test_other_spellings_of_a_repository_are_the_same(image_id, image):
    assert digest_of_image_id(image_id, image) == SHA


def test_an_image_that_was_loaded_from_an_archive_has_no_digest():  # as by `kind load`
    assert digest_of_image_id(f"docker.io/library/import-2026-11-25@{SHA}", "import-2026-11-25") is None
    assert digest_of_image_id(f"shop/import-worker@{SHA}", "shop/import-worker:1") == SHA


def test_digests_that_disagree_are_no_digest():
    assert only([SHA, SHA]) == SHA
    assert only([SHA, OTHER]) is None
    assert only([]) is None


def test_what_was_built_on_a_node_proves_no_digest():
    assert digest_of_image_id(f"localhost/web@{SHA}", "localhost/web:1") is None
    assert digest_of_image_id(f"localhost:5000/web@{SHA}", "localhost:5000/web:1") == SHA
