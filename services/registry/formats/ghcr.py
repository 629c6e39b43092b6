"""GitHub Container Registry: `package` to repositories and organisations, `registry_package` to GitHub Apps."""

from urllib.parse import parse_qs, unquote

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request, UnreadableDeliveryError
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_end, check_tag
from services.registry.formats.format import Format, written
from services.registry.formats.reading import MAX_BODY_BYTES, Node, identity, image, parsed, read_json
from services.registry.names import is_digest, split_host, split_tag
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
    kind = package.at("package_type")
    if (kind if kind.text_or_none() else package.at("ecosystem")).text().lower() != "container":
        return ignored.OTHER_ARTEFACT
    return _tagged(package, settings)


def _tagged(package: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    version = package.at("package_version")
    container = version.at("container_metadata")
    tag, url = container.at("tag", "name"), version.at("package_url")  # not the version's name, which is a digest
    if container.at("tag").value is None or not url.text_or_none():
        return ignored.INCOMPLETE  # no error: GitHub repeats nothing, and would show the receiver as failing
    if not tag.text_or_none():
        return ignored.UNTAGGED
    if container.at("manifest", "config", "media_type").value in ignored.CHART_MEDIA_TYPES:
        return ignored.CHART
    name, url_tag = split_tag(url.text())
    check_tag(tag, Node(url_tag, url.path))
    host, path = split_host(name)
    called = package.at("name")
    check_end(Node(path, url.path), Node(unquote(called.text_or_none() or ""), called.path))
    digests = {node.value for node in (version.at("version"), container.at("tag", "digest")) if is_digest(node.value)}
    return image(
        registry=settings.registry or Node(host, url.path),
        repository=Node(path, url.path),
        tag=tag,
        digest=digests.pop() if len(digests) == 1 else None,
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

        GitHub names one tag a push: of an image that is pushed as 1.4.2, 1.4 and latest at once, it reports only the
        tag that came last. Poll repositories that are pushed with several tags: otherwise the others stay unknown.
        """
    ),
    prover=Signature(headers=("x-hub-signature-256",), prefix="sha256="),
    reader=parse,
    settings=("registry",),
    headers_kept=frozenset({"content-type", _EVENT, _DELIVERY}),
)
