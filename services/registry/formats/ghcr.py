"""GitHub Container Registry: `package` to repositories and organisations, `registry_package` to GitHub Apps."""

from urllib.parse import parse_qs

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request, UnreadableDeliveryError
from services.registry.formats import ignored
from services.registry.formats.format import Format, written
from services.registry.formats.reading import MAX_BODY_BYTES, Node, identity, image, parsed, read_json
from services.registry.names import split_host, split_tag
from services.registry.proof import ProofDescription, ProofKind, Signature

FORM = "application/x-www-form-urlencoded"
_EVENT = "x-github-event"
_DELIVERY = "x-github-delivery"
_PUSHES = ("published", "updated")


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events. A redelivery has the id of the first delivery."""
    body = read_json(payload_of(request))
    return parsed([_event(request, body, settings)], delivery_id=identity(request.headers.get(_DELIVERY)))


def payload_of(request: Request) -> bytes:
    """The JSON of a request, also from the form that webhooks with GitHub's default content type send.

    Raises `UnreadableDeliveryError` for a form that is too large or cannot be decoded.
    """
    if request.media_type != FORM:
        return request.body
    if len(request.body) > 3 * MAX_BODY_BYTES:  # percent-encoding may triple each byte
        raise UnreadableDeliveryError("The form is too large.")
    try:
        fields = parse_qs(request.body.decode("ascii"), errors="strict", max_num_fields=10)
    except ValueError:
        raise UnreadableDeliveryError("The form cannot be read. Choose application/json at the sender.") from None
    return fields.get("payload", [""])[0].encode()


def _event(request: Request, body: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    event = request.headers.get(_EVENT)
    if event == "ping" or body.at("zen").value is not None:
        return ignored.PING
    package = body.at("package")
    if package.value is None:
        package = body.at("registry_package")
    if package.value is None:
        if event in {"package", "registry_package"} or event is None:
            raise package.wrong("an object, or package one")
        return ignored.NOT_A_PUSH
    if body.at("action").text() not in _PUSHES:
        return ignored.NOT_A_PUSH
    if package.at("package_type").text().lower() != "container":
        return ignored.OTHER_ARTEFACT
    version = package.at("package_version")
    container = version.at("container_metadata")
    if container.at("manifest", "config", "media_type").value in ignored.CHART_MEDIA_TYPES:
        return ignored.CHART
    url = version.at("package_url")
    host, path = split_host(split_tag(url.text())[0])
    return image(
        registry=settings.registry or Node(host, url.path),
        repository=Node(path, url.path),
        tag=container.at("tag", "name"),  # not the name of the version, which is a digest
        digest=version.at("version"),
        media_type=container.at("manifest", "media_type"),
        pushed_at=package.at("updated_at"),
    )


FORMAT = Format(
    provider=Provider.GHCR,
    title="GitHub Container Registry",
    proof=ProofDescription(
        kind=ProofKind.HMAC_SHA256,
        sentence="GitHub signs each report with the secret (X-Hub-Signature-256, HMAC-SHA256 of the body).",
    ),
    setup=written(
        """
        Open the organisation's or the repository's Settings on GitHub, then Webhooks, Add webhook. A repository's
        webhook reports only packages that are linked to the repository.

        Payload URL: {address}

        Content type: application/json

        Secret: {secret}

        Let me select individual events: Packages, and nothing else. (A GitHub App chooses Registry packages. Not both:
        each push would come twice.)
        """
    ),
    prover=Signature(headers=("x-hub-signature-256",), prefix="sha256="),
    reader=parse,
    settings=("registry",),
    headers_kept=frozenset({"content-type", _EVENT, _DELIVERY}),
)
