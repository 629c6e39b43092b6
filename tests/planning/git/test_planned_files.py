"""The files that name the images of workloads: which lines change, what else that changes, and what is refused."""

from dataclasses import replace

import pytest

from domain.declared_kinds import Declaration, DeclaredImage, ImageForm
from domain.resources import ResourceId
from domain.stored.git_files import GitFile, ImageValues
from domain.words import FileForm
from services.planning.git.commit_message import commit_message
from services.planning.git.line_edits import edited_lines
from services.planning.git.planned_files import FileEdits, NamedImage, planned_files
from services.planning.images.hand_overs import Refusal
from tests.support.image_changes import change

KUSTOMIZATION = """\
images:
- name: shop/web
  newTag: "1"
- name: base/api  # of another team
  newName: shop/api
  newTag: "1"
"""
VALUES = 'image:\n  repository: shop/web\n  tag: "1"\nproxy: shop/proxy:1\n'
TAG = ImageValues(container="web", tag=("image", "tag"))
PROXY = ImageValues(container="proxy", reference=("proxy",))
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [
  {name: web, image: "shop/web:1"},
  {name: proxy, image: "shop/web:1"},
]}}}
"""
SHARED = "images:\n- name: shop/web\n  newTag: v1\n"


def named(container: str, before: str, after: str, form: FileForm, *values: ImageValues) -> NamedImage:
    file = GitFile(repository="config", branch="main", path="f.yaml", form=form, values=values)
    return NamedImage(change=change(container, before, after), file=file, path=file.on("prod-eu"))


def planned(text: str, *images: NamedImage) -> FileEdits:
    found = planned_files({"f.yaml": text}, images)
    assert isinstance(found, FileEdits), found
    return found


def refusal(text: str, *images: NamedImage) -> Refusal:
    found = planned_files({"f.yaml": text}, images)
    assert isinstance(found, Refusal)
    return found


def result(text: str, *images: NamedImage) -> str | None:
    edits = planned(text, *images).edits
    return edited_lines(text, dict.fromkeys(edit for own in edits.values() for edit in own))


def test_of_a_kustomization_the_entry_that_brings_the_image_changes():
    api = named("api", "shop/api:1", "shop/api:2", FileForm.KUSTOMIZATION)
    assert result(KUSTOMIZATION, api) == '"2"'.join(KUSTOMIZATION.rsplit('"1"', 1))


def test_an_entry_of_a_kustomization_tells_that_it_stands_for_every_container_with_the_image():
    (told,) = planned(KUSTOMIZATION, named("api", "shop/api:1", "shop/api:2", FileForm.KUSTOMIZATION)).touches
    assert "entry base/api stands for every container" in told


def test_of_a_values_file_the_paths_of_each_container_change():
    images = (
        named("web", "shop/web:1", "shop/web:2", FileForm.VALUES, TAG, PROXY),
        named("proxy", "shop/proxy:1", "shop/proxy:3", FileForm.VALUES, TAG, PROXY),
    )
    assert result(VALUES, *images) == VALUES.replace('"1"', '"2"').replace("proxy:1", "proxy:3")


def test_of_a_manifest_the_container_of_the_workload_changes():
    web = named("web", "shop/web:1", "shop/web:2", FileForm.MANIFEST)
    assert result(MANIFEST, web) == MANIFEST.replace("web:1", "web:2", 1)


def test_a_file_that_names_what_runs_tells_nothing():
    assert (
        planned(VALUES, named("web", f"shop/web:1@sha256:{'0a' * 32}", "shop/web:2", FileForm.VALUES, TAG)).touches
        == ()
    )


def test_a_file_that_names_another_image_than_runs_tells_so():
    (told,) = planned(VALUES, named("web", "shop/web:0", "shop/web:2", FileForm.VALUES, TAG)).touches
    assert "f.yaml names another image now than container web of Deployment web runs" in told


def test_containers_that_take_one_image_from_one_place_share_its_lines():
    images = [named(each, "shop/web:v1", "shop/web:v2", FileForm.KUSTOMIZATION) for each in ("web", "worker")]
    edits = planned(SHARED, *images).edits
    assert (len(edits), len(set(edits.values()))) == (2, 1)


def test_containers_that_are_to_take_different_images_from_one_place_are_refused():
    images = [
        named("web", "shop/web:v1", "shop/web:v2", FileForm.KUSTOMIZATION),
        named("worker", "shop/web:v1", "shop/web:v3", FileForm.KUSTOMIZATION),
    ]
    assert refusal(SHARED, *images).code == "git-file-shared"


@pytest.mark.parametrize(
    ("image", "code", "says"),
    [
        (named("web", "shop/web:1", "shop/web:2", FileForm.VALUES, PROXY), "git-value-unset", "container web"),
        (named("web", "shop/web:0", "shop/web:1", FileForm.VALUES, TAG), "git-image-there", "has not applied it"),
        (named("web", "shop/web:1", "other/web:2", FileForm.VALUES, TAG), "image-edit-refused", "the repository"),
        (named("web", "shop/web:1", "shop/web:2", FileForm.KUSTOMIZATION), "image-edit-refused", "'- name: shop/web'"),
        (named("web", "shop/web:1", "shop/web:2", FileForm.MANIFEST), "image-edit-refused", "not in the file"),
        (named("web", "SHOP!", "shop/web:2", FileForm.KUSTOMIZATION), "image-edit-refused", "not valid"),
    ],
)
def test_what_a_file_cannot_bring_is_refused_with_the_way_out(image, code, says):
    found = refusal(VALUES, image)
    assert (found.code, says in found.detail) == (code, True), found.detail


def test_a_commit_names_the_images_the_place_and_the_operation():
    web = change("web", "shop/web:1", "shop/web:2")
    assert commit_message([web], operation="op-1", target="shop in Production") == (
        "Change the images of Deployment web for shop in Production\n\n"
        "Deployment web, web: shop/web:1 → shop/web:2\n\nStagecoach-Operation: op-1\n"
    )


FRONT = """\
apiVersion: shop.example/v1
kind: Shopfront
metadata: {name: web}
spec:
  image:
    repository: shop/web  # of the shop
    tag: "1"
  proxies:
  - {name: edge, image: "shop/edge:1"}
  version: "1"
"""
PARTS = DeclaredImage(path="spec.image", form=ImageForm.PARTS, repository="repository", tag="tag", digest="digest")
EDGE = DeclaredImage(path="spec.proxies[*].image", form=ImageForm.REFERENCE)
VERSION = DeclaredImage(path="spec.version", form=ImageForm.TAG, name="shop/search")


def of_declared(
    path: str, before: str, after: str, image: DeclaredImage, form: FileForm = FileForm.MANIFEST
) -> NamedImage:
    front = ResourceId.of("shop.example/v1", "Shopfront", "web")
    one = named(path, before, after, form)
    declared = Declaration(images=(image,))
    pointer = f"/{path.replace('.', '/').replace('[edge]', '/0')}"
    return replace(one, change=replace(one.change, workload=front, pointer=pointer, declared=declared))


@pytest.mark.parametrize(
    ("path", "before", "after", "image", "line"),
    [
        ("spec.image", "shop/web:1", "shop/web:2", PARTS, ('    tag: "1"', '    tag: "2"')),
        ("spec.proxies[edge].image", "shop/edge:1", "shop/edge:2", EDGE, ("shop/edge:1", "shop/edge:2")),
        ("spec.version", "shop/search:1", "shop/search:2", VERSION, ('version: "1"', 'version: "2"')),
    ],
)
def test_in_the_manifest_of_a_declared_kind_the_members_change_that_spell_the_image(path, before, after, image, line):
    assert result(FRONT, of_declared(path, before, after, image)) == FRONT.replace(*line)


def test_a_member_that_a_declared_image_gains_is_a_line_of_its_own():
    digest = "sha256:" + "a" * 64
    one = of_declared("spec.image", "shop/web:1", f"shop/web:1@{digest}", PARTS)
    assert result(FRONT, one) == FRONT.replace("of the shop\n", f"of the shop\n    digest: {digest}\n")


def test_an_object_of_a_declared_kind_that_is_not_in_the_file_is_refused():
    one = of_declared("spec.proxies[edge].image", "shop/edge:1", "shop/edge:2", EDGE)
    found = refusal(FRONT.replace("name: web", "name: other"), one)
    assert "The image at spec.proxies[edge].image of Shopfront web is not in the file" in found.detail


def test_an_entry_of_a_kustomization_brings_a_declared_image_where_it_gives_the_running_one():
    one = of_declared("spec.proxies[edge].image", "shop/web:1", "shop/web:2", EDGE, FileForm.KUSTOMIZATION)
    assert result(KUSTOMIZATION, one) == KUSTOMIZATION.replace('"1"', '"2"', 1)


def test_an_entry_that_gives_another_image_than_a_declared_one_shows_nothing_and_is_refused():
    one = of_declared("spec.proxies[edge].image", "shop/web:0", "shop/web:2", EDGE, FileForm.KUSTOMIZATION)
    assert refusal(KUSTOMIZATION, one).code == "image-not-reached"


def test_a_kustomization_brings_no_tag_that_stands_alone():
    one = of_declared("spec.version", "shop/web:1", "shop/web:2", VERSION, FileForm.KUSTOMIZATION)
    assert refusal(KUSTOMIZATION, one).code == "image-not-reached"
