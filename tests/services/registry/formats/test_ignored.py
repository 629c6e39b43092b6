"""Events that are ignored, with their reasons."""

import base64
import json
from typing import Any

import pytest

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Request
from services.registry.formats import FORMATS, ignored
from tests.support.report_cases import AMD, CASES, SAMPLES

REFERRERS = AMD.replace(":", "-")


def changed(sample: str, *changes: tuple[str, Any]) -> bytes:
    """A sample with members set, by their path with dots; None takes one out."""
    document = json.loads((SAMPLES / f"{sample}.json").read_bytes())
    for path, value in changes:
        *outer, last = [int(name) if name.isdigit() else name for name in path.split(".")]
        place = document
        for name in outer:
            place = place[name]
        if value is None:
            place.pop(last)
        else:
            place[last] = value
    return json.dumps(document).encode()


def google(**data: str) -> bytes:
    encoded = base64.b64encode(json.dumps(data).encode()).decode()
    return json.dumps({"message": {"data": encoded, "messageId": "1"}}).encode()


def sns(**changes: Any) -> bytes:
    return changed("ecr-sns", ("Message", changed("ecr-eventbridge", *changes.items()).decode()))


@pytest.mark.parametrize(
    ("provider", "body", "headers", "code"),
    [
        (Provider.GHCR, b'{"zen": "Keep it logically awesome.", "hook_id": 1}', {"x-github-event": "ping"}, "ping"),
        (Provider.GHCR, b'{"ref": "refs/heads/main"}', {"x-github-event": "push"}, "not-a-push"),
        (Provider.GHCR, changed("ghcr", ("action", "deleted")), {}, "not-a-push"),
        (Provider.GHCR, changed("ghcr", ("package.package_type", "npm")), {}, "other-artefact"),
        (Provider.GHCR, changed("ghcr", ("package.package_version.container_metadata.tag.name", "")), {}, "untagged"),
        (
            Provider.GHCR,
            changed(
                "ghcr",
                (
                    "package.package_version.container_metadata.manifest.config.media_type",
                    "application/vnd.cncf.helm.config.v1+json",
                ),
            ),
            {},
            "chart",
        ),
        (
            Provider.GHCR,
            changed("ghcr", ("package.package_version.container_metadata.tag.name", f"{REFERRERS}.sig")),
            {},
            "artefact-tag",
        ),
        (Provider.QUAY, changed("quay", ("pruned_image_count", 3)), {}, "test"),
        (Provider.QUAY, changed("quay", ("updated_tags", None)), {}, "not-a-push"),
        (Provider.QUAY, changed("quay", ("updated_tags", [])), {}, "not-a-push"),
        (Provider.HARBOR, changed("harbor-default", ("type", "PULL_ARTIFACT")), {}, "pull"),
        (Provider.HARBOR, changed("harbor-default", ("type", "DELETE_ARTIFACT")), {}, "delete"),
        (Provider.HARBOR, changed("harbor-default", ("type", "TAG_RETENTION")), {}, "delete"),
        (Provider.HARBOR, changed("harbor-default", ("type", "SCANNING_COMPLETED")), {}, "not-a-push"),
        (Provider.HARBOR, changed("harbor-cloudevents", ("type", "harbor.artifact.pulled")), {}, "pull"),
        (Provider.HARBOR, changed("harbor-cloudevents", ("type", "harbor.quota.exceeded")), {}, "not-a-push"),
        (Provider.HARBOR, changed("harbor-default", ("event_data.resources.0.tag", AMD)), {}, "platform-child"),
        (Provider.ACR, b'{"id": "1", "timestamp": "2026-01-05T12:00:00Z", "action": "ping"}', {}, "ping"),
        (Provider.ACR, changed("acr", ("action", "delete")), {}, "delete"),
        (Provider.ACR, changed("acr", ("action", "quarantine")), {}, "not-a-push"),
        (Provider.ACR, changed("acr", ("target.tag", None)), {}, "untagged"),
        (Provider.ACR, (SAMPLES / "acr-chart-push.json").read_bytes(), {}, "chart"),
        (Provider.ECR, changed("ecr-eventbridge", ("detail.action-type", "DELETE")), {}, "delete"),
        (Provider.ECR, changed("ecr-eventbridge", ("detail.result", "FAILURE")), {}, "not-a-push"),
        (Provider.ECR, changed("ecr-eventbridge", ("detail.image-tag", None)), {}, "untagged"),
        (Provider.ECR, changed("ecr-eventbridge", ("detail-type", "ECR Image Scan")), {}, "not-a-push"),
        (Provider.ECR_SNS, sns(**{"detail.image-tag": ""}), {}, "untagged"),
        (Provider.ECR_SNS, changed("ecr-sns", ("Type", "UnsubscribeConfirmation")), {}, "unsubscribed"),
        (Provider.GOOGLE, google(action="INSERT", digest=f"gcr.io/p/i@{AMD}"), {}, "untagged"),
        (Provider.GOOGLE, google(action="DELETE", tag="gcr.io/p/i:1"), {}, "delete"),
        (Provider.GITLAB, changed("gitlab", ("events.0.action", "pull")), {}, "pull"),
        (Provider.DISTRIBUTION, changed("gitlab", ("events.0.action", "delete")), {}, "delete"),
        (Provider.DISTRIBUTION, changed("gitlab", ("events.0.target.tag", None)), {}, "untagged"),
        (Provider.DISTRIBUTION, changed("gitlab", ("events.0.target.tag", REFERRERS)), {}, "artefact-tag"),
        (
            Provider.DISTRIBUTION,
            changed("gitlab", ("events.0.target.mediaType", "a/b"), ("events.0.target.tag", None)),
            {},
            "blob",
        ),
        (Provider.DISTRIBUTION, b'{"events": []}', {}, "empty"),
        (Provider.ARTIFACTORY, changed("artifactory", ("event_type", "deleted")), {}, "delete"),
        (Provider.ARTIFACTORY, changed("artifactory", ("event_type", "promoted")), {}, "not-a-push"),
        (Provider.ARTIFACTORY, changed("artifactory", ("domain", "artifact")), {}, "not-a-push"),
        (Provider.ARTIFACTORY, changed("artifactory", ("data.repo_key", "helm-local")), {}, "other-repository"),
        (Provider.NEXUS, changed("nexus", ("repositoryName", "docker-proxy")), {}, "other-repository"),
        (
            Provider.DISTRIBUTION,
            changed("gitlab", ("events.0.target.mediaType", "a/b")),
            {},
            "other-artefact",
        ),
        (Provider.ECR, changed("ecr-eventbridge", ("detail-type", "ECR Image Scan"), ("detail", {})), {}, "not-a-push"),
        (
            Provider.ECR,
            changed("ecr-eventbridge", ("detail-type", "ECR Replication Action"), ("detail.result", "FAILED")),
            {},
            "not-a-push",
        ),
        (Provider.NEXUS, changed("nexus", ("action", "DELETED")), {}, "delete"),
        (Provider.NEXUS, b'{"action": "PURGED", "components": []}', {}, "delete"),
        (Provider.NEXUS, changed("nexus", ("component.format", "maven2")), {}, "other-artefact"),
        (Provider.NEXUS, changed("nexus", ("component.version", AMD)), {}, "platform-child"),
        (Provider.NEXUS, changed("nexus"), {"x-nexus-webhook-id": "rm:repository:asset"}, "not-a-push"),
        (Provider.GITEA, changed("gitea", ("action", "deleted")), {}, "delete"),
        (Provider.GITEA, changed("gitea", ("package.type", "npm")), {}, "other-artefact"),
        (Provider.GITEA, changed("gitea", ("package.version", AMD)), {}, "platform-child"),
        (Provider.GITEA, changed("gitea"), {"x-gitea-event": "push"}, "not-a-push"),
        (Provider.CLOUDEVENTS, changed("generic-cloudevents", ("type", "com.example.other")), {}, "not-a-push"),
        (Provider.CLOUDEVENTS, changed("generic-cloudevents", ("data.tags", [])), {}, "empty"),
        (Provider.CI, b'{"image": "registry.example.com/a/b"}', {}, "untagged"),
        (Provider.CI, f'{{"image": "registry.example.com/a/b@{AMD}"}}'.encode(), {}, "untagged"),
    ],
)
def test_it_is_ignored_and_says_why(provider: Provider, body: bytes, headers: dict[str, str], code: str):
    settings = next(case.settings for case in CASES if case.provider is provider)
    (event,) = FORMATS[provider].parse(Request(body=body, headers=headers), settings).events
    assert isinstance(event, IgnoredEvent)
    assert event.code == code


@pytest.mark.parametrize(
    "detail",
    [
        {"detail-type": "ECR Replication Action", "action-type": "REPLICATE", "source-region": "us-east-1"},
        {"detail-type": "ECR Pull Through Cache Action", "action-type": None, "result": None, "sync-status": "SUCCESS"},
    ],
    ids=["replication", "pull-through cache"],
)
def test_an_image_that_arrives_without_a_push_is_taken_for_one(detail: dict[str, Any]):
    kind = detail.pop("detail-type")
    body = changed(
        "ecr-eventbridge", ("detail-type", kind), *((f"detail.{name}", value) for name, value in detail.items())
    )
    whole = changed("ecr-eventbridge")
    expected = FORMATS[Provider.ECR].parse(Request(body=whole), ReceiverSettings())
    assert FORMATS[Provider.ECR].parse(Request(body=body), ReceiverSettings()) == expected
    assert expected.pushed


@pytest.mark.parametrize(
    ("region", "domain"),
    [
        ("eu-west-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_a_registry_of_amazon_has_the_domain_of_its_partition(region: str, domain: str):
    body = changed("ecr-eventbridge", ("region", region))
    (pushed,) = FORMATS[Provider.ECR].parse(Request(body=body), ReceiverSettings()).pushed
    assert pushed.registry.endswith(f".dkr.ecr.{region}.{domain}")


def test_docker_hub_reports_signatures_as_tags():
    body = changed("docker-hub", ("push_data.tag", f"{REFERRERS}.sig"))
    assert FORMATS[Provider.DOCKER_HUB].parse(Request(body=body), ReceiverSettings()).events == (ignored.ARTEFACT_TAG,)


def test_each_reason_is_a_sentence_and_each_code_is_one_events():
    events = [value for value in vars(ignored).values() if isinstance(value, IgnoredEvent)]
    assert len({event.code for event in events}) == len(events) > 10
    assert all(event.reason.endswith(".") for event in events)
