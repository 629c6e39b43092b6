"""Azure Container Registry: its own webhooks, and its events by way of Event Grid, which repeats what was not taken.

Event Grid's events hold the webhook's report as `data`
(https://learn.microsoft.com/azure/event-grid/event-schema-container-registry). Before it delivers anything it asks
whether the address wants it: in its own schema by an event whose code it wants to have back with status 200
(https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema), with CloudEvents by a
request OPTIONS (https://learn.microsoft.com/azure/event-grid/end-point-validation-cloud-events-schema).
"""

import re

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Handshake, IgnoredEvent, Parsed, PushedImage, Request
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_url
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.reading import Node, identity, image, parsed, read_each, read_json
from services.registry.proof import ProofDescription, ProofKind, SecretInHeader

_PUSHED = "Microsoft.ContainerRegistry.ImagePushed"
_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
_ORIGIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)

_IGNORED = {
    "ping": ignored.PING,
    "delete": ignored.DELETE,
    "chart_push": ignored.CHART,
    "chart_delete": ignored.CHART,
}


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events. A geo-replicated registry reports once for each region, each time with another id.

    Event Grid sends a list in its own schema, and in that of CloudEvents one event or a list.
    """
    body = read_json(request.body)
    if isinstance(body.value, list):
        if not body.value:
            raise body.wrong("at least one event")
        return _of_event_grid(list(body.items()), settings)
    if isinstance(body.value, dict) and "specversion" in body.value:
        return _of_event_grid([body], settings)
    return parsed([_event(body, settings)], delivery_id=identity(body.at("id").text_or_none()))


def _of_event_grid(events: list[Node], settings: ReceiverSettings) -> Parsed:
    """The registry's own report is the member `data` of an event."""
    for event in events:
        if event.at("eventType").text_or_none() == _VALIDATION:
            code = event.at("data", "validationCode").text()
            return Parsed(delivery_id=None, events=(), handshake=Handshake(code=code))
    found = read_each(events, lambda event: _event(event.at("data"), settings, of_type=_type(event)))
    only = events[0].at("id").text_or_none() if len(events) == 1 else None
    return parsed(found, delivery_id=identity(only))


def _type(event: Node) -> str:
    return event.at("type" if event.at("specversion").value is not None else "eventType").text()


def _event(body: Node, settings: ReceiverSettings, *, of_type: str = _PUSHED) -> PushedImage | IgnoredEvent:
    if of_type != _PUSHED:
        return ignored.CHART if ".Chart" in of_type else ignored.NOT_A_PUSH
    action = body.at("action").text()
    if action != "push":
        return _IGNORED.get(action, ignored.NOT_A_PUSH)
    target = body.at("target")
    check_url(target.at("repository"), target.at("url"))
    return image(
        registry=settings.registry or body.at("request", "host"),
        repository=target.at("repository"),
        tag=target.at("tag"),
        digest=target.at("digest"),
        media_type=target.at("mediaType"),
        pushed_at=body.at("timestamp"),
    )


def allowed_origin(asked: str | None) -> str | None:
    """The origin that may deliver, in answer to a request OPTIONS; None for a request that is no such question."""
    return asked if asked is not None and _ORIGIN.fullmatch(asked) else None


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

        The registry does not retry. Where no push may be missed, poll the repository as well, or let Event Grid deliver
        its events, which does:
            az eventgrid event-subscription create --name stagecoach --source-resource-id REGISTRY_ID \\
              --included-event-types Microsoft.ContainerRegistry.ImagePushed --endpoint '{address}' \\
              --delivery-attribute-mapping Authorization static 'Bearer {secret}' true
        """
    ),
    prover=SecretInHeader(),
    reader=parse,
    settings=("registry", "header"),
    allowed_origin=allowed_origin,
)
