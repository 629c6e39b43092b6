"""Harbor 2, in its own format or as structured CloudEvents, as the webhook is configured."""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_end, check_same, check_tag, without_scheme
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.reading import Node, identity, image, parsed, read_each, read_json
from services.registry.names import split_host, split_tag
from services.registry.proof import ProofDescription, ProofKind, SecretInHeader

_PUSHES = ("PUSH_ARTIFACT", "harbor.artifact.pushed", "pushImage")
_IGNORED = {
    "PULL_ARTIFACT": ignored.PULL,
    "harbor.artifact.pulled": ignored.PULL,
    "DELETE_ARTIFACT": ignored.DELETE,
    "harbor.artifact.deleted": ignored.DELETE,
    "TAG_RETENTION": ignored.DELETE,
    "harbor.tag_retention.finished": ignored.DELETE,
}


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events. A CloudEvent is recognised by its `specversion`, not by a header, which a proxy may change."""
    body = read_json(request.body)
    is_event = body.at("specversion").value is not None
    kind = body.at("type").text()
    delivery_id = identity(body.at("id").text_or_none()) if is_event else None
    if kind not in _PUSHES:
        return parsed([_IGNORED.get(kind, ignored.NOT_A_PUSH)], delivery_id=delivery_id)
    data = body.at("data" if is_event else "event_data")
    if data.value is None:
        raise data.wrong("an object")
    time = body.at("time" if is_event else "occur_at")
    resources = list(data.at("resources").items())
    return parsed(
        read_each(resources, lambda each: _event(data.at("repository"), each, time, settings)), delivery_id=delivery_id
    )


def _event(pushed: Node, resource: Node, time: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    tag, repository = resource.at("tag"), pushed.at("repo_full_name")  # the digest where there is no tag
    url = resource.at("resource_url")
    host: Node | str = settings.registry or url
    if url.text_or_none():
        name, url_tag = split_tag(without_scheme(url).text())
        first, path = split_host(name)
        host = settings.registry or Node(first, url.path)
        check_same(Node(path, url.path), repository)
        check_tag(tag, Node(url_tag, url.path))
        repository = Node(path, url.path)
    check_end(repository, pushed.at("name"))
    return image(
        registry=host,
        repository=repository,
        tag=tag,
        digest=resource.at("digest"),
        pushed_at=time,
    )


FORMAT = Format(
    provider=Provider.HARBOR,
    title="Harbor",
    proof=ProofDescription(
        kind=ProofKind.HEADER,
        sentence="Harbor sends the secret in the header Authorization, as its Auth Header says.",
        lacks=REPLAYABLE,
    ),
    setup=written(
        """
        Open the project in Harbor, then Webhooks, New Webhook.

        Notify Type: http. Payload Format: Default or CloudEvents.

        Event Type: Artifact pushed, and nothing else.

        Endpoint URL: {address}

        Auth Header: Bearer {secret}

        Harbor does not report a tag that is added to an artefact that it already has: poll such repositories.
        """
    ),
    prover=SecretInHeader(),
    reader=parse,
    settings=("registry",),
)
