"""Lists of one kind, as kube-prometheus ships them, and byte order marks where editors have joined files."""

import pytest

from services.manifests.manifests import check_manifests, read_manifests

ONE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n"
TWO = ONE.replace("one", "two")
LIST = """\
apiVersion: v1
kind: ConfigMapList
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: orders}
  - metadata: {name: payments}
    data: {a: b}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBindingList
items:
  - metadata: {name: scraper}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: scraper}
    subjects: [{kind: ServiceAccount, name: scraper, namespace: monitoring}]
"""


def labels(text: str) -> list[str]:
    return [manifest.id.label for manifest in read_manifests(text, field="manifests")]


def test_items_of_a_typed_list_are_objects_and_take_its_kind_where_they_name_none():
    assert [(each.kind.name, each.name) for each in read_manifests(LIST, field="manifests")] == [
        ("ConfigMap", "orders"), ("ConfigMap", "payments"), ("RoleBinding", "scraper"),
    ]  # fmt: skip


def test_a_mistake_in_an_item_is_told_with_the_items_line():
    checked = check_manifests(LIST.replace("name: payments", "title: payments"))
    assert [(each.line, "metadata.name" in each.message) for each in checked.mistakes] == [(7, True)]


@pytest.mark.parametrize("items", ["[]", "null", ""])
def test_an_empty_list_is_no_object_and_no_mistake(items: str):
    checked = check_manifests(f"apiVersion: v1\nkind: SecretList\nitems: {items}\n")
    assert (checked.manifests, checked.mistakes) == ((), ())


def test_lists_in_lists_are_read():
    inner = "{apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: a}}]}"
    text = f"apiVersion: v1\nkind: List\nitems:\n- {inner}\n"
    assert len(labels(text)) == 1


def test_an_object_whose_kind_ends_in_list_is_an_object_if_it_has_no_items():
    text = "apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {hosts: [b]}\n"
    assert [each.kind.name for each in read_manifests(text, field="manifests")] == ["AllowList"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "joined",
    [
        f"\ufeff{ONE}---\n\ufeff{TWO}",
        f"{ONE}\ufeff---\n{TWO}",
        f"\ufeff---\n{ONE}---\n{TWO}",
        f"{ONE}--- # the second\n\ufeff{TWO}",
        f"{ONE}---  \n\n\ufeff{TWO}",
        f"\ufeff{ONE}---\r\n\r\n\ufeff{TWO}",
    ],
)
def test_byte_order_marks_before_documents_are_passed_over(joined: str, end: str):
    assert len(labels(joined.replace("\n", end))) == 2


def test_a_byte_order_mark_inside_a_value_stays():
    (settings,) = read_manifests(f'{ONE}data:\n  text: "\ufeffx"\n', field="manifests")
    assert settings.body["data"] == {"text": "\ufeffx"}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (f"{ONE}data:\n\ta: b\n", "indented with a tab"),
        (f"{ONE}data:\n \u00a0a: [b\n", "U+00A0"),
        (f"{ONE}\u200bdata: {{a: b\n", "U+200B"),
    ],
)
def test_a_mistake_that_is_invisible_is_named(text: str, cause: str):
    (mistake,) = check_manifests(text).mistakes
    assert cause in mistake.message


def test_a_row_of_json_objects_and_a_template_are_called_what_they_are():
    row = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}\n' * 2
    (mistake,) = check_manifests(row).mistakes
    assert (mistake.line, "another JSON object begins here" in mistake.message) == (2, True)
    (mistake,) = check_manifests("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Values.name }}\n").mistakes
    assert (mistake.line, "template" in mistake.message) == (4, True)
