"""Quay: reports pushes of tags without a digest, and cannot authenticate them."""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Parsed, Request
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_end, check_same, without_scheme
from services.registry.formats.format import Format, written
from services.registry.formats.reading import Node, image, parsed, read_each, read_json
from services.registry.names import split_host
from services.registry.proof import KeyInAddress, ProofDescription, ProofKind


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events. Pushes have `updated_tags`; the Test button's message has these, and `pruned_image_count`."""
    body = read_json(request.body)
    if body.at("pruned_image_count").value is not None:
        return parsed([ignored.TEST])
    tags = list(body.at("updated_tags").items())
    if not tags:
        return parsed([ignored.NOT_A_PUSH])
    url = body.at("docker_url")
    host, path = split_host(without_scheme(url).text())
    registry, repository = settings.registry or Node(host, url.path), Node(path, url.path)
    check_same(repository, body.at("repository"))
    check_end(repository, body.at("name"))
    return parsed(read_each(tags, lambda tag: image(registry=registry, repository=repository, tag=tag)))


FORMAT = Format(
    provider=Provider.QUAY,
    title="Quay",
    proof=ProofDescription(
        kind=ProofKind.NONE,
        sentence="The secret is in the address, as ?key=…: Quay supports nothing else.",
        lacks="A reader of the address can report pushes. Stagecoach deploys only what Quay returns for the tag.",
        weak=True,
        secret_in_address=True,
    ),
    setup=written(
        """
        Open the repository on Quay, then Settings, Events and Notifications, Create Notification.

        When this event occurs: Push to Repository

        Then issue a notification: Webhook POST

        Webhook URL: {address}

        POST JSON body: leave it empty. A custom template hides what was pushed.
        """
    ),
    prover=KeyInAddress(),
    reader=parse,
    settings=("registry",),
)
