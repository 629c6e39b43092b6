"""Reading manifests, indexes and config blobs from their bytes."""

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.errors import NotAnImageError, RegistryError, RegistryMalformedError, Subject
from services.registry.manifests import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    Image,
    Index,
    digest_of,
    read_config,
    read_manifest,
)
from services.registry.names import is_digest
from services.registry.tag_pages import require_tags
from services.registry.tag_stream import TagPage
from tests.support.fake_registry import IMAGE_CONFIG, LAYER

SUBJECT = Subject(host="registry.example", repository="shop/web", tag="1.4.2")
A, B, C = (f"sha256:{letter * 64}" for letter in "abc")


def read(document: Any, content_type: str = "") -> Index | Image:
    return read_manifest(json.dumps(document).encode(), content_type=content_type, subject=SUBJECT)


def _read_tags(body: bytes) -> None:
    page = TagPage(most=9)
    page.feed(body)
    require_tags(page, SUBJECT)


def image(**more: Any) -> dict[str, Any]:
    return {
        "schemaVersion": 2,
        "config": {"mediaType": IMAGE_CONFIG, "digest": A, "size": 2},
        "layers": [{"mediaType": LAYER, "digest": B, "size": 1}],
        **more,
    }


def child(digest: str, platform: str | None, **more: Any) -> dict[str, Any]:
    parts = dict(zip(("os", "architecture", "variant"), (platform or "").split("/"), strict=False))
    return {"mediaType": OCI_MANIFEST, "digest": digest, **({"platform": parts} if platform else {}), **more}


@pytest.mark.parametrize(
    ("stated", "content_type", "expected"),
    [
        (DOCKER_MANIFEST, OCI_MANIFEST, DOCKER_MANIFEST),
        (None, DOCKER_MANIFEST, DOCKER_MANIFEST),
        (None, "text/plain", OCI_MANIFEST),
        ({"a": 1}, "text/plain", OCI_MANIFEST),
    ],
)
def test_an_images_media_type_is_what_it_says_itself_before_what_its_bearer_says(
    stated: Any, content_type: str, expected: str
):
    document = image(mediaType=stated) if isinstance(stated, str) else image()
    assert read(document, content_type) == Image(media_type=expected, config=A, annotated=None)


def test_the_image_whose_moment_stands_for_all_is_the_commonest_platforms():
    index = read(
        {"mediaType": DOCKER_LIST, "manifests": [child(A, "linux/arm/v7"), child(B, "linux/amd64"), child(C, None)]}
    )
    assert index == Index(media_type=DOCKER_LIST, platforms=("linux/arm/v7", "linux/amd64"), child=B, annotated=None)


def test_what_is_no_image_in_an_index_is_left_out():
    index = read(
        {
            "mediaType": OCI_INDEX,
            "manifests": [
                child(A, "unknown/unknown"),
                child(A, "linux/s390x", annotations={"vnd.docker.reference.type": "attestation-manifest"}),
                child(A, "linux/s390x", artifactType="application/spdx+json"),
                child(A, "linux/s390x", mediaType=OCI_INDEX),
                child("sha256:short", "linux/s390x"),
                "nonsense",
                child(B, "linux/arm64/v8"),
            ],
        }
    )
    assert isinstance(index, Index)
    assert (index.platforms, index.child) == (("linux/arm64/v8",), B)


def test_an_index_of_indexes_leads_to_the_first_of_them():
    index = read({"mediaType": OCI_INDEX, "manifests": [child(A, None, mediaType=OCI_INDEX)]})
    assert index == Index(media_type=OCI_INDEX, platforms=(), child=A, annotated=None)


def test_an_image_of_dockers_first_years_is_one():
    legacy = {"mediaType": "application/octet-stream", "digest": A}
    layer = {"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": B}
    assert isinstance(read(image(config=legacy, layers=[layer]), DOCKER_MANIFEST), Image)
    with pytest.raises(NotAnImageError):
        read(image(config=legacy, layers=[layer, {"mediaType": "application/x"}]))
    with pytest.raises(NotAnImageError):
        read(image(config=legacy, layers=[]))


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (image(config={"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": A}), "Helm chart"),
        (image(config={"mediaType": "application/vnd.oci.empty.v1+json", "digest": A}), "oci.empty"),
        (image(config={"mediaType": "<script>", "digest": A}), "of unknown type"),
        (image(config=[]), "artefact"),
        (image(layers=[{"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json"}]), "signature"),
        ({"schemaVersion": 1, "fsLayers": []}, "Push the image again"),
        ({"schemaVersion": 2, "manifests": []}, "lists no image"),
        ({"schemaVersion": 2, "manifests": [child(A, "unknown/unknown")]}, "lists no image"),
        ({"schemaVersion": 2, "blobs": []}, "neither an index nor an image"),
    ],
)
def test_what_is_not_an_image_is_refused_with_its_kind(document: Any, says: str):
    with pytest.raises(NotAnImageError, match=says):
        read(document)


@pytest.mark.parametrize(
    "document",
    [
        [],
        "text",
        image(manifests=[child(A, "linux/amd64")]),
        {},
        {"errors": [{"code": "TOOMANYREQUESTS"}]},
        image(config={"mediaType": IMAGE_CONFIG, "digest": "../../etc"}),
        image(config={"mediaType": IMAGE_CONFIG, "digest": A, "size": 10**9}),
    ],
)
def test_what_no_registry_may_hand_over_is_refused(document: Any):
    with pytest.raises(RegistryMalformedError):
        read(document)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "manifests",
                    "config",
                    "layers",
                    "mediaType",
                    "digest",
                    "platform",
                    "os",
                    "architecture",
                    "annotations",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(_JSON)
def test_whatever_lies_there_is_read_or_refused(document: Any):
    body = json.dumps(document).encode()
    for reading in (
        lambda: read_manifest(body, content_type="", subject=SUBJECT),
        lambda: read_config(body, subject=SUBJECT),
        lambda: _read_tags(body),
    ):
        with contextlib.suppress(RegistryError):
            reading()


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b"<html>"])
def test_bytes_that_are_no_json_are_refused(body: bytes):
    with pytest.raises(RegistryMalformedError):
        read_manifest(body, content_type="", subject=SUBJECT)


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2026-11-25T12:00:00Z", datetime(2026, 11, 25, 12, tzinfo=UTC)),
        ("2026-11-25T12:00:00.123456789Z", datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-25T12:00:00.12Z", datetime(2026, 11, 25, 12, 0, 0, 120000, tzinfo=UTC)),
        ("2026-11-25T14:00:00+02:00", datetime(2026, 11, 25, 14, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-11-25T12:00:00", datetime(2026, 11, 25, 12, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (1764072000, None),
        (None, None),
    ],
)
def test_the_moment_of_a_build_is_read_where_it_says_something(created: Any, expected: datetime | None):
    config = json.dumps({"os": "linux", "architecture": "arm64", "variant": "v8", "created": created}).encode()
    assert read_config(config, subject=SUBJECT) == ("linux/arm64/v8", expected)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_a_digest_is_made_like_another(algorithm: str):
    length = {"sha256": 64, "sha512": 128}[algorithm]
    made = digest_of(b"x", like=f"{algorithm}:{'0' * length}")
    assert is_digest(made)
    assert made.startswith(algorithm)
