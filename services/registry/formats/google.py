"""Google Artifact Registry and Container Registry, by the topic `gcr` and a push subscription of Pub/Sub."""

import base64
import binascii

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_same
from services.registry.formats.format import Format, written
from services.registry.formats.google_token import AUDIENCE, GoogleToken
from services.registry.formats.reading import Node, identity, image, parsed, read_json
from services.registry.names import split_host, split_tag
from services.registry.proof import ProofDescription, ProofKind

_MESSAGE_ID = "x-goog-pubsub-message-id"


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events, in Pub/Sub's envelope, or without it (id in a header) where the subscription unwraps messages."""
    body = read_json(request.body)
    message = body.at("message")
    if message.value is None:
        return parsed([_event(body, body, settings)], delivery_id=identity(request.headers.get(_MESSAGE_ID)))
    written_id = message.at("messageId").text_or_none() or message.at("message_id").text_or_none()
    return parsed([_event(_data(message.at("data")), message, settings)], delivery_id=identity(written_id))


def _data(node: Node) -> Node:
    try:
        return read_json(base64.b64decode(node.text(), validate=True), path=node.path)
    except (binascii.Error, ValueError):
        raise node.wrong("base64 of JSON") from None


def _event(data: Node, envelope: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    action = data.at("action").text()
    if action == "DELETE":
        return ignored.DELETE
    if action != "INSERT":
        return ignored.NOT_A_PUSH
    reference = data.at("tag")
    if reference.text_or_none() is None:
        return ignored.UNTAGGED
    name, tag = split_tag(reference.text())
    host, path = split_host(name)
    pinned, _, digest = (data.at("digest").text_or_none() or "").rpartition("@")
    check_same(Node(name, reference.path), Node(pinned, data.at("digest").path))
    published = envelope.at("publishTime")
    return image(
        registry=settings.registry or Node(host, reference.path),
        repository=Node(path, reference.path),
        tag=Node(tag, reference.path),
        digest=digest,
        pushed_at=published if published.value is not None else envelope.at("publish_time"),
    )


FORMAT = Format(
    provider=Provider.GOOGLE,
    title="Google Artifact Registry",
    proof=ProofDescription(
        kind=ProofKind.OIDC,
        sentence="Google signs a token for each message (OIDC); its service account and audience must be those in the "
        "receiver's settings.",
        lacks="Everyone who may act as the service account, or publish to the topic, can report pushes.",
        needs_secret=False,
    ),
    setup=written(
        f"""
        Create the topic:
            gcloud pubsub topics create gcr --project PROJECT
        The registry reports to a topic of this name without further configuration.

        Create the service account of the tokens:
            gcloud iam service-accounts create stagecoach-push --project PROJECT
        Set the receiver's service_account to its address: stagecoach-push@PROJECT.iam.gserviceaccount.com

        Subscribe the receiver's address:
            gcloud pubsub subscriptions create stagecoach --project PROJECT --topic gcr \\
              --push-endpoint '{{address}}' \\
              --push-auth-service-account stagecoach-push@PROJECT.iam.gserviceaccount.com \\
              --push-auth-token-audience {AUDIENCE}
        With another audience, set the receiver's audience to it.
        """
    ),
    prover=GoogleToken(),
    reader=parse,
    settings=("registry", "audience", "service_account"),
    needs=(("service_account",),),
    headers_kept=frozenset({_MESSAGE_ID}),
)
