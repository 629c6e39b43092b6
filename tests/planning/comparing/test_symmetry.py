"""Whatever is compared: with itself it is the same, and swapped sides swap the differences."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.planning.comparing.values import DifferenceKind
from tests.support.comparing import compared, on_clusters, seen
from tests.support.objects import config_map, deployment, obj, secret, service

_TEXT = st.sampled_from(["", "1", "1000m", "a", "shop-dev", "$(A)"])
_DATA = st.dictionaries(st.sampled_from(["a", "b", "tls.crt"]), _TEXT, max_size=3)
_VARIABLES = st.lists(
    st.builds(lambda name, value: {"name": name, "value": value}, st.sampled_from("ABC"), _TEXT), max_size=4
)
_LIMITS = st.dictionaries(st.sampled_from(["cpu", "memory"]), st.sampled_from(["1", "1000m", "2"]), max_size=2)
_CONTAINERS = st.lists(
    st.builds(
        lambda name, image, env, limits: {"name": name, "image": image, "env": env, "resources": {"limits": limits}},
        st.sampled_from(["web", "log"]),
        st.sampled_from(["web:1", "web:2", "web"]),
        _VARIABLES,
        _LIMITS,
    ),
    min_size=1,
    max_size=2,
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
_OBJECT = st.one_of(
    st.builds(lambda data: config_map(data=data), _DATA),
    st.builds(lambda data: secret(data=data), _DATA),
    st.builds(lambda pods, count: deployment(pod={"containers": pods}, replicas=count), _CONTAINERS, st.integers(0, 2)),
    st.builds(lambda kind: service(type=kind), st.sampled_from(["ClusterIP", "NodePort"])),
    st.builds(lambda spec: obj("shop.example/v1", "Campaign", spec=spec), _JSON),
)
_CLUSTER = st.lists(_OBJECT, max_size=4, unique_by=lambda each: each.id)
_SIDE = st.builds(
    lambda clusters, namespace: on_clusters(
        *(seen(*objects, cluster=f"c{number}") for number, objects in enumerate(clusters)), namespace=namespace
    ),
    st.lists(_CLUSTER, min_size=1, max_size=2),
    st.sampled_from(["shop-dev", "shop"]),
)
_SWAPPED = {
    DifferenceKind.ONLY_LEFT: DifferenceKind.ONLY_RIGHT,
    DifferenceKind.ONLY_RIGHT: DifferenceKind.ONLY_LEFT,
    DifferenceKind.DIFFERS: DifferenceKind.DIFFERS,
    DifferenceKind.ORDER: DifferenceKind.ORDER,
}


@settings(max_examples=60, deadline=None)
@given(one=_SIDE)
def test_a_side_is_the_same_as_itself(one):
    found = compared(one, one)
    assert found.differences == ()
    assert found.same


@settings(max_examples=100, deadline=None)
@given(one=_SIDE, other=_SIDE)
def test_swapped_sides_swap_the_differences(one, other):
    there, back = compared(one, other), compared(other, one)
    assert [(each.field, _SWAPPED[each.kind], each.right, each.left) for each in there.differences] == [
        (each.field, each.kind, each.left, each.right) for each in back.differences
    ]
    assert [(each.same, each.different) for each in there.counts] == [(e.same, e.different) for e in back.counts]
    assert (there.left_skew, there.right_skew) == (back.right_skew, back.left_skew)
