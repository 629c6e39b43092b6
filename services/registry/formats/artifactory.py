"""JFrog Artifactory. Its reports name a repository's key, not the host that images are pulled from.

The image is what precedes `/<tag>/<file>` in `path`; `image_name` is only its last component for images in folders
(https://github.com/akuity/kargo/pull/4498). Each platform of an image is reported too, its folder as a tag.
"""

from domain.stored.receivers import ReceiverSettings
from domain.words import Provider
from services.registry.deliveries import IgnoredEvent, Parsed, PushedImage, Request
from services.registry.formats import ignored
from services.registry.formats.agreeing import check_end, check_tag
from services.registry.formats.format import REPLAYABLE, Format, written
from services.registry.formats.placing import placed
from services.registry.formats.reading import Node, image, parsed, read_json
from services.registry.names import looks_like_digest
from services.registry.proof import ProofDescription, ProofKind, SecretInHeader, Signature, SignedOrPlain

_HEADER = "x-jfrog-event-auth"


def parse(request: Request, settings: ReceiverSettings) -> Parsed:
    return parsed([_event(read_json(request.body), settings)])


def _event(body: Node, settings: ReceiverSettings) -> PushedImage | IgnoredEvent:
    if body.at("domain").text() != "docker":
        return ignored.NOT_A_PUSH
    kind = body.at("event_type").text()
    if kind == "deleted":
        return ignored.DELETE
    if kind != "pushed":
        return ignored.NOT_A_PUSH
    data = body.at("data")
    name, tag = _image_of(data.at("path"))
    if looks_like_digest(tag.text()):
        return ignored.BY_DIGEST
    check_tag(tag, data.at("tag"))
    check_end(name, data.at("image_name"))
    place = placed(data.at("repo_key"), name, settings)
    if isinstance(place, IgnoredEvent):
        return place
    registry, repository = place
    checksum = data.at("sha256").value  # of the manifest file
    return image(
        registry=registry,
        repository=repository,
        tag=tag,
        digest=f"sha256:{checksum}" if isinstance(checksum, str) else None,
    )


def _image_of(path: Node) -> tuple[Node, Node]:
    """Repository and tag in `…/image/tag/manifest.json`, or `list.manifest.json` of an image of several platforms."""
    folder, _, file = path.text().strip("/").rpartition("/")
    name, _, tag = (folder if file.endswith("manifest.json") else path.text().strip("/")).rpartition("/")
    if not name:
        raise path.wrong("the path of a manifest: image, tag and file")
    return Node(name, path.path), Node(tag, path.path)


FORMAT = Format(
    provider=Provider.ARTIFACTORY,
    title="JFrog Artifactory",
    proof=ProofDescription(
        kind=ProofKind.HEADER,
        sentence="Artifactory sends the secret in X-JFrog-Event-Auth. With the setting signed (and Use secret for "
        "payload signing at Artifactory) it sends there instead an HMAC-SHA256 of the body made with the secret.",
        lacks=f"Without signed: {REPLAYABLE}",
    ),
    setup=written(
        """
        Set the receiver's repositories: for each repository's key the prefix of its image names, as in docker-local:
        example.jfrog.io/docker-local. Events name the local repository, also where images are pulled from a virtual
        one: use the prefix of the virtual one.

        Open Administration in the JFrog Platform, then General, Webhooks, New webhook.

        URL: {address}

        Events: Docker, Tag was pushed; choose the repositories.

        Secret token: {secret}

        Check Use secret for payload signing, and set the receiver's signed to true.
        """
    ),
    prover=SignedOrPlain(signed=Signature(headers=(_HEADER,)), plain=SecretInHeader(_HEADER)),
    reader=parse,
    settings=("registry", "repositories", "signed"),
    needs=(("registry", "repositories"),),
)
