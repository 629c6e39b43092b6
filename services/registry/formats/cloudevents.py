"""CloudEvents of Stagecoach's own type, structured or binary, for registries and tools that are not listed.

A signature covers the body only; in binary mode the attributes are headers, which an attacker could change. So binary
mode is refused where the receiver requires signatures.
"""

from urllib.parse import unquote

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Parsed, ProofRefusedError, Request
from services.registry.formats import ignored
from services.registry.formats.ci import SIGNATURE_HEADER
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.reading import Node, identity, image, parsed, read_each, read_json
from services.registry.proof import ProofDescription, ProofKind, SecretInHeader, Signature, SignedOrPlain

PUSHED = "dev.stagecoach.image.pushed.v1"
_ATTRIBUTES = ("specversion", "id", "source", "type", "time")
_VERSION = "ce-specversion"  # present in binary mode only


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events. `source` and `id` together identify a CloudEvent (its specification, section 3.1)."""
    body = read_json(request.body)
    if isinstance(body.value, list):
        raise body.wrong("one event: send them one by one, not in a batch")
    binary = _VERSION in request.headers
    event = Node(_attributes(request), "ce") if binary else body
    data = body if binary else body.at("data")
    version = event.at("specversion")
    if version.text() != "1.0":
        raise version.wrong("1.0")
    delivery_id = identity(event.at("source").text(), event.at("id").text())
    if event.at("type").text() != PUSHED:
        return parsed([ignored.NOT_A_PUSH], delivery_id=delivery_id)
    tags = data.at("tags")
    if tags.value is None:
        raise tags.wrong("a list")
    images = read_each(
        list(tags.items()),
        lambda tag: image(
            registry=settings.registry or data.at("registry"),
            repository=data.at("repository"),
            tag=tag,
            digest=data.at("digest"),
            media_type=data.at("mediaType"),
            pushed_at=event.at("time"),
        ),
    )
    return parsed(images, delivery_id=delivery_id)


def _attributes(request: Request) -> dict[str, str]:
    headers = ((name, request.headers.get(f"ce-{name}")) for name in _ATTRIBUTES)
    return {name: unquote(value) for name, value in headers if value is not None}


def _signed(request: Request) -> bytes:
    if _VERSION in request.headers:
        raise ProofRefusedError("In binary mode a signature does not cover the event's attributes. Send it structured.")
    return request.body


FORMAT = Format(
    provider=Provider.CLOUDEVENTS,
    title="CloudEvents",
    proof=ProofDescription(
        kind=ProofKind.BEARER,
        sentence="The sender sends the secret as a bearer token. With the setting signed it sends instead, in "
        "X-Stagecoach-Signature-256, an HMAC-SHA256 of the body made with the secret.",
        lacks=f"Without signed: {REPLAYABLE}",
    ),
    setup=written(
        """
        Have events sent to {address} with the header Authorization: Bearer {secret}

        Content-Type: application/cloudevents+json (or binary, with ce- headers, where the receiver is not signed)
            {
              "specversion": "1.0", "type": "dev.stagecoach.image.pushed.v1",
              "id": "UNIQUE", "source": "https://registry.example.com", "time": "2026-01-05T12:00:00Z",
              "data": {"registry": "registry.example.com", "repository": "team/app", "tags": ["1.4.2"],
                "digest": "sha256:…"}
            }
        The digest may be left out.

        With the setting signed, send instead X-Stagecoach-Signature-256: sha256= and the HMAC-SHA256 of the body, in
        hexadecimal digits.
        """
    ),
    prover=SignedOrPlain(
        signed=Signature(headers=(SIGNATURE_HEADER,), prefix="sha256=", covered=_signed), plain=SecretInHeader()
    ),
    reader=parse,
    settings=("registry", "signed", "header"),
    headers_kept=frozenset({"content-type", *(f"ce-{name}" for name in _ATTRIBUTES)}),
)
