"""Amazon ECR, reported by an EventBridge rule to an API destination.

An image also arrives in a registry by replication, which the registry that gets it reports, and through a pull-through
cache: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
"""

import re

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request
from services.registry.formats import ignored
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.reading import Node, identity, image, parsed, read_json
from services.registry.proof import BasicOrHeader, ProofDescription, ProofKind

API_KEY_HEADER = "x-stagecoach-key"
# By the first word of the region, where not amazonaws.com (botocore, data/endpoints.json).
_DOMAINS = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}")


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    return read_event(read_json(request.body), settings)


def read_event(body: Node, settings: ReceiverSettings) -> Parsed:
    """The events in an EventBridge event, sent directly or through SNS."""
    return parsed([_event(body, settings)], delivery_id=identity(body.at("id").text_or_none()))


def _event(body: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    if body.at("source").text() != "aws.ecr":
        return ignored.NOT_A_PUSH
    detail = body.at("detail")
    match body.at("detail-type").text():
        case "ECR Image Action" if detail.at("action-type").text() == "DELETE":
            return ignored.DELETE
        case "ECR Image Action":
            arrived = detail.at("action-type").value == "PUSH" and detail.at("result").text() == "SUCCESS"
        case "ECR Replication Action":
            arrived = detail.at("result").text() == "SUCCESS"
        case "ECR Pull Through Cache Action":
            arrived = detail.at("sync-status").text() == "SUCCESS"
        case _:
            arrived = False
    if not arrived:
        return ignored.NOT_A_PUSH
    if detail.at("artifact-media-type").value in ignored.CHART_MEDIA_TYPES:
        return ignored.CHART
    return image(
        registry=settings.registry or _host(body),
        repository=detail.at("repository-name"),
        tag=detail.at("image-tag"),
        digest=detail.at("image-digest"),
        media_type=detail.at("manifest-media-type"),
        pushed_at=body.at("time"),
    )


def _host(body: Node) -> str:
    """The registry of the account and region: events do not name it."""
    account, region = body.at("account"), body.at("region")
    if not _ACCOUNT.fullmatch(account.text()):
        raise account.wrong("an account: twelve digits")
    if not _REGION.fullmatch(region.text()):
        raise region.wrong("a region, as eu-west-1")
    partition = region.text().rpartition("-")[0].partition("-")[0]
    return f"{account.text()}.dkr.ecr.{region.text()}.{_DOMAINS.get(partition, 'amazonaws.com')}"


FORMAT = Format(
    provider=Provider.ECR,
    title="Amazon ECR (EventBridge)",
    proof=ProofDescription(
        kind=ProofKind.HEADER,
        sentence="EventBridge sends the secret as an API key in X-Stagecoach-Key (or the header that the receiver "
        "names), or as the password of Basic where the receiver has a username.",
        lacks=REPLAYABLE,
    ),
    setup=written(
        """
        Store the secret at EventBridge:
            aws events create-connection --name stagecoach --authorization-type API_KEY --auth-parameters \\
              '{"ApiKeyAuthParameters": {"ApiKeyName": "X-Stagecoach-Key", "ApiKeyValue": "{secret}"}}'

        Make the receiver a destination:
            aws events create-api-destination --name stagecoach --http-method POST \\
              --invocation-endpoint '{address}' --connection-arn CONNECTION_ARN

        Pick the pushes out of all events:
            aws events put-rule --name stagecoach --event-pattern \\
              '{"source": ["aws.ecr"], "detail-type": ["ECR Image Action", "ECR Replication Action"],
                "detail": {"action-type": ["PUSH", "REPLICATE"], "result": ["SUCCESS"]}}'
        For images that come through a pull-through cache, add a rule for "ECR Pull Through Cache Action".

        Send them there:
            aws events put-targets --rule stagecoach --targets Id=stagecoach,Arn=DESTINATION_ARN,RoleArn=ROLE_ARN
        The role must be allowed events:InvokeApiDestination. Give the target no input transformer.

        OAuth connections are not supported. Amazon delivers these events at best effort: poll as well.
        """
    ),
    prover=BasicOrHeader(API_KEY_HEADER),
    reader=parse,
    settings=("registry", "header", "username"),
)
