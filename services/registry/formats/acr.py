"""Azure Container Registry's own webhooks (not Event Grid's)."""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Parsed, Request
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_url
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.reading import identity, image, parsed, read_json
from services.registry.proof import ProofDescription, ProofKind, SecretInHeader

_IGNORED = {
    "ping": ignored.PING,
    "delete": ignored.DELETE,
    "chart_push": ignored.CHART,
    "chart_delete": ignored.CHART,
}


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events. A geo-replicated registry reports once for each region, each time with another id."""
    body = read_json(request.body)
    delivery_id = identity(body.at("id").text_or_none())
    action = body.at("action").text()
    if action != "push":
        return parsed([_IGNORED.get(action, ignored.NOT_A_PUSH)], delivery_id=delivery_id)
    target = body.at("target")
    check_url(target.at("repository"), target.at("url"))
    event = image(
        registry=settings.registry or body.at("request", "host"),
        repository=target.at("repository"),
        tag=target.at("tag"),
        digest=target.at("digest"),
        media_type=target.at("mediaType"),
        pushed_at=body.at("timestamp"),
    )
    return parsed([event], delivery_id=delivery_id)


FORMAT = Format(
    provider=Provider.ACR,
    title="Azure Container Registry",
    proof=ProofDescription(
        kind=ProofKind.HEADER,
        sentence="The registry sends the secret in the header Authorization, or in another that the receiver names, "
        "as its custom headers say.",
        lacks=REPLAYABLE,
    ),
    setup=written(
        """
        Let the registry report pushes:
            az acr webhook create --registry REGISTRY --name stagecoach --actions push \\
              --uri '{address}' --headers 'Authorization=Bearer {secret}'

        A geo-replicated registry needs one a region: add --location to each, and another name.

        Azure does not retry. Where no push may be missed, poll the repository as well.
        """
    ),
    prover=SecretInHeader(),
    reader=parse,
    settings=("registry", "header"),
)
