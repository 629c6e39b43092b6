"""The entries of a Kustomization of Flux that bring an image."""

from typing import Any

from domain.images import container_key
from domain.resources import Manifest
from services.planning.flux.images import changed_alike, image_edit, with_images
from services.planning.flux.owners import has_in_inventory, sets_images
from services.planning.images.one_name import DeliveredWorkloads

WEB = "registry.example/shop/web"
DIGEST = "sha256:" + "a" * 64


def kustomization(*entries: dict[str, str], **more: Any) -> Manifest:
    return Manifest(
        {
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": "shop", "namespace": "prod", **more},
            "spec": {"images": [*entries]} if entries else {},
            "status": {"inventory": {"entries": [{"id": "prod_web_apps_Deployment", "v": "v1"}]}},
        }
    )


def deployment(name: str, image: str) -> Manifest:
    spec = {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}
    metadata = {"name": name, "namespace": "prod"}
    return Manifest({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})


def edited(start: Manifest, running: str, wanted: str) -> list[dict[str, str]]:
    edit = image_edit(start, running, wanted)
    assert edit is not None
    return with_images(start, [edit])


def test_an_image_gets_an_entry_of_its_name():
    assert edited(kustomization(), f"{WEB}:1", f"{WEB}:2@{DIGEST}") == [{"name": WEB, "newTag": "2", "digest": DIGEST}]


def test_an_image_of_another_repository_gets_a_new_name():
    assert edited(kustomization(), f"{WEB}:1", "mirror.example/web:2") == [
        {"name": WEB, "newName": "mirror.example/web", "newTag": "2"}
    ]


def test_the_entry_that_gives_the_running_image_is_changed_and_others_stay():
    entries = ({"name": "proxy", "newTag": "3"}, {"name": "web", "newName": WEB, "newTag": "1"})
    assert edited(kustomization(*entries), f"{WEB}:1", f"{WEB}:2") == [
        {"name": "proxy", "newTag": "3"},
        {"name": "web", "newName": WEB, "newTag": "2"},
    ]


def test_the_way_back_leaves_what_was_there():
    entry = {"name": "web", "newName": WEB, "newTag": "1"}
    for start in (kustomization(), kustomization(entry)):
        edit = image_edit(start, f"{WEB}:1", f"{WEB}:2")
        assert edit is not None
        there = kustomization(*with_images(start, [edit]))
        assert with_images(there, [edit.reversed()]) == start.spec.get("images", [])


def test_containers_with_the_same_image_elsewhere_are_told_and_the_wanted_one_is_not():
    edit = image_edit(kustomization(), f"{WEB}:1", f"{WEB}:2")
    assert edit is not None
    web, worker = deployment("web", f"{WEB}:1"), deployment("worker", f"{WEB}:1")
    delivered = DeliveredWorkloads(
        namespace="prod", here=[web, worker, deployment("db", "db:1")], elsewhere=[deployment("job", f"{WEB}:1")]
    )
    assert list(changed_alike([edit], delivered, frozenset({container_key(web.id, "web")}))) == [
        f"Deployment worker, container web, gets {WEB}:2, too, in place of {WEB}:1.",
        "In other namespaces, containers that get it as well: 1.",
    ]


def test_an_object_belongs_to_what_has_applied_it():
    assert has_in_inventory(kustomization(), deployment("web", WEB).id, "prod")
    assert not has_in_inventory(kustomization(), deployment("web", WEB).id, "jobs")


def test_images_that_another_manager_has_are_set_by_it():
    def managed(manager: str) -> Manifest:
        fields: dict[str, Any] = {"f:spec": {"f:images": {}}}
        entry = {"manager": manager, "operation": "Apply", "apiVersion": "v1", "fieldsType": "FieldsV1"}
        return kustomization({"name": WEB, "newTag": "1"}, managedFields=[{**entry, "fieldsV1": fields}])

    assert sets_images(managed("kustomize-controller"))
    assert not sets_images(managed("stagecoach"))
