"""Images of declared kinds: found in three forms, and written in the same form by one guarded patch."""

from typing import Any

import pytest

from domain.declared_kinds import Declaration, DeclaredImage, DeclaredKinds, ImageForm
from domain.image_mappings import ImageMapping
from domain.images import Image, ImageChange
from domain.resources import Kind, Manifest
from domain.words import Action
from services.planning.images.patch import image_patch
from services.planning.objects.declared_images import containers_of, runs_images, spelt, write_image

DIGEST = "sha256:" + "a" * 64
REFERENCE = DeclaredImage(path="spec.proxies[*].image", form=ImageForm.REFERENCE)
TAG = DeclaredImage(path="spec.version", form=ImageForm.TAG, name="registry.example/shop/search")
PARTS = DeclaredImage(path="spec.image", form=ImageForm.PARTS, repository="repository", tag="tag", digest="digest")
NO_DIGEST = DeclaredImage(path="spec.image", form=ImageForm.PARTS, repository="repository", tag="tag")


def front(**spec: Any) -> Manifest:
    return Manifest({"apiVersion": "shop.example/v1", "kind": "Shopfront", "metadata": {"name": "web"}, "spec": spec})


def found(manifest: Manifest, *images: DeclaredImage) -> dict[str, str]:
    return {each.name: each.image for each in containers_of(manifest, Declaration(images=images))}


def change(image: DeclaredImage, pointer: str, before: str, after: str) -> ImageChange:
    return ImageChange(
        workload=front().id,
        container="x",
        init=False,
        pointer=pointer,
        before=Image.of(before),
        after=Image.of(after),
        action=Action.UPDATE,
        declared=Declaration(images=(image,)),
    )


def patched(each: ImageChange) -> list[tuple[object, ...]]:
    return [(step.op, step.path, step.value) for step in image_patch([each])]


def test_a_declared_kind_is_one_whose_images_are_managed_in_whichever_version():
    declared = DeclaredKinds(by_kind={("shop.example", "Shopfront"): Declaration(images=(REFERENCE,))})
    assert runs_images(Kind.of("shop.example/v1", "Shopfront"), declared)
    assert runs_images(Kind.of("shop.example/v2beta1", "Shopfront"), declared)
    assert not runs_images(Kind.of("shop.example/v1", "Basket"), declared)


def test_references_are_called_by_their_paths():
    manifest = front(proxies=[{"name": "a", "image": "shop/a:1"}, {"name": "b", "image": "shop/b:2"}])
    assert found(manifest, REFERENCE) == {"spec.proxies[a].image": "shop/a:1", "spec.proxies[b].image": "shop/b:2"}


def test_a_tag_is_that_of_the_declared_image():
    assert found(front(version="8.1"), TAG) == {"spec.version": "registry.example/shop/search:8.1"}


@pytest.mark.parametrize(
    ("parts", "reference"),
    [
        ({"repository": "shop/web", "tag": "1"}, "shop/web:1"),
        ({"repository": "shop/web", "tag": "", "digest": DIGEST}, f"shop/web@{DIGEST}"),
        ({"repository": "shop/web", "tag": "1", "digest": DIGEST}, f"shop/web:1@{DIGEST}"),
        ({"repository": "shop/web"}, "shop/web"),
    ],
)
def test_parts_are_put_together(parts, reference):
    assert found(front(image=parts), PARTS) == {"spec.image": reference}


@pytest.mark.parametrize("spec", [{"image": {"tag": "1"}}, {"image": "shop/web:1"}, {"image": {"repository": 1}}, {}])
def test_what_is_not_in_the_declared_form_is_no_image(spec):
    assert found(front(**spec), PARTS) == {}


def test_a_change_of_a_reference_tests_what_the_plan_read():
    steps = patched(change(REFERENCE, "/spec/proxies/0/image", "shop/a:1", f"shop/a:2@{DIGEST}"))
    assert steps == [
        ("test", "/spec/proxies/0/image", "shop/a:1"),
        ("replace", "/spec/proxies/0/image", f"shop/a:2@{DIGEST}"),
    ]


def test_a_change_of_a_tag_writes_the_tag_alone():
    steps = patched(change(TAG, "/spec/version", f"{TAG.name}:1", f"{TAG.name}:2"))
    assert steps == [("test", "/spec/version", "1"), ("replace", "/spec/version", "2")]


def test_a_digest_is_added_where_there_was_none_and_removed_on_the_way_back():
    forth = change(PARTS, "/spec/image", "registry.example:5000/web:1", f"registry.example:5000/web:2@{DIGEST}")
    assert patched(forth) == [
        ("test", "/spec/image/repository", "registry.example:5000/web"),
        ("test", "/spec/image/tag", "1"),
        ("replace", "/spec/image/tag", "2"),
        ("add", "/spec/image/digest", DIGEST),
    ]
    assert ("remove", "/spec/image/digest", None) in patched(forth.reversed())


def test_a_form_without_a_digest_spells_the_tag_and_keeps_what_is_known():
    pinned = Image.of(f"shop/web:2@{DIGEST}")
    for each in (NO_DIGEST, DeclaredImage(path="spec.version", form=ImageForm.TAG, name="shop/web")):
        found_image = spelt(each, pinned)
        assert found_image is not None
        assert (found_image.reference, found_image.digest) == ("shop/web:2", DIGEST)


def test_a_tag_takes_no_other_image_and_none_by_its_digest_alone():
    assert spelt(TAG, Image.of("registry.example/shop/other:1")) is None
    assert spelt(TAG, Image.of(f"{TAG.name}@{DIGEST}")) is None
    assert spelt(NO_DIGEST, Image.of(f"shop/web@{DIGEST}")) is None


def test_a_tag_takes_an_image_that_only_a_mapping_calls_otherwise():
    mappings = (ImageMapping(source="registry.example", target="mirror.example"),)
    found_image = spelt(TAG, Image.of("mirror.example/shop/search:2"), mappings=mappings)
    assert found_image is not None
    assert found_image.reference == f"{TAG.name}:2"


def test_what_is_written_into_an_object_is_what_is_found_there():
    body = front(image={"repository": "shop/web", "tag": "1", "digest": DIGEST}).edited()
    write_image(body, PARTS, "/spec/image", "shop/web:2")
    assert body["spec"]["image"] == {"repository": "shop/web", "tag": "2"}


def test_a_stored_change_says_how_the_image_is_spelt():
    stored = change(PARTS, "/spec/image", "shop/web:1", "shop/web:2")
    assert ImageChange.from_json(stored.to_json()) == stored
