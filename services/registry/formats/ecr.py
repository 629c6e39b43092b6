"""Amazon ECR, reported by an EventBridge rule to an API destination."""

import re

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request
from services.registry.formats import ignored
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.reading import Node, identity, image, parsed, read_json
from services.registry.proof import BasicOrHeader, ProofDescription, ProofKind

API_KEY_HEADER = "x-stagecoach-key"
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}")


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    return read_event(read_json(request.body), settings)


def read_event(body: Node, settings: ReceiverSettings) -> Parsed:
    """The events in an EventBridge event, sent directly or through SNS."""
    return parsed([_event(body, settings)], delivery_id=identity(body.at("id").text_or_none()))


def _event(body: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    if body.at("source").text() != "aws.ecr" or body.at("detail-type").text() != "ECR Image Action":
        return ignored.NOT_A_PUSH
    detail = body.at("detail")
    action = detail.at("action-type").text()
    if action == "DELETE":
        return ignored.DELETE
    if action != "PUSH" or detail.at("result").text() != "SUCCESS":
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
    suffix = ".cn" if region.text().startswith("cn-") else ""
    return f"{account.text()}.dkr.ecr.{region.text()}.amazonaws.com{suffix}"


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
              '{"source": ["aws.ecr"], "detail-type": ["ECR Image Action"],
                "detail": {"action-type": ["PUSH"], "result": ["SUCCESS"]}}'

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
