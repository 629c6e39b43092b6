"""Records of a declared kind hold what was declared of it, and nothing else."""

import orjson
import pytest

from domain.declared_kinds import Declaration, DeclaredHealth, DeclaredImage, ImageForm
from domain.resources import Kind, Manifest
from services.planning.health.declared import assess_declared
from services.planning.live.records import read_object
from services.planning.objects.declared_images import containers_of

KIND = Kind.of("shop.example/v1", "Shopfront")
BODY = {
    "apiVersion": "shop.example/v1",
    "kind": "Shopfront",
    "metadata": {"name": "web", "namespace": "shop", "annotations": {"meta.helm.sh/release-name": "web"}},
    "spec": {
        "runtime": {"repository": "shop/web", "tag": "1", "password": "hunter2"},
        "sides": [
            {"name": "edge", "ref": "shop/edge:1", "token": "hunter2"},
            {"name": "mesh", "ref": "shop/mesh:1"},
            {"role": "batch", "ref": "shop/batch:1"},
        ],
        "plain": ["shop/a:1", "hunter2 is no image"],
        "release": "7.1",
    },
    "status": {
        "observedGeneration": 3,
        "conditions": [
            {"type": "Up", "status": "False", "reason": "Starting", "message": "soon"},
            {"type": "Other", "status": "True"},
        ],
    },
}
PARTS = DeclaredImage(path="spec.runtime", form=ImageForm.PARTS, repository="repository", tag="tag")
TAG = DeclaredImage(path="spec.release", form=ImageForm.TAG, name="shop/search")
CONDITIONS = DeclaredHealth(ready="Up", failed=("Broken",))


def reference(path: str) -> DeclaredImage:
    return DeclaredImage(path=path, form=ImageForm.REFERENCE)


def kept(declaration: Declaration) -> Manifest:
    record = read_object(KIND, orjson.dumps(BODY), key=b"key", declaration=declaration)
    assert record is not None
    return record.as_manifest()


@pytest.mark.parametrize(
    "images",
    [
        (PARTS,),
        (TAG,),
        (reference("spec.sides[*].ref"),),
        (reference("spec.sides[1].ref"),),
        (reference("spec.sides[name=mesh].ref"),),
        (reference("spec.sides[role=batch].ref"),),
        (reference("spec.sides[name=mesh].ref"), reference("spec.sides[role=batch].ref"), PARTS),
        (reference("spec.absent[*].ref"),),
    ],
)
def test_a_record_names_the_images_of_its_object_at_the_same_places(images):
    declaration = Declaration(images=images)
    assert containers_of(kept(declaration), declaration) == containers_of(Manifest(BODY), declaration)


def test_a_record_is_as_healthy_as_its_object():
    declaration = Declaration(images=(PARTS,), health=CONDITIONS)
    assert assess_declared(kept(declaration), CONDITIONS) == assess_declared(Manifest(BODY), CONDITIONS)


def test_what_is_at_a_path_and_is_no_image_is_not_kept():
    declaration = Declaration(images=(PARTS, reference("spec.sides[*].ref"), reference("spec.plain[*]")))
    assert "hunter2" not in repr(kept(declaration).body)


def test_a_record_says_who_owns_the_object():
    assert "meta.helm.sh/release-name" in kept(Declaration(images=(TAG,))).annotations
