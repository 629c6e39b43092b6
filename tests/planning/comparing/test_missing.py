"""What an environment lacks that its source has: the mark and the comparison to which it leads say the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.comparisons import ObjectField
from domain.resources import Manifest
from services.planning.comparing.expected import Expectations
from services.planning.comparing.missing import (
    KeysOn,
    MissingKeys,
    MissingObject,
    missing_from_comparison,
    missing_keys,
)
from services.planning.comparing.values import SideName
from tests.support.comparing import compared, on_clusters, seen, side
from tests.support.objects import config_map, deployment, obj, secret

SETTINGS, KEYS = ("ConfigMap", "settings"), ("Secret", "keys")


def _on(cluster="a", *, unknown=(), **keys):
    """`settings="MODE URL"` are the keys of the ConfigMap, `keys=` those of the Secret; both were looked for."""
    objects = {("ConfigMap" if name != "keys" else "Secret", name): frozenset(of.split()) for name, of in keys.items()}
    return KeysOn(cluster=cluster, keys=objects, absent=frozenset({SETTINGS, KEYS}) - objects.keys() - {*unknown})


def _field(path="", *, kind="ConfigMap", name="settings"):
    return ObjectField(group="", kind=kind, name=name, path=path)


def _missing(source, target, **kwargs):
    return [(each.kind, each.name, *each.keys) for each in missing_keys(source, target, **kwargs)]


def test_keys_that_the_target_lacks_are_missing():
    found = _missing([_on(settings="MODE URL TIMEOUT", keys="token")], [_on(settings="MODE", keys="token")])
    assert found == [("ConfigMap", "settings", "TIMEOUT", "URL")]


def test_keys_of_secrets_are_missing_by_name():
    assert _missing([_on(keys="token user")], [_on(keys="user")]) == [("Secret", "keys", "token")]


def test_an_object_that_the_target_lacks_is_missing_as_a_whole():
    assert _missing([_on(settings="MODE URL")], [_on()]) == [("ConfigMap", "settings")]


def test_an_object_without_keys_is_missing_as_well():
    assert _missing([_on(settings="")], [_on()]) == [("ConfigMap", "settings")]


def test_what_the_target_has_besides_is_not_missing():
    assert _missing([_on(settings="MODE")], [_on(settings="MODE URL", keys="token")]) == []


def test_nothing_is_missing_where_the_source_has_nothing():
    assert _missing([_on()], [_on(settings="MODE")]) == []
    assert _missing([], [_on(settings="MODE")]) == []


def test_what_nobody_looked_for_in_the_target_is_unknown():
    assert _missing([_on(settings="MODE")], [_on(unknown=[SETTINGS])]) == []
    assert _missing([_on(settings="MODE")], []) == []


def test_what_is_known_of_one_object_does_not_depend_on_another():
    found = _missing([_on(settings="MODE", keys="token")], [_on(unknown=[SETTINGS])])
    assert found == [("Secret", "keys")]


def test_a_key_is_missing_where_all_clusters_of_the_target_lack_it():
    ones = [_on("a", settings="MODE"), _on("b", settings="MODE LOG")]
    assert _missing([_on(settings="MODE URL")], ones) == [("ConfigMap", "settings", "URL")]


def test_a_key_that_one_cluster_of_the_target_has_is_skew_and_not_missing():
    ones = [_on("a", settings="MODE"), _on("b", settings="MODE URL")]
    assert _missing([_on(settings="MODE URL")], ones) == []


def test_an_object_that_one_cluster_of_the_target_has_is_skew_and_not_missing():
    assert _missing([_on(settings="MODE")], [_on("a"), _on("b", settings="MODE")]) == []


def test_a_cluster_of_the_target_that_is_not_known_hides_nothing_of_the_others():
    ones = [_on("a", unknown=[SETTINGS]), _on("b", settings="MODE")]
    assert _missing([_on(settings="MODE URL")], ones) == [("ConfigMap", "settings", "URL")]


def test_a_key_that_one_cluster_of_the_source_has_is_missing():
    ones = [_on("a", settings="MODE"), _on("b", settings="MODE URL")]
    assert _missing(ones, [_on(settings="MODE")]) == [("ConfigMap", "settings", "URL")]


def test_a_key_that_is_expected_to_differ_is_not_missing():
    source, target = [_on(settings="MODE URL DEBUG")], [_on(settings="MODE")]
    found = _missing(source, target, expected=[_field("data.DEBUG")])
    assert found == [("ConfigMap", "settings", "URL")]


def test_a_key_with_a_dot_is_expected_by_the_path_of_comparisons():
    source, target = [_on(settings="MODE app.yaml")], [_on(settings="MODE")]
    assert _missing(source, target, expected=[_field("data[app.yaml]")]) == []


def test_nothing_of_an_object_that_is_expected_to_differ_is_missing():
    for target in (_on(), _on(settings="MODE")):
        assert _missing([_on(settings="MODE URL")], [target], expected=[_field()]) == []


def test_an_expected_difference_of_another_object_changes_nothing():
    expected = [_field(name="others"), _field(kind="Secret"), _field("data.UR")]
    found = _missing([_on(settings="MODE URL")], [_on(settings="MODE")], expected=expected)
    assert found == [("ConfigMap", "settings", "URL")]


def test_keys_and_whole_objects_are_counted_apart_and_together():
    objects = (
        MissingObject(kind="ConfigMap", name="settings", keys=("MODE", "URL")),
        MissingObject(kind="Secret", name="keys"),
    )
    found = MissingKeys(source="Staging", objects=objects)
    assert (found.keys, found.whole_objects, found.count) == (2, 1, 3)


def test_no_more_names_are_told_than_asked_for():
    one = MissingObject(kind="ConfigMap", name="one", keys=("a", "b", "c"))
    two, three = MissingObject(kind="ConfigMap", name="two"), MissingObject(kind="Secret", name="three", keys=("d",))
    found = MissingKeys(source="Staging", objects=(one, two, three))
    cut = MissingObject(kind="ConfigMap", name="one", keys=("a", "b"))
    assert [found.at_most(names) for names in (0, 2, 3, 4, 9)] == [
        (),
        (cut,),
        (one,),
        (one, two),
        (one, two, three),
    ]


def test_a_comparison_says_on_which_side_a_key_is_missing():
    left, right = config_map(data={"a": "1", "b": "2"}), config_map(data={"b": "3", "c": "4"})
    found = compared(side(left), side(right, environment="Staging"))
    assert [(each.key, each.missing_in) for each in found.differences] == [
        ("a", SideName.RIGHT),
        ("b", None),
        ("c", SideName.LEFT),
    ]


def test_only_keys_and_whole_config_maps_and_secrets_are_missing_in_a_comparison():
    labelled = obj("v1", "ConfigMap", "settings", metadata={"labels": {"team": "a"}}, data={})
    left = side(labelled, secret(), deployment())
    found = compared(left, side(config_map(data={}), environment="Staging"))
    assert {(each.resource.label, each.path): each.missing_in for each in found.differences} == {
        ("Secret keys", ""): SideName.RIGHT,
        ("ConfigMap settings", "metadata.labels.team"): None,
        ("Deployment web", ""): None,
    }


def test_a_key_that_is_text_on_one_side_and_bytes_on_the_other_is_not_missing():
    bytes_there = obj("v1", "ConfigMap", "settings", binaryData={"logo": "AAEC"})
    found = compared(side(config_map(data={"logo": "x"})), side(bytes_there, environment="Staging"))
    assert [(each.path, each.missing_in) for each in found.differences] == [
        ("binaryData.logo", None),
        ("data.logo", None),
    ]


# The mark and the comparison

_NAMES = ("settings", "more")
_CLUSTER = st.dictionaries(
    st.tuples(st.sampled_from(["ConfigMap", "Secret"]), st.sampled_from(_NAMES)),
    st.frozensets(st.sampled_from(["a", "b", "app.yaml"])),
    max_size=4,
)
_CLUSTERS = st.lists(_CLUSTER, min_size=1, max_size=2)
_EXPECTED = st.lists(
    st.builds(
        lambda kind, name, path: ObjectField(group="", kind=kind, name=name, path=path),
        st.sampled_from(["ConfigMap", "Secret"]),
        st.sampled_from(_NAMES),
        st.sampled_from(["", "data", "data.a", "data[app.yaml]"]),
    ),
    max_size=2,
)
_LOOKED_FOR = frozenset((kind, name) for kind in ("ConfigMap", "Secret") for name in _NAMES)


def _manifest(kind, name, keys):
    return Manifest(
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": dict.fromkeys(sorted(keys), "eA==")}
    )


def _side(clusters, environment):
    return on_clusters(
        *(
            seen(
                *(_manifest(kind, name, keys) for (kind, name), keys in objects.items()),
                cluster=f"{environment}-{number}",
            )
            for number, objects in enumerate(clusters)
        ),
        environment=environment,
    )


def _read(clusters):
    return [
        KeysOn(cluster=f"c{number}", keys=objects, absent=_LOOKED_FOR - objects.keys())
        for number, objects in enumerate(clusters)
    ]


@settings(max_examples=120, deadline=None)
@given(source=_CLUSTERS, target=_CLUSTERS, expected=_EXPECTED)
def test_the_mark_says_what_the_comparison_says(source, target, expected):
    comparison = compared(
        _side(source, "Staging"), _side(target, "Production"), expectations=Expectations(marked=tuple(expected))
    )
    marked = missing_keys(_read(source), _read(target), expected=expected)
    assert marked == missing_from_comparison(comparison, SideName.RIGHT)
    back = missing_keys(_read(target), _read(source), expected=expected)
    assert back == missing_from_comparison(comparison, SideName.LEFT)
