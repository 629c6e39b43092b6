"""Parts of a file with another value: which lines change, what stays as its author wrote it, and what is refused."""

from typing import Any

import pytest
import yaml

from services.planning.git.value_edits import with_value
from services.planning.git.yaml_places import EditRefusedError
from services.planning.git.yaml_writing import manifest_text

_SETTINGS = """\
# Settings of the shop.
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: web}}   # kept short
data:
  # How much is said.
  LEVEL: debug   # until the sale is over
  URL: "https://shop.example"
  note: |
    two
    lines
---
kind: Service
"""
_WEB = """\
kind: Deployment
spec:
  replicas: 2  # by the sales
  template:
    spec:
      containers:
      - name: web  # the shop
        image: shop/web:1
        env:
        - name: LEVEL
          value: "1"
"""


def _changed(text: str, **members: Any) -> str:
    value = next(iter(yaml.safe_load_all(text)))
    return with_value(text, 0, {**value, **members})


def _data(**keys: Any) -> dict[str, Any]:
    return {"LEVEL": "debug", "URL": "https://shop.example", "note": "two\nlines\n", **keys}


def test_a_value_changes_on_its_line_with_its_comment():
    assert _changed(_SETTINGS, data=_data(LEVEL="info")) == _SETTINGS.replace("LEVEL: debug ", "LEVEL: info ")


def test_what_has_its_value_already_is_left_as_it_is_written():
    assert _changed(_SETTINGS, data=_data()) == _SETTINGS


def test_new_members_follow_the_last_one_at_its_indentation():
    changed = _changed(_SETTINGS, data=_data(NEW="x", LONG="a\nb\n"))
    assert changed == _SETTINGS.replace("    lines\n", "    lines\n  NEW: x\n  LONG: |\n    a\n    b\n")


def test_a_text_of_several_lines_takes_the_place_of_another():
    assert _changed(_SETTINGS, data=_data(note="one\n")) == _SETTINGS.replace("    two\n    lines\n", "    one\n")


def test_a_member_of_a_mapping_on_one_line_is_added_there():
    changed = _changed(_SETTINGS, metadata={"name": "settings", "labels": {"app": "web", "tier": "front"}})
    assert '{name: settings, labels: {app: web, "tier": "front"}}   # kept short' in changed


@pytest.mark.parametrize("text", ["yes", "1e3", "1.10", "0x1f", "2026-01-01", "null", "~", "", " a", "a: b", "#", "é"])
def test_what_another_parser_may_take_for_something_else_is_quoted(text):
    changed = _changed(_SETTINGS, data=_data(NEW=text))
    assert yaml.safe_load(changed.partition("---")[0])["data"]["NEW"] == text
    assert "NEW: " + '"' in changed


def test_items_and_members_of_items_are_added_where_they_belong():
    value = yaml.safe_load(_WEB)
    (web,) = value["spec"]["template"]["spec"]["containers"]
    web["env"].append({"name": "URL", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "URL"}}})
    value["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": "shop/proxy:1"})
    changed = with_value(_WEB, 0, value)
    assert changed.startswith(_WEB)
    assert changed.removeprefix(_WEB) == (
        "        - name: URL\n          valueFrom:\n            configMapKeyRef:\n              name: settings\n"
        "              key: URL\n      - name: proxy\n        image: shop/proxy:1\n"
    )


def test_a_list_that_loses_an_item_is_written_anew():
    value = yaml.safe_load(_WEB)
    value["spec"]["template"]["spec"]["containers"][0]["env"] = []
    assert yaml.safe_load(with_value(_WEB, 0, value)) == value


def test_a_number_is_not_taken_for_truth():
    assert with_value("on: 1\n", 0, {"on": True}) == "on: true\n"


def test_line_breaks_of_windows_stay():
    changed = _changed(_SETTINGS.replace("\n", "\r\n"), data=_data(NEW="x"))
    assert changed.count("\n") == changed.count("\r\n") == _SETTINGS.count("\n") + 1


def test_the_other_documents_of_a_file_stay():
    text = f"kind: Service\n---\n{_WEB}"
    value = yaml.safe_load(_WEB)
    value["spec"]["replicas"] = 3
    assert with_value(text, 1, value) == text.replace("replicas: 2", "replicas: 3")


def test_a_value_that_an_anchor_shares_is_refused():
    text = "one: &shared\n  a: x\ntwo: *shared\n"
    with pytest.raises(EditRefusedError):
        with_value(text, 0, {"one": {"a": "y"}, "two": {"a": "x"}})


def test_what_a_merge_brings_is_refused():
    text = "base: &base {a: x}\nweb:\n  <<: *base\n  b: z\n"
    with pytest.raises(EditRefusedError, match="merge"):
        with_value(text, 0, {"base": {"a": "x"}, "web": {"a": "x", "b": "y"}})


def test_a_new_file_says_first_what_it_is():
    text = manifest_text({"data": {"A": "1"}, "kind": "ConfigMap", "metadata": {"name": "a"}, "apiVersion": "v1"})
    assert text == 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  A: "1"\n'
