import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.manifests.manifests import ManifestsRefusedError, check_manifests, read_manifests
from services.manifests.scalars import typed_object
from services.manifests.yaml_reading import MAX_DOCUMENTS, YamlMistakeError, read_documents

_GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: dev}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData: {token: s3cret}
"""


def _mistakes(text):
    return [(m.code, m.line, m.document) for m in check_manifests(text).mistakes]


def _values(text):
    return [typed_object(document.value).body for document in read_documents(text)]


def _object(**body):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, **body})


def test_documents_become_manifests_and_texts_of_a_secret_its_data():
    settings, keys = read_manifests(_GOOD, field="manifests")
    assert settings.body["data"] == {"mode": "dev"}
    assert keys.body["data"] == {"token": "czNjcmV0"}
    assert "stringData" not in keys.body


def test_json_is_read_like_yaml():
    assert read_manifests(_object(), field="manifests")[0].name == "a"


def test_a_list_is_its_items():
    items = [json.loads(_object()), json.loads(_object(metadata={"name": "b"}))]
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    assert [manifest.name for manifest in read_manifests(listed, field="manifests")] == ["a", "b"]


def test_empty_documents_are_skipped():
    assert check_manifests("---\n---\n# nothing\n---\n").manifests == ()
    assert check_manifests("").valid


def test_a_refusal_names_the_field_and_all_mistakes():
    with pytest.raises(ManifestsRefusedError) as refused:
        read_manifests("kind: ConfigMap\n---\nkind: Secret\n", field="manifests")
    assert refused.value.field == "manifests"
    assert {mistake.document for mistake in refused.value.mistakes} == {1, 2}


MISTAKES = {
    "broken syntax": ("a: [1\n", ("yaml-syntax", 2, None)),
    "a key twice": ("a: 1\nb: 2\na: 3\n", ("yaml-repeated-key", 3, 1)),
    "a tag": ("a: !!python/object:os.system x\n", ("yaml-tag", 1, 1)),
    "an alias for nothing": ("a: *b\n", ("yaml-alias", 1, 1)),
    "an alias inside of itself": ("a: &a [*a]\n", ("yaml-alias", 1, 1)),
    "a key that is no word": ("? [a]\n: b\n", ("yaml-key", 1, 1)),
    "a merge of no object": ("<<: text\n", ("yaml-merge", 1, 1)),
    "a number beyond 64 bits": ("a: 99999999999999999999\n", ("yaml-number", 1, 1)),
    "a number beyond all bits": (f"a: {'9' * 5000}\n", ("yaml-number", 1, 1)),
    "an infinite number": ("a: 1e999\n", ("yaml-number", 1, 1)),
    "a NUL character": ('a: "\\0"\n', ("yaml-text", 1, 1)),
    "a text where an object belongs": ("just a text\n", ("not-an-object", 1, 1)),
    "no name": ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {}\n", ("wrong-shape", 4, 1)),
    "a list where a text belongs": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  port: [80]\n",
        ("wrong-type", 5, 1),
    ),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_with_its_place(what):
    text, expected = MISTAKES[what]
    assert _mistakes(text) == [expected]


def test_the_same_object_twice_is_a_mistake():
    assert _mistakes(f"{_object()}\n---\n{_object()}\n") == [("named-twice", 3, 2)]


def test_a_bomb_of_aliases_is_refused_before_it_goes_off():
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert _mistakes("\n".join(levels))[0][0] == "yaml-too-long"


def test_deep_nesting_is_refused():
    assert _mistakes("[" * 200 + "]" * 200)[0][0] == "yaml-too-deep"


def test_many_documents_are_refused():
    assert _mistakes("--- {}\n" * (MAX_DOCUMENTS + 1))[-1][0] == "yaml-too-long"


def test_no_mistake_quotes_the_text():
    for text in ("canary: [", "canary: canary\ncanary: x", "a: !canary x", '"canary'):
        assert "canary" not in repr(check_manifests(text).mistakes)


def test_aliases_and_merges_are_read():
    text = "base: &base {a: 1, b: 2}\nmore: {<<: *base, b: 3}\n"
    assert _values(text) == [{"base": {"a": 1, "b": 2}, "more": {"a": 1, "b": 3}}]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    try:
        documents = read_documents(text)
    except YamlMistakeError:
        return
    json.dumps([typed_object(document.value).body for document in documents], allow_nan=False).encode()


@given(st.text(alphabet="abk:-[]{}&*!<>?'\"\n #|,", max_size=80))
def test_any_manifest_is_checked_without_a_surprise(text):
    check_manifests(text)
