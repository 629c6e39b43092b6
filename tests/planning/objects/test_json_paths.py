"""Paths lead to members of an object, and run nothing."""

import pytest

from services.planning.objects.json_paths import MOST_FOUND, InvalidPathError, found_at, parse_path

BODY = {
    "spec": {
        "image": "a",
        "my.image": "b",
        "proxies": [{"name": "web", "image": "c"}, {"name": "api", "image": "d"}],
        "twins": [{"name": "one", "image": "e"}, {"name": "one", "image": "f"}],
        "plain": ["g", "h"],
    }
}


def values(path: str) -> list[object]:
    return [each.value for each in found_at(BODY, parse_path(path))]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("spec.image", ["a"]),
        ("$.spec.image", ["a"]),
        ("{.spec.image}", ["a"]),
        ("spec['my.image']", ["b"]),
        ("spec.proxies[1].image", ["d"]),
        ("spec.proxies[*].image", ["c", "d"]),
        ("spec.proxies[name=api].image", ["d"]),
        ('spec.proxies[?(@.name=="api")].image', ["d"]),
        ("spec.plain[*]", ["g", "h"]),
        ("spec.absent.image", []),
        ("spec.image.below", []),
        ("spec.proxies.image", []),
    ],
)
def test_a_path_finds_what_it_leads_to(path, found):
    assert values(path) == found


def test_an_item_is_called_by_its_name_unless_another_item_has_the_same():
    named = [each.path for each in found_at(BODY, parse_path("spec.proxies[*].image"))]
    twins = [each.path for each in found_at(BODY, parse_path("spec.twins[*].image"))]
    assert named == ["spec.proxies[web].image", "spec.proxies[api].image"]
    assert twins == ["spec.twins[0].image", "spec.twins[1].image"]


def test_a_pointer_leads_to_the_same_place():
    [found] = found_at({"spec": {"a/b": {"c~d": "x"}}}, parse_path("spec['a/b']['c~d']"))
    assert (found.pointer, found.value) == ("/spec/a~1b/c~0d", "x")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "$",
        "spec..image",
        "spec.*",
        "spec.items[-1]",
        "spec.items[0:2]",
        "spec.items[(@.length-1)]",
        "spec.items[?(@.price < 10)]",
        'spec.items[?(@.name=="a" && @.x=="b")]',
        "spec.image; drop",
        "a" + ".a" * 20,
    ],
)
def test_whatever_could_run_or_wander_is_refused(path):
    with pytest.raises(InvalidPathError):
        parse_path(path)


def test_no_object_makes_a_path_find_more_than_a_bound():
    items = [[{"x": "y"}] * 1000] * 1000
    assert len(list(found_at({"spec": items}, parse_path("spec[*][*].x")))) == MOST_FOUND
