"""The CNCF distribution registry (`registry:2`, `registry:3`), whose envelopes differ only in their media type.

It reports each blob and each platform as a push of its own; an image push is a manifest with a tag.
https://distribution.github.io/distribution/about/notifications/
"""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_url
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.reading import Node, identity, image, parsed, read_each, read_json
from services.registry.manifests import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from services.registry.proof import ProofDescription, ProofKind, SecretInHeader

_MANIFESTS = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)
_IGNORED = {"pull": ignored.PULL, "mount": ignored.BLOB, "delete": ignored.DELETE}


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events. The delivery id covers the envelope, which the registry repeats as a whole until it is accepted."""
    envelope = read_json(request.body).at("events")
    if envelope.value is None:
        raise envelope.wrong("a list")
    events = list(envelope.items())
    ids = [event.value.get("id") if isinstance(event.value, dict) else None for event in events]
    return parsed(
        read_each(events, lambda event: _event(event, settings)),
        delivery_id=identity(*(each if isinstance(each, str) else None for each in ids)),
    )


def _event(event: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    action = event.at("action").text()
    if action != "push":
        return _IGNORED.get(action, ignored.NOT_A_PUSH)
    target = event.at("target")
    if target.at("mediaType").value not in _MANIFESTS:
        return ignored.OTHER_ARTEFACT if target.at("tag").text_or_none() else ignored.BLOB
    check_url(target.at("repository"), target.at("url"))
    return image(
        registry=settings.registry or event.at("request", "host"),
        repository=target.at("repository"),
        tag=target.at("tag"),
        digest=target.at("digest"),
        media_type=target.at("mediaType"),
        pushed_at=event.at("timestamp"),
    )


FORMAT = Format(
    provider=Provider.DISTRIBUTION,
    title="CNCF Distribution (registry:2, registry:3)",
    proof=ProofDescription(
        kind=ProofKind.HEADER,
        sentence="The registry sends the secret in the header Authorization, as its configuration says.",
        lacks=REPLAYABLE,
    ),
    setup=written(
        """
        Add to the registry's config.yml, and restart it:
            notifications:
              endpoints:
                - name: stagecoach
                  url: {address}
                  headers:
                    Authorization: [Bearer {secret}]
                  timeout: 5s
                  threshold: 5
                  backoff: 10s
                  ignore:
                    actions: [pull, mount, delete]
                    mediatypes: [application/octet-stream]

        Where image names have another host than the registry sees (behind a proxy), set the receiver's registry to the
        host in image names.
        """
    ),
    prover=SecretInHeader(),
    reader=parse,
    settings=("registry", "header"),
)
