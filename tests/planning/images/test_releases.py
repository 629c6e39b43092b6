import json
from dataclasses import replace

from domain.images import ContainerImage, Image, container_key
from domain.resources import Manifest, ResourceId
from services.planning.images.releases import images_for, release_images, release_of, with_digests
from tests.support.image_plans import ONE, TWO, released, resource


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


def test_a_release_survives_its_row():
    image = replace(released(web="shop/web:7")[0], image=Image.of("shop/web:7", digest=ONE))
    stored = json.loads(json.dumps(image.to_json()))
    assert ContainerImage.from_json(stored) == image
    assert images_for([ContainerImage.from_json({**stored, "cluster": "a"})], "a")[0].cluster == "a"


def test_the_images_of_a_release_are_read_from_manifests():
    spec = {"initContainers": [{"name": "i", "image": "i:1"}], "containers": [{"name": "c", "image": "c:1"}]}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": spec}},
    }
    digests = {container_key(resource("web"), "c"): ONE}
    assert [(i.container, i.init, i.image.digest) for i in release_images([Manifest(body)], digests=digests)] == [
        ("i", True, None),
        ("c", False, ONE),
    ]
