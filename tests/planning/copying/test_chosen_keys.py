"""Imports by key: chosen keys are brought, and whatever else the target has stays."""

import pytest

from domain.overrides import Overrides
from domain.words import Action, OnConflict
from services.planning.plan import ChangeKind, Comparison
from tests.support.copy_plans import NEEDS_SETTINGS, actions, blocking, only, planned
from tests.support.objects import config_map, deployment, secret

SOURCE = {"mode": "dev", "new": "1", "other": "2"}
NEW = Overrides(only_keys={"ConfigMap/settings": ("new",)})


def _owned_by_us(*keys, **body):
    fields = {"f:data": {f"f:{key}": {} for key in keys}, "f:metadata": {"f:labels": {"f:team": {}}}}
    entry = {"manager": "stagecoach", "operation": "Apply", "fieldsV1": fields}
    return config_map(metadata={"managedFields": [entry], "labels": {"team": "shop", "theirs": "x"}}, **body)


def _plan(live, overrides=NEW, on_conflict=OnConflict.FAIL, source=None):
    objects = (source or config_map(data=SOURCE),)
    return planned(*objects, live=live, overrides=overrides, on_conflict=on_conflict)


def test_a_key_that_the_target_lacks_is_added_without_a_conflict():
    plan = _plan((config_map(data={"mode": "live"}),))
    assert actions(plan) == {"ConfigMap settings": Action.UPDATE}
    assert [(each.path, each.kind, each.after) for each in only(plan).changes] == [("data.new", ChangeKind.ADDED, "1")]


def test_what_is_applied_holds_nothing_that_others_own():
    plan = _plan((config_map(data={"mode": "live"}, metadata={"labels": {"theirs": "x"}}),))
    assert only(plan).desired.body == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings"},
        "data": {"new": "1"},
    }


def test_keys_and_labels_that_we_wrote_before_are_applied_again_as_they_are():
    plan = _plan((_owned_by_us("mode", "kept", data={"mode": "live", "kept": "5", "theirs": "9"}),))
    desired = only(plan).desired
    assert desired.body["data"] == {"mode": "live", "kept": "5", "new": "1"}
    assert desired.labels == {"team": "shop"}
    assert [each.path for each in only(plan).changes] == ["data.new"]


def test_a_key_that_differs_is_a_conflict():
    plan = _plan((config_map(data={"new": "0"}),))
    assert blocking(plan) == ["target-differs"]


def test_a_key_that_differs_is_changed_where_the_request_overwrites_and_no_other():
    plan = _plan((config_map(data={"new": "0", "mode": "live"}),), on_conflict=OnConflict.OVERWRITE)
    assert [(each.path, each.before, each.after) for each in only(plan).changes] == [("data.new", "0", "1")]


def test_with_keep_a_key_that_differs_stays_and_one_that_lacks_is_added():
    overrides = Overrides(only_keys={"ConfigMap/settings": ("new", "other")})
    plan = _plan((config_map(data={"new": "0"}),), overrides, OnConflict.KEEP)
    assert [(each.path, each.kind) for each in only(plan).changes] == [("data.other", ChangeKind.ADDED)]


def test_keys_that_are_there_and_equal_change_nothing():
    plan = _plan((config_map(data={"new": "1", "mode": "live"}),))
    assert actions(plan) == {"ConfigMap settings": Action.UNCHANGED}


def test_an_object_that_the_target_lacks_is_created_with_the_chosen_keys():
    plan = _plan(())
    assert actions(plan) == {"ConfigMap settings": Action.CREATE}
    assert only(plan).desired.body["data"] == {"new": "1"}


def test_keys_of_secrets_are_brought_without_being_shown():
    plan = planned(
        secret(data={"token": "Y2FuYXJ5", "other": "eA=="}),
        live=(secret(data={"other": "eQ=="}),),
        overrides=Overrides(only_keys={"Secret/keys": ("token",)}),
    )
    assert [(each.path, each.comparison, each.after) for each in only(plan).changes] == [
        ("data.token", Comparison.MISSING, None)
    ]
    assert only(plan).desired.body["data"] == {"token": "Y2FuYXJ5"}
    assert only(plan).desired.body["type"] == "Opaque"


def test_binary_data_moves_a_key_to_where_the_source_has_it():
    source = config_map(data={}, binaryData={"new": "AAE="})
    live = _owned_by_us("new", data={"new": "text"})
    plan = _plan((live,), on_conflict=OnConflict.OVERWRITE, source=source)
    assert "data" not in only(plan).desired.body
    assert only(plan).desired.body["binaryData"] == {"new": "AAE="}


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        (Overrides(only_keys={"ConfigMap/settings": ("nothing",)}), "source-missing"),
        (Overrides(only_keys={"ConfigMap/others": ("new",)}), "override-without-resource"),
        (Overrides(only_keys={"Secret/settings": ("new",)}), "override-without-resource"),
    ],
)
def test_keys_that_the_source_lacks_block(overrides, code):
    assert code in blocking(_plan((config_map(data={"mode": "live"}),), overrides))


def test_a_key_that_the_request_gives_itself_need_not_be_in_the_source():
    overrides = Overrides(only_keys={"ConfigMap/settings": ("given",)}, config_maps={"settings": {"given": "here"}})
    plan = _plan((config_map(data={"mode": "live"}),), overrides)
    assert [(each.path, each.after) for each in only(plan).changes] == [("data.given", "here")]


def test_an_owner_who_delivers_the_object_takes_consent():
    release = {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop"}
    entry = {"manager": "helm", "operation": "Update", "fieldsV1": {"f:data": {"f:mode": {}}}}
    live = config_map(
        data={"mode": "live"}, metadata={"namespace": "shop", "annotations": release, "managedFields": [entry]}
    )
    assert blocking(_plan((live,))) == ["target-owned"]


def test_an_immutable_object_is_refused():
    assert "immutable-field" in blocking(_plan((config_map(data={"mode": "live"}, immutable=True),)))


def test_keys_of_the_target_count_for_what_refers_to_them():
    pod = {
        "name": "web",
        "image": "web:1",
        "env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "only-there"}}}],
    }
    workload = deployment(pod={**NEEDS_SETTINGS, "containers": [pod]})
    plan = planned(config_map(data=SOURCE), workload, live=(config_map(data={"only-there": "1"}),), overrides=NEW)
    assert blocking(plan) == []
