"""The index of running images: one row for each container, with what is known last."""

from domain.images import ContainerImage, Image
from services.reading.running_index import container_of, differs, index_of, index_of_facts, merged_over
from tests.support.image_plans import DOWN, cluster, ref, resource, workload

DIGEST = f"sha256:{'a' * 64}"


def image(reference: str, *, name: str = "web", container: str = "web", digest: str | None = None) -> ContainerImage:
    return ContainerImage(workload=resource(name), container=container, image=Image.of(reference, digest=digest))


def images_of(rows) -> dict[str, str]:
    return {each.container: each.reference for each in rows}


def test_a_row_names_the_repository_by_which_an_image_push_finds_it():
    (row,) = index_of("1", [image("nginx:1.27", digest=DIGEST)])
    assert (row.app_environment_id, row.repository) == ("1", "docker.io/library/nginx")
    assert row.reference == f"nginx:1.27@{DIGEST}"
    assert container_of(row) == ref("web", "web")


def test_of_clusters_that_run_different_images_the_first_one_counts():
    assert images_of(index_of("1", [image("shop/web:1"), image("shop/web:2")])) == {"web": "shop/web:1"}


def test_an_image_without_a_valid_name_is_not_indexed():
    assert index_of("1", [image("Not An Image"), image("shop/proxy:1", container="proxy")])[0].container == "proxy"


def test_the_facts_of_clusters_are_indexed_and_those_that_could_not_be_read_add_nothing():
    read = cluster("prod-eu", workload("web", {"web": "shop/web:1"}))
    assert images_of(index_of_facts("1", [cluster("prod-us", failure=DOWN), read])) == {"web": "shop/web:1"}
    assert index_of_facts("1", [cluster("prod-us", failure=DOWN)]) == ()


def test_new_rows_replace_those_of_the_same_containers_and_leave_the_others():
    former = index_of("1", [image("shop/web:1"), image("shop/proxy:1", container="proxy")])
    merged = merged_over(former, index_of("1", [image("shop/web:2")]))
    assert images_of(merged) == {"web": "shop/web:2", "proxy": "shop/proxy:1"}


def test_a_template_that_stays_leaves_its_pods_what_they_kept():
    kept = {image("shop/web:2").key: ("shop/web:1",)}
    former = index_of("1", [image("shop/web:2")], kept=kept)
    assert merged_over(former, index_of("1", [image("shop/web:2")])) == former
    assert [each.kept for each in merged_over(former, index_of("1", [image("shop/web:3")]))] == [()]
    assert differs(former, index_of("1", [image("shop/web:2")]))


def test_an_index_differs_by_its_containers_and_images_and_not_by_their_order():
    one, other = image("shop/web:1"), image("shop/proxy:1", container="proxy")
    assert not differs(index_of("1", [one, other]), index_of("1", [other, one]))
    assert differs(index_of("1", [one]), index_of("1", [one, other]))
    assert differs(index_of("1", [one]), index_of("1", [image("shop/web:2")]))
