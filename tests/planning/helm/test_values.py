"""Paths of values, what holds in the end, and edits of what people gave."""

import pytest

from domain.hand_overs import OwnerEdit
from services.planning.helm.values import edited, effective, is_settable, leaves, path_of, spelled, value_at


def edit(where: str, after: str | None, before: str | None = None) -> OwnerEdit:
    return OwnerEdit(where=where, before=before, after=after)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("image", "tag"), "image.tag"),
        (("images", "web.api", "tag"), r"images.web\.api.tag"),
        (("containers", 0, "image"), "containers[0].image"),
        (("a[0]", "b"), r"a\[0].b"),
    ],
)
def test_a_path_is_spelled_as_helm_takes_it_and_read_again(path, text):
    assert (spelled(path), path_of(text)) == (text, path)


def test_what_people_gave_lies_over_the_charts_values_and_null_takes_one_away():
    chart = {"image": {"repository": "shop/web", "tag": "1"}, "debug": {"port": 1}}
    assert effective(chart, {"image": {"tag": "2"}, "debug": None}) == {"image": {"repository": "shop/web", "tag": "2"}}


def test_every_value_has_its_path_also_in_lists():
    values = {"a": {"b": 1}, "list": [{"image": "x"}, "y"]}
    assert dict(leaves(values)) == {("a", "b"): 1, ("list", 0, "image"): "x", ("list", 1): "y"}


def test_an_edit_is_text_and_changes_nothing_beside_it():
    config = {"image": {"tag": 1, "pullPolicy": "Always"}, "mode": "plain"}
    after = edited(config, [edit("image.tag", "1.10")])
    assert after == {"image": {"tag": "1.10", "pullPolicy": "Always"}, "mode": "plain"}
    assert config["image"]["tag"] == 1  # type: ignore[index]  # what was given stays


def test_an_edit_that_is_taken_away_leaves_what_was_there_before():
    config = {"mode": "plain"}
    there = edit("image.web.tag", "2")
    assert edited(edited(config, [there]), [there.reversed()]) == config


def test_a_value_that_null_hid_can_be_set():
    assert edited({"image": None}, [edit("image.tag", "2")]) == {"image": {"tag": "2"}}


def test_an_item_of_a_list_is_set_where_people_gave_the_list():
    config = {"containers": [{"name": "web", "image": "a:1"}]}
    assert edited(config, [edit("containers[0].image", "a:2")])["containers"] == [{"name": "web", "image": "a:2"}]


def test_an_item_of_a_list_of_the_chart_cannot_be_set_by_itself():
    assert not is_settable({}, ("containers", 0, "image"))
    assert is_settable({"containers": [{}]}, ("containers", 0, "image"))
    assert is_settable({}, ("image", "tag"))


def test_a_value_is_read_as_text():
    assert value_at({"image": {"tag": 1}}, ("image", "tag")) == "1"
    assert value_at({"image": {}}, ("image", "tag")) is None
