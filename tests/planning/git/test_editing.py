"""Files with a new image: which lines change, what stays as its author wrote it, and what is refused."""

import pytest
import yaml

from domain.image_references import parse_image
from services.planning.git.editing import edited
from services.planning.git.image_edits import ChangedLine, ImageEdit, KustomizationEdit, ManifestEdit, ValuesEdit
from services.planning.git.yaml_places import EditRefusedError

DIGEST = "sha256:" + "0a" * 32
OTHER = "sha256:" + "1b" * 32
WEB = ManifestEdit(group="apps", kind="Deployment", name="web", container="web")
TAG = ValuesEdit(tag=("image", "tag"))
PARTS = ValuesEdit(repository=("image", "repository"), tag=("image", "tag"), digest=("image", "digest"))
ENTRY = KustomizationEdit(name="shop/web")

DEPLOYMENT = """\
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}   # kept short
spec:
    template:
        spec:
            containers:
            -   image: shop/web:1   # set by the release job
                name: web
            - name: proxy
              image: "shop/proxy:1"
"""


def change(text: str, edit: ImageEdit, after: str, before: str = "shop/web:1") -> str:
    return edited(text, edit, before=parse_image(before), after=parse_image(after)).text


def refusal(text: str, edit: ImageEdit, after: str = "shop/web:2", before: str = "shop/web:1") -> str:
    with pytest.raises(EditRefusedError) as refused:
        change(text, edit, after, before)
    return refused.value.reason


def test_of_a_manifest_one_line_changes_with_its_comment_and_indentation():
    file = edited(DEPLOYMENT, WEB, before=parse_image("shop/web:1"), after=parse_image("shop/web:2"))
    assert file.lines == (
        ChangedLine(
            number=9,
            before="            -   image: shop/web:1   # set by the release job",
            after="            -   image: shop/web:2   # set by the release job",
        ),
    )
    assert file.text == DEPLOYMENT.replace("image: shop/web:1 ", "image: shop/web:2 ")


def test_a_file_that_has_the_image_already_stays_as_it_is():
    file = edited(DEPLOYMENT, WEB, before=parse_image("shop/web:1"), after=parse_image("shop/web:1"))
    assert (file.text, file.lines) == (DEPLOYMENT, ())


def test_quotes_stay_as_they_are():
    proxy = ManifestEdit(group="apps", kind="Deployment", name="web", container="proxy")
    assert 'image: "shop/proxy:2"\n' in change(DEPLOYMENT, proxy, "shop/proxy:2", "shop/proxy:1")
    assert "tag: '2'" in change("image: {tag: '1'}", TAG, "shop/web:2")


def test_line_breaks_of_windows_and_a_byte_order_mark_stay():
    text = "\ufeff" + DEPLOYMENT.replace("\n", "\r\n")
    assert change(text, WEB, "shop/web:2") == text.replace("shop/web:1 ", "shop/web:2 ")


def test_a_file_without_a_last_line_break_gets_none():
    assert change("image:\n  tag: v1", TAG, "shop/web:v2") == "image:\n  tag: v2"


def test_the_other_documents_of_a_file_stay():
    service = "kind: Service\napiVersion: v1\nmetadata: {name: web}\n"
    text = f"{service}---\n{DEPLOYMENT}---\n{service}...\n"
    assert change(text, WEB, "shop/web:2") == text.replace("shop/web:1 ", "shop/web:2 ")


def test_an_object_in_a_list_is_found():
    inner = "".join(f"    {line}\n" for line in DEPLOYMENT.splitlines()[1:])
    text = f"apiVersion: v1\nkind: List\nitems:\n  -\n{inner}"
    assert "image: shop/web:2 " in change(text, WEB, "shop/web:2")


def test_a_manifest_in_json_is_changed_as_well():
    text = (
        '{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web"}, "spec": {"jobTemplate": {"spec": '
        '{"template": {"spec": {"initContainers": [{"name": "web", "image": "shop/web:1"}]}}}}}}'
    )
    job = ManifestEdit(group="batch", kind="CronJob", name="web", container="web")
    assert change(text, job, f"shop/web:2@{DIGEST}") == text.replace("shop/web:1", f"shop/web:2@{DIGEST}")


def test_an_object_of_that_name_in_two_namespaces_is_refused():
    assert refusal(f"{DEPLOYMENT}---\n{DEPLOYMENT}", WEB) == (
        "Container web of Deployment web is in the file more than once."
    )


def test_a_container_that_is_not_in_the_file_is_refused():
    other = ManifestEdit(group="apps", kind="Deployment", name="web", container="api")
    assert refusal(DEPLOYMENT, other) == "Container api of Deployment web is not in the file."


@pytest.mark.parametrize(
    "tag",
    ["2", "1.10", "20260101", "1e3", "0x1F", "0o17", "012", "1_000", "2026-01-01", "on", "yes", "n", "null", "1."],
)
def test_a_tag_that_a_parser_might_take_for_anything_else_gets_quotes(tag):
    assert change("image:\n  tag: v1\n", TAG, f"shop/web:{tag}") == f'image:\n  tag: "{tag}"\n'


@pytest.mark.parametrize("tag", ["v2", "1.2.3", "1.2.3-rc.1", "main-0a1b2c3", "2025.11.3"])
def test_a_tag_that_is_text_to_every_parser_gets_no_quotes(tag):
    assert change("image:\n  tag: v1\n", TAG, f"shop/web:{tag}") == f"image:\n  tag: {tag}\n"


def test_a_number_that_stood_for_a_tag_becomes_text_even_where_it_stays_the_same():
    assert change("image:\n  tag: 1.10 # why\n", TAG, "shop/web:1.10") == 'image:\n  tag: "1.10" # why\n'


def test_a_tag_that_was_empty_is_filled_in():
    assert change("image:\n  tag:\n  pull: Always\n", TAG, "shop/web:v2") == "image:\n  tag: v2\n  pull: Always\n"
    assert change('image:\n  tag: ""  # the chart\'s\n', TAG, "shop/web:v2") == 'image:\n  tag: "v2"  # the chart\'s\n'


def test_an_image_in_parts_changes_line_by_line():
    text = f"image:\n  repository: shop/web\n  # tags: see the wiki\n  tag: v1\n  digest: '{OTHER}'\n"
    file = edited(text, PARTS, before=parse_image("shop/web:v1"), after=parse_image(f"mirror/web:v2@{DIGEST}"))
    assert [(each.number, each.after) for each in file.lines] == [
        (2, "  repository: mirror/web"),
        (4, "  tag: v2"),
        (5, f"  digest: '{DIGEST}'"),
    ]


def test_a_digest_of_the_former_image_does_not_stay_beside_a_new_tag():
    text = f"image: {{repository: shop/web, tag: v1, digest: {OTHER}}}\n"
    assert change(text, PARTS, "shop/web:v2") == 'image: {repository: shop/web, tag: v2, digest: ""}\n'


def test_without_a_path_of_its_own_the_digest_goes_behind_the_tag():
    assert change("image:\n  tag: v1\n", TAG, f"shop/web:v2@{DIGEST}") == f"image:\n  tag: v2@{DIGEST}\n"


def test_registry_and_repository_are_written_apart_where_the_file_has_them_apart():
    apart = ValuesEdit(registry=("image", "registry"), repository=("image", "repository"), tag=("image", "tag"))
    text = "image: {registry: docker.io, repository: shop/web, tag: v1}"
    assert change(text, apart, "registry.example/shop/web:v2") == (
        "image: {registry: registry.example, repository: shop/web, tag: v2}"
    )


def test_a_path_can_lead_through_lists():
    whole = ValuesEdit(reference=("containers", 1, "image"))
    text = "containers:\n- image: a:1\n- image: shop/web:1\n"
    assert change(text, whole, "shop/web:2") == "containers:\n- image: a:1\n- image: shop/web:2\n"


def test_another_name_is_refused_where_the_file_is_to_change_in_its_tag_alone():
    assert "Name the path of the repository." in refusal("image: {tag: v1}", TAG, "mirror/web:v2")


def test_an_image_without_a_tag_is_refused_where_the_file_names_the_tag():
    assert "has no tag" in refusal("image: {tag: v1}", TAG, f"shop/web@{DIGEST}")


def test_a_path_that_leads_nowhere_is_refused():
    assert refusal("image: {name: shop/web}", TAG) == "The file has no value at image.tag."
    assert refusal("web: {tag: v1}", TAG) == "The file has no value at image.tag."


def test_a_value_that_a_merge_brings_is_refused():
    text = "base: &base {tag: v1}\nimage:\n  <<: *base\n  pull: Always\n"
    assert "unless a merge (<<) brings it" in refusal(text, TAG)


def test_a_value_that_other_places_share_is_refused():
    text = "api: &api\n  tag: v1\nimage: *api\n"
    assert refusal(text, TAG) == (
        "The line would also change api.tag, because both share one value: change it by hand."
    )


def test_a_value_that_is_an_alias_is_refused_and_so_is_one_with_an_anchor():
    assert "anchor" in refusal("version: &v v1\nimage:\n  tag: *v\n", TAG)
    assert "anchor" in refusal("image:\n  tag: &v v1\nversion: *v\n", TAG)


def test_a_value_over_several_lines_is_refused():
    assert "several lines" in refusal("image:\n  tag: |\n    v1\n", TAG)
    assert "several lines" in refusal('image:\n  tag: "v\n    1"\n', TAG)


def test_a_key_that_is_there_twice_is_refused():
    assert refusal("image:\n  tag: v1\n  tag: v2\n", TAG) == "The key tag is there twice in one mapping."


def test_a_template_is_refused_with_the_file_to_name_instead():
    text = "image:\n  tag: {{ .Values.tag }}\n{{- if .Values.on }}\n"
    assert "name the file with its values" in refusal(text, TAG)


@pytest.mark.parametrize("text", ["a: b: c", "\tx: 1", "[" * 5_000, "a: \x00"])
def test_what_is_no_yaml_is_refused(text):
    assert refusal(text, TAG).startswith("The file is no valid YAML.")


def test_aliases_that_expand_without_bounds_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "more than" in refusal("\n".join([*lines, "image: {tag: v1}"]), TAG)


def test_a_value_that_contains_itself_is_refused():
    assert "nested more than" in refusal("loop: &loop\n  again: *loop\nimage: {tag: v1}\n", TAG)


def test_a_file_that_is_too_long_is_refused():
    assert "longer than" in refusal("#" * 600_000, TAG)


KUSTOMIZATION = """\
resources: [../base]
images:
  - name: shop/proxy
    newTag: "1"
  - name: shop/web   # the shop itself
    newTag: v1
"""


def test_of_a_kustomization_the_entry_of_the_image_changes():
    assert change(KUSTOMIZATION, ENTRY, "shop/web:v2") == KUSTOMIZATION.replace("v1", "v2")


def test_an_entry_gets_the_lines_that_it_lacks_in_order():
    assert change(KUSTOMIZATION, ENTRY, f"mirror/web:v2@{DIGEST}") == KUSTOMIZATION.replace(
        "# the shop itself\n    newTag: v1\n",
        f"# the shop itself\n    newName: mirror/web\n    digest: {DIGEST}\n    newTag: v2\n",
    )


def test_an_entry_loses_the_digest_of_the_former_image():
    text = f"images:\n- name: shop/web\n  digest: {OTHER}\n  newTag: v1\n"
    file = edited(text, ENTRY, before=parse_image("shop/web:v1"), after=parse_image("shop/web:v2"))
    assert file.text == "images:\n- name: shop/web\n  newTag: v2\n"
    assert [each.before for each in file.lines] == [f"  digest: {OTHER}", "  newTag: v1"]


def test_an_entry_on_one_line_gets_what_it_lacks_there():
    text = "images: [{name: shop/web, newTag: v1}]\n"
    assert change(text, ENTRY, f"shop/web:v2@{DIGEST}") == (
        f"images: [{{name: shop/web, digest: {DIGEST}, newTag: v2}}]\n"
    )


def test_what_has_to_go_from_a_line_that_it_shares_is_refused():
    text = f"images: [{{name: shop/web, newTag: v1, digest: {OTHER}}}]\n"
    assert refusal(text, ENTRY, "shop/web:v2") == "'digest' has to go, and shares its line: remove it by hand."


def test_of_a_kustomization_the_entry_that_brings_the_former_image_changes_where_none_is_named():
    text = "images:\n- name: web\n  newName: shop/web\n  newTag: v1\n- name: shop/worker\n  newTag: v1\n"
    assert change(text, KustomizationEdit(), "shop/web:v2") == text.replace("v1", "v2", 1)


def test_a_kustomization_without_an_entry_says_what_it_needs():
    assert refusal("images: []\n", ENTRY) == (
        "The kustomization has no entry for shop/web under 'images'. It needs one: '- name: shop/web' with a 'newTag'."
    )


def test_a_kustomization_with_two_entries_of_the_name_is_refused():
    assert "several entries" in refusal("images:\n- name: shop/web\n- name: shop/web\n  newTag: v1\n", ENTRY)


def test_an_entry_that_adds_to_the_tag_is_refused():
    assert "tagSuffix" in refusal("images:\n- {name: shop/web, tagSuffix: -arm}\n", ENTRY)


def test_an_entry_that_was_a_number_is_read_as_text_afterwards():
    text = "images:\n- name: shop/web\n  newTag: 20251231\n"
    assert yaml.safe_load(change(text, ENTRY, "shop/web:20260101"))["images"][0]["newTag"] == "20260101"
