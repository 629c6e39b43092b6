"""Ownership under server-side apply, as properties of any sequence of applies."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.apply import Manager, apply, managed_of, update, without_managed
from sandbox.errors import StatusError
from sandbox.fields import compare, difference, fields_of, intersection, leaves, merge, path_of, union
from sandbox.schema import Node, built_in
from sandbox.store import Object

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _schema() -> Node:
    node = built_in("apps/v1", "Deployment")
    assert node is not None
    return node


SCHEMA = _schema()
EMPTY: Object = {"metadata": {}, "spec": {"template": {"metadata": {}, "spec": {"containers": None}}}}
ONE, TWO = (Manager(name=n, operation="Apply", api_version="apps/v1") for n in ("one", "two"))

_WORD = st.sampled_from(["a", "b", "c"])
_CONTAINER: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"name": _WORD},
    optional={
        "image": _WORD,
        "args": st.lists(_WORD, max_size=2),
        "env": st.lists(
            st.fixed_dictionaries({"name": _WORD}, optional={"value": _WORD}), max_size=2, unique_by=lambda e: e["name"]
        ),
    },
)
_CONTAINERS = st.lists(_CONTAINER, min_size=1, max_size=3, unique_by=lambda c: c["name"])


@st.composite
def configurations(draw: Any) -> Object:
    """A Deployment as a client might apply it."""
    labels = draw(st.dictionaries(_WORD, _WORD, max_size=2))
    spec: dict[str, Any] = {"template": {"spec": {"containers": draw(_CONTAINERS)}}}
    if draw(st.booleans()):
        spec["replicas"] = draw(st.integers(0, 3))
    return {"metadata": {"name": "d", **({"labels": labels} if labels else {})}, "spec": spec}


def _apply(
    live: Object | None, config: Object, manager: Manager = ONE, *, force: bool = False, now: datetime = NOW
) -> Object:
    return apply(SCHEMA, live, config, manager, empty=EMPTY, force=force, now=now)


def _of(obj: Object, manager: Manager) -> set[tuple[str, ...]]:
    owned = managed_of(obj).get(manager)
    return set(leaves(owned.fields)) if owned else set()


@given(configurations())
def test_an_apply_of_what_is_there_changes_nothing(config: Object) -> None:
    once = _apply(None, config)
    assert _apply(once, config, now=NOW + timedelta(days=1)) == once


@given(configurations(), configurations())
def test_the_last_apply_of_a_sole_owner_is_all_that_is_left(first: Object, second: Object) -> None:
    left = _apply(_apply(None, first), second)
    alone = _apply(None, second)
    assert set(leaves(fields_of(SCHEMA, left))) - _server_owned(left) == set(
        leaves(fields_of(SCHEMA, alone))
    ) - _server_owned(alone)


def _server_owned(obj: Object) -> set[tuple[str, ...]]:
    return {
        path
        for path in leaves(fields_of(SCHEMA, obj))
        if path[:2] in {("f:metadata", "f:managedFields"), ("f:metadata", "f:name")}
    }


@given(configurations(), configurations())
def test_a_forced_apply_always_gets_its_values(first: Object, second: Object) -> None:
    result = _apply(_apply(None, first), second, TWO, force=True)
    changes = compare(SCHEMA, result, _apply(result, second, TWO))
    assert changes.empty


@given(configurations(), configurations())
def test_what_another_owns_and_an_apply_would_change_is_a_conflict_until_forced(first: Object, second: Object) -> None:
    live = _apply(None, first)
    changed = compare(SCHEMA, without_managed(live), merge(SCHEMA, without_managed(live), second))
    contested = intersection(fields_of(SCHEMA, first), union(changed.modified, changed.added))
    if contested:
        with pytest.raises(StatusError) as refused:
            _apply(live, second, TWO)
        assert {c.field for c in refused.value.causes} == {path_of(p) for p in leaves(contested)}
        assert _of(_apply(live, second, TWO, force=True), ONE) == _of(live, ONE) - set(leaves(contested))
    else:
        assert _of(_apply(live, second, TWO), ONE) == _of(live, ONE)


@given(configurations(), configurations())
def test_what_another_manager_applied_stays_when_the_first_lets_go(first: Object, second: Object) -> None:
    shared = _apply(_apply(None, first), second, TWO, force=True)
    left = _apply(shared, {"metadata": {"name": "d"}})
    owned = managed_of(left)
    assert ONE not in owned
    assert _of(left, TWO) == _of(shared, TWO)


@given(configurations(), configurations())
def test_the_difference_of_two_sets_is_disjoint_from_the_second(first: Object, second: Object) -> None:
    a, b = fields_of(SCHEMA, first), fields_of(SCHEMA, second)
    left, both, either = (set(leaves(s)) for s in (difference(a, b), intersection(a, b), union(a, b)))
    members_a, members_b = set(leaves(a)), set(leaves(b))
    assert left == members_a - members_b
    assert both == members_a & members_b
    assert either == members_a | members_b


def _web(**container: Any) -> Object:
    return {"metadata": {"name": "d"}, "spec": {"template": {"spec": {"containers": [{"name": "web", **container}]}}}}


IMAGE = ("f:spec", "f:template", "f:spec", "f:containers", 'k:{"name":"web"}', "f:image")


def test_an_update_takes_the_fields_that_it_changes() -> None:
    live = _apply(None, _web(image="a"))
    updater = Manager(name="kubectl", operation="Update", api_version="apps/v1")
    changed = update(SCHEMA, live, _web(image="b") | {"metadata": {"name": "d"}}, updater, empty=EMPTY, now=NOW)
    assert IMAGE in _of(changed, updater)
    assert IMAGE not in _of(changed, ONE)


def test_a_conflict_names_the_field_as_a_real_server_does() -> None:
    live = _apply(None, _web(image="a"))
    with pytest.raises(
        StatusError, match=r'conflict with "one": \.spec\.template\.spec\.containers\[name="web"\]\.image'
    ):
        _apply(live, _web(image="b"), TWO)


def test_several_conflicts_are_listed_by_manager() -> None:
    live = _apply(None, _web(image="a", workingDir="/a"))
    with pytest.raises(StatusError) as refused:
        _apply(live, _web(image="b", workingDir="/b"), TWO)
    assert refused.value.message.startswith('Apply failed with 2 conflicts: conflicts with "one":\n- ')
    assert len(refused.value.causes) == 2


def test_fields_without_a_manager_belong_to_before_first_apply() -> None:
    live = _web(image="a")
    with pytest.raises(StatusError, match="before-first-apply"):
        _apply(live, _web(image="b"))


def test_a_single_empty_entry_clears_the_managers() -> None:
    live = _apply(None, _web(image="a"))
    cleared = _web(image="a")
    cleared["metadata"]["managedFields"] = [{}]
    assert "managedFields" not in update(SCHEMA, live, cleared, ONE, empty=EMPTY, now=NOW)["metadata"]


def test_containers_keep_their_order_and_new_ones_follow() -> None:
    both = {"metadata": {"name": "d"}, "spec": {"template": {"spec": {"containers": [{"name": "a"}, {"name": "b"}]}}}}
    live = _apply(None, both)
    joined = _apply(live, _web(image="x"), TWO)
    assert [c["name"] for c in joined["spec"]["template"]["spec"]["containers"]] == ["a", "b", "web"]
