"""Copies into a folder of a Git repository: what becomes of its files, and what is not written to Git."""

from dataclasses import replace

import yaml

from domain.hand_overs import OwnerAddress
from domain.problems import Severity
from domain.resources import Manifest
from domain.words import Action, OnConflict
from services.planning.copying.facts import NamespaceState
from services.planning.copying.plan import CopyChoices, CopyPlan
from services.planning.copying.planner import plan_copy
from services.planning.git.copies import FiledTargets, facts_of_folders, with_files
from services.planning.git.filed_objects import filed_folder
from services.planning.git.line_edits import edited_lines
from tests.support.copy_plans import actions, codes
from tests.support.objects import FINGERPRINTS, config_map, deployment, facts, obj, secret, target

_OWNER = OwnerAddress.of_branch("shop", "main")
_SETTINGS = """\
# Of the shop.
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  LEVEL: debug  # until the sale is over
  OWN: "1"
"""


def _settings(**data: str) -> Manifest:
    return config_map("settings", data=data)


def _planned(*manifests, files=None, on_conflict=OnConflict.FAIL, targets=None, folders=None) -> CopyPlan:
    """The plan of copying these to the folder `eu`, or to that of each cluster."""
    targets = targets or (target(knows=manifests),)
    texts = {f"eu/{name}": text for name, text in (files or {}).items()}
    read = facts(*manifests, targets=targets)
    where = folders or {each.cluster: "eu" for each in targets}
    filed = FiledTargets(
        owner=_OWNER,
        folders={name: filed_folder(path, texts, namespace=read.namespace) for name, path in where.items()},
    )
    plan = plan_copy(facts_of_folders(read, filed), CopyChoices(on_conflict=on_conflict), FINGERPRINTS)
    return with_files(plan, read, filed)


def _edits(plan: CopyPlan):
    (cluster,) = plan.clusters
    assert cluster.handed_over is not None
    return cluster.handed_over.edits


def test_an_object_that_no_file_has_gets_a_file_of_its_own_with_its_namespace():
    (edit,) = _edits(_planned(_settings(LEVEL="info")))
    assert (edit.where, edit.before) == ("eu/configmap-settings.yaml:1", None)
    assert yaml.safe_load(edit.after or "") == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "shop"},
        "data": {"LEVEL": "info"},
    }


def test_a_file_that_has_the_object_changes_by_its_lines_and_keeps_the_rest():
    plan = _planned(_settings(LEVEL="info"), files={"all.yaml": _SETTINGS}, on_conflict=OnConflict.OVERWRITE)
    text = edited_lines(_SETTINGS, [replace(each, where="eu/all.yaml") for each in _edits(plan)])
    assert text == _SETTINGS.replace("LEVEL: debug ", "LEVEL: info ")


def test_what_differs_stops_the_plan_unless_the_request_says_otherwise():
    plan = _planned(_settings(LEVEL="info"), files={"all.yaml": _SETTINGS})
    assert (plan.blocked, codes(plan, Severity.BLOCKS)) == (True, ["target-differs"])
    kept = _planned(_settings(LEVEL="info"), files={"all.yaml": _SETTINGS}, on_conflict=OnConflict.KEEP)
    assert (actions(kept), _edits(kept)) == ({"ConfigMap settings": Action.KEEP}, ())


def test_what_the_file_says_already_changes_nothing():
    plan = _planned(_settings(LEVEL="debug"), files={"all.yaml": _SETTINGS})
    assert (plan.nothing_to_do, _edits(plan)) == (True, ())


def test_a_new_file_is_listed_in_the_kustomization():
    listing = "resources:\n- web.yaml  # the shop\nimages: []\n"
    plan = _planned(_settings(A="1"), files={"kustomization.yaml": listing})
    edits = {each.where.rpartition(":")[0]: each for each in _edits(plan)}
    assert edits["eu/kustomization.yaml"].after is not None
    assert "- configmap-settings.yaml" in edits["eu/kustomization.yaml"].after


def test_a_patch_that_the_kustomization_does_not_list_as_a_resource_is_no_object():
    files = {"kustomization.yaml": "patches:\n- path: all.yaml\n", "all.yaml": _SETTINGS}
    plan = _planned(_settings(LEVEL="info"), files=files)
    assert {each.where.rpartition(":")[0] for each in _edits(plan)} == {
        "eu/configmap-settings.yaml",
        "eu/kustomization.yaml",
    }


def test_a_kustomization_that_brings_objects_from_elsewhere_stops_the_plan():
    plan = _planned(_settings(A="1"), files={"kustomization.yaml": "resources: [../base]\n"})
    (problem,) = [each for each in plan.all_problems if each.blocks]
    assert (problem.code, "../base" in problem.detail) == ("git-folder-brings-more", True)


def test_a_secret_is_not_written_and_stops_the_plan_by_its_name_and_cluster():
    login = secret("login", {"password": "c2VjcmV0LXBhc3N3b3Jk"})
    plan = _planned(login, _settings(A="1"))
    (problem,) = [each for each in plan.all_problems if each.blocks]
    assert (problem.code, problem.resource) == ("git-secret", login.id)
    assert "Secret login" in problem.detail
    assert plan.clusters[0].cluster in problem.detail
    assert not [each for each in _edits(plan) if "c2VjcmV0LXBhc3N3b3Jk" in str(each) or "login" in each.where]


def test_a_reference_to_a_secret_is_written_as_it_is():
    spec = {"secretStoreRef": {"name": "vault"}, "target": {"name": "login"}}
    external = obj("external-secrets.io/v1", "ExternalSecret", "login", spec=spec)
    (edit,) = _edits(_planned(external))
    assert yaml.safe_load(edit.after or "")["spec"] == spec


def test_rights_that_the_cluster_credential_lacks_do_not_matter():
    web = deployment()
    place = replace(target(knows=(web,)), namespace_state=NamespaceState.MISSING)
    plan = _planned(web, targets=(place,))
    assert not plan.blocked
    assert "git-namespace-missing" in codes(plan, Severity.WARNS)
    assert plan.clusters[0].namespace_object is None


def test_what_the_cluster_has_and_no_file_is_taken_over_which_is_said():
    settings = _settings(A="1")
    plan = _planned(settings, targets=(target(settings, knows=(settings,)),))
    assert "git-takes-over" in codes(plan, Severity.WARNS)


def test_clusters_of_one_folder_get_the_same_files():
    settings = _settings(A="1")
    plan = _planned(
        settings,
        targets=tuple(replace(target(knows=(settings,)), cluster=name, cluster_id=name) for name in ("eu", "us")),
    )
    first, second = [each.handed_over for each in plan.clusters]
    assert first is not None
    assert (first, plan.blocked) == (second, False)


def test_an_object_in_two_files_stops_the_plan():
    plan = _planned(
        _settings(LEVEL="info"), files={"a.yaml": _SETTINGS, "b.yaml": _SETTINGS}, on_conflict=OnConflict.OVERWRITE
    )
    assert codes(plan, Severity.BLOCKS) == ["git-object-twice"]


def test_the_digest_names_the_lines():
    one = _planned(_settings(LEVEL="info"), files={"all.yaml": _SETTINGS}, on_conflict=OnConflict.OVERWRITE)
    other = _planned(
        _settings(LEVEL="info"),
        files={"all.yaml": _SETTINGS.replace("  # until", "   # until")},
        on_conflict=OnConflict.OVERWRITE,
    )
    assert one.digest != other.digest
