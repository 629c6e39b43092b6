"""Which override is taken for an image, by what the application itself says of it."""

import pytest

from services.planning.argocd.hand_overs import hand_overs
from services.planning.images.hand_overs import Refusal
from tests.support.argocd_manifests import AT, HERE, application, asked, change, helm, kustomize

WEB = "registry.example/shop/web"
DIGEST = "sha256:" + "2" * 64


def edits(manifest, *, before=f"{WEB}:1", after=f"{WEB}:2"):
    found = hand_overs(manifest, asked(change(before, after)), HERE)
    assert not isinstance(found, Refusal), found
    (handed,) = found.values()
    return [(each.where, each.before, each.after) for each in handed.edits]


def refusal(manifest, *, before=f"{WEB}:1", after=f"{WEB}:2"):
    found = hand_overs(manifest, asked(change(before, after)), HERE)
    assert isinstance(found, Refusal)
    return found


# Kustomize ------------------------------------------------------------------------------------------------------


def test_without_an_override_the_image_is_overridden_by_its_own_name():
    assert edits(application(kustomize())) == [(f"spec.source.kustomize.images[{WEB}] {AT}", None, f"{WEB}={WEB}:2")]


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (f"web={WEB}:1", "web"),
        (f"{WEB}:1", WEB),
        (f"{WEB}@{DIGEST}", WEB),
        (f"web={WEB}", "web"),
    ],
)
def test_an_override_that_gives_the_running_image_is_changed_under_the_name_that_it_has(entry, name):
    (edit,) = edits(application(kustomize("other=registry.example/shop/other:1", entry)))
    assert edit == (f"spec.source.kustomize.images[{name}] {AT}", entry, f"{name}={WEB}:2")


@pytest.mark.parametrize("name", ["localhost:5000/shop/web", "localhost:5000/web"])
def test_the_port_of_a_registry_is_no_tag(name):
    (edit,) = edits(application(kustomize(f"{name}:1")), before=f"{name}:1", after=f"{name}:2")
    assert edit == (f"spec.source.kustomize.images[{name}] {AT}", f"{name}:1", f"{name}={name}:2")


def test_of_two_names_for_the_image_the_one_that_gives_exactly_the_running_version_is_meant():
    (edit,) = edits(application(kustomize(f"web={WEB}:1", f"migrate={WEB}:7")))
    assert edit[1] == f"web={WEB}:1"


def test_two_names_for_the_running_image_are_a_tie():
    found = refusal(application(kustomize(f"web={WEB}:1", f"migrate={WEB}:1")))
    assert (found.code, "kustomize.images[migrate]" in found.detail) == ("argocd-overrides-tie", True)


def test_an_image_of_another_registry_and_a_digest_is_written_whole():
    (edit,) = edits(application(kustomize()), after=f"mirror.example/shop/web:2@{DIGEST}")
    assert edit[2] == f"{WEB}=mirror.example/shop/web:2@{DIGEST}"


def test_of_several_sources_none_is_guessed():
    manifest = application(kustomize(), kustomize(), tools=("Kustomize", "Kustomize"))
    assert refusal(manifest).code == "argocd-override-not-found"


def test_of_several_sources_the_one_that_names_the_image_is_taken():
    manifest = application(kustomize(), kustomize(f"{WEB}:1"), tools=("Kustomize", "Kustomize"))
    assert edits(manifest)[0][0].startswith("spec.sources[1].kustomize.images")


def test_a_source_of_values_alone_does_not_make_them_several():
    values = {"repoURL": "https://git.example/values.git", "ref": "values"}
    assert edits(application(kustomize(), values, tools=("Kustomize", "")))[0][0].startswith("spec.sources[0].")


# Helm -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        {"valuesObject": {"image": {"repository": WEB, "tag": 1}}},
        {"values": f"image:\n  repository: {WEB}\n  tag: 1\n"},
        {"parameters": [{"name": "image.repository", "value": WEB}], "values": "image: {tag: '1'}"},
        {"valuesObject": {"image": {"registry": "registry.example", "repository": "shop/web", "tag": "1"}}},
    ],
)
def test_the_tag_beside_the_repository_is_overridden_by_a_parameter(settings):
    assert edits(application(helm(**settings), tools=("Helm",))) == [
        (f"spec.source.helm.parameters[image.tag] {AT}", None, "2")
    ]


def test_a_parameter_is_changed_from_what_it_has():
    parameters = [{"name": "image.repository", "value": WEB}, {"name": "image.tag", "value": "1"}]
    assert edits(application(helm(parameters=parameters), tools=("Helm",))) == [
        (f"spec.source.helm.parameters[image.tag] {AT}", "1", "2")
    ]


def test_a_tag_that_looks_like_a_number_is_read_as_it_is_written():
    settings = {"values": f"image:\n  repository: {WEB}\n  tag: 1.10\n"}
    assert edits(application(helm(**settings), tools=("Helm",)), before=f"{WEB}:1.10")[0][2] == "2"


def test_a_digest_has_its_own_value_where_the_chart_has_one_and_stands_behind_the_tag_otherwise():
    beside = {"image": {"repository": WEB, "tag": "1", "digest": ""}}
    after = f"{WEB}:2@{DIGEST}"
    with_field = edits(application(helm(valuesObject=beside), tools=("Helm",)), after=after)
    assert [each[2] for each in with_field] == ["2", DIGEST]
    del beside["image"]["digest"]
    without = edits(application(helm(valuesObject=beside), tools=("Helm",)), after=after)
    assert [each[2] for each in without] == [f"2@{DIGEST}"]


def test_a_new_registry_is_overridden_as_well():
    values = {"image": {"registry": "registry.example", "repository": "shop/web", "tag": "1"}}
    found = edits(application(helm(valuesObject=values), tools=("Helm",)), after="mirror.example/shop/web:2")
    assert {(where.partition("]")[0].rpartition("[")[2], after) for where, _, after in found} == {
        ("image.registry", "mirror.example"), ("image.tag", "2")
    }  # fmt: skip


def test_a_value_with_the_whole_reference_is_overridden():
    found = edits(application(helm(valuesObject={"web": {"image": f"{WEB}:1"}}), tools=("Helm",)))
    assert found == [(f"spec.source.helm.parameters[web.image] {AT}", None, f"{WEB}:2")]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"valuesObject": {"tag": "1"}},
        {"valuesObject": {"image": {"repository": WEB, "tag": "7"}}},
        {"valuesObject": {"containers": [{"image": f"{WEB}:1"}]}},
        {"values": "a: &a [x, x]\nb: {{ not yaml"},
    ],
)
def test_values_that_do_not_spell_the_running_image_are_not_guessed_at(settings):
    assert refusal(application(helm(**settings), tools=("Helm",))).code == "argocd-override-not-found"


def test_a_chart_is_not_given_a_digest_for_a_tag():
    values = {"image": {"repository": WEB, "tag": "1"}}
    manifest = application(helm(valuesObject=values), tools=("Helm",))
    assert refusal(manifest, after=f"{WEB}@{DIGEST}").code == "argocd-override-not-found"


@pytest.mark.parametrize("tool", ["Directory", "Plugin", ""])
def test_other_sources_offer_nothing(tool):
    assert refusal(application(kustomize(), tools=(tool,))).code == "argocd-override-not-found"
