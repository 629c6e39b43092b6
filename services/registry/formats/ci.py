"""The plain form, for CI jobs and scripts: one line of JSON that names an image."""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import Parsed, Request
from services.registry.formats.agreeing import check_end, check_same, check_tag
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.reading import Node, identity, image, parsed, read_each, read_json
from services.registry.names import names_registry, split_image, split_tag
from services.registry.proof import ProofDescription, ProofKind, SecretInHeader, Signature, SignedOrPlain

SIGNATURE_HEADER = "x-stagecoach-signature-256"


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    """The events of `image` (`registry/repository:tag`, with `@digest` if known), or of its parts by their names."""
    body = read_json(request.body)
    digest = body.at("digest")
    media_type, pushed_at = body.at("media_type"), body.at("pushed_at")
    written = body.at("image")
    if written.text_or_none():
        reference, at, pinned = written.text().partition("@")
        name, tag = split_tag(reference)
        registry, repository = _place(Node(name, written.path), body.at("registry"), settings)
        check_end(repository, body.at("repository"))
        check_same(registry, body.at("registry"))
        tags = [Node(tag, written.path)] if tag else _tags_apart(body) or [Node(None, written.path)]
        if tag:
            check_tag(tags[0], body.at("tag"))
        if at:
            check_same(Node(pinned, written.path), digest)
            digest = Node(pinned, written.path)
    else:
        registry, repository = body.at("registry"), body.at("repository")
        if settings.registry and not registry.text_or_none():
            registry = Node(settings.registry, registry.path)
        if not registry.text_or_none():
            if not names_registry(repository.text().partition("/")[0]):
                raise registry.wrong("a string, unless the repository begins with it")
            registry, repository = _place(repository, registry, settings)
        tags = _tags_apart(body)
        if not tags:
            raise body.at("tag").wrong("a string, unless image is given")
    events = read_each(
        tags,
        lambda tag: image(
            registry=registry,
            repository=repository,
            tag=tag,
            digest=digest,
            media_type=media_type,
            pushed_at=pushed_at,
        ),
    )
    return parsed(events, delivery_id=identity(body.at("id").text_or_none()))


def _place(name: Node, registry: Node, settings: ReceiverSettings) -> tuple[Node, Node]:
    """Registry and repository of a name that may begin with its registry: `registry.example/team/app`."""
    text = name.text()
    if names_registry(text.partition("/")[0]) and "/" in text:
        host, path = split_image(text)
        return Node(host, name.path), Node(path, name.path)
    if registry.text_or_none():
        return registry, name
    host, path = (settings.registry, text) if settings.registry else split_image(text)
    return Node(host, name.path), Node(path, name.path)


def _tags_apart(body: Node) -> list[Node]:
    """The tags beside a name without one, as jobs have both in variables of their own."""
    tag = body.at("tag")
    return [tag] if tag.value is not None else list(body.at("tags").items())


FORMAT = Format(
    provider=Provider.CI,
    title="CI job (plain form)",
    proof=ProofDescription(
        kind=ProofKind.BEARER,
        sentence="The job sends the secret as a bearer token. With the setting signed it sends instead, in "
        "X-Stagecoach-Signature-256, an HMAC-SHA256 of the body made with the secret.",
        lacks=f"Without signed: {REPLAYABLE}",
    ),
    setup=written(
        """
        After the push, in the job:
            curl --fail --retry 5 --header 'Authorization: Bearer {secret}' --header 'Content-Type: application/json' \\
              --data '{"image": "registry.example.com/team/app:1.4.2"}' '{address}'

        With the setting signed, instead:
            body='{"image": "registry.example.com/team/app:1.4.2"}'
            signature=$(printf %s "$body" | openssl dgst -sha256 -hmac '{secret}' -r | cut -d' ' -f1)
            curl --fail --retry 5 --header "X-Stagecoach-Signature-256: sha256=$signature" \\
              --header 'Content-Type: application/json' --data "$body" '{address}'

        Where a job may report the same image of a moving tag again, give each report an "id" of its own: the same
        signed bytes with a digest in them are taken for a replay.

        Name the digest as well where the job knows it: registry.example.com/team/app:1.4.2@sha256:…
        """
    ),
    prover=SignedOrPlain(signed=Signature(headers=(SIGNATURE_HEADER,), prefix="sha256="), plain=SecretInHeader()),
    reader=parse,
    settings=("registry", "signed", "header"),
)
