"""Sonatype Nexus Repository 3. Its reports name neither a digest nor the host that images are pulled from."""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request
from services.registry.formats import ignored
from services.registry.formats.format import Format, written
from services.registry.formats.placing import placed
from services.registry.formats.reading import Node, identity, image, parsed, read_json
from services.registry.proof import ProofDescription, ProofKind, Signature

_ID = "x-nexus-webhook-id"
_DELIVERY = "x-nexus-webhook-delivery"
_COMPONENTS = "rm:repository:component"
_PUSHES = ("CREATED", "UPDATED")
_DELETES = ("DELETED", "PURGED")


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    event = _event(request, read_json(request.body), settings)
    return parsed([event], delivery_id=identity(request.headers.get(_DELIVERY)))


def _event(request: Request, body: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    if request.headers.get(_ID, _COMPONENTS) != _COMPONENTS or body.at("asset").value is not None:
        return ignored.NOT_A_PUSH
    action = body.at("action").text()
    if action in _DELETES:
        return ignored.DELETE
    if action not in _PUSHES:
        return ignored.NOT_A_PUSH
    component = body.at("component")
    if component.at("format").text() != "docker":
        return ignored.OTHER_ARTEFACT
    group = component.at("group")  # empty for images, whose name is the whole path
    if group.text_or_none() and not component.at("name").text().startswith(f"{group.text().strip('/')}/"):
        raise group.wrong("empty, or the beginning of $.component.name: they name different images otherwise")
    place = placed(body.at("repositoryName"), component.at("name"), settings)
    if isinstance(place, IgnoredEvent):
        return place
    registry, repository = place
    return image(registry=registry, repository=repository, tag=component.at("version"), pushed_at=body.at("timestamp"))


FORMAT = Format(
    provider=Provider.NEXUS,
    title="Sonatype Nexus Repository",
    proof=ProofDescription(
        kind=ProofKind.HMAC_SHA1,
        sentence="Nexus signs each report with the secret (X-Nexus-Webhook-Signature, HMAC-SHA1 of the body).",
        lacks="SHA-1 is deprecated. No attack on it as an HMAC is known, and Nexus supports nothing else.",
    ),
    setup=written(
        """
        Set the receiver's repositories: for each repository's name the prefix of its image names, as in docker-hosted:
        nexus.example.com:5000.

        Open Administration in Nexus, then System, Capabilities, Create capability, Webhook: Repository.

        Repository: the Docker repository. Event Types: component.

        URL: {address}

        Secret Key: {secret}

        Nexus does not retry, and may not report a moved tag: poll such repositories as well.
        """
    ),
    prover=Signature(headers=("x-nexus-webhook-signature",), algorithm="sha1"),
    reader=parse,
    settings=("registry", "repositories"),
    needs=(("registry", "repositories"),),
    headers_kept=frozenset({_ID, _DELIVERY}),
)
