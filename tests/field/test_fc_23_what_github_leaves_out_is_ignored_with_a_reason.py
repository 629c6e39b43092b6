"""GitHub names one tag of a push and repeats nothing: what it leaves out is ignored with a reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Request
from services.registry.formats import FORMATS
from tests.support.report_cases import images

INPUTS = Path(__file__).parent / "inputs" / "fc-23-github-names-one-tag-of-several" / "payloads.json"
GHCR = FORMATS[Provider.GHCR]


def read(body: Any, **headers: str):
    return GHCR.parse(Request(body=json.dumps(body).encode(), headers=headers), ReceiverSettings())


def reports() -> list[Any]:
    return list(json.loads(INPUTS.read_bytes()))


def test_of_the_three_reports_of_one_push_the_tagged_one_counts():
    found = [read(each["body"], **{name.lower(): text for name, text in each["headers"].items()}) for each in reports()]
    digest = f"sha256:{'c' * 64}"
    assert [images(each.events) for each in found] == [[], [], [("ghcr.io", "acme/api", "sha-0781498", digest)]]
    assert [each.events[0].code for each in found[:2]] == ["untagged", "incomplete"]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("package_version",), None, "incomplete"),
        (("package_version", "container_metadata"), None, "incomplete"),
        (("package_version", "container_metadata", "tag"), None, "incomplete"),
        (("package_version", "container_metadata", "tag", "name"), None, "untagged"),
        (("package_version", "container_metadata", "tag", "name"), "", "untagged"),
        (("package_version", "package_url"), None, "incomplete"),
        (("package_version", "package_url"), "", "incomplete"),
    ],
)
def test_a_missing_part_is_ignored_with_a_reason(path: tuple[str, ...], value: Any, code: str):
    body = reports()[2]["body"]
    place = body["registry_package"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    (event,) = read(body).events
    assert (event.code, event.reason.endswith(".")) == (code, True)


@pytest.mark.parametrize("missing", ["namespace", "name", "package_type"])
def test_what_reading_does_not_need_may_be_missing(missing: str):
    body = reports()[2]["body"]
    del body["registry_package"][missing]
    assert [image.tag for image in read(body).pushed] == ["sha-0781498"]


@pytest.mark.parametrize("member", ["labels", "manifest"])
def test_metadata_may_be_null(member: str):
    body = reports()[2]["body"]
    body["registry_package"]["package_version"]["container_metadata"][member] = None
    assert [image.tag for image in read(body).pushed] == ["sha-0781498"]


def test_digests_that_contradict_each_other_are_left_to_the_registry():
    body = reports()[2]["body"]
    body["registry_package"]["package_version"]["container_metadata"]["tag"]["digest"] = f"sha256:{'d' * 64}"
    assert [image.digest for image in read(body).pushed] == [None]


def test_setting_up_says_that_github_names_one_tag_a_push():
    steps = " ".join(GHCR.steps(address="https://stagecoach.example/webhooks/x", secret="s"))
    assert "GitHub names one tag a push" in steps
    assert "Poll" in steps
