"""The images of the last release in what a cluster that is brought level gets."""

from domain.declared_kinds import Declaration, DeclaredImage, DeclaredKinds, ImageForm
from domain.images import ContainerImage, Image
from domain.resources import Manifest, ResourceId
from services.planning.copying.release_images import with_release_images, written_images
from services.planning.objects.workloads import containers

WEB = ResourceId.of("apps/v1", "Deployment", "web")
DIGEST = "sha256:" + "a" * 64


def deployment(**images: str) -> Manifest:
    listed = [{"name": name, "image": image} for name, image in images.items()]
    return Manifest(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {"template": {"spec": {"containers": listed}}},
        }
    )


def released(reference: str, *, cluster: str | None = None) -> ContainerImage:
    image = Image.of(reference, digest=DIGEST)
    return ContainerImage(workload=WEB, container="web", init=False, image=image, cluster=cluster)


def brought(manifest: Manifest, *release: ContainerImage, pin: bool = True) -> tuple[str, tuple[str, ...]]:
    images = written_images(release, source_cluster="eu", pin=pin)
    after, notes = with_release_images(manifest, {key: each.image.reference for key, each in images.items()})
    return containers(after)[0].image, notes


def test_the_digest_of_the_release_is_written_also_where_the_source_has_the_tag_alone():
    assert brought(deployment(web="web:1"), released("web:1")) == (f"web:1@{DIGEST}", ())


def test_an_environment_that_does_not_pin_gets_the_tag():
    assert brought(deployment(web="web:1"), released("web:1"), pin=False) == ("web:1", ())


def test_where_the_source_has_another_image_the_release_is_brought_and_a_note_says_so():
    image, [note] = brought(deployment(web="web:2"), released("web:1"))
    assert image == f"web:1@{DIGEST}"
    assert "web:2" in note


def test_a_container_that_the_release_does_not_know_keeps_the_source_s_image():
    assert brought(deployment(cache="cache:7"), released("web:1")) == ("cache:7", ())


def test_where_clusters_differ_by_the_release_the_source_s_own_image_is_brought():
    image, _ = brought(deployment(web="web:2"), released("web:1", cluster="us"), released("web:2", cluster="eu"))
    assert image == f"web:2@{DIGEST}"


def test_the_source_s_manifest_is_not_changed():
    manifest = deployment(web="web:1")
    brought(manifest, released("web:1"))
    assert containers(manifest)[0].image == "web:1"


FRONT = ResourceId.of("shop.example/v1", "Shopfront", "web")
DECLARED = DeclaredKinds(
    by_kind={
        ("shop.example", "Shopfront"): Declaration(
            images=(
                DeclaredImage(path="spec.proxy", form=ImageForm.REFERENCE),
                DeclaredImage(path="spec.version", form=ImageForm.TAG, name="shop/search"),
            )
        )
    }
)


def front_with(**images: str) -> tuple[object, tuple[str, ...]]:
    """The spec of an object of a declared kind that is brought level with a release of these images, and the notes."""
    manifest = Manifest(
        {
            "apiVersion": "shop.example/v1",
            "kind": "Shopfront",
            "metadata": {"name": "web"},
            "spec": {"proxy": "shop/proxy:1", "version": "1"},
        }
    )
    release = [
        ContainerImage(workload=FRONT, container=f"spec.{name}", init=False, image=Image.of(image, digest=DIGEST))
        for name, image in images.items()
    ]
    written = written_images(release, source_cluster="eu", pin=True)
    given = {key: each.image.reference for key, each in written.items()}
    after, notes = with_release_images(manifest, given, DECLARED)
    return after.spec, notes


def test_an_object_of_a_declared_kind_gets_what_the_release_has_as_far_as_it_can_spell_it():
    spec, notes = front_with(proxy="shop/proxy:2", version="shop/search:2")
    assert spec == {"proxy": f"shop/proxy:2@{DIGEST}", "version": "2"}
    assert [each.rpartition("; ")[2] for each in notes] == [
        "the source has shop/proxy:1.",
        "the source has shop/search:1.",
    ]


def test_an_image_that_an_object_of_a_declared_kind_cannot_name_is_left_as_the_source_has_it():
    spec, notes = front_with(version="shop/another:2")
    assert (spec, notes) == ({"proxy": "shop/proxy:1", "version": "1"}, ())
