"""Which sets of values are tried for an image, and which of those that bring it is taken."""

from typing import Any

import pytest

from domain.hand_overs import OwnerEdit
from services.planning.helm.value_search import Edits, Tie, Trial, best, brought, candidates, without_values

DIGEST = "sha256:" + "a" * 64


def tried(rendered: str, wanted: str, values: dict[str, Any]) -> list[dict[str, str | None]]:
    found = candidates(rendered, wanted, values, {})
    return [{edit.where: edit.after for edit in edits} for edits in found]


def edits(**texts: str) -> Edits:
    return tuple(OwnerEdit(where=where, before=None, after=text) for where, text in texts.items())


def trial(*others: str, **texts: str) -> Trial:
    return Trial(edits=edits(**texts), others=others)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"image": {"repository": "shop/web", "tag": "1"}}, {"image.tag": "2"}),
        ({"image": "shop/web:1"}, {"image": "shop/web:2"}),
        ({"tag": 1, "repository": "shop/web"}, {"tag": "2"}),
        ({"image": {"repository": "shop/web", "tag": ""}}, {"image.tag": "2"}),
    ],
    ids=["tag", "whole-reference", "number", "default-of-the-chart"],
)
def test_the_value_that_names_the_tag_is_tried_first(values, expected):
    assert tried("shop/web:1", "shop/web:2", values)[0] == expected


def test_a_digest_goes_behind_the_tag_or_into_a_field_of_its_own():
    values = {"image": {"repository": "shop/web", "tag": "1", "digest": ""}}
    found = tried("shop/web:1", f"shop/web:2@{DIGEST}", values)
    assert {"image.tag": f"2@{DIGEST}"} in found
    assert {"image.tag": "2", "image.digest": DIGEST} in found


def test_an_image_of_another_repository_changes_both_values():
    values = {"image": {"repository": "shop/web", "tag": "1"}}
    assert {"image.repository": "other/web", "image.tag": "2"} in tried("shop/web:1", "other/web:2", values)


def test_a_registry_has_a_value_of_its_own_in_many_charts():
    values = {"global": {"registry": "a.example"}, "image": {"name": "shop/web", "tag": "1"}}
    found = tried("a.example/shop/web:1", "b.example/shop/web:1", values)
    assert {"global.registry": "b.example", "image.tag": "1"} in found or {"global.registry": "b.example"} in found


def test_a_value_that_means_nothing_of_the_image_is_not_tried():
    values = {"image": {"repository": "shop/web", "tag": "1"}, "replicas": 3, "debug": True, "mode": "plain"}
    assert {where for each in tried("shop/web:1", "shop/web:2", values) for where in each} == {"image.tag"}


def test_what_people_gave_is_the_value_before():
    values = {"image": {"repository": "shop/web", "tag": "1"}}
    ((edit,), *_) = candidates("shop/web:1", "shop/web:2", values, {"image": {"tag": "1"}})
    assert (edit.before, edit.after) == ("1", "2")


def test_the_value_that_changes_the_least_else_is_taken():
    found = best([trial("Deployment worker gets it, too.", tag="2"), trial(webTag="2")])
    assert isinstance(found, Trial)
    assert found.paths == {"webTag"}


def test_values_that_change_as_much_are_a_tie():
    found = best([trial(tag="2"), trial(version="2")])
    assert isinstance(found, Tie)
    assert found.choices == ("tag", "version")


def test_a_field_for_the_digest_is_used_where_the_tag_would_take_it_as_well():
    found = best([trial(tag=f"2@{DIGEST}"), trial(tag="2", digest=DIGEST)])
    assert isinstance(found, Trial)
    assert found.paths == {"tag", "digest"}


def test_nothing_that_works_is_no_choice():
    assert best([]) is None


def test_containers_that_have_one_value_in_common_are_changed_by_one_edit():
    assert brought([edits(tag="2"), edits(tag="2")]) == edits(tag="2")


def test_containers_that_want_one_value_to_be_different_cannot_be_changed_together():
    assert brought([edits(tag="2"), edits(tag="3")]) is None


def test_what_helm_says_is_told_without_the_values_of_the_release():
    said = without_values('cannot use "hunter2-hunter2" as a port', {"given": {"password": "hunter2-hunter2"}})
    assert said == 'cannot use "…" as a port'
