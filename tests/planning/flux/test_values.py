"""Where a HelmRelease of Flux keeps the values that bring an image."""

from typing import Any

from domain.hand_overs import OwnerEdit
from domain.resources import Manifest
from services.planning.flux.owners import release_of
from services.planning.flux.values import ConfigMapKey, can_make, config_map_keys, owner_edits, with_inline

TAG = (OwnerEdit(where="image.tag", before="1", after="2"),)
BY_CONFIG_MAP = {"kind": "ConfigMap", "name": "images", "valuesKey": "web", "targetPath": "image.tag"}
KEY = ConfigMapKey(name="images", key="web")


def release(name: str = "shop", **spec: Any) -> Manifest:
    return Manifest(
        {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": name, "namespace": "flux-system"},
            "spec": spec,
        }
    )


def test_a_value_is_set_inline_where_no_config_map_gives_it():
    (edit,) = owner_edits(release(values={"image": {"tag": "1"}}), {}, TAG)
    assert (edit.where, edit.before, edit.after) == ("spec.values.image.tag", "1", "2")


def test_a_value_that_a_chart_alone_has_was_not_set_before():
    (edit,) = owner_edits(release(), {}, TAG)
    assert edit.before is None


def test_a_value_that_a_config_map_gives_by_its_path_is_set_there_because_it_beats_inline_ones():
    (edit,) = owner_edits(release(values={"image": {"tag": "7"}}, valuesFrom=[BY_CONFIG_MAP]), {KEY: "1"}, TAG)
    assert (edit.where, edit.before, edit.after) == ("ConfigMap images: web", "1", "2")


def test_the_key_of_a_config_map_is_read_from_its_edit_again():
    assert ConfigMapKey.of(KEY.where) == KEY
    assert ConfigMapKey.of("spec.values.image.tag") is None


def test_a_config_map_without_a_path_gives_a_whole_file_and_no_value_of_its_own():
    assert config_map_keys(release(valuesFrom=[{"kind": "ConfigMap", "name": "defaults"}])) == {}


def test_what_comes_from_git_takes_only_values_of_config_maps():
    assert not can_make(release(), TAG, from_git=True)
    assert can_make(release(valuesFrom=[BY_CONFIG_MAP]), TAG, from_git=True)


def test_a_value_that_a_secret_gives_is_left_alone():
    assert not can_make(release(valuesFrom=[{**BY_CONFIG_MAP, "kind": "Secret"}]), TAG, from_git=False)


def test_the_way_back_takes_an_inline_value_away_that_was_not_there():
    (edit,) = owner_edits(release(values={"mode": "plain"}), {}, TAG)
    there = with_inline(release(values={"mode": "plain"}), [edit])
    assert there == {"mode": "plain", "image": {"tag": "2"}}
    assert with_inline(release(values=there), [edit.reversed()]) == {"mode": "plain"}


def test_the_helm_release_is_named_as_flux_names_it():
    assert (release_of(release()).name, release_of(release()).namespace) == ("shop", "flux-system")
    assert release_of(release(targetNamespace="prod")).name == "prod-shop"
    assert release_of(release(releaseName="web", storageNamespace="prod")).namespace == "prod"


def test_a_name_that_is_too_long_is_shortened_as_flux_does():
    named = release_of(release("with-a-nice-object-name", targetNamespace="a-very-lengthy-target-namespace"))
    assert named.name == "a-very-lengthy-target-namespace-with-a-n-97af5d7f41f3"
