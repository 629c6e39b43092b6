"""The events that are read from the samples of each provider."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Request
from services.registry.formats import FORMATS
from tests.support.report_cases import CASES, IDX, SAMPLES, SECRET, Case, images

EMPTY = ReceiverSettings()


def test_every_provider_has_a_format_and_every_format_a_case():
    assert set(FORMATS) == set(Provider) == {case.provider for case in CASES}
    assert {case.sample for case in CASES} | {"acr-chart-push"} >= {path.stem for path in SAMPLES.glob("*.json")}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_sample_says_which_image_was_pushed(case: Case):
    parsed = FORMATS[case.provider].parse(case.prove(case.sent, SECRET), case.settings)
    assert images(parsed.events) == [case.image]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_stored_of_a_request_is_enough_to_read_it_again(case: Case):
    form = FORMATS[case.provider]
    request = case.prove(case.sent, SECRET)
    stored = Request(body=request.body, headers=form.kept(request))
    assert SECRET not in str(form.kept(request))
    assert form.parse(stored, case.settings) == form.parse(request, case.settings)


@pytest.mark.parametrize("case", [case for case in CASES if "registry" in FORMATS[case.provider].settings], ids=str)
def test_a_receivers_registry_goes_before_what_a_report_says(case: Case):
    if case.provider is Provider.CI and case.sample == "ci":
        return  # its author wrote the whole name
    settings = ReceiverSettings(registry="outside.example")
    found = FORMATS[case.provider].parse(case.prove(case.sent, SECRET), settings).pushed
    expected = "registry.example.com" if case.provider is Provider.CI else "outside.example"
    assert [image.registry for image in found] == [expected]


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("ghcr", "5d3a"),
        ("harbor-default", None),
        ("harbor-cloudevents", "1c134697-6f47-54c6-9a72-629f6ff96427"),
        ("acr", "b7f8f6ee-8dd2-5f74-967d-d3676dc53e6c"),
        ("ecr-eventbridge", "d05a877a-2166-5df6-9548-f19ae1b844f1"),
        ("ecr-sns", "2eddd81e-9831-593e-9e16-f867f2635d4c"),
        ("google-artifact-registry", "13298765432109876"),
        ("gitlab", "e3834fa2-71c2-54d1-b29c-ddcca1c476d1"),
        ("docker-hub", None),
        ("quay", None),
        ("artifactory", None),
        ("ci", "run-7"),
        ("ci-parts", None),
    ],
)
def test_a_delivery_bears_its_senders_id_where_there_is_one(sample: str, expected: str | None):
    case = next(case for case in CASES if case.sample == sample)
    assert FORMATS[case.provider].parse(case.prove(case.sent, SECRET), case.settings).delivery_id == expected


@pytest.mark.parametrize("sample", ["distribution", "generic-cloudevents"])
def test_an_id_made_of_several_parts_is_short_and_the_same_each_time(sample: str):
    case = next(case for case in CASES if case.sample == sample)
    ids = {FORMATS[case.provider].parse(case.prove(case.sent, SECRET), case.settings).delivery_id for _ in range(2)}
    assert len(ids) == 1
    assert len(ids.pop() or "") == 64


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("docker-hub", datetime(2026, 1, 5, 12, tzinfo=UTC)),
        ("harbor-default", datetime(2026, 1, 5, 12, tzinfo=UTC)),
        ("acr", datetime(2026, 1, 5, 12, 0, 0, 343145, tzinfo=UTC)),
        ("nexus", datetime(2026, 1, 5, 12, 0, 0, 664000, tzinfo=UTC)),
        ("google-artifact-registry", datetime(2026, 1, 5, 12, 0, 0, 749000, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_all_their_spellings(sample: str, expected: datetime):
    case = next(case for case in CASES if case.sample == sample)
    (image,) = FORMATS[case.provider].parse(case.prove(case.sent, SECRET), case.settings).pushed
    assert image.pushed_at == expected


def test_docker_hubs_single_names_are_the_librarys():
    body = json.dumps({"repository": {"repo_name": "nginx"}, "push_data": {"tag": "1"}}).encode()
    (image,) = FORMATS[Provider.DOCKER_HUB].parse(Request(body=body), EMPTY).pushed
    assert str(image) == "docker.io/library/nginx:1"


@pytest.mark.parametrize("provider", [Provider.GHCR, Provider.GITEA])
def test_a_form_is_unfolded(provider: Provider):
    case = next(case for case in CASES if case.provider is provider)
    form = urlencode({"payload": case.sent.decode()}).encode()
    request = Request(body=form, headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"})
    assert images(FORMATS[provider].parse(request, case.settings).events) == [case.image]


def test_pub_sub_may_unwrap_its_message():
    body = json.dumps({"action": "INSERT", "tag": "gcr.io/project/image:1", "digest": f"gcr.io/project/image@{IDX}"})
    request = Request(body=body.encode(), headers={"x-goog-pubsub-message-id": "77"})
    parsed = FORMATS[Provider.GOOGLE].parse(request, EMPTY)
    assert (parsed.delivery_id, images(parsed.events)) == ("77", [("gcr.io", "project/image", "1", IDX)])


def test_a_cloud_event_may_come_in_binary_mode():
    sent = json.loads((SAMPLES / "generic-cloudevents.json").read_bytes())
    names = ("specversion", "id", "source", "type", "time")
    headers = {f"ce-{name}": sent[name].replace(":", "%3A") for name in names} | {"content-type": "application/json"}
    binary = FORMATS[Provider.CLOUDEVENTS].parse(
        Request(body=json.dumps(sent["data"]).encode(), headers=headers), EMPTY
    )
    structured = FORMATS[Provider.CLOUDEVENTS].parse(Request(body=json.dumps(sent).encode()), EMPTY)
    assert binary == structured


def test_artifactory_is_read_without_the_images_name_too():
    case = next(case for case in CASES if case.sample == "artifactory")
    body = json.loads(case.sent)
    del body["data"]["image_name"]
    parsed = FORMATS[Provider.ARTIFACTORY].parse(Request(body=json.dumps(body).encode()), case.settings)
    assert images(parsed.events) == [case.image]


def test_ecr_in_china_lies_elsewhere():
    body = json.loads((SAMPLES / "ecr-eventbridge.json").read_bytes()) | {"region": "cn-north-1"}
    (image,) = FORMATS[Provider.ECR].parse(Request(body=json.dumps(body).encode()), EMPTY).pushed
    assert image.registry == "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"


def test_several_tags_are_as_many_images_each_once():
    body = json.dumps({"docker_url": "quay.io/a/b", "updated_tags": ["1", "2", "1"]}).encode()
    assert [image.tag for image in FORMATS[Provider.QUAY].parse(Request(body=body), EMPTY).pushed] == ["1", "2"]
