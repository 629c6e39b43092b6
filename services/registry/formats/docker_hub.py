"""Docker Hub: reports pushes without a digest, and cannot authenticate them."""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Parsed, Request
from services.registry.formats.agreeing import check_end, check_same
from services.registry.formats.format import Format, written
from services.registry.formats.reading import Node, image, parsed, read_json
from services.registry.names import DOCKER_HUB
from services.registry.proof import KeyInAddress, ProofDescription, ProofKind

_OFFICIAL = ("library", "_")  # the owner of images with a single name


def parse(request: Request, settings: ReceiverSettings) -> Parsed:  # noqa: ARG001
    """The events. `callback_url` is never called: it is deprecated, and an unauthenticated sender may have set it."""
    body = read_json(request.body)
    pushed = body.at("push_data")
    event = image(
        registry=DOCKER_HUB,
        repository=_repository(body.at("repository")),
        tag=pushed.at("tag"),
        media_type=pushed.at("media_type"),
        pushed_at=pushed.at("pushed_at"),
    )
    return parsed([event])


def _repository(node: Node) -> Node:
    whole, owner, name = node.at("repo_name"), node.at("namespace"), node.at("name")
    if not whole.text_or_none():
        return Node(f"{owner.text()}/{name.text()}", name.path)
    written = whole.text()
    if owner.text_or_none() and name.text_or_none():
        official = owner.text() in _OFFICIAL and "/" not in written
        check_same(whole, name if official else Node(f"{owner.text()}/{name.text()}", name.path))
    check_end(whole, name)
    return whole


FORMAT = Format(
    provider=Provider.DOCKER_HUB,
    title="Docker Hub",
    proof=ProofDescription(
        kind=ProofKind.NONE,
        sentence="The secret is in the address, as ?key=…: Docker Hub supports nothing else.",
        lacks="A reader of the address can report pushes. Stagecoach deploys only what Docker Hub returns for the tag.",
        weak=True,
        secret_in_address=True,
    ),
    setup=written(
        """
        Open the repository on hub.docker.com, and there Webhooks.

        Webhook name: stagecoach

        Webhook URL: {address}

        Press +. Docker Hub reports every tag that is pushed from now on.
        """
    ),
    prover=KeyInAddress(),
    reader=parse,
)
