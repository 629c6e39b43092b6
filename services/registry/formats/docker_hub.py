"""Docker Hub: reports pushes without a digest, and cannot authenticate them."""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Parsed, Request
from services.registry.formats.format import Format, written
from services.registry.formats.reading import image, parsed, read_json
from services.registry.names import DOCKER_HUB
from services.registry.proof import KeyInAddress, ProofDescription, ProofKind


def parse(request: Request, settings: ReceiverSettings) -> Parsed:  # noqa: ARG001
    """The events. `callback_url` is never called: it is deprecated, and an unauthenticated sender may have set it."""
    body = read_json(request.body)
    repository = body.at("repository")
    name = repository.at("repo_name")
    pushed = body.at("push_data")
    event = image(
        registry=DOCKER_HUB,
        repository=name
        if name.text_or_none()
        else f"{repository.at('namespace').text()}/{repository.at('name').text()}",
        tag=pushed.at("tag"),
        media_type=pushed.at("media_type"),
        pushed_at=pushed.at("pushed_at"),
    )
    return parsed([event])


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
