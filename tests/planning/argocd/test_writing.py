"""The patch of an application: what it tests, what it changes, and that the way back leaves nothing."""

import pytest

from domain.resources import Manifest
from sandbox.errors import StatusError
from sandbox.merge import json_patch
from services.planning.argocd.hand_overs import hand_overs
from services.planning.argocd.writing import changed_at, has, information, is_asked_for, sync_patch
from services.planning.images.hand_overs import Refusal
from tests.support.argocd_manifests import HERE, application, asked, change, helm, kustomize

WEB = "registry.example/shop/web"


def edits_for(manifest, *changes):
    found = hand_overs(manifest, asked(*(changes or (change(f"{WEB}:1", f"{WEB}:2"),))), HERE)
    assert not isinstance(found, Refusal), found
    return tuple(dict.fromkeys(edit for each in found.values() for edit in each.edits))


def patched(manifest, edits, onto=None):
    operations = sync_patch(manifest, edits, information("op-1", edits))
    return Manifest(json_patch((onto or manifest).edited(), [each.to_json() for each in operations]))


def without_operation(manifest):
    body = manifest.edited()
    body.pop("operation", None)
    return Manifest(body)


SOURCES = [
    application(kustomize()),
    application(kustomize(f"web={WEB}:1")),
    application(kustomize("other=registry.example/shop/other:1")),
    application({**kustomize(), "kustomize": {"namePrefix": "a-"}}),
    application(helm(valuesObject={"image": {"repository": WEB, "tag": "1"}}), tools=("Helm",)),
    application(helm(parameters=[{"name": "image", "value": f"{WEB}:1", "forceString": True}]), tools=("Helm",)),
    application(kustomize(), kustomize(f"{WEB}:1"), tools=("Kustomize", "Kustomize")),
]


@pytest.mark.parametrize("manifest", SOURCES)
def test_after_the_patch_the_edits_are_there(manifest):
    edits = edits_for(manifest)
    assert not has(manifest, edits)
    assert has(patched(manifest, edits), edits)


@pytest.mark.parametrize("manifest", SOURCES)
def test_the_way_back_leaves_the_sources_as_they_were(manifest):
    edits = edits_for(manifest)
    there = without_operation(patched(manifest, edits))
    back = patched(there, tuple(each.reversed() for each in edits))
    assert back.spec == manifest.spec


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"targetRevision": "other"},
        {"path": "elsewhere"},
        {"kustomize": {"images": [f"{WEB}:7"]}},
        {"repoURL": "https://other.example/shop.git"},
    ],
)
def test_a_source_that_somebody_changes_in_between_is_not_written(meanwhile):
    manifest = application(kustomize())
    other = application({**kustomize(), **meanwhile})
    with pytest.raises(StatusError):
        patched(manifest, edits_for(manifest), onto=other)


def test_an_application_with_a_sync_under_way_is_not_written():
    manifest = application(kustomize())
    busy = application(kustomize(), operation={"sync": {}})
    with pytest.raises(StatusError):
        patched(manifest, edits_for(manifest), onto=busy)


@pytest.mark.parametrize(
    "source", [{"targetRevision": "other"}, {"path": "elsewhere"}, {"kustomize": {"images": [f"{WEB}:7"]}}]
)
def test_what_somebody_changed_since_the_plan_is_named(source):
    edits = edits_for(application(kustomize()))
    assert changed_at(application({**kustomize(), **source}), edits) == edits[0].where


def test_an_application_as_the_plan_read_it_and_as_the_edits_leave_it_is_not_changed_by_others():
    manifest = application(kustomize())
    edits = edits_for(manifest)
    assert changed_at(manifest, edits) is None
    assert changed_at(patched(manifest, edits), edits) is None


def test_the_sync_has_the_options_of_the_application_and_prunes_nothing():
    manifest = application(kustomize(), status={"operationState": {"phase": "Succeeded"}})
    spec = {**manifest.spec, "syncPolicy": {"syncOptions": ["ServerSideApply=true"], "retry": {"limit": 2}}}
    written = patched(Manifest({**manifest.body, "spec": spec}), edits_for(manifest))
    operation = written.body["operation"]
    assert operation["sync"] == {"revision": "main", "syncOptions": ["ServerSideApply=true"]}
    assert (operation["retry"], operation["initiatedBy"]) == ({"limit": 2}, {"username": "stagecoach"})
    assert "operationState" not in written.status


def test_several_sources_are_synced_at_the_revision_of_each():
    manifest = application(kustomize(), kustomize(f"{WEB}:1"), tools=("Kustomize", "Kustomize"))
    assert patched(manifest, edits_for(manifest)).body["operation"]["sync"] == {"revisions": ["main", "main"]}


def test_a_sync_is_told_from_that_of_the_way_back_and_of_another_operation():
    edits = edits_for(application(kustomize()))
    back = tuple(each.reversed() for each in edits)
    ours = {"info": information("op-1", edits)}
    assert is_asked_for(ours, information("op-1", edits))
    assert not is_asked_for(ours, information("op-1", back))
    assert not is_asked_for(ours, information("op-2", edits))
    assert not is_asked_for(None, information("op-1", edits))
