from dataclasses import replace

from domain.images import ContainerImage, Image
from domain.resources import ResourceId
from services.planning.images.releases import release_of, with_digests

ONE = "sha256:" + "1" * 64
TWO = "sha256:" + "2" * 64


def _image(reference: str, digest: str | None = None, container: str = "web") -> ContainerImage:
    return ContainerImage(
        workload=ResourceId.of("apps/v1", "Deployment", "web"),
        container=container,
        init=False,
        image=Image.of(reference, digest=digest),
    )


def test_a_tag_is_given_the_digest_that_runs_under_it():
    assert with_digests((_image("shop/web:2"),), [_image("shop/web:2", ONE)]) == (_image("shop/web:2", ONE),)


def test_a_digest_that_was_planned_stays():
    planned = (_image("shop/web:2", ONE),)
    assert with_digests(planned, [_image("shop/web:2", TWO)]) == planned


def test_the_digest_of_another_tag_is_not_that_of_the_planned_one():
    planned = (_image("shop/web:2"),)
    assert with_digests(planned, [_image("shop/web:3", TWO)]) == planned


def test_a_container_that_was_not_seen_keeps_its_tag():
    planned = (_image("shop/web:2"),)
    assert with_digests(planned, [_image("shop/web:2"), _image("shop/web:2", ONE, container="proxy")]) == planned


def test_a_release_says_the_cluster_only_where_clusters_differ():
    web, old, new = _image("w:1"), _image("x:1", container="x"), _image("x:2", container="x")
    assert release_of({"a": [web, old], "b": [web, new]}) == (
        web,
        replace(old, cluster="a"),
        replace(new, cluster="b"),
    )
