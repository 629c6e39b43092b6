"""The target's names of images in what is copied from another environment."""

from typing import Any

from domain.declared_kinds import NONE_DECLARED, Declaration, DeclaredImage, DeclaredKinds, ImageForm
from domain.image_mappings import ImageMapping
from domain.resources import Manifest
from services.planning.copying.mapped_images import with_mapped_images

DEV, PROD = "registry.dev.example", "registry.prod.example"
MAPPINGS = (ImageMapping(source=DEV, target=PROD),)
DIGEST = "sha256:" + "a" * 64
GROUP, KIND = "imports.example", "Gallery"


def deployment(**pod: Any) -> Manifest:
    return Manifest(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"template": {"spec": pod}},
        }
    )


def gallery(**spec: Any) -> Manifest:
    return Manifest({"apiVersion": f"{GROUP}/v1", "kind": KIND, "metadata": {"name": "web"}, "spec": spec})


def declared(image: DeclaredImage) -> DeclaredKinds:
    return DeclaredKinds(by_kind={(GROUP, KIND): Declaration(images=(image,))})


def named(name: str, image: str) -> dict[str, Any]:
    return {"name": name, "image": image}


def brought(manifest: Manifest, kinds: DeclaredKinds = NONE_DECLARED) -> tuple[dict[str, Any], tuple[str, ...]]:
    after, notes = with_mapped_images(manifest, MAPPINGS, kinds)
    return dict(after.spec), notes


def test_containers_and_init_containers_get_the_target_s_names_with_tag_and_digest():
    spec, notes = brought(
        deployment(initContainers=[named("web", f"{DEV}/wait:1")], containers=[named("web", f"{DEV}/web:2@{DIGEST}")])
    )
    pod = spec["template"]["spec"]
    assert [each["image"] for each in pod["initContainers"]] == [f"{PROD}/wait:1"]
    assert [each["image"] for each in pod["containers"]] == [f"{PROD}/web:2@{DIGEST}"]
    assert len(notes) == 2
    assert f"{DEV}/wait:1" in notes[0]


def test_an_image_volume_gets_the_target_s_name():
    volumes = [{"name": "model", "image": {"reference": f"{DEV}/model:3"}}, {"name": "tmp", "emptyDir": {}}]
    spec, [note] = brought(deployment(volumes=volumes, containers=[named("web", "nginx:1")]))
    assert spec["template"]["spec"]["volumes"][0]["image"]["reference"] == f"{PROD}/model:3"
    assert "model" in note


def test_an_image_that_no_mapping_is_about_stays_and_nothing_is_said():
    manifest = deployment(containers=[named("web", "nginx:1"), named("blank", " ")])
    assert with_mapped_images(manifest, MAPPINGS, NONE_DECLARED) == (manifest, ())


def test_an_object_of_a_declared_kind_gets_them_as_it_spells_them():
    parts = DeclaredImage(path="spec.image", form=ImageForm.PARTS, repository="repository", tag="tag")
    spec, [note] = brought(gallery(image={"repository": f"{DEV}/gallery", "tag": "2"}), declared(parts))
    assert spec["image"] == {"repository": f"{PROD}/gallery", "tag": "2"}
    assert "spec.image" in note


def test_an_object_that_spells_a_tag_alone_stays_as_it_is():
    tag = DeclaredImage(path="spec.version", form=ImageForm.TAG, name=f"{DEV}/gallery")
    assert brought(gallery(version="2"), declared(tag)) == ({"version": "2"}, ())


def test_an_object_whose_kind_nobody_declared_stays_as_it_is():
    assert brought(gallery(image=f"{DEV}/gallery:2")) == ({"image": f"{DEV}/gallery:2"}, ())


def test_the_source_s_manifest_is_not_changed():
    manifest = deployment(containers=[named("web", f"{DEV}/web:2")])
    brought(manifest)
    assert manifest.spec["template"]["spec"]["containers"][0]["image"] == f"{DEV}/web:2"
