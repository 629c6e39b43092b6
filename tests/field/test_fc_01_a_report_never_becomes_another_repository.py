"""Two repositories may end in the same word, so a part never stands for the whole; contradictions are unreadable."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Request, UnreadableDeliveryError
from services.registry.formats import FORMATS
from tests.support.report_cases import AMD, CASES, IDX, SECRET, images

ARTIFACTORY = ReceiverSettings(repositories={"docker-local": "acme.example.test/docker-local"})
PUSHED: dict[str, Any] = {
    "domain": "docker",
    "event_type": "pushed",
    "data": {
        "repo_key": "docker-local",
        "path": "payments/backend/api/1.4.2/manifest.json",
        "name": "manifest.json",
        "sha256": "5f0d3c1e9a7b4d2086c1f3e5a9d8b7c6e4f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8",
        "image_name": "api",
        "tag": "1.4.2",
        "platforms": [],
    },
}
NESTED = ("acme.example.test", "docker-local/payments/backend/api", "1.4.2", f"sha256:{PUSHED['data']['sha256']}")


def artifactory(**data: Any):
    body = copy.deepcopy(PUSHED)
    body["data"] = {name: value for name, value in (body["data"] | data).items() if value != "absent"}
    return FORMATS[Provider.ARTIFACTORY].parse(Request(body=json.dumps(body).encode()), ARTIFACTORY)


@pytest.mark.parametrize(
    "image_name", ["api", "backend/api", "payments/backend/api", "Payments/Backend/Api", "", None, "absent"]
)
def test_the_repository_is_what_precedes_tag_and_file(image_name: str | None):
    assert images(artifactory(image_name=image_name).events) == [NESTED]


@pytest.mark.parametrize("tag", ["1.4.2", "", None, "absent"])
def test_the_tag_is_the_manifests_folder(tag: str | None):
    assert images(artifactory(tag=tag).events) == [NESTED]


def test_an_index_is_an_image_as_well():
    assert images(artifactory(path="payments/backend/api/1.4.2/list.manifest.json").events) == [NESTED]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"image_name": "web"}, "$.data.image_name"),
        ({"image_name": "pi"}, "$.data.image_name"),
        ({"image_name": "other/api"}, "$.data.image_name"),
        ({"image_name": "top/payments/backend/api"}, "$.data.image_name"),
        ({"tag": "1.4.3"}, "$.data.tag"),
        ({"path": None}, "$.data.path"),
        ({"path": "manifest.json"}, "$.data.path"),
        ({"path": "1.4.2/manifest.json"}, "$.data.path"),
    ],
)
def test_fields_that_cannot_both_be_true_are_unreadable(data: dict[str, Any], field: str):
    with pytest.raises(UnreadableDeliveryError) as unreadable:
        artifactory(**data)
    assert unreadable.value.field == field


@pytest.mark.parametrize("algorithm", [("sha256", 64), ("sha512", 128)])
def test_the_folder_of_a_platform_is_no_tag(algorithm: tuple[str, int]):
    folder = f"{algorithm[0]}__{'1b2c3d4e' * (algorithm[1] // 8)}"
    (event,) = artifactory(path=f"payments/backend/api/{folder}/manifest.json", tag=folder).events
    assert event.code == "platform-child"


def parsed(sample: str, changes: dict[str, Any]):
    """The sample of a provider, with other values at these places (`event_data.resources.0.tag`)."""
    case = next(case for case in CASES if case.sample == sample)
    body = json.loads(case.sent)
    for path, value in changes.items():
        place: Any = body
        *way, last = path.split(".")
        for name in way:
            place = place[int(name) if isinstance(place, list) else name]
        place[last] = value
    return FORMATS[case.provider].parse(case.prove(json.dumps(body).encode(), SECRET), case.settings)


@pytest.mark.parametrize(
    ("sample", "path", "value"),
    [
        ("docker-hub", "repository.repo_name", "other/shop-web"),
        ("docker-hub", "repository.repo_name", "shop-web"),
        ("docker-hub", "repository.name", "web"),
        ("docker-hub", "repository.namespace", "other"),
        ("quay", "docker_url", "quay.io/shop-web"),
        ("quay", "repository", "example/team/shop-web"),
        ("quay", "name", "web"),
        ("harbor-default", "event_data.repository.repo_full_name", "shop-web"),
        ("harbor-default", "event_data.repository.name", "web"),
        ("harbor-default", "event_data.resources.0.resource_url", "harbor.example.com/other/shop-web:1.4.2"),
        ("harbor-default", "event_data.resources.0.resource_url", "harbor.example.com/example/shop-web:1.4.3"),
        ("harbor-cloudevents", "data.repository.repo_full_name", "example/team/shop-web"),
        ("acr", "target.url", "https://exampleregistry.azurecr.io/v2/team/shop-web/manifests/sha256:1"),
        ("gitea", "package.name", "web"),
        ("gitea", "package.html_url", "https://gitea.example.com/example/-/packages/container/a%2Fshop-web/1.4.2"),
        ("gitea", "package.owner.login", "other"),
        ("ghcr", "package.package_version.package_url", "ghcr.io/example/web:1.4.2"),
        ("ghcr", "package.package_version.package_url", "ghcr.io/example/shop-web:1.4.3"),
        ("nexus", "component.group", "team"),
        ("ci", "repository", "web"),
        ("ci", "tag", "1.4.3"),
        ("ci", "digest", AMD),
        ("ci", "registry", "other.example.com"),
    ],
)
def test_in_every_format_a_contradiction_names_no_image(sample: str, path: str, value: str):
    with pytest.raises(UnreadableDeliveryError) as unreadable:
        parsed(sample, {path: value})
    assert unreadable.value.field


def test_googles_tag_and_digest_are_of_one_image():
    body = {"action": "INSERT", "tag": "gcr.io/project/team/image:1", "digest": f"gcr.io/project/image@{IDX}"}
    with pytest.raises(UnreadableDeliveryError, match="contradict"):
        FORMATS[Provider.GOOGLE].parse(Request(body=json.dumps(body).encode()), ReceiverSettings())


@pytest.mark.parametrize(
    ("sample", "changes", "repository"),
    [
        (
            "harbor-default",
            {
                "event_data.repository.repo_full_name": None,
                "event_data.repository.name": "team/shop-web",
                "event_data.resources.0.resource_url": "harbor.example.com/example/team/shop-web:1.4.2",
            },
            "example/team/shop-web",
        ),
        (
            "quay",
            {"docker_url": "https://quay.io/example/team/web", "repository": "example/team/web", "name": "team/web"},
            "example/team/web",
        ),
        (
            "gitea",
            {
                "package.name": "team/web",
                "package.html_url": "https://gitea.example.com/git/Example/-/packages/container/team%2Fweb/1.4.2",
            },
            "example/team/web",
        ),
        (
            "ghcr",
            {"package.name": "team%2Fweb", "package.package_version.package_url": "ghcr.io/Example/team/web:1.4.2"},
            "example/team/web",
        ),
        ("docker-hub", {"repository.namespace": "library", "repository.repo_name": "shop-web"}, "library/shop-web"),
        ("nexus", {"component.name": "team/a/web"}, "team/a/web"),
        ("ci-parts", {"repository": "registry.example.com/team/web"}, "team/web"),
    ],
)
def test_in_every_format_a_nested_path_keeps_all_its_components(sample: str, changes: dict[str, Any], repository: str):
    assert [image.repository for image in parsed(sample, changes).pushed] == [repository]


def test_a_ci_jobs_image_without_a_registry_is_the_receivers_and_not_docker_hubs():
    body = b'{"image": "team/web:1.4.2"}'
    at_home, elsewhere = ReceiverSettings(registry="registry.example.com"), ReceiverSettings()
    parse = FORMATS[Provider.CI].parse
    assert [str(image) for image in parse(Request(body=body), at_home).pushed] == [
        "registry.example.com/team/web:1.4.2"
    ]
    assert [str(image) for image in parse(Request(body=body), elsewhere).pushed] == ["docker.io/team/web:1.4.2"]


def test_beside_readable_events_an_unreadable_one_costs_itself_alone():
    case = next(case for case in CASES if case.sample == "distribution")
    body = json.loads(case.sent)
    good = next(event for event in body["events"] if event["target"].get("tag") and event["action"] == "push")
    broken = copy.deepcopy(good) | {"id": "another"}
    broken["target"]["repository"] = "UPPER !"
    body["events"] = [broken, good, {"id": 7}]
    found = FORMATS[case.provider].parse(case.prove(json.dumps(body).encode(), SECRET), case.settings)
    assert images(found.events) == [case.image]
    assert [event.code for event in found.events if isinstance(event, IgnoredEvent)] == ["unreadable", "unreadable"]


def test_an_unreadable_event_beside_ignored_ones_is_told():
    case = next(case for case in CASES if case.sample == "distribution")
    body = json.loads(case.sent)
    for event in body["events"]:
        event["target"]["repository"] = "UPPER !"
    with pytest.raises(UnreadableDeliveryError):
        FORMATS[case.provider].parse(case.prove(json.dumps(body).encode(), SECRET), case.settings)


def test_the_inputs_of_the_case_mean_what_it_says():
    inputs = Path(__file__).parent / "inputs" / "fc-01-artifactory-nested-path"
    parse = FORMATS[Provider.ARTIFACTORY].parse
    whole = parse(Request(body=(inputs / "payload.json").read_bytes()), ARTIFACTORY)
    platform = parse(Request(body=(inputs / "payload-platform.json").read_bytes()), ARTIFACTORY)
    assert images(whole.events) == [NESTED]
    assert [event.code for event in platform.events if isinstance(event, IgnoredEvent)] == ["platform-child"]
