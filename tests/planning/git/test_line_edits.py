"""Edits by whole lines: applied, found again, undone, and refused where somebody else was at the same lines."""

from dataclasses import replace

import pytest

from domain.hand_overs import OwnerEdit
from services.planning.git.line_edits import by_file, edited_lines, line_edits

ONE = "a:\n  tag: 1  # keep\nb:\n  tag: 9\n"
TWINS = "- name: web\n  image: x:1\n- name: side\n  image: x:1\n- name: last\n  image: y:1\n"


def plan(before: str, after: str) -> tuple[OwnerEdit, ...]:
    return line_edits("f.yaml", before, after)


def back(edits: tuple[OwnerEdit, ...]) -> list[OwnerEdit]:
    return [each.reversed() for each in edits]


def test_a_line_that_is_there_once_is_an_edit_of_that_line_alone():
    assert plan(ONE, ONE.replace("tag: 1", "tag: 2")) == (
        OwnerEdit(where="f.yaml:2", before="  tag: 1  # keep", after="  tag: 2  # keep"),
    )


def test_a_line_that_is_there_twice_takes_in_the_one_that_tells_which():
    (edit,) = plan(TWINS, TWINS.replace("side\n  image: x:1", "side\n  image: x:2"))
    assert (edit.where, edit.before) == ("f.yaml:3", "- name: side\n  image: x:1")


def test_a_line_that_becomes_like_another_takes_in_the_one_that_tells_which():
    (edit,) = plan(TWINS, TWINS.replace("y:1", "x:1"))
    assert edit.after == "- name: last\n  image: x:1"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ONE, ONE.replace("tag: 1", "tag: 2")),
        (ONE, ONE.replace("  tag: 9\n", "  tag: 9\n  digest: d\n")),
        (ONE, ONE.replace("  tag: 1  # keep\n", "")),
        (ONE, ONE.replace("tag: 1", "tag: 2").replace("tag: 9", "tag: 2")),
        (TWINS, TWINS.replace("x:1", "x:2")),
        (TWINS, TWINS.replace("x:1", "x:2", 1).replace("y:1", "y:2")),
        (TWINS, TWINS.replace("y:1", "x:1")),
        ("a\na\na\na", "a\nb\na\na"),
        ("a\na\na", "a\na\na\na"),
        ("x\n", "y\n"),
        ("x", ""),
        ("b\ne\nb\nb\ne\ne", "b\nz\ne\nb\nb\nb\ne\ne"),
        ("a:\n  tag: 1", "a:\n  tag: 1\n  digest: d"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
    ],
)
def test_edits_make_the_new_text_and_the_way_back_makes_the_former_one(before, after):
    edits = plan(before, after)
    assert edited_lines(before, edits) == after
    assert edited_lines(after, edits) == after, "a second time changes nothing"
    assert edited_lines(after, back(edits)) == before


def test_edits_are_found_where_others_have_moved_their_lines():
    edits = plan(ONE, ONE.replace("tag: 1", "tag: 2"))
    moved = "# new\n# lines\n" + ONE
    assert edited_lines(moved, edits) == moved.replace("tag: 1", "tag: 2")


def test_of_edits_some_of_which_are_there_the_others_are_made():
    edits = plan(ONE, ONE.replace("tag: 1", "tag: 2").replace("tag: 9", "tag: 8"))
    half = ONE.replace("tag: 9", "tag: 8")
    assert edited_lines(half, edits) == half.replace("tag: 1", "tag: 2")


@pytest.mark.parametrize(
    "theirs",
    [
        ONE.replace("tag: 1", "tag: 3"),
        ONE.replace("# keep", "# changed"),
        ONE + ONE,
        "",
        ONE + "c:\n  tag: 2  # keep\n",
    ],
)
def test_lines_that_somebody_else_has_changed_are_left_alone(theirs):
    assert edited_lines(theirs, plan(ONE, ONE.replace("tag: 1", "tag: 2"))) is None


def test_edits_are_told_apart_by_their_files():
    edits = [OwnerEdit(where=where, before="a", after="b") for where in ("a/x.yaml:3", "a:y.yaml:7", "a/x.yaml:9")]
    assert by_file(edits) == {
        "a/x.yaml": tuple(replace(each, where="a/x.yaml") for each in (edits[0], edits[2])),
        "a:y.yaml": (replace(edits[1], where="a:y.yaml"),),
    }
