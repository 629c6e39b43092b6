"""Quay: pushes of tags, without a digest, and without any proof of where they come from."""

from domain.words import Provider
from services.registry.deliveries import Parsed, Request
from services.registry.formats import ignored
from services.registry.formats.format import Format, written
from services.registry.formats.reading import Node, image, parsed, read_json
from services.registry.names import split_host
from services.registry.proof import KeyInAddress, ProofDescription, ProofKind
from services.registry.settings import ReceiverSettings


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """What is no push lacks `updated_tags`; the Test button's message has them, and what no push has."""
    body = read_json(request.body)
    if body.at("pruned_image_count").value is not None:
        return parsed([ignored.TEST])
    tags = list(body.at("updated_tags").items())
    if not tags:
        return parsed([ignored.NOT_A_PUSH])
    url = body.at("docker_url")
    host, path = split_host(url.text())
    registry, repository = settings.registry or Node(host, url.path), Node(path, url.path)
    return parsed(image(registry=registry, repository=repository, tag=tag) for tag in tags)


FORMAT = Format(
    provider=Provider.QUAY,
    title="Quay",
    proof=ProofDescription(
        kind=ProofKind.NONE,
        sentence="The secret stands in the address, as ?key=…: Quay can be given nothing but an address.",
        lacks="Whoever sees the address can report pushes. What is deployed is what Quay says when asked.",
        weak=True,
        secret_in_address=True,
    ),
    setup=written(
        """
        Open the repository on Quay, then Settings, Events and Notifications, Create Notification.

        When this event occurs: Push to Repository

        Then issue a notification: Webhook POST

        Webhook URL: {address}

        POST JSON body: leave it empty. A template of your own would hide what was pushed.
        """
    ),
    prover=KeyInAddress(),
    reader=parse,
    settings=("registry",),
)
