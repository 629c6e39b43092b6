"""Gitea and Forgejo, which sign the JSON itself, even where they send it inside a form (GitHub signs the form)."""

from urllib.parse import unquote, urlsplit

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import (
    IgnoredEvent,
    Parsed,
    ProofRefusedError,
    PushedImage,
    Request,
    UnreadableDeliveryError,
)
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_same
from services.registry.formats.format import Format, written
from services.registry.formats.ghcr import payload_of
from services.registry.formats.reading import Node, identity, image, parsed, read_json
from services.registry.proof import ProofDescription, ProofKind, Signature

_EVENTS = ("x-gitea-event", "x-forgejo-event")
_DELIVERIES = ("x-gitea-delivery", "x-forgejo-delivery")


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events. A replay has a new delivery id, so repetitions are recognised by their content."""
    event = _event(request, read_json(payload_of(request)), settings)
    return parsed([event], delivery_id=identity(_first(request, _DELIVERIES)))


def _event(request: Request, body: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    if (_first(request, _EVENTS) or "package") != "package":
        return ignored.NOT_A_PUSH
    action = body.at("action").text()
    if action == "deleted":
        return ignored.DELETE
    if action != "created":
        return ignored.NOT_A_PUSH
    package = body.at("package")
    if package.at("type").text() != "container":
        return ignored.OTHER_ARTEFACT
    name, url = package.at("name"), package.at("html_url")
    repository = Node(f"{package.at('owner', 'login').text()}/{name.text()}", name.path)
    check_same(_repository(url), repository)
    return image(
        registry=settings.registry or _host(url),
        repository=repository,
        tag=package.at("version"),  # the digest where there is no tag
        pushed_at=package.at("created_at"),
    )


def _repository(url: Node) -> Node:
    """Owner and name in the package's page, `…/owner/-/packages/container/name%2Fbelow/version`; empty elsewhere."""
    before, marker, behind = (url.text_or_none() or "").partition("/-/packages/container/")
    name = unquote(behind.rpartition("/")[0])
    return Node(f"{before.rpartition('/')[2]}/{name}" if marker and name else None, url.path)


def _host(url: Node) -> Node:
    try:
        return Node(urlsplit(url.text()).netloc.rpartition("@")[2], url.path)
    except ValueError:
        raise url.wrong("an address") from None


def _first(request: Request, names: tuple[str, ...]) -> str | None:
    return next((request.headers[name] for name in names if request.headers.get(name)), None)


def _signed(request: Request) -> bytes:
    try:
        return payload_of(request)
    except UnreadableDeliveryError as error:
        raise ProofRefusedError(error.detail) from None


FORMAT = Format(
    provider=Provider.GITEA,
    title="Gitea, Forgejo",
    proof=ProofDescription(
        kind=ProofKind.HMAC_SHA256,
        sentence="Gitea signs each report with the secret (X-Gitea-Signature or X-Forgejo-Signature, HMAC-SHA256 of "
        "the JSON).",
    ),
    setup=written(
        """
        Open the Settings of the owner of the packages (a person or an organisation), then Webhooks, Add Webhook, Gitea
        or Forgejo. A repository's webhook reports only packages that are linked to the repository.

        Target URL: {address}

        HTTP Method: POST. POST Content Type: application/json

        Secret: {secret}

        Trigger On: Custom Events, Package, and nothing else.

        Gitea writes tags in lower case in its reports: a tag V1 is reported as v1, which the registry does not
        have. Push tags in lower case.
        """
    ),
    prover=Signature(headers=("x-gitea-signature", "x-forgejo-signature"), covered=_signed),
    reader=parse,
    settings=("registry",),
    headers_kept=frozenset({"content-type", *_EVENTS, *_DELIVERIES}),
)
