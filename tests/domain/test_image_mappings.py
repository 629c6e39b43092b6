"""An image under the name by which another environment pulls it."""

from domain.image_mappings import ImageMapping, copied_from, copied_to, mapped, mapped_name, named_elsewhere
from domain.images import Image
from tests.support.image_plans import ONE

PROD = (ImageMapping(source="registry.dev", target="registry.prod"),)


def test_only_the_name_changes_and_tag_and_digest_stay():
    for reference, after in {
        "registry.dev/shop/web:1.5.0": "registry.prod/shop/web:1.5.0",
        f"registry.dev/shop/web:1.5.0@{ONE}": f"registry.prod/shop/web:1.5.0@{ONE}",
        f"registry.dev/shop/web@{ONE}": f"registry.prod/shop/web@{ONE}",
        "registry.dev/shop/web": "registry.prod/shop/web",
        "Registry.Dev/shop/web:2": "registry.prod/shop/web:2",
    }.items():
        assert mapped(Image.of(reference), PROD).reference == after
    assert mapped(Image.of("registry.dev/shop/web:1", digest=ONE), PROD).digest == ONE


def test_other_names_stay_as_they_are():
    for reference in ("registry.dev2/web:1", "registry.prod/web:1", "nginx:1", "registry.dev", "not an image"):
        assert mapped(Image.of(reference), PROD).reference == reference


def test_the_longest_beginning_decides_and_ends_where_a_component_ends():
    rules = (*PROD, ImageMapping(source="registry.dev/shop", target="shop.example:5000/live"))
    assert mapped_name("registry.dev/shop/web", rules) == "shop.example:5000/live/web"
    assert mapped_name("registry.dev/shop", rules) == "shop.example:5000/live"
    assert mapped_name("registry.dev/shopping/web", rules) == "registry.prod/shopping/web"


def test_docker_hub_is_mapped_under_its_full_name():
    hub = (ImageMapping(source="docker.io", target="mirror.example/hub"),)
    assert mapped(Image.of("nginx:1.27"), hub).reference == "mirror.example/hub/library/nginx:1.27"
    assert mapped(Image.of("bitnami/redis:7"), hub).reference == "mirror.example/hub/bitnami/redis:7"


def test_a_name_that_is_mapped_already_stays():
    inside = (ImageMapping(source="registry.example", target="registry.example/prod"),)
    assert mapped_name("registry.example/web", inside) == "registry.example/prod/web"
    assert mapped_name("registry.example/prod/web", inside) is None


def test_what_is_pushed_under_a_name_comes_as_a_copy_to_the_names_that_lead_back_to_it():
    rules = (
        ImageMapping(source="registry.dev", target="registry.prod", copy_first=True),
        ImageMapping(source="registry.dev/shop", target="registry.prod/live", copy_first=True),
        ImageMapping(source="registry.dev/tools", target="mirror.example"),
    )
    assert copied_to("registry.dev/other/web", rules) == {"registry.prod/other/web"}
    assert copied_to("registry.dev/shop/web", rules) == {"registry.prod/shop/web", "registry.prod/live/web"}
    assert copied_from("registry.prod/live/web", rules) == "registry.dev/shop/web"
    assert copied_to("registry.dev/live/web", rules) == frozenset(), "what is called so there comes from another name"
    assert copied_from("mirror.example/lint", rules) is None, "it is not copied"
    assert copied_to("registry.elsewhere/web", rules) == frozenset()


def test_the_way_back_leads_from_the_closest_target_and_from_no_other_name():
    mappings = [
        ImageMapping(source="dev.example", target="prod.example"),
        ImageMapping(source="dev.example/team", target="prod.example/ours"),
    ]
    reference = f"prod.example/ours/web:2@sha256:{'a' * 64}"
    assert named_elsewhere(Image.of(reference), mappings).reference == f"dev.example/team/web:2@sha256:{'a' * 64}"
    assert named_elsewhere(Image.of("prod.example/web:2"), mappings).reference == "dev.example/web:2"
    assert named_elsewhere(Image.of("nginx:1"), mappings).reference == "nginx:1"
    assert named_elsewhere(Image.of(" "), mappings).reference == " "
